use super::COMMONMARK;
use crate::lint::rules::{Check, Rule, SkillLook};
use crate::lint::walk::Page;
use crate::lint::{Level, Sink};
use crate::markdown::page::{self, CodeBlock};
use crate::markdown::{line_of, lines, lines_with};
use crate::text::{Edit, Span, apply};

/// What its fix does.
pub const FIX: &str = "Makes both outer fences longer, where no block is open then.";

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
        // What is indented deeper closes no block: it is shown as it is meant.
        let deepest = block.span.start - line_of(&page.text, block.span.start).start + 3;
        let fence = mark.to_string().repeat(3);
        let inner = lines_with(&page.text, block.span, &fence).skip(1).find(|line| {
            let own = line.of(&page.text);
            let indented = own.bytes().take_while(|it| matches!(it, b' ' | b'\t')).count();
            let own = &own[indented..];
            if indented > deepest || !own.starts_with(mark) {
                return false;
            }
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
        let found = sink.add(
            Span::new(block.span.start, opening.end),
            format!("this block shows another one in line {line} and ends where that one ends"),
        );
        found.help(format!("use {} marks for the outer fences", length + 1));
        if let Some(left) = left {
            for edit in longer(page, block, left, mark) {
                found.fix(edit.span, edit.text);
            }
        }
        return;
    }
}

fn is_left(block: &CodeBlock) -> bool {
    block.info.trim().is_empty()
}

/// Returns the edits that make both outer fences longer than any between them; nothing unless a block is
/// open now and none is then, which tells that these two fences were meant for each other.
fn longer(page: &Page, outer: &CodeBlock, left: &CodeBlock, mark: char) -> Vec<Edit> {
    let text = &page.text;
    let marks = |at: usize| text[at..].chars().take_while(|it| *it == mark).count();
    let column = |at: usize| at - line_of(text, at).start;
    let (open, close) = (outer.span.start, left.span.start);
    let is_open = page.md.blocks.iter().any(|it| !it.closed);
    if !is_open || marks(open) != marks(close) || column(open) != column(close) {
        return Vec::new();
    }
    let between = lines(text, Span::new(open, close)).skip(1);
    let longest = between.map(|it| marks(it.end - it.of(text).trim_start().len())).max();
    let more = (longest.unwrap_or(0) + 1).saturating_sub(marks(open));
    let more = mark.to_string().repeat(more);
    let edit = |at: usize| Edit { span: Span::new(at, at), text: more.clone() };
    let edits = vec![edit(open), edit(close)];
    let then = page::read_from(&apply(text, &edits), page.md.body);
    let is_one = then.blocks.iter().any(|it| {
        it.span.start == open && it.closed && it.span.end >= close + more.len() + marks(close)
    });
    if is_one && then.blocks.iter().all(|it| it.closed) { edits } else { Vec::new() }
}
