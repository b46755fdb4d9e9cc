//! Events: the immutable facts of a journal. One JSON object a line, in and out.
//!
//! Knows nothing of files, Markdown or the present time. The format is a contract: docs/format.md.

use std::borrow::Cow;

use serde::{Deserialize, Deserializer, Serialize};

mod id;
pub mod redact;
mod words;

pub use id::{Id, Timestamp, digest};
pub use words::{By, DetectedBy, DurationFrom, Impact, Kind, Outcome, Role, WatchVerdict};

/// The newest version of the event format this program writes.
pub const VERSION: u32 = 1;
type Text<'a> = Option<Cow<'a, str>>;

/// One line of the journal. Fields that a kind does not have are `None`; `parse` checks those it needs.
///
/// Flat on purpose: JSON lines are read as they are by other engines, and a million of them in a second here.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Event<'a> {
    pub v: u32,
    pub id: Id,
    pub at: Timestamp,
    #[serde(borrow)]
    pub skill: Cow<'a, str>,
    pub kind: Kind,

    /// occurrence, baseline, adoption, mute
    #[serde(borrow, default, deserialize_with = "text", skip_serializing_if = "Option::is_none")]
    pub pitfall: Text<'a>,
    /// use, baseline
    #[serde(borrow, default, deserialize_with = "text", skip_serializing_if = "Option::is_none")]
    pub pattern: Text<'a>,
    /// use: whether the pattern helped; baseline: how often it did
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub worked: Option<Worked>,
    /// occurrence: id of another pitfall, which counts there too
    #[serde(borrow, default, deserialize_with = "text", skip_serializing_if = "Option::is_none")]
    pub cause: Text<'a>,
    #[serde(borrow, default, deserialize_with = "text", skip_serializing_if = "Option::is_none")]
    pub cause_text: Text<'a>,
    /// occurrence, watch: a deploy; resolution, confirmation, retraction: any event
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<Id>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
    #[serde(borrow, default, deserialize_with = "text", skip_serializing_if = "Option::is_none")]
    pub title: Text<'a>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub impact: Option<Impact>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detected_by: Option<DetectedBy>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detected_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resolved_at: Option<Timestamp>,
    /// occurrence: weak evidence, not counted until a confirmation
    #[serde(default, skip_serializing_if = "is_false")]
    pub proposed: bool,

    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Outcome>,
    #[serde(borrow, default, deserialize_with = "text", skip_serializing_if = "Option::is_none")]
    pub env: Text<'a>,
    #[serde(borrow, default, deserialize_with = "text", skip_serializing_if = "Option::is_none")]
    pub sha: Text<'a>,
    /// deploy: the CI run
    #[serde(borrow, default, deserialize_with = "text", skip_serializing_if = "Option::is_none")]
    pub run: Text<'a>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finished: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration_from: Option<DurationFrom>,
    /// deploy: the failed deploy that this one mends
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recovers: Option<Id>,
    #[serde(default, skip_serializing_if = "is_false")]
    pub hotfix: bool,
    /// deploy: traffic moved to it
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reached: Option<bool>,
    /// deploy: seconds from commit to deployment, computed when it was recorded
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lead_s: Option<i64>,

    /// reading: name of the metric as the table has it
    #[serde(borrow, default, deserialize_with = "text", skip_serializing_if = "Option::is_none")]
    pub metric: Text<'a>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<f64>,
    #[serde(borrow, default, deserialize_with = "text", skip_serializing_if = "Option::is_none")]
    pub unit: Text<'a>,

    /// baseline: what the file said
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<u64>,
    #[serde(borrow, default, deserialize_with = "text", skip_serializing_if = "Option::is_none")]
    pub last_seen: Text<'a>,
    #[serde(borrow, default, skip_serializing_if = "Vec::is_empty")]
    pub instances: Vec<Cow<'a, str>>,
    #[serde(borrow, default, deserialize_with = "text", skip_serializing_if = "Option::is_none")]
    pub first_used: Text<'a>,

    /// shown: the command that started, and the lessons put before the agent
    #[serde(borrow, default, deserialize_with = "text", skip_serializing_if = "Option::is_none")]
    pub command: Text<'a>,
    #[serde(borrow, default, skip_serializing_if = "Vec::is_empty")]
    pub pitfalls: Vec<Cow<'a, str>>,
    /// adoption: what is in place from now on
    #[serde(borrow, default, deserialize_with = "text", skip_serializing_if = "Option::is_none")]
    pub prevention: Text<'a>,

    /// watch: the address, without user and query
    #[serde(borrow, default, deserialize_with = "text", skip_serializing_if = "Option::is_none")]
    pub target: Text<'a>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verdict: Option<WatchVerdict>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub planned: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ok: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failed: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub errors: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub p50_ms: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub p95_ms: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_ms: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first5m_p95_ms: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed_s: Option<u64>,

    /// retraction
    #[serde(borrow, default, deserialize_with = "text", skip_serializing_if = "Option::is_none")]
    pub why: Text<'a>,
    /// rename: the old id and the new one, of a pitfall or a pattern
    #[serde(borrow, default, deserialize_with = "text", skip_serializing_if = "Option::is_none")]
    pub from: Text<'a>,
    #[serde(borrow, default, deserialize_with = "text", skip_serializing_if = "Option::is_none")]
    pub to: Text<'a>,
    /// mute: whether it is muted from now on
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub muted: Option<bool>,

    #[serde(borrow, default, deserialize_with = "text", skip_serializing_if = "Option::is_none")]
    pub feature: Text<'a>,
    #[serde(borrow, default, deserialize_with = "text", skip_serializing_if = "Option::is_none")]
    pub service: Text<'a>,
    #[serde(borrow, default, deserialize_with = "text", skip_serializing_if = "Option::is_none")]
    pub version: Text<'a>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<By>,
    /// A fact that may be reported twice has one: of the events with one key the earliest counts.
    #[serde(borrow, default, deserialize_with = "text", skip_serializing_if = "Option::is_none")]
    pub key: Text<'a>,
    #[serde(borrow, default, deserialize_with = "text", skip_serializing_if = "Option::is_none")]
    pub note: Text<'a>,
}

