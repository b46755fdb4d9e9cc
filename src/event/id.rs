//! Names and times of events.

use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Name of an event: a ULID, 48 bits of time in milliseconds and 80 random bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Id(pub u128);

impl Id {
    pub const LEN: usize = 26;

    /// Makes an id for an event written at `millis` since 1970 (UTC).
    pub fn new(millis: u64, random: u128) -> Self {
        Self(ulid::Ulid::from_parts(millis, random).0)
    }

    /// Reads the 26 characters of a ULID.
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() != Self::LEN {
            return None;
        }
        ulid::Ulid::from_string(text).ok().map(|it| Self(it.0))
    }

    /// Returns the time the event was written, in seconds since 1970 (UTC).
    pub fn written(self) -> Timestamp {
        Timestamp((self.millis() / 1000) as i64)
    }

    /// Returns the time the event was written, in milliseconds since 1970 (UTC).
    pub fn millis(self) -> u64 {
        ulid::Ulid(self.0).timestamp_ms()
    }

    /// Returns the last eight characters: short enough to type, and no time in front that all share.
    pub fn short(self) -> String {
        self.to_string().split_off(Self::LEN - 8)
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(ulid::Ulid(self.0).array_to_str(&mut [0; ulid::ULID_LEN]))
    }
}

impl Serialize for Id {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl serde::de::Visitor<'_> for Visitor {
            type Value = Id;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an event id of 26 characters (ULID)")
            }
            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Id, E> {
                Id::parse(text)
                    .ok_or_else(|| E::invalid_value(serde::de::Unexpected::Str(text), &self))
            }
        }
        d.deserialize_str(Visitor)
    }
}

/// A moment in whole seconds since 1970 (UTC). In JSON: `2026-11-23T04:31:15Z`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// Reads RFC 3339; any offset is turned into UTC, fractions of a second are dropped.
    pub fn parse(text: &str) -> Option<Self> {
        fast_utc(text.as_bytes()).or_else(|| {
            let time = chrono::DateTime::parse_from_rfc3339(text).ok()?;
            Some(Self(time.timestamp()))
        })
    }

    /// Returns the day in UTC, `2026-11-23`.
    pub fn date(self) -> String {
        self.utc().format("%Y-%m-%d").to_string()
    }

    fn utc(self) -> chrono::DateTime<chrono::Utc> {
        chrono::DateTime::from_timestamp(self.0, 0).unwrap_or(chrono::DateTime::UNIX_EPOCH)
    }
}

/// Reads `YYYY-MM-DDTHH:MM:SSZ`, the only form this program writes; a tenth of the general parser's time.
fn fast_utc(b: &[u8]) -> Option<Timestamp> {
    let digits = |from: usize, n: usize| {
        b[from..from + n]
            .iter()
            .try_fold(0_u32, |sum, it| it.is_ascii_digit().then(|| sum * 10 + u32::from(it - b'0')))
    };
    if b.len() != 20 || [b[4], b[7], b[10], b[13], b[16], b[19]] != *b"--T::Z" {
        return None;
    }
    let date = chrono::NaiveDate::from_ymd_opt(digits(0, 4)? as i32, digits(5, 2)?, digits(8, 2)?)?;
    let time = date.and_hms_opt(digits(11, 2)?, digits(14, 2)?, digits(17, 2)?)?;
    Some(Timestamp(time.and_utc().timestamp()))
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.utc().format("%Y-%m-%dT%H:%M:%SZ").fmt(f)
    }
}

impl Serialize for Timestamp {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl serde::de::Visitor<'_> for Visitor {
            type Value = Timestamp;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a time such as 2026-11-23T04:31:15Z")
            }
            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Timestamp, E> {
                Timestamp::parse(text)
                    .ok_or_else(|| E::invalid_value(serde::de::Unexpected::Str(text), &self))
            }
        }
        d.deserialize_str(Visitor)
    }
}

/// Returns a short name that is the same for the same words: 16 hexadecimal digits of their SHA-256, a zero
/// byte after each. For keys, which must not hold what people wrote.
pub fn digest<T: AsRef<[u8]>>(words: impl IntoIterator<Item = T>) -> String {
    let mut hasher = Sha256::new();
    for it in words {
        hasher.update(it.as_ref());
        hasher.update([0]);
    }
    hasher.finalize().iter().take(8).map(|it| format!("{it:02x}")).collect()
}
