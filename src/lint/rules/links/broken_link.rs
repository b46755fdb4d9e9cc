use super::{Found, GOOD, file_links, find};
use crate::lint::Level;
use crate::lint::rules::{Check, Rule, SPEC};

pub const RULE: Rule = Rule {
    name: "broken-link",
    group: "links",
    level: Level::Error,
    what: "A link to a file that is not there.",
    why: "The agent looks for it, finds nothing, and goes on without. Code, comments and placeholders are no links.",
    example: &[("reference.md", "# R\n\nSee [how](gone.md).\n")],
    instead: GOOD,
    source: SPEC,
    check: Check::Page(|look, page, sink| {
        for it in file_links(page).iter().filter(|it| !it.path.is_empty()) {
            if matches!(find(look.skill, page, it), Found::Nowhere) {
                sink.add(it.span, format!("`{}` is not there", it.path));
            }
        }
    }),
};