/// `worked` of a use is a yes or no, of a baseline a number.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Worked {
    Once(bool),
    Times(f64),
}

/// Reads a text without copying it where it has no escapes, which serde does for a bare `Cow` only.
fn text<'de: 'a, 'a, D: Deserializer<'de>>(from: D) -> Result<Text<'a>, D::Error> {
    #[derive(Deserialize)]
    struct Borrowed<'a>(#[serde(borrow)] Cow<'a, str>);
    Ok(Option::<Borrowed<'a>>::deserialize(from)?.map(|it| it.0))
}

fn is_false(it: &bool) -> bool {
    !it
}

impl<'a> Event<'a> {
    /// Makes an event that has only what every event has.
    pub fn new(id: Id, at: Timestamp, skill: impl Into<Cow<'a, str>>, kind: Kind) -> Self {
        Self { v: VERSION, id, at, skill: skill.into(), kind, ..Self::default() }
    }

    /// Reads one line.
    ///
    /// A kind or a word of a newer version is kept as `Other`; fields it does not know are skipped.
    ///
    /// # Errors
    /// What is wrong with the line: no JSON, a field missing that its kind needs, a value of the wrong form.
    pub fn parse(line: &'a str) -> Result<Self, String> {
        let event: Self = serde_json::from_str(line).map_err(|it| it.to_string())?;
        match event.missing() {
            Some(field) => Err(format!("a `{}` event needs `{field}`", event.kind.word())),
            None => Ok(event),
        }
    }

    /// Returns the line that is stored: the JSON object, its checksum last, and a newline.
    pub fn line(&self) -> String {
        let json = serde_json::to_string(self).expect("an event has no map with other keys");
        let mut json = spaced(&json, self.id);
        json.pop();
        let crc = crc32fast::hash(json.as_bytes());
        format!("{json},\"crc\":\"{crc:08x}\"}}\n")
    }

    /// Returns the time used for ordering: one that lies more than a day after the event was
    /// written comes from a wrong clock, and counts as the time of writing.
    pub fn when(&self) -> Timestamp {
        let written = self.id.written();
        if self.at.0 > written.0 + 86_400 { written } else { self.at }
    }

