use super::{GOOD, value};
use crate::learnings::cells::{self, Stars};
use crate::learnings::{EntryKind, FieldName};
use crate::lint::Level;
use crate::lint::rules::{Check, FORMAT, Rule};

pub const RULE: Rule = Rule {
    name: "stars-mismatch",
    group: "learnings.md",
    level: Level::Warning,
    what: "A frequency whose stars say another number than its count.",
    why: "0 is one star, 1 and 2 are two, 3 and 4 three, 5 to 7 four, more are five.",
    example: &[(
        "learnings.md",
        "# L\n\n## Common Pitfalls\n\n### late-alert\n**ID**: `late-alert`\n**Frequency**: 2/5 ⭐⭐⭐⭐⭐\n**Last seen**: 2026-11-20 (feature: search)\n**Impact**: High\n**Instances**: [search, cart]\n",
    )],
    instead: GOOD,
    source: FORMAT,
    check: Check::Learnings(|look, _, doc, sink| {
        let stars = Stars(look.settings.stars);
        for entry in doc.entries.iter().filter(|it| it.kind == EntryKind::Pitfall) {
            let Some((text, span)) = value(doc, entry, FieldName::Frequency) else { continue };
            let filled = text.chars().filter(|it| matches!(it, '⭐' | '★')).count();
            let empty = text.chars().filter(|it| *it == '☆').count();
            let Some(count) = cells::count(text).filter(|_| filled + empty > 0) else { continue };
            let wanted = stars.of(count);
            if filled != wanted || filled + empty != 5 {
                let right = cells::frequency(count, cells::Dialect::of(text), stars);
                sink.add(
                    span,
                    format!(
                        "{count} makes {wanted} of 5 stars, here are {filled} of {}",
                        filled + empty
                    ),
                )
                .help(format!("write `{right}`"))
                .fix(span, right);
            }
        }
    }),
};
