use super::GOOD;
use crate::lint::Level;
use crate::lint::rules::{Check, FORMAT, Rule};

pub const RULE: Rule = Rule {
    name: "duplicate-id",
    group: "learnings.md",
    level: Level::Error,
    what: "Two entries with one id.",
    why: "Counts go to the first; the second stands still.",
    example: &[(
        "learnings.md",
        "# L\n\n## Common Pitfalls\n\n### late-alert\n**Frequency**: 0/5 ⭐☆☆☆☆\n**Last seen**: Never\n**Impact**: High\n**Instances**: []\n\n### late-alert\n**Frequency**: 0/5 ⭐☆☆☆☆\n**Last seen**: Never\n**Impact**: High\n**Instances**: []\n",
    )],
    instead: GOOD,
    source: FORMAT,
    check: Check::Learnings(|_, _, doc, sink| {
        for (at, entry) in doc.entries.iter().enumerate() {
            let first =
                doc.entries[..at].iter().find(|it| it.id == entry.id && it.kind == entry.kind);
            if let Some(first) = first {
                let line = crate::text::line_col(&doc.text, first.heading.start).line;
                sink.add(entry.heading, format!("`{}` stands in line {line} too", entry.id))
                    .help("put both entries together");
            }
        }
    }),
};
