//! The fix of a value with an unquoted `: `: quotes around it, where the parser then reads what was written.

use super::{Field, key_of, parse};
use crate::markdown::{after_line, line_of, lines};
use crate::text::{Edit, Span};

/// Returns a value with the indented lines that go on with it. A line that could be a field or an item
/// of its own ends it.
pub(super) fn with_next_lines(text: &str, inner: Span, value: Span) -> Span {
    let from = after_line(text, value.end);
    let rest = lines(text, Span::new(from.min(inner.end), inner.end));
    let goes_on = |it: &Span| {
        let own = it.of(text);
        let words = own.trim();
        own.starts_with(' ') && !words.is_empty() && key_of(words).is_none()
    };
    let last = rest.take_while(goes_on).last();
    let end = last.map_or(value.end, |it| it.start + it.of(text).trim_end().len());
    Span::new(value.start, end)
}

/// Says whether the parser reads a quoted value as its author wrote it. What could be a comment or an item
/// may have been meant as such.
pub(super) fn reads_back(text: &str, quoted: &Edit) -> bool {
    let written = quoted.span.of(text);
    let words: Vec<&str> = written.lines().map(str::trim).collect();
    let is_plain = !written.contains(" #")
        && !written.contains("\t#")
        && !words
            .iter()
            .any(|it| it.starts_with("- ") || it.starts_with("? ") || it.starts_with('#'));
    let line = line_of(text, quoted.span.start);
    let next = line_of(text, after_line(text, quoted.span.end)).of(text);
    let ends = next.trim().is_empty() || !next.starts_with([' ', '\t']);
    let key = Span::new(line.start, quoted.span.start).of(text);
    let read = parse(&format!("{key}{}\n", quoted.text), 0);
    let back = |fields: Vec<Field>| {
        fields.len() == 1 && fields[0].value.text() == Some(words.join(" ").as_str())
    };
    is_plain && ends && read.is_ok_and(back)
}

/// Returns a value in quotes, double ones where it has single ones.
pub(super) fn quote(value: &str) -> String {
    if value.contains('\'') && !value.contains(['"', '\\']) {
        format!("\"{value}\"")
    } else {
        format!("'{}'", value.replace('\'', "''"))
    }
}

#[cfg(test)]
mod tests {
    use super::super::read;
    use super::*;
    use crate::text::apply;

    #[test]
    fn a_value_of_several_lines_is_quoted_as_a_whole_or_not_at_all() {
        let fix = |head: &str| {
            let text = format!("---\nname: x\n{head}\n---\n");
            let fixes: Vec<Edit> = read(&text).errors.into_iter().filter_map(|it| it.fix).collect();
            let new = apply(&text, &fixes);
            (!fixes.is_empty()).then(|| read(&new).text("description").unwrap().0.to_owned())
        };
        let two = fix("description: Use when: it\n  is late\nlicense: MIT");
        assert_eq!(two.as_deref(), Some("Use when: it is late"));
        let crlf = fix("description: Use when: it\r\n  is late\r\nlicense: MIT");
        assert_eq!(crlf.as_deref(), Some("Use when: it is late"));
        for it in [
            "description: Use when: late # or early",
            "description: - Use when: late",
            "description: Use when: late\n  team: a",
            "description: Use when: late\n  - a",
        ] {
            assert_eq!(fix(it), None, "{it}");
        }
    }
}
