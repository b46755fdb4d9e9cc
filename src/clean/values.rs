//! What a value behind a lead (`password=`, `Authorization: Bearer`) is: a secret, or a word, a
//! reference, an id. Reads values; does not know which leads there are.
//!
//! Each reader gets the text and the bytes of the lead, and returns the bytes of the secret. A value
//! is judged by its first [`JUDGED`] bytes, so that a text made of leads alone is still read in
//! linear time; a secret goes on to its end however long it is.

use super::judge::{
    DUMMIES, has_digit, has_inner_capital, has_letter, is_hex, is_mixed, is_one_of, is_pair,
    is_stand_in, is_words, looks_random,
};
use super::secrets::{PLACEHOLDER, ends_redacted};
use std::ops::Range;

const JUDGED: usize = 256;

/// A value as it stands behind its lead.
struct Value<'a> {
    /// The text from the first character of the value on.
    text: &'a str,
    start: usize,
    /// How long the value is, as far as it was read.
    len: usize,
    /// It has no end within [`JUDGED`] bytes.
    long: bool,
    quoted: bool,
    /// Behind it comes a blank and a letter, as in prose.
    in_prose: bool,
    /// It runs into a placeholder: this is what is left of a text that was redacted before.
    redacted: bool,
}

impl Value<'_> {
    fn range(&self) -> Range<usize> {
        let len = if self.long { unquoted(self.text, usize::MAX).0 } else { self.len };
        self.start..self.start + len
    }

    fn head(&self) -> &str {
        head(&self.text[..self.len], JUDGED)
    }
}

