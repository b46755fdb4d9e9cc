//! Annotations of GitHub Actions: `::error file=…,line=…,col=…,title=RULE::message`.

use std::io::{self, Write};

use crate::clean::printable;
use crate::lint::{Level, Report, shown_path};
use crate::text::line_col;

/// Writes a line a finding.
pub fn write(out: &mut dyn Write, report: &Report) -> io::Result<()> {
    for file in &report.files {
        for it in file.diagnostics.iter().filter(|it| it.allowed.is_none()) {
            let word = match it.level {
                Level::Error => "error",
                Level::Warning => "warning",
                Level::Info | Level::Off => "notice",
            };
            let (start, end) =
                (line_col(&file.text, it.span.start), line_col(&file.text, it.span.end));
            // GitHub takes columns only where both ends are on one line.
            let columns = if start.line == end.line {
                format!(",col={},endColumn={}", start.col, end.col)
            } else {
                String::new()
            };
            let help = it.help.as_ref().map_or_else(String::new, |it| format!("; {it}"));
            writeln!(
                out,
                "::{word} file={},line={},endLine={}{columns},title={}::{}",
                property(&printable(&shown_path(&file.path))),
                start.line,
                end.line,
                it.rule,
                data(&printable(&format!("{}{help}", it.message)))
            )?;
        }
    }
    Ok(())
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_end_a_field_is_escaped() {
        assert_eq!(property("a:b,c%"), "a%3Ab%2Cc%25");
        assert_eq!(data("a\nb:c"), "a%0Ab:c");
    }
}
