use super::GOOD;
use crate::lint::Level;
use crate::lint::rules::{Check, Rule};

pub const RULE: Rule = Rule {
    name: "no-trigger-cue",
    group: "opinions",
    level: Level::Off,
    what: "A description that does not say when to use the skill.",
    why: "An agent decides by it.",
    example: &[(
        "SKILL.md",
        "---\nname: ship\ndescription: Ships a release of the shop.\n---\n# Ship\n\nRun it.\n",
    )],
    instead: GOOD,
    source: "https://docs.claude.com/en/docs/agents-and-tools/agent-skills/best-practices",
    check: Check::Skill(|_, page, sink| {
        let Some((text, span)) = page.head.text("description").filter(|it| !it.0.trim().is_empty())
        else {
            return;
        };
        let lower = text.to_lowercase();
        let cues = [
            "use ",
            "when",
            "trigger",
            "invoke",
            "whenever",
            "before ",
            "after ",
            "during",
            "for tasks",
            "wenn ",
            "bei ",
            "quand ",
            "lorsque",
            "cuando",
            "quando",
            "当",
            "使用",
            "とき",
            "場合",
            "때",
            "когда",
        ];
        if page.head.field("when_to_use").is_none() && !cues.iter().any(|it| lower.contains(it)) {
            sink.add(span, "the description does not say when to use the skill");
        }
    }),
};
