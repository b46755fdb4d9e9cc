use super::COMMONMARK;
use crate::lint::rules::{Check, Rule, SkillLook};
use crate::lint::walk::Page;
use crate::lint::{Level, Sink};
use crate::markdown::page::CodeBlock;
use crate::markdown::{line_of, lines};
use crate::text::Span;

pub const RULE: Rule = Rule {
    name: "nested-fence",
    group: "structure",
    level: Level::Warning,
    what: "A block of code that shows another one with a fence of the same length.",
    why: "The inner closing fence ends the outer block; what was inside and outside changes places from there on.",
    example: &[("reference.md", "# R\n\n```markdown\nText\n```sh\nmake\n```\nmore\n```\n")],
    instead: &[("reference.md", "# R\n\n````markdown\nText\n```sh\nmake\n```\nmore\n````\n")],
    source: COMMONMARK,
    check: Check::Page(nested_fence),
};

fn nested_fence(_: &SkillLook<'_>, page: &Page, sink: &mut Sink<'_>) {
    for (at, block) in page.md.blocks.iter().enumerate() {
        if !block.fenced || !block.closed {
            continue;
        }
        let text = block.span.of(&page.text);
        let mark = text.chars().next().unwrap_or('`');
        let length = text.chars().take_while(|it| *it == mark).count();
        let inner = lines(&page.text, block.span).skip(1).find(|line| {
            let own = line.of(&page.text).trim_start();
            let marks = own.chars().take_while(|it| *it == mark).count();
            let info = own.get(marks..).unwrap_or("");
            marks >= length
                && info.starts_with(|it: char| it.is_ascii_alphabetic())
                && !info.contains('`')
        });
        // The outer closing fence, left alone, opens a block without a language.
        let left = page.md.blocks[at + 1..].iter().find(|it| it.fenced);
        let Some(inner) = inner.filter(|_| left.is_some_and(is_left)) else { continue };
        let line = crate::text::line_col(&page.text, inner.start).line;
        let opening = line_of(&page.text, block.span.start);
        sink.add(
            Span::new(block.span.start, opening.end),
            format!("this block shows another one in line {line} and ends where that one ends"),
        )
        .help(format!("use {} marks for the outer fences", length + 1));
        return;
    }
}

fn is_left(block: &CodeBlock) -> bool {
    block.info.trim().is_empty()
}
