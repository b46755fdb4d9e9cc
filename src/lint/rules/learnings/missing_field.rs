use super::GOOD;
use crate::learnings::cells::{self, Stars};
use crate::learnings::{Entry, EntryKind, FieldName, LearningsDoc};
use crate::lint::Level;
use crate::lint::rules::{Check, FORMAT, Rule};
use crate::text::Span;

/// What its fix does.
pub const FIX: &str =
    "Adds the fields of an entry that was never met; `sync` writes what the journal says.";

pub const RULE: Rule = Rule {
    name: "missing-field",
    group: "learnings.md",
    level: Level::Warning,
    what: "An entry that has some of its fields and lacks others.",
    why: "There is nowhere to write the number.",
    example: &[(
        "learnings.md",
        "# L\n\n## Common Pitfalls\n\n### late-alert\n**ID**: `late-alert`\n**Last seen**: Never\n**Impact**: High\n**Instances**: []\n",
    )],
    instead: GOOD,
    source: FORMAT,
    check: Check::Learnings(|look, _, doc, sink| {
        for entry in doc.entries.iter().filter(|it| it.fields.len() > 1) {
            let wanted = match entry.kind {
                EntryKind::Pitfall => PITFALL,
                EntryKind::Pattern => PATTERN,
            };
            let lacks: Vec<FieldName> =
                wanted.into_iter().filter(|it| entry.field(*it).is_none()).collect();
            if lacks.is_empty() {
                continue;
            }
            let labels: Vec<String> =
                lacks.iter().map(|it| format!("`**{}**`", it.label())).collect();
            let labels = labels.join(", ");
            let found = sink.add(entry.heading, format!("`{}` has no {labels}", entry.id));
            found.help(format!("add {labels}"));
            if !never_met(doc, entry) {
                continue;
            }
            let at = entry.fields[0].line.end;
            let prefix = entry.fields[0].prefix.of(&doc.text);
            let zero = |it: &FieldName| {
                let value = match it {
                    FieldName::Frequency => {
                        cells::frequency(0, doc.dialect(), Stars(look.settings.stars))
                    }
                    FieldName::UsageCount => "0".to_owned(),
                    FieldName::SuccessRate => cells::success_rate(None),
                    FieldName::Instances => cells::instances(&[]),
                    _ => cells::last_seen(None),
                };
                format!("{}{prefix}**{}**: {value}", doc.eol(), it.label())
            };
            found.fix(Span::new(at, at), lacks.iter().map(zero).collect::<String>());
        }
    }),
};

/// What sync writes into an entry.
const PITFALL: [FieldName; 3] = [FieldName::Frequency, FieldName::LastSeen, FieldName::Instances];
const PATTERN: [FieldName; 3] =
    [FieldName::UsageCount, FieldName::FirstUsed, FieldName::SuccessRate];

/// Says whether all fields that are there say that it did not happen, so that the others say so too.
fn never_met(doc: &LearningsDoc, entry: &Entry) -> bool {
    let says =
        |name, zero: fn(&str) -> bool| entry.field(name).is_none_or(|it| zero(doc.value(it)));
    let never = |it: &str| it.to_lowercase().starts_with("never");
    doc.count(entry).unwrap_or(0) == 0
        && says(FieldName::LastSeen, never)
        && says(FieldName::FirstUsed, never)
        && says(FieldName::Instances, |it| cells::instance_list(it).is_empty())
        && says(FieldName::SuccessRate, |it| cells::percent(it).is_none())
}
