//! Lists of deployments: CSV whose first line names the columns, and JSON objects with the same names.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::value::RawValue;

use super::{Found, Import, NO_TIME, Options, Refused, RolledBack, Times, deployment, json_values};
use crate::deploy::commit_name;
use crate::event::{By, DurationFrom, Event, Outcome, Timestamp, digest};
use crate::markdown::slug;
use crate::metric::quantity::{self, Quantity};

/// What a column can tell, and its other names.
const COLUMNS: &[(&str, &[&str])] = &[
    ("outcome", &["status", "result", "conclusion"]),
    ("version", &["tag", "release"]),
    ("env", &["environment"]),
    ("service", &["application"]),
    ("feature", &[]),
    ("sha", &["commit"]),
    ("run", &["run-id"]),
    ("started", &["started-at", "start"]),
    ("finished", &["finished-at", "end", "ended-at", "completed-at", "deployed-at"]),
    ("at", &["date", "time"]),
    ("duration", &[]),
    ("hotfix", &[]),
    ("rolled-back", &["rolled-back-at"]),
    ("key", &[]),
    ("note", &[]),
];

/// The values of one deployment by column; those that say nothing are not there.
type Row<'a> = BTreeMap<&'static str, Cow<'a, str>>;

/// What is wrong with a row, and in which column if it is one.
struct Wrong {
    column: Option<&'static str>,
    what: String,
}

/// Reads a list with commas, semicolons or tabs between the values.
///
/// # Errors
/// What is wrong first: a line with more or fewer values than the first, a value that cannot be read.
pub fn csv(text: &str, options: &Options) -> Result<Import, Refused> {
    let head = text.lines().next().unwrap_or_default().as_bytes();
    let count = |it: u8| memchr::memchr_iter(it, head).count();
    let delimiter = [b'\t', b';', b','].into_iter().max_by_key(|it| count(*it)).unwrap_or(b',');
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    let mut res = Import::default();
    let names = reader.headers().map_err(|it| no_csv(text, &it))?;
    let mut columns: Vec<Option<&'static str>> = Vec::new();
    for (number, name) in names.iter().enumerate() {
        let column = column(name);
        if let Some(known) = column.filter(|_| columns.contains(&column)) {
            let what = format!("`{name}` is a second column for `{known}`");
            return Err(Refused::new(value_at(text, 0, delimiter, number), what));
        }
        if column.is_none() {
            res.unread.insert(name.to_owned());
        }
        columns.push(column);
    }
    if !columns.contains(&Some("outcome")) {
        return Err(Refused::new(
            0,
            format!("the first line names no column `outcome`; {}", known()),
        ));
    }
    let mut record = csv::StringRecord::new();
    while reader.read_record(&mut record).map_err(|it| no_csv(text, &it))? {
        let start = record.position().map_or(0, |it| it.byte() as usize).min(text.len());
        let offset = text.len() - text[start..].trim_start_matches(['\r', '\n']).len();
        let mut row = Row::new();
        for (column, value) in columns.iter().zip(&record) {
            if let (Some(column), false) = (column, value.is_empty()) {
                row.insert(column, value.into());
            }
        }
        res.found.push(found(&row, offset, options).map_err(|it| {
            let number = columns.iter().position(|c| c.is_some() && *c == it.column);
            let place = number.map_or(offset, |it| value_at(text, offset, delimiter, it));
            Refused::new(place, it.what)
        })?);
    }
    Ok(res)
}

