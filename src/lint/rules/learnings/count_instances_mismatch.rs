use super::{GOOD, value};
use crate::learnings::{EntryKind, FieldName, cells};
use crate::lint::Level;
use crate::lint::rules::{Check, FORMAT, Rule};

pub const RULE: Rule = Rule {
    name: "count-instances-mismatch",
    group: "learnings.md",
    level: Level::Warning,
    what: "An entry that lists more instances than it counts, or counts and lists none.",
    why: "Every instance is one sight at least.",
    example: &[(
        "learnings.md",
        "# L\n\n## Common Pitfalls\n\n### late-alert\n**ID**: `late-alert`\n**Frequency**: 1/5 ⭐⭐☆☆☆\n**Last seen**: 2026-11-20 (feature: search)\n**Impact**: High\n**Instances**: [search, cart]\n",
    )],
    instead: GOOD,
    source: FORMAT,
    check: Check::Learnings(|_, _, doc, sink| {
        for entry in doc.entries.iter().filter(|it| it.kind == EntryKind::Pitfall) {
            let Some((text, span)) = value(doc, entry, FieldName::Instances) else { continue };
            let (Some(count), true) = (doc.count(entry), text.starts_with('[')) else { continue };
            let listed = cells::instance_list(text).len() as u64;
            if listed > count {
                sink.add(span, format!("{listed} instances are listed, {count} are counted"));
            } else if listed == 0 && count > 0 {
                sink.add(span, format!("{count} are counted, no instance is listed"));
            }
        }
    }),
};
