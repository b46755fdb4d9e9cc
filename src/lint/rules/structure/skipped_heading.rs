use crate::lint::Level;
use crate::lint::rules::{Check, Rule};

pub const RULE: Rule = Rule {
    name: "skipped-heading",
    group: "opinions",
    level: Level::Off,
    what: "A heading more than one level below the one before.",
    why: "Outlines get a hole.",
    example: &[("reference.md", "# R\n\n### Deep\n")],
    instead: &[("reference.md", "# R\n\n## Deep\n")],
    source: "",
    check: Check::Page(|_, page, sink| {
        for pair in page.md.headings.windows(2) {
            if pair[1].level > pair[0].level + 1 {
                sink.add(
                    pair[1].span,
                    format!("level {} follows level {}", pair[1].level, pair[0].level),
                );
            }
        }
    }),
};
