use super::{Found, GOOD, each_file, find};
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
        each_file(page, |link, path, _| {
            if !path.is_empty() && matches!(find(look.skill, page, path), Found::Nowhere) {
                sink.add(link.span, format!("`{path}` is not there"));
            }
        });
    }),
};
