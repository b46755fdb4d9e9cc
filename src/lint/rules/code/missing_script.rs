use super::{GOOD, entry, named};
use crate::lint::Level;
use crate::lint::rules::{Check, Rule, SPEC};

pub const RULE: Rule = Rule {
    name: "missing-script",
    group: "code in skills",
    level: Level::Error,
    what: "A script that the text names in a folder of the skill, and that is not there.",
    why: "The agent runs it and fails.",
    example: &[
        ("reference.md", "# R\n\nRun `scripts/gone.sh`, then `scripts/ship.sh`.\n"),
        ("scripts/ship.sh", "#!/bin/sh\nmake ship\n"),
    ],
    instead: GOOD,
    source: SPEC,
    check: Check::Page(|look, page, sink| {
        for it in named(look.skill, page) {
            let beside = page.path.parent().is_some_and(|dir| dir.join(&it.path).exists());
            let of_project = look.skill.root().is_some_and(|root| root.join(&it.path).exists());
            if entry(look.skill, &it.path).is_none()
                && !look.skill.dir.join(&it.path).exists()
                && !beside
                && !of_project
            {
                sink.add(it.span, format!("the skill has no `{}`", it.path));
            }
        }
    }),
};
