use super::{Found, GOOD, file_links, find};
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
        for link in file_links(page).iter().filter(|it| it.path.contains("..")) {
            let Found::Here(full) = find(look.skill, page, link) else { continue };
            let dir = absolute(&look.skill.dir);
            let beside = dir.parent().unwrap_or(&dir);
            let full = absolute(full);
            if !full.starts_with(beside) || full == beside {
                sink.add(link.span, format!("`{}` leaves the skill's folder", link.path))
                    .help("copy what is needed into the skill");
            }
        }
    }),
};
