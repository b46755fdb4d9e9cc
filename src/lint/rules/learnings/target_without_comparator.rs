use super::{GOOD, metric_rows};
use crate::lint::Level;
use crate::lint::rules::{Check, Rule};
use crate::metric::target;

pub const RULE: Rule = Rule {
    name: "target-without-comparator",
    group: "learnings.md",
    level: Level::Warning,
    what: "A target that is a number alone.",
    why: "It does not say whether more or less is better, and is taken as exactly that.",
    example: &[(
        "learnings.md",
        "# L\n\n## Metrics\n\n| Metric | Target | Current | Trend |\n|---|---|---|---|\n| Deploy success | 98% | null | - |\n",
    )],
    instead: GOOD,
    source: "docs/metrics.md",
    check: Check::Learnings(|_, _, doc, sink| {
        for row in metric_rows(doc) {
            if target::parse(row.target.of(&doc.text)).is_ok_and(|it| it.without_comparator) {
                sink.add(
                    row.target,
                    format!("`{}` does not say at least or at most", row.target.of(&doc.text)),
                )
                .help("begin it with `≥` or `≤`");
            }
        }
    }),
};
