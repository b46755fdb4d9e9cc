//! A new learnings.md from what SKILL.md describes.

use crate::learnings::EntryKind;
use crate::learnings::cells::Dialect;
use crate::learnings::edits::{Style, section};
use crate::projection::Tally;
use crate::skill::SkillDoc;

/// Returns a learnings.md with every pitfall, pattern and metric of SKILL.md at zero.
pub fn create(skill: &SkillDoc, key: &str) -> String {
    let title =
        if skill.title.is_empty() { key } else { skill.title.split(':').next().unwrap_or(key) };
    let mut res = format!(
        "# {}: Learnings\n\n> This file belongs to you. `learn sync` writes the counts; everything else stays as you write it.\n\n**Last updated**: Never\n**Features processed**: 0\n",
        title.trim()
    );
    for (kind, name) in
        [(EntryKind::Pitfall, "Common Pitfalls"), (EntryKind::Pattern, "Successful Patterns")]
    {
        let topics: Vec<_> = skill.topics.iter().filter(|it| it.kind == kind).collect();
        if topics.is_empty() {
            continue;
        }
        res += &format!("\n---\n\n## {name}\n");
        for topic in topics {
            let tally = Tally::default();
            let impact = topic.impact.as_deref();
            let text =
                section(kind, &topic.id, impact, &tally, Dialect::Number, Style::default(), "\n");
            res += &format!("\n{text}\n");
        }
    }
    if !skill.metrics.is_empty() {
        res += "\n---\n\n## Metrics\n\n| Metric | Target | Current | Trend |\n|--------|--------|---------|-------|\n";
        for (name, target) in &skill.metrics {
            res += &format!("| {name} | {target} | null | - |\n");
        }
    }
    res
}

/// Says whether SKILL.md describes anything to keep.
pub fn is_worth_it(skill: &SkillDoc) -> bool {
    !skill.topics.is_empty() || !skill.metrics.is_empty()
}
