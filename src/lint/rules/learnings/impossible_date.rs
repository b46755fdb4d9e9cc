use super::{GOOD, value};
use crate::learnings::{FieldName, LearningsDoc, cells};
use crate::lint::rules::{Check, FORMAT, Rule, SkillLook};
use crate::lint::walk::Page;
use crate::lint::{Level, Sink};
use crate::text::Span;

pub const RULE: Rule = Rule {
    name: "impossible-date",
    group: "learnings.md",
    level: Level::Error,
    what: "A date that does not exist or lies ahead, a date of what never happened, or a first one behind the last.",
    why: "Reports sort and filter by it.",
    example: &[(
        "learnings.md",
        "# L\n\n## Common Pitfalls\n\n### late-alert\n**ID**: `late-alert`\n**Frequency**: 2/5 ⭐⭐☆☆☆\n**Last seen**: 2026-11-31 (feature: search)\n**Impact**: High\n**Instances**: [search, cart]\n",
    )],
    instead: GOOD,
    source: FORMAT,
    check: Check::Learnings(impossible_date),
};

fn impossible_date(look: &SkillLook<'_>, _: &Page, doc: &LearningsDoc, sink: &mut Sink<'_>) {
    // A day of tolerance: the writer's day may have begun before the reader's.
    let today = crate::event::Timestamp(look.now.0 + 86_400).date();
    for entry in &doc.entries {
        for name in [FieldName::LastSeen, FieldName::FirstUsed] {
            let Some((text, span)) = value(doc, entry, name) else { continue };
            let never = text.to_lowercase().starts_with("never");
            let count = doc.count(entry);
            if never && count.is_some_and(|it| it > 0) {
                sink.add(
                    span,
                    format!("`{}` is Never, but the count is {}", name.label(), count.unwrap_or(0)),
                );
            } else if !never && date(text, span, &today, sink) && count == Some(0) {
                let message = format!("`{}` has a day, but the count is 0", name.label());
                sink.add(span, message);
            }
        }
        let day = |name| value(doc, entry, name).and_then(|it| Some((cells::seen(it.0)?.0, it.1)));
        if let (Some(first), Some(last)) = (day(FieldName::FirstUsed), day(FieldName::LastSeen))
            && first.0 > last.0
        {
            sink.add(first.1, format!("first on {}, last on {}", first.0, last.0));
        }
    }
    if let Some(field) = &doc.last_updated {
        date(doc.value(field), field.value, &today, sink);
    }
}

/// Looks at a text that begins like `2026-11-23`; says whether it is a day that can be.
fn date(text: &str, span: Span, today: &str, sink: &mut Sink<'_>) -> bool {
    let text = text.trim_start_matches('`');
    let Some(day) = text.get(..10).filter(|it| {
        it.bytes()
            .enumerate()
            .all(|(at, it)| if matches!(at, 4 | 7) { it == b'-' } else { it.is_ascii_digit() })
    }) else {
        return false;
    };
    let exists = chrono::NaiveDate::parse_from_str(day, "%Y-%m-%d").is_ok();
    if !exists {
        sink.add(span, format!("there is no day {day}"));
    } else if day > today {
        sink.add(span, format!("{day} lies ahead"));
    }
    exists && day <= today
}