fn head(text: &str, cap: usize) -> &str {
    let mut end = cap.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// Reads what follows `password=`.
pub(super) fn password(text: &str, lead: Range<usize>) -> Option<Range<usize>> {
    let key =
        Key::read(text, &lead, &["password", "passwd", "passphrase", "passcode", "pwd", "pass"])?;
    // `pass` alone is a verb: "tests pass: 12 of 14".
    let verb = key.words.last().is_some_and(|it| it == "pass") && key.words.len() == 1;
    // `passwordSecret` and `passwordKey` of a manifest say where the password is.
    let pointer = key
        .words
        .last()
        .is_some_and(|it| ["secret", "key", "auth", "bypass", "compass"].contains(&it.as_str()));
    let value = read(text, lead.end)?;
    let unclosed = key.element && !value.text[value.len..].starts_with("</");
    if pointer || unclosed || (verb && !key.assigned && !key.flag) {
        return None;
    }
    let passphrase = key.words.iter().any(|it| it == "passphrase");
    password_like(&value, key.assigned, passphrase).then(|| value.range())
}

/// Reads what follows `mysql -p` and the like.
pub(super) fn cli_password(text: &str, lead: Range<usize>) -> Option<Range<usize>> {
    let value = read(text, lead.end)?;
    password_like(&value, true, false).then(|| value.range())
}

/// Reads what follows `api_key=`.
pub(super) fn secret(text: &str, lead: Range<usize>) -> Option<Range<usize>> {
    let key = Key::read(text, &lead, &["secret", "token", "credential", "string", "key", "auth"])?;
    let value = read(text, lead.end)?;
    let commit = key.words.len() == 1 && is_hex(value.head(), 40);
    let plain = !value.redacted && !commit && !is_stand_in(value.head(), value.quoted);
    // `token: password=…`: the name in the value is the telling one.
    let plain = plain && !is_pair(value.head());
    (plain && looks_random(value.head())).then(|| value.range())
}

/// Reads what follows `Authorization: Bearer `.
pub(super) fn authorization(text: &str, lead: Range<usize>) -> Option<Range<usize>> {
    let value = read(text, lead.end)?;
    let head = value.head();
    if value.redacted || head.len() < 8 || is_stand_in(head, value.quoted) {
        return None;
    }
    let scheme_only = text[lead].get(..6).is_some_and(|it| it.eq_ignore_ascii_case("bearer"));
    let coded = has_digit(head) || head.ends_with('=') || has_inner_capital(head);
    (if scheme_only { looks_random(head) } else { coded }).then(|| value.range())
}

/// Reads what follows `?token=`.
pub(super) fn url_query(text: &str, lead: Range<usize>) -> Option<Range<usize>> {
    let rest = &text[lead.end..];
    let stop = |it: char| it.is_whitespace() || "?&#\"'<>`\\()[]{},;|".contains(it);
    let value = &rest[..rest.find(stop).unwrap_or(rest.len())];
    let value = value.trim_end_matches(['.', ':', '!', '?']);
    let common =
        ["key=", "code="].iter().any(|it| text[lead.clone()].to_ascii_lowercase().ends_with(it));
    let judged = head(value, JUDGED);
    let coded =
        judged.len() >= 8 && has_letter(judged) && (has_digit(judged) || judged.len() >= 20);
    let secret = if common { looks_random(judged) } else { coded && !is_words(judged) };
    let plain = !runs_into_placeholder(&rest[value.len()..]) && !is_stand_in(judged, false);
    (secret && plain).then(|| lead.end..lead.end + value.len())
}

/// Reads what follows `scheme://user:`, which is a password only when an `@` comes before the host.
pub(super) fn url_password(text: &str, lead: Range<usize>) -> Option<Range<usize>> {
    let rest = &text[lead.end..];
    // The next URL is not part of this one; a list of them would be read again for each.
    let stop = |at: usize, it: char| {
        it.is_whitespace() || "\"'<>`".contains(it) || rest[at..].starts_with("://")
    };
    let end = rest.char_indices().find(|(at, it)| stop(*at, *it)).map_or(rest.len(), |(at, _)| at);
    let path = rest[..end].find(['/', '?', '#']).unwrap_or(end);
    let port = path > 0 && rest[..path].bytes().all(|it| it.is_ascii_digit());
    let at = match rest[..path].rfind('@') {
        Some(at) => at,
        // A raw `/` in a password is against the RFC and in use.
        None if path < end && !port => rest[..end].rfind('@')?,
        None => return None,
    };
    let value = head(&rest[..at], JUDGED);
    let plain = !value.is_empty() && !value.contains(PLACEHOLDER) && !is_stand_in(value, false);
    (plain && !is_one_of(value, DUMMIES)).then_some(lead.end..lead.end + at)
}

/// The name before a value.
struct Key {
    /// In lower case: `dbPassword` and `DB_PASSWORD` are both `db`, `password`.
    words: Vec<String>,
    /// `=` stands between name and value; `:` also stands in prose.
    assigned: bool,
    flag: bool,
    /// It is an XML element: `<password>`.
    element: bool,
}

impl Key {
    /// Returns `None` when the name means something about a secret (`token_url`) and not the secret.
    fn read(text: &str, lead: &Range<usize>, names: &[&str]) -> Option<Self> {
        let of_key = |it: char| it.is_ascii_alphanumeric() || it == '_' || it == '-';
        let before = &text[..lead.start];
        let longest = &before[before.len()
            - before.bytes().rev().take(64).take_while(|it| of_key(*it as char)).count()..];
        let start = lead.start - longest.len();
        // The name's own first byte may be the letter of an escape: `\npassword`.
        let start = match text[..start].ends_with('\\') && start < lead.start {
            true => start + 1,
            false => start,
        };
        // Only what is left of a longer name.
        if ends_redacted(&text[..start]) {
            return None;
        }
        let rest = &text[start..lead.end];
        let name = &rest[..rest.find(|it| !of_key(it)).unwrap_or(rest.len())];
        let separator = &rest[name.len()..];
        let flag = name.starts_with('-');
        let blank = !separator.contains(['=', ':', '>']);
        let element = separator == ">" && text[..start].ends_with('<');
        let words = words(name);
        // Not `passport`, not `tokenizer`.
        let telling = |it: &String| {
            let word = it.trim_end_matches(|it: char| it.is_ascii_digit());
            names.iter().any(|it| {
                word.ends_with(it) || word.strip_suffix('s').is_some_and(|word| word.ends_with(it))
            })
        };
        let about = words.last().is_some_and(|it| is_one_of(it, ABOUT))
            || words.iter().any(|it| it.starts_with("expir"));
        let lead =
            (!blank || flag) && (!separator.contains('>') || separator.contains("=>") || element);
        (lead && !about && words.iter().any(telling)).then(|| Self {
            words,
            assigned: separator.contains('=') || element,
            flag,
            element,
        })
    }
}

/// Splits `dbPassword`, `DB_PASSWORD` and `db-password` into lower-case words.
fn words(name: &str) -> Vec<String> {
    let mut res: Vec<String> = Vec::new();
    let mut last = '_';
    for it in name.chars() {
        if last.is_ascii_lowercase() && it.is_ascii_uppercase() || !last.is_ascii_alphanumeric() {
            res.push(String::new());
        }
        if it.is_ascii_alphanumeric() {
            res.last_mut()
                .expect("the first character begins a word")
                .push(it.to_ascii_lowercase());
        }
        last = it;
    }
    res.retain(|it| !it.is_empty());
    res
}

/// Last words of names that tell about a secret and do not hold it.
const ABOUT: &str = "
    after algorithm arn at attempts budget class count dir endpoint env error field file
    format header host id ids in index issuer key_id kind label length limit manager max method
    min mode mount name names path policy prefix provider ref region reset rotation scope scopes
    seconds source status stdin store strategy ttl type uri url usage user username version";

/// Reads a value: to its closing quote, or to where a shell, a log line or JSON would end it.
fn read(text: &str, start: usize) -> Option<Value<'_>> {
    let rest = &text[start..];
    // JSON in JSON in JSON has seven.
    let slashes = rest.bytes().take(8).take_while(|it| *it == b'\\').count();
    let quote = rest[slashes..].chars().next().filter(|it| "\"'`".contains(*it));
    let skip = if quote.is_some() { slashes + 1 } else { 0 };
    let text = &rest[skip..];
    let closed = quote.and_then(|it| closing(text, it, slashes));
    let (len, long) = closed.map_or_else(|| unquoted(text, JUDGED), |it| (it, false));
    let behind = &text[len..];
    let mut next = behind.chars();
    // What a placeholder stands for may have been a word.
    let in_prose =
        next.next() == Some(' ') && next.next().is_some_and(|it| it.is_alphabetic() || it == '[');
    let redacted = text[..len].contains(PLACEHOLDER) || runs_into_placeholder(behind);
    let quoted = closed.is_some();
    // `Option<String>` is a type; an element ends in `</`.
    let generic = !quoted && behind.starts_with('<') && !behind.starts_with("</");
    let start = start + skip;
    (len > 0 && !generic).then_some(Value { text, start, len, long, quoted, in_prose, redacted })
}

