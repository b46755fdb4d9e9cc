use crate::lint::Level;
use crate::lint::rules::{Check, Rule};
use crate::markdown::page::{cells, table_lines};
use crate::text::Span;

pub const RULE: Rule = Rule {
    name: "ragged-table",
    group: "structure",
    level: Level::Warning,
    what: "A row of a table with more cells than its header.",
    why: "Readers do not see the cells beyond; often a `|` within a cell lacks its backslash.",
    example: &[("reference.md", "| A | B |\n|---|---|\n| a | b | c |\n")],
    instead: &[("reference.md", "| A | B | C |\n|---|---|---|\n| a | b | c |\n")],
    source: "https://github.github.com/gfm/#tables-extension-",
    check: Check::Page(|_, page, sink| {
        for table in &page.md.tables {
            let mut rows = table_lines(&page.text, *table);
            let Some(header) = rows.next() else { continue };
            let wanted = cells(header.of(&page.text));
            for row in rows.skip(1) {
                let own = row.of(&page.text);
                let count = cells(own);
                if count > wanted {
                    sink.add(
                        Span::new(row.start, row.start + own.trim_end().len()),
                        format!("this row has {count} cells, the header {wanted}"),
                    )
                    .help("a `|` within a cell is written `\\|`, in code too");
                }
            }
        }
    }),
};
