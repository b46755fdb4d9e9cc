//! What other programs know about deployments, as events: runs of a pipeline, releases, tags, lists.
//!
//! Text in, events out. Knows no file, no clock, no store and no skill. All or nothing: the first thing
//! that cannot be read refuses the whole text. docs/import.md says what each source tells.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::event::{By, Event, Id, Kind, Outcome, Timestamp};
use crate::text::{LineCol, Span, line_col};

pub mod history;
mod list;
mod releases;
mod runs;
pub mod tags;

/// What a text is a list of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// What `gh run list --json …` or `gh run view --json …` prints.
    Runs,
    /// What `gh release list --json …` prints.
    Releases,
    Csv,
    JsonLines,
}

impl Source {
    /// Says what a text looks like: CSV unless it begins as JSON does, and then by the fields of its
    /// first object.
    pub fn of(text: &str) -> Self {
        let first = match json_values(text) {
            Ok(it) if text.trim_start().starts_with(['{', '[']) => it.first().copied(),
            Err(_) if text.trim_start().starts_with(['{', '[']) => None,
            _ => return Self::Csv,
        };
        let fields: BTreeMap<Cow<'_, str>, &RawValue> =
            first.and_then(|it| serde_json::from_str(it.text).ok()).unwrap_or_default();
        match () {
            () if fields.contains_key("databaseId") => Self::Runs,
            () if fields.contains_key("tagName") => Self::Releases,
            () => Self::JsonLines,
        }
    }
}

/// What the user says about a text.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The environment of deployments that name none.
    pub env: Option<String>,
    /// The service of deployments that name none.
    pub service: Option<String>,
    /// The workflows that deploy; those of all runs when empty.
    pub workflows: Vec<String>,
    /// No time may lie after this one.
    pub latest: Timestamp,
}

/// What a text tells.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Import {
    pub found: Vec<Found>,
    /// Why entries were left out, and how many for each reason.
    pub left_out: BTreeMap<String, usize>,
    /// Columns of a list that mean nothing here.
    pub unread: BTreeSet<String>,
}

/// One deployment, or a rollback of one that nothing else is known of.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// Where in the text it stands, in bytes.
    pub offset: usize,
    /// Without an id and a skill, which the caller gives, and with texts as they were written.
    pub event: Event<'static>,
    pub rolled_back: Option<RolledBack>,
}

/// That a deployment was rolled back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RolledBack {
    pub at: Timestamp,
    /// As somebody wrote it.
    pub why: Option<String>,
}

/// Why a text is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// In bytes.
    pub offset: usize,
    /// A lower-case fragment for the user.
    pub what: String,
}

impl Refused {
    fn new(offset: usize, what: impl Into<String>) -> Self {
        Self { offset, what: what.into() }
    }

    /// Returns line and column of what is wrong.
    pub fn place(&self, text: &str) -> LineCol {
        line_col(text, self.offset)
    }
}

/// Returns the deployments of a text.
///
/// # Errors
/// What is wrong first, and where.
pub fn read(text: &str, source: Source, options: &Options) -> Result<Import, Refused> {
    match source {
        Source::Runs => runs::read(text, options),
        Source::Releases => releases::read(text, options),
        Source::Csv => list::csv(text, options),
        Source::JsonLines => list::json_lines(text, options),
    }
}

/// A value of a JSON text and where it stands.
#[derive(Clone, Copy, Debug)]
struct JsonValue<'a> {
    offset: usize,
    text: &'a str,
}

impl<'a> JsonValue<'a> {
    /// `raw` is a part of `text`.
    fn within(text: &str, raw: &'a RawValue) -> Self {
        Self { offset: Span::within(text, raw.get()).start, text: raw.get() }
    }

    fn typed<T: Deserialize<'a>>(self) -> Result<T, Refused> {
        serde_json::from_str(self.text).map_err(|it| refused(self.offset, self.text, &it))
    }
}

/// Returns the values of a JSON text one after the other, those of arrays one by one: an object, an
/// array, arrays one after the other and lines of objects are all the same.
fn json_values(text: &str) -> Result<Vec<JsonValue<'_>>, Refused> {
    let mut res = Vec::new();
    for raw in serde_json::Deserializer::from_str(text).into_iter::<&RawValue>() {
        let value = JsonValue::within(text, raw.map_err(|it| refused(0, text, &it))?);
        if value.text.starts_with('[') {
            let all: Vec<&RawValue> = value.typed()?;
            res.extend(all.into_iter().map(|it| JsonValue::within(text, it)));
        } else {
            res.push(value);
        }
    }
    Ok(res)
}

/// Turns an error about a part of a text into one about the text.
fn refused(offset: usize, part: &str, err: &serde_json::Error) -> Refused {
    let before: usize =
        part.split_inclusive('\n').take(err.line().saturating_sub(1)).map(str::len).sum();
    let what = err.to_string();
    let what = what.rsplit_once(" at line ").map_or(&*what, |it| it.0);
    Refused::new(offset + (before + err.column().saturating_sub(1)).min(part.len()), what)
}

