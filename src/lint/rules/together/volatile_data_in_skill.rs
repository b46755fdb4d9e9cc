use crate::learnings::LearningsDoc;
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
        if !page.text.contains("**Frequency")
            && !page.text.contains("**Usage count")
            && !page.text.contains("Current")
        {
            return;
        }
        let doc = LearningsDoc::parse(&page.text);
        for entry in &doc.entries {
            let Some(counter) = entry.counter() else { continue };
            if doc.count(entry).is_some() && doc.value(counter).contains(['/', '★', '⭐']) {
                sink.add(counter.line, "a count in a file that updates replace")
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
