//! Where secrets lie in a text. Knows how to search; the shapes are the matter of `shapes`. Does not
//! know what is done about a secret.
//!
//! No pattern is compiled before one of its keywords is in the text, because compiling all of them
//! costs more than the rest of a short command.

use super::judge;
use super::shapes::{Extent, SHAPES, Shape};
use regex::Regex;
use std::ops::Range;
use std::sync::OnceLock;

/// A secret in a text: its shape and its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Secret {
    pub shape: &'static str,
    pub range: Range<usize>,
}

/// Opens every placeholder.
pub(super) const PLACEHOLDER: &str = "[redacted:";

/// The patterns of [`SHAPES`] that a text has needed so far.
static COMPILED: [OnceLock<Regex>; SHAPES.len()] = [const { OnceLock::new() }; SHAPES.len()];

/// Returns the secrets of a text in order; no two overlap.
///
/// Where two shapes claim the same bytes, the secret is as wide as both and has the name of the shape
/// that comes first in [`SHAPES`].
pub fn secrets(text: &str) -> Vec<Secret> {
    secrets_among(text, |_| true)
}

/// Returns the secrets of the shapes that `wanted` names.
pub fn secrets_among(text: &str, wanted: impl Fn(&Shape) -> bool) -> Vec<Secret> {
    let among = SHAPES.iter().enumerate().filter(|it| wanted(it.1)).map(|it| 1 << it.0).sum();
    let held = with_keyword(text.as_bytes(), among);
    let placeholders = placeholders(text);
    let mut found: Vec<(Range<usize>, usize)> = Vec::new();
    for (rank, shape) in SHAPES.iter().enumerate() {
        if held & 1 << rank != 0 {
            let pattern = || Regex::new(shape.pattern).expect("a test compiles every pattern");
            let regex = COMPILED[rank].get_or_init(pattern);
            found.extend(
                candidates(regex, shape.extent, text, &placeholders)
                    .into_iter()
                    .map(|it| (it, rank)),
            );
        }
    }
    found.sort_by_key(|(range, rank)| (range.start, *rank));
    let mut merged: Vec<(Range<usize>, usize)> = Vec::new();
    for (range, rank) in found {
        match merged.last_mut() {
            Some((last, best)) if range.start < last.end => {
                last.end = last.end.max(range.end);
                *best = rank.min(*best);
            }
            _ => merged.push((range, rank)),
        }
    }
    merged.into_iter().map(|(range, rank)| Secret { shape: SHAPES[rank].name, range }).collect()
}

/// Bytes of a keyword that are looked for in the one pass over a text.
const FIRST: usize = 4;

/// For each byte and each place in the beginning of a keyword: the shapes, a bit each, of which a keyword has the byte there. A text is
/// passed over once instead of once for each keyword (Shift-And; Baeza-Yates and Gonnet 1992, with classes of characters).
static BEGINNINGS: [[u64; FIRST]; 256] = beginnings();

const fn beginnings() -> [[u64; FIRST]; 256] {
    assert!(SHAPES.len() <= u64::BITS as usize);
    let mut res = [[0; FIRST]; 256];
    let mut rank = 0;
    while rank < SHAPES.len() {
        let mut number = 0;
        while number < SHAPES[rank].keywords.len() {
            let keyword = SHAPES[rank].keywords[number].as_bytes();
            let exact = is_exact(keyword);
            let mut at = 0;
            while at < FIRST {
                let mut byte = 0;
                while byte < 256 {
                    let it = byte as u8;
                    // Behind a short keyword stands anything.
                    if at >= keyword.len()
                        || it == keyword[at]
                        || !exact && it.to_ascii_lowercase() == keyword[at]
                    {
                        res[byte][at] |= 1 << rank;
                    }
                    byte += 1;
                }
                at += 1;
            }
            number += 1;
        }
        rank += 1;
    }
    res
}

/// Says whether a keyword is looked for as it is, and not in any case.
const fn is_exact(keyword: &[u8]) -> bool {
    let mut at = 0;
    while at < keyword.len() {
        if keyword[at].is_ascii_uppercase() {
            return true;
        }
        at += 1;
    }
    false
}

/// Returns which of the shapes, a bit each, have a keyword in the text.
fn with_keyword(text: &[u8], among: u64) -> u64 {
    let mut left = among;
    let (mut one, mut two, mut three) = (0, 0, 0);
    for (at, byte) in text.iter().enumerate() {
        let it = &BEGINNINGS[usize::from(*byte)];
        let begun = three & it[3] & left;
        if begun != 0 {
            left &= !with_keyword_at(&text[at + 1 - FIRST..], begun);
        }
        three = two & it[2];
        two = one & it[1];
        one = it[0];
    }
    // A short keyword may end with the text.
    for at in text.len().saturating_sub(FIRST - 1)..text.len() {
        left &= !with_keyword_at(&text[at..], left);
    }
    among & !left
}

