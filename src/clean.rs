//! Text that people and programs hand in, made fit to be stored, shown and put into Markdown. Text in,
//! text out; knows neither files nor what the text is about.

mod judge;
mod pem;
mod secrets;
mod shapes;
mod values;

pub use secrets::{Secret, secrets, secrets_among};
pub use shapes::{Extent, SHAPES, Shape};

use std::borrow::Cow;

/// A text as it may be stored for ever.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cleaned {
    pub text: String,
    /// The shapes that were replaced, in order.
    pub redacted: Vec<&'static str>,
    pub truncated: bool,
    /// How many characters were dropped, not counting folded white space and what the cap cut.
    pub stripped: usize,
}

/// Returns one line of at most `cap` characters: invisible characters out, white space folded, secrets
/// replaced by `[redacted:SHAPE]`. A line that had to be cut ends in `…`.
///
/// Invisible characters go first, for they would hide a secret; the cut comes last, for a secret cut in
/// half no longer looks like one.
pub fn clean(text: &str, cap: usize) -> Cleaned {
    let (line, stripped) = one_line(text);
    let (line, redacted) = redact(&line);
    let cut = cut_at(&line, cap);
    let text = match cut {
        Some(end) if cap > 0 => format!("{}…", line[..end].trim_end()),
        Some(_) => String::new(),
        None => line.into_owned(),
    };
    Cleaned { text, redacted, truncated: cut.is_some(), stripped }
}

/// Returns the text with its secrets replaced by `[redacted:SHAPE]`, and their shapes in order of
/// finding. All other bytes stay; redacting twice is redacting once.
pub fn redact(text: &str) -> (Cow<'_, str>, Vec<&'static str>) {
    let mut res = Cow::Borrowed(text);
    let mut shapes = Vec::new();
    // A secret that is gone can show another: `password=a&b -p…` no longer has a `name=` to end at.
    // A second look is nearly always the last; the bound is for texts written to make it long.
    for _ in 0..8 {
        let found = secrets(&res);
        if found.is_empty() {
            break;
        }
        res = Cow::Owned(replace(&res, &found));
        shapes.extend(found.iter().map(|it| it.shape));
    }
    (res, shapes)
}

fn replace(text: &str, found: &[Secret]) -> String {
    let mut res = String::with_capacity(text.len());
    let mut done = 0;
    for Secret { shape, range } in found {
        res.push_str(&text[done..range.start]);
        res.push_str(secrets::PLACEHOLDER);
        res.push_str(shape);
        res.push(']');
        done = range.end;
    }
    res.push_str(&text[done..]);
    res
}

/// Returns a text that is safe for a terminal: no escape sequence, no control or invisible character,
/// but line feeds and tabs as they are.
pub fn printable(text: &str) -> Cow<'_, str> {
    let shown = |it: char| it == '\n' || it == '\t' || !is_invisible(it);
    if text.chars().all(shown) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(pieces(text).filter(|it| !it.escape && shown(it.char)).map(|it| it.char).collect())
}

/// Returns text that somebody else wrote so that it may be shown to people and agents: one clean line of at
/// most `cap` characters, and no tag that an agent could take for one of its own.
pub fn inert(text: &str, cap: usize) -> String {
    let text = clean(text, cap).text;
    let mut res = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    while let Some(it) = rest.next() {
        let opens = rest.peek().is_some_and(|next| next.is_alphabetic() || "/!?".contains(*next));
        res.push(if it == '<' && opens { '‹' } else { it });
    }
    res
}

/// Returns the text so that CommonMark (and tables, strikethrough, maths, footnotes of its dialects)
/// reads it back as it was and finds no structure in it, be it behind a list marker, in a table cell
/// or at the start of a line.
///
/// Escapes only what could begin or end something, so that `p95 < 200 ms` and `snake_case` stay
/// readable. White space that Markdown would eat becomes an entity. A bare URL stays a link on forges
/// that link them.
pub fn escape_markdown(text: &str) -> String {
    let mut res = String::with_capacity(text.len() + 16);
    let mut last = None;
    let mut number = true;
    for (at, it) in text.char_indices() {
        let next = text[at + it.len_utf8()..].chars().next();
        let edge = last.is_none() || next.is_none();
        match it {
            it if it.is_ascii_control() || (edge && it.is_whitespace()) => {
                res.push_str(&format!("&#{};", u32::from(it)));
            }
            _ => {
                if is_markup(last, it, next)
                    || (number && last.is_some() && matches!(it, '.' | ')'))
                {
                    res.push('\\');
                }
                res.push(it);
            }
        }
        // `1.` and `1)` are list markers only where a line begins.
        number &= it.is_ascii_digit();
        last = Some(it);
    }
    res
}

fn is_markup(last: Option<char>, it: char, next: Option<char>) -> bool {
    let inner = |it: Option<char>| it.is_some_and(char::is_alphanumeric);
    match it {
        '`' | '*' | '[' | ']' | '|' | '~' | '$' | '^' => true,
        // Within a word it is no emphasis.
        '_' => !(inner(last) && inner(next)),
        '\\' => !inner(next),
        '&' => inner(next) || next == Some('#'),
        '<' => next.is_some_and(|it| it.is_ascii_alphabetic() || "/!?".contains(it)),
        '!' => next == Some('['),
        '#' | '>' | '-' | '+' | '=' | ':' => last.is_none(),
        _ => false,
    }
}

fn one_line(text: &str) -> (String, usize) {
    let mut res = String::with_capacity(text.len());
    let mut stripped = 0;
    let mut blank = false;
    for piece in pieces(text) {
        match piece.char {
            _ if piece.escape => stripped += 1,
            it if it.is_whitespace() => blank = true,
            it if is_invisible(it) => stripped += 1,
            it => {
                if blank && !res.is_empty() {
                    res.push(' ');
                }
                blank = false;
                res.push(it);
            }
        }
    }
    (res, stripped)
}

struct Piece {
    char: char,
    /// Part of a terminal's control sequence: `ESC [ 3 1 m`.
    escape: bool,
}

/// Marks control sequences as a whole (ECMA-48, 5.4), for without its first character the rest of one
/// would stand in the text and touch the next word.
fn pieces(text: &str) -> impl Iterator<Item = Piece> {
    let mut last = ' ';
    let mut within = false;
    text.chars().map(move |char| {
        let opens = char == '\u{9b}' || (last == '\u{1b}' && char == '[');
        let parameter = within && (' '..='?').contains(&char);
        let closes = within && ('@'..='~').contains(&char);
        within = opens || parameter;
        last = char;
        Piece { char, escape: char == '\u{1b}' || opens || parameter || closes }
    })
}

/// Controls, and characters that show nothing or turn the text around them: they hide instructions
/// from people and secrets from patterns. White space of more than one byte is not among them.
fn is_invisible(it: char) -> bool {
    it.is_control()
        || matches!(it,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}'
            | '\u{fff9}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}')
}

/// Returns where a line of more than `cap` characters must be cut to leave room for `…`: never within
/// a placeholder.
fn cut_at(line: &str, cap: usize) -> Option<usize> {
    line.char_indices().nth(cap)?;
    let end = line.char_indices().nth(cap.saturating_sub(1)).map_or(0, |(at, _)| at);
    // A placeholder is short: one that the cut goes through has its end near behind it.
    let open = line[..end].rfind('[').filter(|it| {
        let inner = &line[*it..];
        let close = inner.find(']').map_or(0, |len| it + len);
        inner.starts_with(secrets::PLACEHOLDER) && close >= end
    });
    Some(open.unwrap_or(end))
}

#[cfg(test)]
mod tests;
