//! JUnit XML: a suite a file, a failed case a finding.

use std::io::{self, Write};

use crate::lint::{Report, shown_path};
use crate::text::line_col;

/// Writes the document; without findings it has one suite that passed.
pub fn write(out: &mut dyn Write, report: &Report) -> io::Result<()> {
    let total: usize = report.counts().iter().sum();
    writeln!(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>")?;
    writeln!(
        out,
        "<testsuites name=\"learn lint\" tests=\"{}\" failures=\"{total}\">",
        total.max(1)
    )?;
    for file in &report.files {
        let shown: Vec<_> = file.diagnostics.iter().filter(|it| it.allowed.is_none()).collect();
        if shown.is_empty() {
            continue;
        }
        let (path, count) = (escape(&shown_path(&file.path)), shown.len());
        writeln!(out, "  <testsuite name=\"{path}\" tests=\"{count}\" failures=\"{count}\">")?;
        for it in shown {
            let place = line_col(&file.text, it.span.start);
            let (name, message) =
                (format!("{}:{}:{}", it.rule, place.line, place.col), escape(&it.message));
            writeln!(out, "    <testcase classname=\"{path}\" name=\"{name}\">")?;
            let help = escape(it.help.as_deref().unwrap_or(""));
            writeln!(
                out,
                "      <failure type=\"{}\" message=\"{message}\">{help}</failure>",
                it.level.word()
            )?;
            writeln!(out, "    </testcase>")?;
        }
        writeln!(out, "  </testsuite>")?;
    }
    if total == 0 {
        writeln!(out, "  <testsuite name=\"learn lint\" tests=\"1\" failures=\"0\">")?;
        writeln!(out, "    <testcase classname=\"learn lint\" name=\"clean\"/>\n  </testsuite>")?;
    }
    writeln!(out, "</testsuites>")
}

/// Escapes markup and takes out what XML cannot hold.
fn escape(text: &str) -> String {
    let mut res = String::with_capacity(text.len());
    for it in text.chars() {
        match it {
            '&' => res.push_str("&amp;"),
            '<' => res.push_str("&lt;"),
            '>' => res.push_str("&gt;"),
            '"' => res.push_str("&quot;"),
            '\n' | '\t' => res.push(it),
            '\u{fffe}' | '\u{ffff}' => {}
            it if it.is_control() => {}
            it => res.push(it),
        }
    }
    res
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn xml_holds_any_text() {
        assert_eq!(escape("a<b> & \"c\"\u{1b}\u{ffff}"), "a&lt;b&gt; &amp; &quot;c&quot;");
    }
}
