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
    let (folded, triples) = folded(text);
    let placeholders = placeholders(text);
    let mut found: Vec<(Range<usize>, usize)> = Vec::new();
    for (rank, shape) in SHAPES.iter().enumerate().filter(|it| wanted(it.1)) {
        let may = |it: &&&str| triples.may_hold(it);
        if shape.keywords.iter().filter(may).any(|it| has_keyword(text, &folded, it)) {
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

/// Which rows of three bytes a text has in lower case, as a Bloom filter with one hash: one pass over a long text instead of one for
/// each keyword.
struct Triples([u64; 1024]);

/// Returns a text in lower case, and the rows of three that it has.
fn folded(text: &str) -> (Vec<u8>, Triples) {
    let mut triples = Triples([0; 1024]);
    let mut row = 0_u32;
    let each = |it: u8| {
        let it = it.to_ascii_lowercase();
        row = row << 8 | u32::from(it);
        let (word, bit) = Triples::place(row);
        triples.0[word] |= bit;
        it
    };
    let folded = text.bytes().map(each).collect();
    (folded, triples)
}

impl Triples {
    /// Says no only where the text does not have the keyword in any case.
    fn may_hold(&self, keyword: &str) -> bool {
        let mut row = 0_u32;
        keyword.bytes().enumerate().all(|(at, it)| {
            row = row << 8 | u32::from(it.to_ascii_lowercase());
            let (word, bit) = Self::place(row);
            at < 2 || self.0[word] & bit != 0
        })
    }

    /// Returns word and bit of the last three bytes.
    fn place(row: u32) -> (usize, u64) {
        // Fibonacci hashing: the upper 16 bits of the product (Knuth, TAOCP 3, 6.4).
        let hash = (row & 0xff_ffff).wrapping_mul(0x9E37_79B1) >> 16;
        (hash as usize >> 6, 1 << (hash & 63))
    }
}

fn has_keyword(text: &str, folded: &[u8], keyword: &str) -> bool {
    let exact = keyword.bytes().any(|it| it.is_ascii_uppercase());
    let haystack = if exact { text.as_bytes() } else { folded };
    memchr::memmem::find(haystack, keyword.as_bytes()).is_some()
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
