use super::GOOD;
use crate::learnings::EntryKind;
use crate::learnings::cells::{self, Stars};
use crate::lint::Level;
use crate::lint::rules::{Check, FORMAT, Rule};
use crate::text::Span;

/// What its fix does.
pub const FIX: &str = "Adds the count, which is zero until `sync` writes what the journal says.";

pub const RULE: Rule = Rule {
    name: "missing-field",
    group: "learnings.md",
    level: Level::Warning,
    what: "An entry that has some of its fields and lacks its count.",
    why: "There is nowhere to write the number.",
    example: &[(
        "learnings.md",
        "# L\n\n## Common Pitfalls\n\n### late-alert\n**ID**: `late-alert`\n**Last seen**: Never\n**Impact**: High\n**Instances**: []\n",
    )],
    instead: GOOD,
    source: FORMAT,
    check: Check::Learnings(|look, _, doc, sink| {
        let stars = Stars(look.settings.stars);
        for entry in doc.entries.iter().filter(|it| it.fields.len() > 1 && it.counter().is_none()) {
            let (label, zero) = match entry.kind {
                EntryKind::Pitfall => ("Frequency", cells::frequency(0, doc.dialect(), stars)),
                EntryKind::Pattern => ("Usage count", "0".to_owned()),
            };
            let at = entry.fields[0].line.end;
            let prefix = entry.fields[0].prefix.of(&doc.text);
            sink.add(entry.heading, format!("`{}` has no `**{label}**`", entry.id))
                .help(format!("add `**{label}**: {zero}`"))
                .fix(Span::new(at, at), format!("{}{prefix}**{label}**: {zero}", doc.eol()));
        }
    }),
};
