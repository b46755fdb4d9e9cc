//! Why a head is not valid YAML, in words of its author, with a fix that is proved by parsing.

use super::{Field, HeadError, ValueKind, YamlError, key_of, parse};
use crate::markdown::{after_line, line_of, lines};
use crate::text::{Edit, Span, apply, floor_char_boundary};

/// Names all causes: each value that lacks its quotes is one, anything else ends the search.
pub fn explain(text: &str, inner: Span, first: YamlError) -> Vec<HeadError> {
    let mut res: Vec<HeadError> = Vec::new();
    let mut error = first;
    let mut edits: Vec<Edit> = Vec::new();
    for _ in 0..32 {
        let own = inner.of(text);
        // Places in the mended copy are places in the text, less what the edits before them added.
        let mut at = error.at;
        let mut before = edits.clone();
        before.sort_by_key(|it| it.span.start);
        for edit in &before {
            let start = edit.span.start - inner.start;
            let grown = edit.text.len() - (edit.span.end - edit.span.start);
            if at > start + edit.text.len() {
                at -= grown;
            }
        }
        let at = floor_char_boundary(own, at) + inner.start;
        let line = line_of(text, at.min(inner.end));
        let culprit = [line, line_of(text, line.start.saturating_sub(1).max(inner.start))]
            .into_iter()
            .find_map(|it| unquoted(text, it));
        let Some(Unquoted { value, at: place, message }) = culprit.filter(|it| {
            // A head that nobody closed ends at a blank line, and what stands behind that is no part of it.
            it.value.end <= inner.end
                && !edits.iter().any(|e| e.span.start < it.value.end && it.value.start < e.span.end)
        }) else {
            let tabs = lines(text, inner).find(|it| {
                let own = it.of(text);
                let blank = own.len() - own.trim_start().len();
                own[..blank].contains('\t') && it.end >= line.start && it.start <= line.end
            });
            let tab = tabs.map(|it| {
                let at = it.start + it.of(text).find('\t').unwrap_or(0);
                Span::new(at, at + 1)
            });
            let end = text[at..].chars().next().filter(|it| !matches!(it, '\n' | '\r'));
            let span = Span::new(at, at + end.map_or(0, char::len_utf8));
            // A fix is proved by parsing all of the head, and this still does not parse.
            res.iter_mut().for_each(|it| it.fix = None);
            res.push(HeadError {
                span: tab.unwrap_or(span),
                message: error.message,
                fix: None,
                tab: tab.is_some(),
            });
            return res;
        };
        let quoted = Edit { span: value, text: quote(value.of(text)) };
        edits.push(quoted.clone());
        res.push(HeadError {
            span: place,
            message: message.to_owned(),
            fix: Some(quoted),
            tab: false,
        });
        let local: Vec<Edit> = edits
            .iter()
            .map(|it| Edit {
                span: Span::new(it.span.start - inner.start, it.span.end - inner.start),
                text: it.text.clone(),
            })
            .collect();
        match parse(&apply(own, &local), 0) {
            Ok(fields) => {
                // A fix is offered only if the parser reads back what the author wrote.
                for it in &mut res {
                    let written = it.fix.as_ref().map(|it| it.span.of(text).to_owned());
                    let back = |it: &String| is_plain(it) && reads_back(&fields, it);
                    if !written.as_ref().is_some_and(back) {
                        it.fix = None;
                    }
                }
                return res;
            }
            Err(it) => error = it,
        }
    }
    res
}

/// A value that means what its author wrote only in quotes.
struct Unquoted {
    value: Span,
    /// Where YAML reads something else.
    at: Span,
    message: &'static str,
}

/// Says whether a field has this text; the lines of a longer one are joined, as YAML does.
fn reads_back(fields: &[Field], written: &str) -> bool {
    let joined = |it: &str| it.split_whitespace().collect::<Vec<_>>().join(" ");
    fields.iter().any(|it| match &it.value.kind {
        ValueKind::Map(inner) => reads_back(inner, written),
        _ if written.contains('\n') => it.value.text().map(joined) == Some(joined(written)),
        _ => it.value.text() == Some(written),
    })
}

