use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::lint::Level;
use crate::lint::rules::{CLAUDE, Check, Rule};
use crate::text::Span;

/// Characters of all descriptions that Claude Code lists where the context window is not known.
const BUDGET: usize = 8_000;

pub const RULE: Rule = Rule {
    name: "listing-over-budget",
    group: "structure",
    level: Level::Info,
    what: "Skills of one folder whose descriptions together have more than 8,000 characters.",
    why: "Claude Code drops descriptions of rarely used skills from its list, and no longer loads these by itself.",
    example: &[],
    instead: &[],
    source: CLAUDE,
    check: Check::Across(|skills| {
        let mut roots: BTreeMap<PathBuf, (usize, usize, usize)> = BTreeMap::new();
        for (at, it) in skills.iter().enumerate().filter(|it| it.1.listed > 0) {
            let root = it.dir.parent().unwrap_or(&it.dir).to_owned();
            let sum = roots.entry(root).or_insert((at, 0, 0));
            (sum.1, sum.2) = (sum.1 + it.listed, sum.2 + 1);
        }
        let over = roots.into_values().filter(|it| it.1 > BUDGET);
        over.map(|(at, sum, count)| {
            let message = format!("the descriptions of the {count} skills beside this one have {sum} characters together, more than {BUDGET}");
            (at, skills[at].description.as_ref().map_or(Span::default(), |it| it.1), message)
        })
        .collect()
    }),
};
