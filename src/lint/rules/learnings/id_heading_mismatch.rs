use super::{GOOD, value};
use crate::learnings::FieldName;
use crate::lint::Level;
use crate::lint::rules::{Check, FORMAT, Rule};

/// What its fix does.
pub const FIX: &str = "Writes the heading as the id: `sync` counts by the heading.";

pub const RULE: Rule = Rule {
    name: "id-heading-mismatch",
    group: "learnings.md",
    level: Level::Warning,
    what: "An entry whose `**ID**` is not its heading.",
    why: "Links lead to the heading, events name the id.",
    example: &[(
        "learnings.md",
        "# L\n\n## Common Pitfalls\n\n### late-alert\n**ID**: `alert-late`\n**Frequency**: 0/5 ⭐☆☆☆☆\n**Last seen**: Never\n**Impact**: High\n**Instances**: []\n",
    )],
    instead: GOOD,
    source: FORMAT,
    check: Check::Learnings(|_, _, doc, sink| {
        for entry in &doc.entries {
            let Some((text, span)) = value(doc, entry, FieldName::Id) else { continue };
            let id = text.trim_matches(['`', ' ', '"', '*']);
            let heading = entry.heading.of(&doc.text).trim();
            // A heading in words has the id below it; only an id that another id contradicts is wrong.
            if crate::learnings::is_id(heading) && id != heading && !id.is_empty() {
                sink.add(span, format!("the heading says `{heading}`, the id `{id}`"))
                    .help(format!("write `{heading}`"))
                    .fix(span, format!("`{heading}`"));
            }
        }
    }),
};