/// Punctuation that was taken off the value's end stands between it and the placeholder.
fn runs_into_placeholder(behind: &str) -> bool {
    behind.trim_start_matches(|it| ".,;:!?)]}".contains(it)).starts_with(PLACEHOLDER)
}

/// Returns the length of a quoted value, or `None` when its line has no closing quote. A quote behind
/// as many backslashes as the opening one had closes; a backslash more escapes.
fn closing(inner: &str, quote: char, slashes: usize) -> Option<usize> {
    let mut run = 0;
    for (at, it) in inner.char_indices() {
        match it {
            '\n' => return None,
            '\\' => run += 1,
            it if it == quote && run <= slashes => return Some(at - run),
            _ => run = 0,
        }
    }
    None
}

/// Returns the length of a value without quotes, and whether it goes on behind the cap.
fn unquoted(rest: &str, cap: usize) -> (usize, bool) {
    let end = rest.char_indices().find(|(at, it)| *at >= cap || ends_value(rest, *at, *it));
    let long = end.is_some_and(|(at, _)| at >= cap);
    let value = end.map_or(rest, |(at, _)| &rest[..at]);
    let trimmed = value.trim_end_matches(['.', ',', ';', ':']);
    // A closing bracket belongs to the text around the value unless the value opened it.
    let bracket = trimmed.ends_with([')', ']', '}']) && !trimmed.contains(['(', '[', '{']);
    let closing = |it: char| bracket && ")]}.,;:".contains(it);
    (trimmed.trim_end_matches(closing).len(), long)
}

fn ends_value(rest: &str, at: usize, it: char) -> bool {
    let behind = &rest[at + it.len_utf8()..];
    match it {
        '"' | '\'' | '`' | '<' => true,
        '[' => rest[at..].starts_with(PLACEHOLDER),
        '\\' => behind.starts_with(['n', 'r', 't', '"', '\'', '\\']),
        ',' | ';' | '&' => begins_item(behind),
        it => it.is_whitespace(),
    }
}

/// Tells whether what follows a comma, semicolon or ampersand is a new `name=` and not the rest of
/// the value.
fn begins_item(behind: &str) -> bool {
    let near = head(behind, 40);
    let name =
        near.trim_start_matches(|it: char| it.is_ascii_alphanumeric() || "_-. ".contains(it));
    let named = name.len() < near.len() && name.starts_with(['=', ':']);
    let apart = |it: char| it.is_whitespace() || "&\"'}])".contains(it);
    behind.is_empty() || named || behind.starts_with(apart)
}

fn password_like(value: &Value, assigned: bool, passphrase: bool) -> bool {
    let head = value.head();
    let spoken = head.contains(' ')
        && !passphrase
        && !head.split(' ').any(|it| it.len() >= 5 && is_mixed(it));
    let wordy = head.chars().all(|it| it.is_alphabetic() || it == '-' || it == '\'');
    let prose = wordy && !value.quoted && !assigned && value.in_prose;
    let plain = !value.redacted && !is_stand_in(head, value.quoted) && !head.contains("://");
    head.chars().count() >= 6 && plain && !spoken && !prose && !is_one_of(head, DUMMIES)
}