/// Reads the times of programs, which say nothing, an empty text or the year 1 where there is none.
fn time<'de, D: serde::Deserializer<'de>>(d: D) -> Result<Option<Timestamp>, D::Error> {
    let Some(text) = Option::<Cow<'de, str>>::deserialize(d)? else { return Ok(None) };
    if text.is_empty() || text.starts_with("0001-") {
        return Ok(None);
    }
    let unread = || serde::de::Error::custom(format!("`{text}` is {NO_TIME}"));
    Timestamp::parse(&text).map(Some).ok_or_else(unread)
}

const NO_TIME: &str = "no time such as 2026-11-23T04:31:15Z";

/// Makes the event of a deployment that starts, ends or is known at these times.
fn deployment(
    times: Times,
    outcome: Outcome,
    by: By,
    options: &Options,
) -> Result<Event<'static>, String> {
    let Times { at, started, finished } = times;
    if let (Some(from), Some(to)) = (started, finished)
        && to < from
    {
        return Err(format!("it finished ({to}) before it started ({from})"));
    }
    let all = [at, started, finished];
    if let Some(late) = all.into_iter().flatten().find(|it| *it > options.latest) {
        return Err(format!("{late} lies in the future"));
    }
    let Some(when) = at.or(finished).or(started) else { return Err("it has no time".to_owned()) };
    let mut res = Event::new(Id::default(), when, "", Kind::Deploy);
    (res.started, res.finished) = (started, finished);
    (res.outcome, res.by) = (Some(outcome), Some(by));
    res.env = options.env.clone().map(Into::into);
    res.service = options.service.clone().map(Into::into);
    Ok(res)
}

/// When a deployment happened, as far as known.
#[derive(Clone, Copy, Debug, Default)]
struct Times {
    at: Option<Timestamp>,
    started: Option<Timestamp>,
    finished: Option<Timestamp>,
}

/// Says whether a tag or a branch is named as versions are: `v1.4.0`, `1.4`, `v2.0.0-rc.1`.
fn is_version(name: &str) -> bool {
    let digits = name.strip_prefix('v').unwrap_or(name);
    let (major, rest) = digits.split_once('.').unwrap_or((digits, ""));
    !major.is_empty()
        && major.bytes().all(|it| it.is_ascii_digit())
        && rest.starts_with(|it: char| it.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_source_is_known_by_its_first_object() {
        for (text, expected) in [
            ("outcome,at\n", Source::Csv),
            ("", Source::Csv),
            ("[{\"databaseId\": 1}]", Source::Runs),
            (" {\"conclusion\": \"success\", \"databaseId\": 1}", Source::Runs),
            ("[{\"tagName\": \"v1\"}]", Source::Releases),
            ("{\"outcome\": \"failed\"}\n{\"outcome\": \"failed\"}\n", Source::JsonLines),
            ("[]", Source::JsonLines),
            ("{\"outcome", Source::JsonLines),
        ] {
            assert_eq!(Source::of(text), expected, "{text}");
        }
    }

    #[test]
    fn errors_point_into_the_whole_text() {
        let text = "[{\"databaseId\": 1},\n {\"databaseId\": true}]";
        let err = read(text, Source::Runs, &Options::default()).unwrap_err();
        assert_eq!(err.place(text), LineCol { line: 2, col: 20 }, "{err:?}");
        let text = "{\"outcome\": \"failed\", \"at\": \"2026-11-01\"}\n{\"outcome\": }";
        let err = read(text, Source::JsonLines, &Options::default()).unwrap_err();
        assert_eq!(err.place(text), LineCol { line: 2, col: 13 }, "{err:?}");
    }

    #[test]
    fn versions_have_numbers_with_points() {
        for (name, expected) in
            [("v1.4.0", true), ("1.4", true), ("v2.0.0-rc.1", true), ("main", false), ("v1", false)]
        {
            assert_eq!(is_version(name), expected, "{name}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(
            text in "[\\[{\"a-z:,0-9 \\n;é]{0,60}",
            real in prop::bool::ANY,
            cut in 0_usize..400,
        ) {
            let sample = "[{\"databaseId\": 7, \"conclusion\": \"failure\", \"startedAt\": \"2026-11-01T10:00:00Z\", \"jobs\": [{\"name\": \"é\", \"steps\": []}]}]";
            let text = if real { sample.chars().take(cut).collect() } else { text };
            for source in [Source::Runs, Source::Releases, Source::Csv, Source::JsonLines] {
                if let Err(it) = read(&text, source, &Options::default()) {
                    it.place(&text);
                }
            }
            Source::of(&text);
        }
    }
}
