use super::{GOOD, metric_rows};
use crate::learnings::SectionKind;
use crate::lint::Level;
use crate::lint::rules::{Check, FORMAT, Rule};
use crate::markdown::line_of;
use crate::markdown::page::cells;

pub const RULE: Rule = Rule {
    name: "malformed-metrics-table",
    group: "learnings.md",
    level: Level::Error,
    what: "A table under Metrics without one of the columns Metric, Target, Current, Trend, or with a row that ends early.",
    why: "Its numbers are then never written.",
    example: &[(
        "learnings.md",
        "# L\n\n## Metrics\n\n| Metric | Current | Trend |\n|---|---|---|\n| Deploy success | null | - |\n",
    )],
    instead: GOOD,
    source: FORMAT,
    check: Check::Learnings(|_, page, doc, sink| {
        for section in doc.sections.iter().filter(|it| it.kind == SectionKind::Metrics) {
            for table in page
                .md
                .tables
                .iter()
                .filter(|it| it.start >= section.heading.end && it.start < section.end)
            {
                let header = line_of(&doc.text, table.start);
                let names: Vec<String> = header
                    .of(&doc.text)
                    .split('|')
                    .map(|it| it.trim_matches(['*', '_', ' ']).to_lowercase())
                    .collect();
                let lacks: Vec<&str> = ["metric", "target", "current", "trend"]
                    .into_iter()
                    .filter(|it| !names.iter().any(|name| name == it))
                    .collect();
                if !lacks.is_empty() && lacks.len() < 3 {
                    sink.add(
                        header,
                        format!("the metrics table has no column {}", lacks.join(", ")),
                    );
                }
            }
        }
        for row in metric_rows(doc).filter(|it| it.current.is_none() || it.trend.is_none()) {
            let table = page
                .md
                .tables
                .iter()
                .find(|it| it.start <= row.line.start && row.line.start < it.end);
            let header = table.map_or(0, |it| cells(line_of(&doc.text, it.start).of(&doc.text)));
            let own = cells(row.line.of(&doc.text));
            // A header without a column is the cause of all short rows below it.
            if own < 4 && header >= 4 {
                sink.add(
                    row.line,
                    format!("this row has {own} cells, so there is nowhere to write"),
                )
                .help("give it a cell for each column: `| Metric | Target | null | - |`");
            }
        }
    }),
};
