use super::{GOOD, missing};
use crate::lint::Level;
use crate::lint::rules::{Check, Rule, SPEC};

pub const RULE: Rule = Rule {
    name: "missing-description",
    group: "frontmatter",
    level: Level::Warning,
    what: "A head without `description`.",
    why: "An agent decides by the description alone whether to load the skill. An error with `spec` and `portable`.",
    example: &[("SKILL.md", "---\nname: ship\n---\n# Ship\n\nRun it.\n")],
    instead: GOOD,
    source: SPEC,
    check: Check::Skill(|look, page, sink| missing("description", look, page, sink)),
};
