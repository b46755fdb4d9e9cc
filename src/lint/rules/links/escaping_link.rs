use super::{Found, GOOD, each_file, find};
use crate::lint::Level;
use crate::lint::rules::{Check, Rule, SPEC};
use crate::lint::walk::absolute;

pub const RULE: Rule = Rule {
    name: "escaping-link",
    group: "links",
    level: Level::Warning,
    what: "A link that leaves the skill's folder for something other than the skill beside it.",
    why: "Who installs the skill gets the folder, not what lies around it.",
    example: &[("reference.md", "# R\n\nSee [the list](../../).\n")],
    instead: GOOD,
    source: SPEC,
    check: Check::Page(|look, page, sink| {
        each_file(page, |link, path, _| {
            if !path.contains("..") {
                return;
            }
            let Found::Here(full) = find(look.skill, page, path) else { return };
            let dir = absolute(&look.skill.dir);
            let beside = dir.parent().unwrap_or(&dir);
            let full = absolute(&full);
            if !full.starts_with(beside) || full == beside {
                sink.add(link.span, format!("`{path}` leaves the skill's folder"))
                    .help("copy what is needed into the skill");
            }
        });
    }),
};
