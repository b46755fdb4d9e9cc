use super::{GOOD, missing};
use crate::lint::Level;
use crate::lint::rules::{Check, Rule, SPEC};

pub const RULE: Rule = Rule {
    name: "missing-name",
    group: "frontmatter",
    level: Level::Warning,
    what: "A head without `name`.",
    why: "The specification requires it; Claude Code takes the folder's name instead. An error with `spec` and `portable`.",
    example: &[(
        "SKILL.md",
        "---\ndescription: Ships a release. Use when releasing.\n---\n# Ship\n\nRun it.\n",
    )],
    instead: GOOD,
    source: SPEC,
    check: Check::Skill(|look, page, sink| missing("name", look, page, sink)),
};
