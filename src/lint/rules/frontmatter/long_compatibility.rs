use super::{GOOD, too_long};
use crate::lint::Level;
use crate::lint::rules::{Check, Rule, SPEC};

const COMPATIBILITY: usize = 500;

pub const RULE: Rule = Rule {
    name: "long-compatibility",
    group: "frontmatter",
    level: Level::Error,
    what: "A `compatibility` of more than 500 characters.",
    why: "The specification allows 500.",
    example: &[("SKILL.md", include_str!("../long.md"))],
    instead: GOOD,
    source: SPEC,
    check: Check::Skill(|_, page, sink| too_long("compatibility", COMPATIBILITY, page, sink)),
};
