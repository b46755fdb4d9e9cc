use super::{GOOD, metric_rows};
use crate::lint::Level;
use crate::lint::rules::{Check, Rule};
use crate::metric::target;
use crate::text::Span;

pub const RULE: Rule = Rule {
    name: "unparsed-target",
    group: "learnings.md",
    level: Level::Warning,
    what: "A target that cannot be read.",
    why: "No verdict can be given about the metric.",
    example: &[(
        "learnings.md",
        "# L\n\n## Metrics\n\n| Metric | Target | Current | Trend |\n|---|---|---|---|\n| Deploy success | as good as we can | null | - |\n",
    )],
    instead: GOOD,
    source: "docs/metrics.md",
    check: Check::Learnings(|_, _, doc, sink| {
        for row in metric_rows(doc) {
            if let Err(err) = target::parse(row.target.of(&doc.text)) {
                let span =
                    Span::new(row.target.start + err.span.start, row.target.start + err.span.end);
                let span = if span.end <= row.target.end { span } else { row.target };
                sink.add(span, format!("the target cannot be read: {err}"))
                    .help("write `≥98%`, `<15 min`, `2-4 h` or `track`");
            }
        }
    }),
};
