use super::{GOOD, value};
use crate::learnings::cells::{self, Stars};
use crate::learnings::{EntryKind, FieldName};
use crate::lint::Level;
use crate::lint::rules::{Check, FORMAT, Rule};
use crate::text::Span;

/// What its fix does.
pub const FIX: &str = "Writes the stars that the count makes.";

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
                let found = sink.add(
                    span,
                    format!(
                        "{count} makes {wanted} of 5 stars, here are {filled} of {}",
                        filled + empty
                    ),
                );
                found.help(format!("write `{right}`"));
                if let Some(stars) = run(text) {
                    let mark = if text.contains('★') { "★" } else { "⭐" };
                    let right = mark.repeat(wanted) + &"☆".repeat(5 - wanted);
                    found.fix(Span::new(span.start + stars.start, span.start + stars.end), right);
                }
            }
        }
    }),
};

/// Returns where the stars stand; `None` where other text is between them.
fn run(text: &str) -> Option<Span> {
    const STARS: [char; 3] = ['⭐', '★', '☆'];
    let start = text.find(STARS)?;
    let rest = text[start..].trim_start_matches(STARS);
    (!rest.contains(STARS)).then(|| Span::new(start, text.len() - rest.len()))
}