    fn missing(&self) -> Option<&'static str> {
        let need = |there: bool, field| (!there).then_some(field);
        match self.kind {
            Kind::Occurrence => need(self.pitfall.is_some(), "pitfall"),
            Kind::Use => need(self.pattern.is_some(), "pattern")
                .or(need(matches!(self.worked, Some(Worked::Once(_))), "worked")),
            Kind::Deploy => need(self.outcome.is_some(), "outcome"),
            Kind::Reading => {
                need(self.metric.is_some(), "metric").or(need(self.value.is_some(), "value"))
            }
            Kind::Baseline => {
                need(self.pitfall.is_some() != self.pattern.is_some(), "pitfall` or `pattern")
                    .or(need(self.count.is_some(), "count"))
            }
            Kind::Shown => need(self.command.is_some(), "command"),
            Kind::Resolution => {
                need(self.of.is_some(), "of").or(need(self.resolved_at.is_some(), "resolved_at"))
            }
            Kind::Adoption => need(self.pitfall.is_some(), "pitfall")
                .or(need(self.prevention.is_some(), "prevention")),
            Kind::Watch => {
                need(self.target.is_some(), "target").or(need(self.verdict.is_some(), "verdict"))
            }
            Kind::Confirmation | Kind::Retraction => need(self.of.is_some(), "of"),
            Kind::Rename => need(self.from.is_some(), "from").or(need(self.to.is_some(), "to")),
            Kind::Mute => {
                need(self.pitfall.is_some(), "pitfall").or(need(self.muted.is_some(), "muted"))
            }
            Kind::Other => None,
        }
    }
}

impl Event<'_> {
    /// Returns the event with texts of its own.
    pub fn into_owned(self) -> Event<'static> {
        fn own(text: Option<Cow<'_, str>>) -> Option<Cow<'static, str>> {
            text.map(|it| Cow::Owned(it.into_owned()))
        }
        fn all(texts: Vec<Cow<'_, str>>) -> Vec<Cow<'static, str>> {
            texts.into_iter().map(|it| Cow::Owned(it.into_owned())).collect()
        }
        Event {
            v: self.v,
            id: self.id,
            at: self.at,
            skill: Cow::Owned(self.skill.into_owned()),
            kind: self.kind,
            pitfall: own(self.pitfall),
            pattern: own(self.pattern),
            worked: self.worked,
            cause: own(self.cause),
            cause_text: own(self.cause_text),
            of: self.of,
            role: self.role,
            title: own(self.title),
            impact: self.impact,
            detected_by: self.detected_by,
            detected_at: self.detected_at,
            resolved_at: self.resolved_at,
            proposed: self.proposed,
            outcome: self.outcome,
            env: own(self.env),
            sha: own(self.sha),
            run: own(self.run),
            started: self.started,
            finished: self.finished,
            duration_from: self.duration_from,
            recovers: self.recovers,
            hotfix: self.hotfix,
            reached: self.reached,
            lead_s: self.lead_s,
            metric: own(self.metric),
            value: self.value,
            unit: own(self.unit),
            count: self.count,
            last_seen: own(self.last_seen),
            instances: all(self.instances),
            first_used: own(self.first_used),
            command: own(self.command),
            pitfalls: all(self.pitfalls),
            prevention: own(self.prevention),
            target: own(self.target),
            verdict: self.verdict,
            planned: self.planned,
            ok: self.ok,
            failed: self.failed,
            errors: self.errors,
            p50_ms: self.p50_ms,
            p95_ms: self.p95_ms,
            max_ms: self.max_ms,
            first5m_p95_ms: self.first5m_p95_ms,
            observed_s: self.observed_s,
            why: own(self.why),
            from: own(self.from),
            to: own(self.to),
            muted: self.muted,
            feature: own(self.feature),
            service: own(self.service),
            version: own(self.version),
            by: self.by,
            key: own(self.key),
            note: own(self.note),
        }
    }
}

