use crate::lint::rules::{Check, Rule, SkillLook};
use crate::lint::walk::Page;
use crate::lint::{Level, Sink};
use crate::markdown::line_of;
use crate::text::Span;

pub const RULE: Rule = Rule {
    name: "leftover-placeholder",
    group: "structure",
    level: Level::Warning,
    what: "Text that a template left: `# [Phase Name]`, `TODO: …`, lorem ipsum, \"will be populated\".",
    why: "An agent takes it for instructions.",
    example: &[("reference.md", "# [Phase Name]\n\nText.\n")],
    instead: &[("reference.md", "# Shipping\n\nText.\n")],
    source: "",
    check: Check::Page(leftover_placeholder),
};

fn leftover_placeholder(_: &SkillLook<'_>, page: &Page, sink: &mut Sink<'_>) {
    if crate::lint::rules::links::is_template(&page.relative) {
        return;
    }
    for heading in &page.md.headings {
        let text = heading.text.trim();
        let inner = text.strip_prefix('[').and_then(|it| it.strip_suffix(']'));
        let is_words = |it: &str| {
            it.split(' ').count() > 1
                && it.chars().all(|it| it.is_alphabetic() || it == ' ')
                && it.split(' ').all(|word| word.starts_with(char::is_uppercase))
        };
        if heading.level == 1 && inner.is_some_and(is_words) {
            sink.add(heading.span, format!("`{text}` is a template's placeholder"))
                .help("replace it or take it out");
        }
    }
    let bytes = page.text.as_bytes();
    for (mark, at_start) in [
        ("TODO:", true),
        ("FIXME:", true),
        ("will be populated", false),
        ("lorem ipsum", false),
        ("Lorem ipsum", false),
    ] {
        for at in memchr::memmem::find_iter(bytes, mark) {
            let line = line_of(&page.text, at);
            let before = page.text[line.start..at]
                .trim_start_matches([' ', '\t', '-', '*', '>', '+', '[', ']']);
            let quoted = page.text[..at].ends_with(['"', '\'', '“', '`']);
            if (at_start && !before.is_empty())
                || quoted
                || at < page.md.body
                || page.md.is_code(at)
            {
                continue;
            }
            sink.add(
                Span::new(at, at + mark.len()),
                format!("`{}` was left over", mark.trim_end_matches(':')),
            )
            .help("write what belongs here, or take it out");
        }
    }
}
