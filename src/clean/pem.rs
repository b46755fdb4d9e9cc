//! The body of a PEM block, in what notes and logs make of one: on one line, in a JSON string, cut off.

use super::judge::{has_digit, has_inner_capital, is_base64};
use super::secrets::PLACEHOLDER;
use std::ops::Range;

/// Reads the base64 between the two lines of a PEM block; the last line may be missing.
pub(super) fn body(text: &str, lead: Range<usize>) -> Option<Range<usize>> {
    let rest = &text[lead.end..];
    let dashes = rest.find("-----").unwrap_or(rest.len());
    let closed = rest[dashes..].starts_with("-----END");
    let end = if closed { dashes } else { words_end(&rest[..dashes]) };
    let body = &rest[..end];
    let blank = |it: char| it.is_whitespace() || it == '\\';
    let lead_blank = body.len() - body.trim_start_matches(blank).len();
    let coded = tokens(body).any(|(_, it)| it.len() >= 16 && it.bytes().all(is_base64));
    let plain = coded && !body.contains(PLACEHOLDER);
    let start = lead.end + lead_blank;
    plain.then(|| start..start.max(lead.end + body.trim_end_matches(blank).len()))
}

/// Returns where a PEM body without an end line ends: behind the last word that can be base64.
fn words_end(body: &str) -> usize {
    let mut end = 0;
    let mut after_line = false;
    for (at, word) in tokens(body) {
        let coded = &word[..word.bytes().take_while(|it| is_base64(*it)).count()];
        let header = word.ends_with(':') || word.contains(',') || word == "ENCRYPTED";
        let line = coded.len() >= 16;
        let telling = has_digit(coded) || has_inner_capital(coded) || coded.ends_with('=');
        if header && !after_line {
            end = at + word.len();
        } else if line || (after_line && telling) {
            end = at + coded.len();
        } else {
            break;
        }
        // Behind a quote or a bracket the text goes on, and the key does not.
        if coded.len() < word.len() && !header {
            break;
        }
        after_line |= line;
    }
    end
}

/// The words of a PEM body with their offsets; a JSON string writes its line ends as `\n`.
fn tokens(body: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            let rest = &body[at..];
            let blank = rest.len() - rest.trim_start().len();
            let escape = rest[blank..].bytes().take_while(|it| *it == b'\\').count();
            if escape > 0 {
                let letter = rest[blank + escape..].starts_with(['n', 'r']);
                at += blank + escape + usize::from(letter);
                continue;
            }
            at += blank;
            let rest = &body[at..];
            let len = rest.find(|it: char| it.is_whitespace() || it == '\\').unwrap_or(rest.len());
            at += len;
            return (len > 0).then(|| (at - len, &rest[..len]));
        }
    })
}
