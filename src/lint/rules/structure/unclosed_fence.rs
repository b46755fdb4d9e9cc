use super::COMMONMARK;
use crate::lint::Level;
use crate::lint::rules::{Check, Rule};
use crate::markdown::line_of;
use crate::text::Span;

pub const RULE: Rule = Rule {
    name: "unclosed-fence",
    group: "structure",
    level: Level::Warning,
    what: "A block of code whose closing fence is missing.",
    why: "All that follows is code, not text.",
    example: &[("reference.md", "# R\n\n```sh\nmake ship\n\nThen wait.\n")],
    instead: &[("reference.md", "# R\n\n```sh\nmake ship\n```\n\nThen wait.\n")],
    source: COMMONMARK,
    check: Check::Page(|_, page, sink| {
        for it in page.md.blocks.iter().filter(|it| !it.closed) {
            let span = line_of(&page.text, it.span.start);
            sink.add(Span::new(it.span.start, span.end), "this block of code is never closed");
        }
    }),
};
