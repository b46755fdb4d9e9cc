use crate::lint::Level;
use crate::lint::rules::{Check, Rule};
use crate::text::Span;

const GOOD: &[(&str, &str)] = &[("reference.md", "# R\n\nText.\n")];

pub const RULE: Rule = Rule {
    name: "unreadable-text",
    group: "structure",
    level: Level::Error,
    what: "A Markdown file that is not UTF-8, cannot be read, or has more than 8 MiB.",
    why: "Clients drop it or show other characters than were written; no agent can use a text of that size.",
    example: &[],
    instead: GOOD,
    source: "",
    check: Check::Page(|_, page, sink| {
        if let Some(why) = &page.unread {
            sink.add(Span::new(0, 0), why.clone())
                .help("save the file as UTF-8, in parts of a size that one can read");
        }
    }),
};