/// Returns which of the shapes have a keyword that the text begins with.
fn with_keyword_at(text: &[u8], among: u64) -> u64 {
    let begins = |keyword: &&str| {
        let keyword = keyword.as_bytes();
        let own = text.get(..keyword.len());
        own.is_some_and(|it| match is_exact(keyword) {
            true => it == keyword,
            false => it.eq_ignore_ascii_case(keyword),
        })
    };
    let shapes = SHAPES.iter().enumerate().filter(|it| among & 1 << it.0 != 0);
    shapes.filter(|it| it.1.keywords.iter().any(begins)).map(|it| 1 << it.0).sum()
}

/// A search begins where the last one ended, and no pattern needs to look far behind the end of its
/// match, so that all searches together read the text about once.
fn candidates(
    regex: &Regex,
    extent: Extent,
    text: &str,
    placeholders: &[Range<usize>],
) -> Vec<Range<usize>> {
    let mut res = Vec::new();
    let mut at = 0;
    while let Some(found) = regex.captures_at(text, at) {
        let whole = found.get_match().range();
        let secret = match extent {
            Extent::Token => {
                let token = found.get(1).unwrap_or(found.get_match());
                let plain = !judge::is_example(token.as_str()) && !touches(placeholders, &whole);
                plain.then(|| token.range())
            }
            // A value that is no secret may itself be the lead of one: `token: password=…`.
            Extent::After(read) => {
                // `&` may stand between a placeholder and the next name.
                let lead = whole.start + 1..whole.end - 1;
                let fresh = |it: &Range<usize>| !touches(placeholders, it);
                fresh(&lead).then(|| read(text, whole.clone())).flatten().filter(fresh)
            }
        };
        at = secret.as_ref().map_or(whole.end, |it| it.end.max(whole.end));
        res.extend(secret);
    }
    res
}

/// Returns the placeholders that earlier redaction left in a text.
///
/// What touches one is no secret: a token cut off by a placeholder was not there when the text was
/// read first, and would only be found because its neighbour is gone.
fn placeholders(text: &str) -> Vec<Range<usize>> {
    memchr::memmem::find_iter(text.as_bytes(), PLACEHOLDER)
        .map(|start| {
            let name = start + PLACEHOLDER.len();
            let shape = text[name..]
                .bytes()
                .take_while(|it| it.is_ascii_lowercase() || *it == b'-')
                .count();
            start..name + shape + 1
        })
        .collect()
}

fn touches(placeholders: &[Range<usize>], range: &Range<usize>) -> bool {
    let next = placeholders.partition_point(|it| it.end < range.start);
    placeholders.get(next).is_some_and(|it| it.start <= range.end)
}

/// Tells whether a text ends in a placeholder.
pub(super) fn ends_redacted(text: &str) -> bool {
    let shape = |it: char| it.is_ascii_lowercase() || it == '-';
    text.strip_suffix(']').is_some_and(|it| it.trim_end_matches(shape).ends_with(PLACEHOLDER))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Asks for each keyword by itself.
    fn one_by_one(text: &str) -> u64 {
        let lower = text.to_ascii_lowercase();
        let has = |it: &&str| match is_exact(it.as_bytes()) {
            true => text.contains(*it),
            false => lower.contains(*it),
        };
        let shapes = SHAPES.iter().enumerate();
        shapes.filter(|it| it.1.keywords.iter().any(has)).map(|it| 1 << it.0).sum()
    }

    #[test]
    fn one_pass_finds_the_keywords_that_as_many_searches_find() {
        let words: Vec<&str> = SHAPES.iter().flat_map(|it| it.keywords).copied().collect();
        for word in &words {
            let (upper, cut) = (word.to_uppercase(), &word[..word.len() - 1]);
            for other in ["", "a", "sk", "gl", "é"] {
                for it in [word, &*upper, cut] {
                    for text in [format!("{other}{it}"), format!("{it}{other}"), it.repeat(2)] {
                        let held = with_keyword(text.as_bytes(), u64::MAX);
                        assert_eq!(held, one_by_one(&text), "{text}");
                    }
                }
            }
        }
        let all = words.concat();
        assert_eq!(with_keyword(all.as_bytes(), 0b101), 0b101);
    }
}
