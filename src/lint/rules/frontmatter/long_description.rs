use super::{GOOD, too_long};
use crate::lint::Level;
use crate::lint::rules::{Check, Rule, SPEC};

const DESCRIPTION: usize = 1024;

pub const RULE: Rule = Rule {
    name: "long-description",
    group: "frontmatter",
    level: Level::Error,
    what: "A description of more than 1,024 characters.",
    why: "The specification allows 1,024, and uploads refuse more. Claude Code takes it: an error with `spec` and `portable` only.",
    example: &[("SKILL.md", include_str!("../long.md"))],
    instead: GOOD,
    source: SPEC,
    check: Check::Skill(|_, page, sink| {
        too_long("description", DESCRIPTION, page, sink);
    }),
};