/// Puts 0 to 15 spaces, chosen by the id, between the fields of an object.
///
/// Git takes a deleted file and a new one that share half of their 64-byte blocks for a renamed file.
/// Events of one pitfall differ in little but the id, and when two branches seal the same events, or one
/// is squashed, such renames are conflicts. With the fields at other places the blocks differ.
fn spaced(json: &str, id: Id) -> String {
    let mut res = String::with_capacity(json.len() + 96);
    // SplitMix64 (Steele, Lea, Flood 2014) over the random bits of the id.
    let mut state = (id.0 as u64) ^ ((id.0 >> 64) as u64);
    let mut next = || {
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut it = state;
        it = (it ^ (it >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        it = (it ^ (it >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        it ^ (it >> 31)
    };
    let (mut in_text, mut escaped, mut depth) = (false, false, 0);
    for ch in json.chars() {
        res.push(ch);
        match ch {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => in_text = !in_text,
            _ if in_text => {}
            '{' | '[' => depth += 1,
            '}' | ']' => depth -= 1,
            ',' if depth == 1 => res.extend(std::iter::repeat_n(' ', (next() % 16) as usize)),
            _ => {}
        }
    }
    res
}

/// Says whether the checksum at the end of a line fits the bytes before it; `None` when it has none.
pub fn checksum_fits(line: &str) -> Option<bool> {
    let rest = line.trim_end().strip_suffix("\"}")?;
    let (json, crc) = rest.split_at_checked(rest.len().checked_sub(16)?)?;
    let crc = crc.strip_prefix(",\"crc\":\"")?;
    Some(crc == format!("{:08x}", crc32fast::hash(json.as_bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    const ID: &str = "01KAQV6S00ABCDEFGHJKMNPQRS";

    fn occurrence() -> Event<'static> {
        let id = Id::parse(ID).unwrap();
        let at = Timestamp::parse("2026-11-23T04:31:15Z").unwrap();
        let mut event = Event::new(id, at, "production-deployment-phase", Kind::Occurrence);
        event.pitfall = Some("rollback-needed".into());
        event.feature = Some("checkout-v2".into());
        event
    }

    #[test]
    fn a_line_reads_back() {
        let line = occurrence().line();
        expect![[r#"
            {"v":1,      "id":"01KAQV6S00ABCDEFGHJKMNPQRS",   "at":"2026-11-23T04:31:15Z",               "skill":"production-deployment-phase",           "kind":"occurrence",             "pitfall":"rollback-needed",      "feature":"checkout-v2","crc":"71453787"}
        "#]]
        .assert_eq(&line);
        assert_eq!(Event::parse(&line).unwrap(), occurrence());
        assert_eq!(checksum_fits(&line), Some(true));
    }

    #[test]
    fn any_flipped_bit_is_seen() {
        let line = occurrence().line();
        for at in 0..line.trim_end().len() {
            for bit in 0..8 {
                let mut bytes = line.clone().into_bytes();
                bytes[at] ^= 1 << bit;
                let Ok(damaged) = String::from_utf8(bytes) else { continue };
                let whole = Event::parse(&damaged).is_ok() && checksum_fits(&damaged) == Some(true);
                assert!(!whole, "byte {at} bit {bit}: {damaged}");
            }
        }
    }

    #[test]
    fn a_newer_event_is_kept_as_far_as_understood() {
        let line = format!(
            r#"{{"v":2,"id":"{ID}","at":"2026-11-23T04:31:15Z","skill":"s","kind":"forecast","by":"robot","x":[1]}}"#
        );
        let event = Event::parse(&line).unwrap();
        assert_eq!((event.v, event.kind, event.by), (2, Kind::Other, Some(By::Other)));
    }

    #[test]
    fn a_missing_field_is_named() {
        let line = format!(
            r#"{{"v":1,"id":"{ID}","at":"2026-11-23T04:31:15Z","skill":"s","kind":"baseline","count":2}}"#
        );
        let err = Event::parse(&line).unwrap_err();
        assert_eq!(err, "a `baseline` event needs `pitfall` or `pattern`");
    }

    #[test]
    fn a_time_from_a_wrong_clock_counts_as_the_time_of_writing() {
        let mut event = occurrence();
        event.at = Timestamp(event.id.written().0 + 86_401);
        assert_eq!(event.when(), event.id.written());
    }

    #[test]
    fn times_with_an_offset_are_turned_into_utc() {
        let time = Timestamp::parse("2026-11-23T05:31:15.9+01:00").unwrap();
        assert_eq!(time.to_string(), "2026-11-23T04:31:15Z");
    }
}
