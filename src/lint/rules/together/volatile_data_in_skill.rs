use crate::learnings::{FieldName, cells};
use crate::lint::Level;
use crate::lint::rules::{Check, FORMAT, Rule};
use crate::markdown::line_of;

pub const RULE: Rule = Rule {
    name: "volatile-data-in-skill",
    group: "SKILL.md and learnings.md",
    level: Level::Warning,
    what: "Counts, dates or current numbers in SKILL.md, which belong into learnings.md.",
    why: "The package replaces SKILL.md at every update, and the numbers with it.",
    example: &[(
        "SKILL.md",
        "---\nname: ship\ndescription: Ships a release. Use when releasing.\n---\n# Ship\n\n## Common Pitfalls\n\n### Late Alert\n\n**Frequency**: ★★☆☆☆ (2/5 - seen rarely)\n",
    )],
    instead: &[(
        "SKILL.md",
        "---\nname: ship\ndescription: Ships a release. Use when releasing.\n---\n# Ship\n\n## Common Pitfalls\n\n### Late Alert\n\n**Impact**: High\n",
    )],
    source: FORMAT,
    check: Check::Skill(|_, page, sink| {
        let marks = ["**Frequency", "**Usage count", "**Last seen", "**First used", "Current"];
        if !page.has_any(&marks) {
            return;
        }
        let doc = page.as_learnings();
        for entry in &doc.entries {
            // A copy of an entry is one cause, whatever it holds.
            let found =
                entry.fields.iter().find_map(|it| Some((it.line, kept(it.name, doc.value(it))?)));
            if let Some((line, what)) = found {
                sink.add(line, format!("{what} in a file that updates replace"))
                    .help("keep it in learnings.md only");
            }
        }
        if let Some(row) = doc.rows.iter().find(|it| it.current.is_some()) {
            let table = page
                .md
                .tables
                .iter()
                .find(|it| it.start <= row.line.start && row.line.start < it.end);
            let header = line_of(&page.text, table.map_or(row.line.start, |it| it.start));
            sink.add(header, "a column of current numbers in a file that updates replace")
                .help("keep the table in learnings.md only");
        }
    }),
};

/// Says what a field holds that changes with every deployment; advice in words does not.
fn kept(name: FieldName, value: &str) -> Option<&'static str> {
    let is_number = value.trim().bytes().all(|it| it.is_ascii_digit());
    let counts = is_number || value.contains(['/', '★', '⭐']);
    match name {
        FieldName::Frequency | FieldName::UsageCount if counts && cells::count(value).is_some() => {
            Some("a count")
        }
        FieldName::LastSeen | FieldName::FirstUsed if cells::seen(value).is_some() => {
            Some("a date")
        }
        _ => None,
    }
}
