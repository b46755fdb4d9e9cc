use super::GOOD;
use crate::lint::Level;
use crate::lint::rules::{Check, Rule};

pub const RULE: Rule = Rule {
    name: "first-person-description",
    group: "opinions",
    level: Level::Off,
    what: "A description that says `I` or `you can`.",
    why: "It stands in a list of skills, where the third person reads best.",
    example: &[(
        "SKILL.md",
        "---\nname: ship\ndescription: I can help you ship a release when you need it.\n---\n# Ship\n\nRun it.\n",
    )],
    instead: GOOD,
    source: "https://docs.claude.com/en/docs/agents-and-tools/agent-skills/best-practices",
    check: Check::Skill(|_, page, sink| {
        let Some((text, span)) = page.head.text("description") else { return };
        let lower = format!(" {} ", text.to_lowercase());
        if [" i can ", " i will ", " i help ", " i'll ", " you can use this "]
            .iter()
            .any(|it| lower.contains(it))
        {
            sink.add(span, "the description speaks as a person");
        }
    }),
};
