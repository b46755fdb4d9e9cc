use super::GOOD;
use crate::lint::Level;
use crate::lint::rules::{Check, Rule};

pub const RULE: Rule = Rule {
    name: "reserved-name",
    group: "frontmatter",
    level: Level::Warning,
    what: "A name with `claude` or `anthropic` in it.",
    why: "claude.ai refuses to take such skills.",
    example: &[(
        "SKILL.md",
        "---\nname: claude-ship\ndescription: Ships a release. Use when releasing.\n---\n# Ship\n\nRun it.\n",
    )],
    instead: GOOD,
    source: "https://docs.claude.com/en/docs/agents-and-tools/agent-skills/best-practices",
    check: Check::Skill(|_, page, sink| {
        let Some((name, span)) = page.head.text("name") else { return };
        let lower = name.to_ascii_lowercase();
        if let Some(word) = ["claude", "anthropic"].into_iter().find(|it| lower.contains(it)) {
            sink.add(span, format!("claude.ai refuses names with `{word}`"));
        }
    }),
};
