use super::GOOD;
use crate::lint::Level;
use crate::lint::head::ValueKind;
use crate::lint::rules::{Check, Rule, SPEC};

pub const RULE: Rule = Rule {
    name: "empty-description",
    group: "frontmatter",
    level: Level::Error,
    what: "A description without a word.",
    why: "No agent will ever load the skill by itself.",
    example: &[("SKILL.md", "---\nname: ship\ndescription:\n---\n# Ship\n\nRun it.\n")],
    instead: GOOD,
    source: SPEC,
    check: Check::Skill(|_, page, sink| {
        let Some(it) = page.head.field("description") else { return };
        let empty = match &it.value.kind {
            ValueKind::Null => true,
            ValueKind::Text { text, .. } => text.trim().is_empty(),
            _ => false,
        };
        if empty {
            sink.add(it.key_span, "the description is empty")
                .help("say what the skill does and when to use it");
        }
    }),
};
