use super::{GOOD, value};
use crate::learnings::FieldName;
use crate::lint::Level;
use crate::lint::rules::{Check, FORMAT, Rule};

pub const RULE: Rule = Rule {
    name: "unknown-impact",
    group: "learnings.md",
    level: Level::Warning,
    what: "An impact that is none of critical, high, medium, low.",
    why: "Reports rank by it.",
    example: &[(
        "learnings.md",
        "# L\n\n## Common Pitfalls\n\n### late-alert\n**ID**: `late-alert`\n**Frequency**: 0/5 ⭐☆☆☆☆\n**Last seen**: Never\n**Impact**: Huge\n**Instances**: []\n",
    )],
    instead: GOOD,
    source: FORMAT,
    check: Check::Learnings(|_, _, doc, sink| {
        for entry in &doc.entries {
            let Some((text, span)) = value(doc, entry, FieldName::Impact) else { continue };
            let word = text.split(|it: char| !it.is_alphanumeric()).find(|it| !it.is_empty());
            let Some(word) = word else { continue };
            if !["critical", "high", "medium", "moderate", "low"]
                .contains(&word.to_lowercase().as_str())
            {
                sink.add(span, format!("`{word}` is none of Critical, High, Medium, Low"));
            }
        }
    }),
};