/// Reads objects, a line each or in an array.
///
/// # Errors
/// What is wrong first: no JSON, something that is no object, a value that cannot be read.
pub fn json_lines(text: &str, options: &Options) -> Result<Import, Refused> {
    let mut res = Import::default();
    for value in json_values(text)? {
        let fields: BTreeMap<Cow<'_, str>, &RawValue> = value.typed()?;
        let mut row = Row::new();
        let mut places = BTreeMap::new();
        for (name, raw) in &fields {
            let place = super::JsonValue::within(text, raw).offset;
            let Some(column) = column(name) else {
                res.unread.insert(name.to_string());
                continue;
            };
            if places.insert(column, place).is_some() {
                let what = format!("`{name}` is a second field for `{column}`");
                return Err(Refused::new(place, what));
            }
            let text = match serde_json::from_str(raw.get()) {
                Ok(serde_json::Value::Null) => continue,
                Ok(serde_json::Value::String(it)) => it.trim().to_owned(),
                Ok(serde_json::Value::Array(_) | serde_json::Value::Object(_)) | Err(_) => {
                    return Err(Refused::new(place, format!("`{name}` is no text")));
                }
                Ok(it) => it.to_string(),
            };
            if !text.is_empty() {
                row.insert(column, text.into());
            }
        }
        res.found.push(found(&row, value.offset, options).map_err(|it| {
            let place = it.column.and_then(|it| places.get(it)).copied();
            Refused::new(place.unwrap_or(value.offset), it.what)
        })?);
    }
    Ok(res)
}

fn column(name: &str) -> Option<&'static str> {
    // `startedAt` is `started_at` is `Started at`.
    let mut words = String::new();
    for ch in name.chars() {
        if ch.is_ascii_uppercase() && words.ends_with(|it: char| it.is_ascii_lowercase()) {
            words.push('-');
        }
        words.push(ch);
    }
    let name = slug(&words);
    COLUMNS.iter().find(|it| it.0 == name || it.1.contains(&&*name)).map(|it| it.0)
}

fn known() -> String {
    format!("the columns are {}", COLUMNS.iter().map(|it| it.0).collect::<Vec<_>>().join(", "))
}

fn no_csv(text: &str, err: &csv::Error) -> Refused {
    let place = err.position().map_or(0, |it| it.byte() as usize).min(text.len());
    let what = match err.kind() {
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
            format!("this line has {len} values, the first one names {expected_len} columns")
        }
        _ => err.to_string(),
    };
    Refused::new(place, what)
}

/// Returns where a value of the record at `offset` begins.
fn value_at(text: &str, offset: usize, delimiter: u8, number: usize) -> usize {
    let (mut left, mut quoted) = (number, false);
    for (at, byte) in text.bytes().enumerate().skip(offset) {
        match byte {
            _ if left == 0 => return at,
            b'"' => quoted = !quoted,
            it if it == delimiter && !quoted => left -= 1,
            _ => {}
        }
    }
    text.len()
}

fn found(row: &Row<'_>, offset: usize, options: &Options) -> Result<Found, Wrong> {
    let times = times(row)?;
    let outcome = outcome(row)?;
    let mut event = deployment(times, outcome, By::Hand, options)
        .map_err(|it| Wrong { column: None, what: format!("{it}; {}", known()) })?;
    if event.started.is_some() && event.finished.is_some() {
        event.duration_from = Some(DurationFrom::Hand);
    }
    let text = |column: &str| row.get(column).map(|it| it.clone().into_owned().into());
    event.env = text("env").or(event.env);
    event.service = text("service").or(event.service);
    (event.version, event.feature) = (text("version"), text("feature"));
    (event.run, event.note) = (text("run"), text("note"));
    event.sha = row.get("sha").map(|it| sha(it)).transpose()?.map(Into::into);
    event.hotfix = yes_or_no(row, "hotfix")?;
    event.key = text("key").or_else(|| Some(key(&event).into()));
    let rolled_back = match row.get("rolled-back") {
        Some(it) if word(it) == Some(false) => None,
        _ => time(row, "rolled-back")?,
    };
    if rolled_back.is_some_and(|it| it < event.at || it > options.latest) {
        let what =
            format!("it was rolled back before it was deployed ({}), or in the future", event.at);
        return Err(Wrong { column: Some("rolled-back"), what });
    }
    let rolled_back = rolled_back.map(|at| RolledBack { at, why: None });
    Ok(Found { offset, event, rolled_back })
}

