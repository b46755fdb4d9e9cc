use crate::lint::Level;
use crate::lint::rules::{Check, FORMAT, Rule};
use crate::metric::target;

pub const RULE: Rule = Rule {
    name: "metric-target-conflict",
    group: "SKILL.md and learnings.md",
    level: Level::Warning,
    what: "A metric with one target in SKILL.md and another in learnings.md.",
    why: "The agent works for one, the verdict uses the other.",
    example: &[
        (
            "SKILL.md",
            "---\nname: ship\ndescription: Ships a release. Use when releasing.\n---\n# Ship\n\nSee [it](learnings.md).\n\n## Metrics\n\n| Metric | Target |\n|---|---|\n| Deploy success | ≥99% |\n",
        ),
        (
            "learnings.md",
            "# L\n\n## Metrics\n\n| Metric | Target | Current | Trend |\n|---|---|---|---|\n| Deploy success | ≥98% | null | - |\n",
        ),
    ],
    instead: &[],
    source: FORMAT,
    check: Check::Learnings(|look, _, doc, sink| {
        let Some(page) = look.skill.skill_md() else { return };
        for (name, other) in &page.described().metrics {
            let Some(row) =
                doc.rows.iter().find(|it| it.name.of(&doc.text).eq_ignore_ascii_case(name.trim()))
            else {
                continue;
            };
            let own = row.target.of(&doc.text);
            if let (Ok(a), Ok(b)) = (target::parse(own), target::parse(other))
                && a != b
            {
                sink.add(row.target, format!("`{own}` here, `{}` in SKILL.md", other.trim()));
            }
        }
    }),
};
