use super::is_near;
use crate::lint::Level;
use crate::lint::rules::{Check, FORMAT, Rule};

pub const RULE: Rule = Rule {
    name: "orphan-id",
    group: "SKILL.md and learnings.md",
    level: Level::Info,
    what: "An entry of learnings.md that SKILL.md does not describe.",
    why: "An agent sees a count and no way to prevent it.",
    example: &[
        (
            "learnings.md",
            "# L\n\n## Common Pitfalls\n\n### late-alert\n**Frequency**: 0/5 ⭐☆☆☆☆\n**Last seen**: Never\n**Impact**: High\n**Instances**: []\n",
        ),
        (
            "SKILL.md",
            "---\nname: ship\ndescription: Ships a release. Use when releasing.\n---\n# Ship\n\n## Common Pitfalls\n\n### Lost Key\n\nSee [it](learnings.md).\n",
        ),
    ],
    instead: &[],
    source: FORMAT,
    check: Check::Learnings(|look, _, doc, sink| {
        let Some(page) = look.skill.skill_md() else { return };
        let described = page.described();
        if described.topics.is_empty() {
            return;
        }
        for entry in &doc.entries {
            let is_known = |id: &str| doc.entries.iter().any(|it| it.id == id);
            // A pitfall that means this entry by another name is the cause, and has its finding.
            let meant = || {
                described.topics.iter().any(|it| !is_known(&it.id) && is_near(&it.id, &entry.id))
            };
            if described.topic(&entry.id).is_none() && !names(&page.text, &entry.id) && !meant() {
                sink.add(entry.heading, format!("SKILL.md does not describe `{}`", entry.id));
            }
        }
    }),
};

/// Says whether a text has the id as a word of its own.
fn names(text: &str, id: &str) -> bool {
    let inside =
        |it: Option<char>| it.is_some_and(|it| it.is_alphanumeric() || matches!(it, '-' | '_'));
    text.match_indices(id).any(|(at, it)| {
        !inside(text[..at].chars().next_back()) && !inside(text[at + it.len()..].chars().next())
    })
}