fn times(row: &Row<'_>) -> Result<Times, Wrong> {
    let at = time(row, "at")?;
    let (mut started, mut finished) = (time(row, "started")?, time(row, "finished")?);
    let Some(text) = row.get("duration") else { return Ok(Times { at, started, finished }) };
    let wrong = |what| Wrong { column: Some("duration"), what };
    let millis = match quantity::parse(text) {
        Ok(Quantity::Duration(it)) => it,
        Ok(_) => return Err(wrong(format!("`{text}` has no unit of time: write 12m or 1h30m"))),
        Err(it) => return Err(wrong(format!("`{text}`: {it}"))),
    };
    let seconds = i64::try_from(millis / 1000).unwrap_or(i64::MAX);
    match (started, finished.or(at)) {
        (Some(_), Some(_)) if finished.is_some() => {}
        (Some(from), _) => finished = Some(Timestamp(from.0.saturating_add(seconds))),
        (None, Some(to)) => {
            (started, finished) = (Some(Timestamp(to.0.saturating_sub(seconds))), Some(to));
        }
        (None, None) => {}
    }
    Ok(Times { at, started, finished })
}

/// Reads a time with its zone, or a day as 00:00 UTC.
fn time(row: &Row<'_>, column: &'static str) -> Result<Option<Timestamp>, Wrong> {
    let Some(text) = row.get(column) else { return Ok(None) };
    let day = || Timestamp::parse(&format!("{text}T00:00:00Z"));
    let wrong = || Wrong {
        column: Some(column),
        what: format!("`{text}` is no day such as 2026-11-23 and {NO_TIME}"),
    };
    Timestamp::parse(text).or_else(day).map(Some).ok_or_else(wrong)
}

fn outcome(row: &Row<'_>) -> Result<Outcome, Wrong> {
    let text = row.get("outcome").map(|it| it.to_lowercase().replace([' ', '-'], "_"));
    Ok(match text.as_deref().unwrap_or_default() {
        "succeeded" | "success" | "successful" | "passed" | "ok" => Outcome::Succeeded,
        "failed" | "failure" | "error" | "timed_out" => Outcome::Failed,
        "blocked" => Outcome::Blocked,
        "unknown" | "cancelled" | "canceled" | "skipped" => Outcome::Unknown,
        other => {
            let words = Outcome::WORDS.join(", ");
            let what = format!("`{other}` is no outcome: write {words}");
            return Err(Wrong { column: Some("outcome"), what });
        }
    })
}

fn word(text: &str) -> Option<bool> {
    match &*text.to_lowercase() {
        "yes" | "true" | "1" => Some(true),
        "no" | "false" | "0" => Some(false),
        _ => None,
    }
}

fn yes_or_no(row: &Row<'_>, column: &'static str) -> Result<bool, Wrong> {
    let Some(text) = row.get(column) else { return Ok(false) };
    let what = || format!("`{text}` is neither yes nor no");
    word(text).ok_or_else(|| Wrong { column: Some(column), what: what() })
}

fn sha(text: &str) -> Result<String, Wrong> {
    let what = || format!("`{text}` is no commit: 7 to 64 hexadecimal digits");
    commit_name(text).ok_or_else(|| Wrong { column: Some("sha"), what: what() })
}

/// Names a row by what it says about the deployment, so that the same row of CSV and of JSON, with its
/// columns in any order, is the same fact. Notes and rollbacks may be added later.
fn key(event: &Event<'_>) -> String {
    let time = |it: Option<Timestamp>| it.map(|it| it.to_string()).unwrap_or_default();
    let texts =
        [&event.env, &event.service, &event.version, &event.feature, &event.sha, &event.run];
    let times = [time(Some(event.at)), time(event.started), time(event.finished)];
    let texts = texts.map(|it| it.as_deref().unwrap_or_default().to_owned());
    let outcome = event.outcome.unwrap_or_default().word().to_owned();
    let hex = digest([outcome].into_iter().chain(times).chain(texts));
    format!("row:{hex}")
}