/// Says whether nothing in a value may have been meant as a comment or as an item of a list.
fn is_plain(written: &str) -> bool {
    let is_sign =
        |line: &str| line.starts_with("- ") || line.starts_with("? ") || line.starts_with('#');
    !written.contains(" #")
        && !written.contains("\t#")
        && !written.lines().any(|it| is_sign(it.trim()))
}

/// Returns a value with the indented lines that go on with it. A line that could be a field or an item
/// of its own ends it.
fn with_next_lines(text: &str, value: Span) -> Span {
    let goes_on = |it: &Span| {
        let own = it.of(text);
        let words = own.trim();
        own.starts_with([' ', '\t']) && !words.is_empty() && key_of(words).is_none()
    };
    let rest = lines(text, Span::new(after_line(text, value.end).min(text.len()), text.len()));
    let last = rest.take_while(goes_on).last();
    let end = last.map_or(value.end, |it| it.start + it.of(text).trim_end().len());
    Span::new(value.start, end)
}

/// Finds a `: ` in a further line of a value without quotes.
fn continued(text: &str, line: Span) -> Option<Unquoted> {
    let indented = |it: Span| it.of(text).starts_with([' ', '\t']);
    let mut first = line;
    while indented(first) && first.start > 0 {
        first = line_of(text, first.start - 1);
    }
    let key = key_of(first.of(text))?;
    let rest = &first.of(text)[key.len() + 1..];
    let begin = rest.trim();
    if begin.is_empty() || begin.starts_with(INDICATORS) || first == line {
        return None;
    }
    let own = line.of(text).trim_end();
    let at = own.find(": ").or_else(|| own.ends_with(':').then(|| own.len() - 1))?;
    let mut last = line;
    loop {
        let next = after_line(text, last.start);
        if next >= text.len() || !indented(line_of(text, next)) {
            break;
        }
        last = line_of(text, next);
    }
    let start = first.end - rest.trim_start().len();
    Some(Unquoted {
        value: Span::new(start, last.start + last.of(text).trim_end().len()),
        at: Span::new(line.start + at, line.start + at + 1),
        message: COLON,
    })
}

/// What no text begins with, unless it is in quotes or means something else.
const INDICATORS: [char; 13] = ['"', '\'', '|', '>', '[', '{', '&', '*', '!', '%', '@', '`', '#'];

const COLON: &str = "an unquoted `: ` ends the value: YAML takes what stands before it for a key";

/// Finds what makes a line `key: value` invalid and is mended by quotes.
fn unquoted(text: &str, line: Span) -> Option<Unquoted> {
    if let Some(it) = continued(text, line) {
        return Some(it);
    }
    let own = line.of(text).trim_start();
    let key = key_of(own)?;
    let rest = &own[key.len() + 1..];
    let value = rest.trim();
    let start = line.end - rest.trim_start().len();
    let first = value.chars().next()?;
    let (at, message) = match first {
        '"' | '\'' | '[' | '{' => {
            let close = match first {
                '[' => ']',
                '{' => '}',
                quote => quote,
            };
            let end = value[1..].find(close)? + 2;
            let more = value[end..].trim_start();
            if more.is_empty() || more.starts_with(['#', ',', close]) {
                return None;
            }
            let message = match first {
                '[' | '{' => "YAML ends the value at the closing bracket before this",
                _ => "YAML ends the value at the closing quote before this",
            };
            (value.len() - more.len(), message)
        }
        '*' => (0, "an unquoted `*` begins a YAML alias"),
        '!' => (0, "an unquoted `!` begins a YAML tag"),
        '%' => (0, "no unquoted YAML value begins with `%`"),
        '@' => (0, "no unquoted YAML value begins with `@`"),
        '`' => (0, "no unquoted YAML value begins with a backtick"),
        '|' | '>' | '&' | '#' => return None,
        _ => {
            let colon =
                value.find(": ").or_else(|| value.ends_with(':').then(|| value.len() - 1))?;
            (colon, COLON)
        }
    };
    let length = value[at..].chars().next().map_or(0, char::len_utf8);
    Some(Unquoted {
        value: with_next_lines(text, Span::new(start, start + value.len())),
        at: Span::new(start + at, start + at + length),
        message,
    })
}

fn quote(value: &str) -> String {
    if value.contains('\'') && !value.contains(['"', '\\']) {
        format!("\"{value}\"")
    } else {
        format!("'{}'", value.replace('\'', "''"))
    }
}
