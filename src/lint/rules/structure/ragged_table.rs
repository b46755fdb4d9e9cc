use crate::lint::rules::{Check, Rule};
use crate::lint::walk::Page;
use crate::lint::{Level, Sink};
use crate::markdown::page::{cells, table_lines, within};
use crate::markdown::{line_above, lines_with};
use crate::text::Span;

pub const RULE: Rule = Rule {
    name: "ragged-table",
    group: "structure",
    level: Level::Warning,
    what: "A row of a table with more or fewer cells than its header.",
    why: "Readers do not see the cells beyond; often a `|` within a cell lacks its backslash.",
    example: &[("reference.md", "| A | B |\n|---|---|\n| a | b | c |\n")],
    instead: &[("reference.md", "| A | B | C |\n|---|---|---|\n| a | b | c |\n")],
    source: "https://github.github.com/gfm/#tables-extension-",
    check: Check::Page(|_, page, sink| {
        for table in &page.md.tables {
            rows(&page.text, *table, sink);
        }
        no_table(page, sink);
    }),
};

fn rows(text: &str, table: Span, sink: &mut Sink<'_>) {
    let mut rows = table_lines(text, table);
    let Some(header) = rows.next() else { return };
    // A list's mark may stand before the header.
    let wanted = cells(Span::new(header.start.max(table.start), header.end).of(text));
    for row in rows.skip(1) {
        let own = row.of(text).trim_end();
        let count = cells(own);
        let whole = Span::new(row.start, row.start + own.len());
        let message = format!("this row has {count} cells, the header {wanted}");
        if count > wanted {
            let at = row.start + bar_in_code(own).unwrap_or_else(|| cell(own, wanted));
            sink.add(Span::new(at, whole.end), message)
                .help("a `|` within a cell is written `\\|`, in code too");
        } else if count < wanted && !own.contains('|') {
            sink.add(whole, "this line is read as a row of the table above it")
                .help("put a blank line between them");
        } else if count < wanted && count > 1 {
            // One cell alone is a heading of the rows below it.
            sink.add(whole, message).help("give it a cell for each column, empty ones too");
        }
    }
}

/// Returns where a `|` stands in inline code.
fn bar_in_code(row: &str) -> Option<usize> {
    let mut escaped = false;
    let mut is_code = false;
    for (at, it) in row.bytes().enumerate() {
        is_code ^= it == b'`' && !escaped;
        if it == b'|' && is_code && !escaped && row[at..].contains('`') {
            return Some(at);
        }
        escaped = it == b'\\' && !escaped;
    }
    None
}

/// Returns where a cell begins, counted from 0.
fn cell(row: &str, number: usize) -> usize {
    let mut left = number + usize::from(row.starts_with('|'));
    let mut escaped = false;
    for (at, it) in row.bytes().enumerate() {
        left -= usize::from(it == b'|' && !escaped);
        if left == 0 {
            let rest = &row[at + 1..];
            return at + 1 + (rest.len() - rest.trim_start().len());
        }
        escaped = it == b'\\' && !escaped;
    }
    0
}

/// Finds a header and a line of hyphens with different numbers of cells: they make no table at all.
fn no_table(page: &Page, sink: &mut Sink<'_>) {
    let text = &page.text;
    for line in lines_with(text, Span::new(page.md.body, text.len()), "|") {
        let is_mark = |it| matches!(it, b'|' | b':' | b'-' | b' ' | b'\t' | b'\r' | b'>');
        if !line.of(text).bytes().all(is_mark) {
            continue;
        }
        let own = line.of(text).trim_matches([' ', '\t', '\r', '>']);
        let is_rule =
            own.starts_with(['|', ':', '-']) && own.contains('-') && !own.contains(['\r', '>']);
        let header = line_above(text, line).of(text).trim_matches([' ', '\t', '\r', '>']);
        if !is_rule || !header.contains('|') || page.md.is_code(line.start) {
            continue;
        }
        let in_table = within(&page.md.tables, line.start + line.of(text).find(own).unwrap_or(0));
        let (count, wanted) = (cells(own), cells(header));
        if !in_table && count != wanted {
            let start = line.start + line.of(text).find(own).unwrap_or(0);
            sink.add(
                Span::new(start, start + own.len()),
                format!("{count} cells under {wanted} make no table"),
            )
            .help("give the line of hyphens a cell for each cell of the header");
        }
    }
}
