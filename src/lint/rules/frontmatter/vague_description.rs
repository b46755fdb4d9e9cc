use super::GOOD;
use crate::lint::Level;
use crate::lint::rules::{Check, Rule};

pub const RULE: Rule = Rule {
    name: "vague-description",
    group: "opinions",
    level: Level::Off,
    what: "A description of fewer than 20 characters.",
    why: "It fits everything, so it is loaded for nothing or for everything.",
    example: &[(
        "SKILL.md",
        "---\nname: ship\ndescription: Helps with files\n---\n# Ship\n\nRun it.\n",
    )],
    instead: GOOD,
    source: "https://docs.claude.com/en/docs/agents-and-tools/agent-skills/best-practices",
    check: Check::Skill(|_, page, sink| {
        let Some((text, span)) = page.head.text("description").filter(|it| !it.0.trim().is_empty())
        else {
            return;
        };
        let wide = !text.is_ascii();
        if text.trim().chars().count() < 20 && !wide {
            sink.add(span, "the description says hardly anything");
        }
    }),
};
