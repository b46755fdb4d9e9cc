use super::{GOOD, too_long};
use crate::lint::Level;
use crate::lint::rules::{Check, Rule, SPEC};

/// Longest values in characters. Source: agentskills.io/specification, 2026-11.
const NAME: usize = 64;

pub const RULE: Rule = Rule {
    name: "long-name",
    group: "frontmatter",
    level: Level::Error,
    what: "A name of more than 64 characters.",
    why: "The specification allows 64.",
    example: &[(
        "SKILL.md",
        "---\nname: ship-ship-ship-ship-ship-ship-ship-ship-ship-ship-ship-ship-ship-ship\ndescription: Ships a release. Use when releasing.\n---\n# Ship\n\nRun it.\n",
    )],
    instead: GOOD,
    source: SPEC,
    check: Check::Skill(|_, page, sink| too_long("name", NAME, page, sink)),
};
