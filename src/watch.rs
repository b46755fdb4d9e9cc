//! Is a deployment healthy? The judgement over probes, one after the other.
//!
//! Pure: knows neither clock nor network; times are milliseconds since the watch began. It judges and
//! never acts. Rules and their reasons are in docs/watch.md.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::event::WatchVerdict;
use crate::metric::stats::nearest_rank;

/// Fewer probes than this many in a hundred of those planned prove nothing.
const ENOUGH_PERCENT: u64 = 80;
/// A pause of more than so many intervals is a gap: nobody looked.
const GAP_INTERVALS: u64 = 3;
/// How long a failing target waits for its next probe at most.
const RETRY_MS: u64 = 10_000;
/// A 95th percentile of fewer values is but their maximum.
const P95_FROM: usize = 20;
const FIRST_MS: u64 = 5 * 60_000;

/// What a watch is held to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rules {
    pub length_ms: u64,
    pub interval_ms: u64,
    pub timeout_ms: u64,
    /// Probes before this are kept and not judged: the version may still be starting.
    pub grace_ms: u64,
    /// So many failures in a row are unhealthy.
    pub fail_after: u64,
    /// So many good probes in a row are a recovery.
    pub recover_after: u64,
    /// More failures than this share of the planned probes, in percent, are unhealthy too.
    pub max_fail_percent: f64,
}

/// How a probe ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    Ok,
    /// Failures of what is watched.
    Status,
    Body,
    Version,
    Latency,
    Tls,
    Timeout,
    Connect,
    Http,
    /// Errors of this machine: they tell nothing about what is watched.
    Dns,
    Network,
    Tool,
}

/// One look at a target.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Probe {
    /// When it began.
    pub at_ms: u64,
    /// How long it took.
    pub ms: u64,
    pub answer: Answer,
    /// What was wrong, cleaned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// The version that answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    #[default]
    Grace,
    Healthy,
    Suspect,
    Unhealthy,
    Recovered,
}

/// One watched address and all that is known of it.
#[derive(Clone, Debug, Default)]
pub struct Target {
    pub phase: Phase,
    /// Judged probes by how they ended.
    pub ok: u64,
    pub failed: u64,
    pub errors: u64,
    fails_in_a_row: u64,
    good_in_a_row: u64,
    pub max_fails_in_a_row: u64,
    pub first_fail_ms: Option<u64>,
    pub recovered_ms: Option<u64>,
    pub kinds: BTreeMap<Answer, u64>,
    pub versions: BTreeSet<String>,
    /// When and how long, of judged probes that were good.
    latencies: Vec<(u64, f64)>,
    /// Why it is unhealthy, once it is.
    why: Option<String>,
    pub last_detail: Option<String>,
    /// End of the last probe.
    last_ms: u64,
    /// Time in which nobody looked.
    pub gap_ms: u64,
    /// Of that, time that nobody announced by resuming.
    unannounced_ms: u64,
}

/// What a watch concluded about one target.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Conclusion {
    #[serde(serialize_with = "word")]
    pub verdict: WatchVerdict,
    pub reason: String,
    pub planned: u64,
    pub probes: u64,
    pub ok: u64,
    pub failed: u64,
    pub errors: u64,
    pub max_fails_in_a_row: u64,
    pub first_fail_ms: Option<u64>,
    pub recovered_ms: Option<u64>,
    pub kinds: BTreeMap<Answer, u64>,
    pub versions: BTreeSet<String>,
    pub p50_ms: Option<u64>,
    pub p95_ms: Option<u64>,
    pub max_ms: Option<u64>,
    pub first5m_p95_ms: Option<u64>,
    pub observed_s: u64,
    pub gap_s: u64,
}

fn word<S: serde::Serializer>(it: &WatchVerdict, s: S) -> Result<S::Ok, S::Error> {
    s.serialize_str(it.word())
}

impl Rules {
    /// Returns how many probes are judged when nothing fails.
    pub fn planned(&self) -> u64 {
        let judged = self.length_ms.saturating_sub(self.grace_ms);
        judged.div_ceil(self.interval_ms.max(1)).max(1)
    }

    /// Returns how many failures are too many, in a row or not.
    fn too_many(&self) -> u64 {
        let share = (self.planned() as f64 * self.max_fail_percent / 100.0).floor() as u64;
        share.max(self.fail_after)
    }

    /// Returns how long after the start of a probe the next one is due: sooner while it fails.
    pub fn pause_ms(&self, target: &Target) -> u64 {
        match target.fails_in_a_row {
            0 => self.interval_ms,
            _ => self.interval_ms.min(RETRY_MS),
        }
    }

    fn longest_pause_ms(&self) -> u64 {
        self.interval_ms * GAP_INTERVALS + self.timeout_ms
    }
}

impl Answer {
    pub fn is_error(self) -> bool {
        matches!(self, Self::Dns | Self::Network | Self::Tool)
    }

    pub fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Status => "status",
            Self::Body => "body",
            Self::Version => "version",
            Self::Latency => "latency",
            Self::Tls => "tls",
            Self::Timeout => "timeout",
            Self::Connect => "connect",
            Self::Http => "http",
            Self::Dns => "dns",
            Self::Network => "network",
            Self::Tool => "tool",
        }
    }
}

impl Phase {
    pub fn word(self) -> &'static str {
        match self {
            Self::Grace => "grace",
            Self::Healthy => "healthy",
            Self::Suspect => "suspect",
            Self::Unhealthy => "unhealthy",
            Self::Recovered => "recovered",
        }
    }
}

impl Target {
    /// Takes a probe in; the probes of a target come in the order of time.
    pub fn add(&mut self, rules: &Rules, probe: &Probe) {
        self.pause(rules, probe.at_ms, true);
        self.last_ms = self.last_ms.max(probe.at_ms + probe.ms);
        self.versions.extend(probe.version.clone());
        if probe.at_ms < rules.grace_ms {
            return;
        }
        if self.phase == Phase::Grace {
            self.phase = Phase::Healthy;
        }
        if probe.answer == Answer::Ok {
            self.good(rules, probe);
        } else {
            *self.kinds.entry(probe.answer).or_default() += 1;
            self.last_detail.clone_from(&probe.detail);
            if probe.answer.is_error() {
                self.errors += 1;
            } else {
                self.bad(rules, probe);
            }
        }
    }

    /// Notes that the watch goes on after it was stopped: nobody looked, and that is known.
    pub fn resume(&mut self, rules: &Rules, at_ms: u64) {
        self.pause(rules, at_ms, false);
        self.last_ms = self.last_ms.max(at_ms);
    }

    fn pause(&mut self, rules: &Rules, at_ms: u64, unannounced: bool) {
        let pause = at_ms.saturating_sub(self.last_ms);
        if pause > rules.longest_pause_ms() || (!unannounced && pause > rules.interval_ms) {
            self.gap_ms += pause;
            self.unannounced_ms += if unannounced { pause } else { 0 };
        }
    }

    fn good(&mut self, rules: &Rules, probe: &Probe) {
        self.ok += 1;
        self.latencies.push((probe.at_ms, probe.ms as f64));
        self.fails_in_a_row = 0;
        self.good_in_a_row += 1;
        match self.phase {
            Phase::Suspect => self.phase = Phase::Healthy,
            Phase::Unhealthy if self.good_in_a_row >= rules.recover_after => {
                self.phase = Phase::Recovered;
                self.recovered_ms = Some(probe.at_ms);
            }
            _ => {}
        }
    }

    fn bad(&mut self, rules: &Rules, probe: &Probe) {
        self.failed += 1;
        self.good_in_a_row = 0;
        self.fails_in_a_row += 1;
        self.max_fails_in_a_row = self.max_fails_in_a_row.max(self.fails_in_a_row);
        self.first_fail_ms.get_or_insert(probe.at_ms);
        let row = self.fails_in_a_row >= rules.fail_after;
        if row || self.failed > rules.too_many() {
            self.phase = Phase::Unhealthy;
            self.recovered_ms = None;
            let kind = probe.answer.word();
            let why = match row {
                true => format!("{} failures in a row, the last: {kind}", self.fails_in_a_row),
                false => format!(
                    "{} failures of {} planned probes, the last: {kind}",
                    self.failed,
                    rules.planned()
                ),
            };
            self.why.get_or_insert(why);
        } else if matches!(self.phase, Phase::Healthy) {
            self.phase = Phase::Suspect;
        }
    }

    /// Says whether it was ever unhealthy; a recovery does not undo that.
    pub fn was_unhealthy(&self) -> bool {
        self.why.is_some()
    }

    /// Returns the time in which nobody looked and that was told by resuming.
    pub fn announced_ms(&self) -> u64 {
        self.gap_ms - self.unannounced_ms
    }

    /// Returns the time that was observed until `now_ms`.
    pub fn observed_ms(&self, rules: &Rules, now_ms: u64) -> u64 {
        let tail = now_ms.saturating_sub(self.last_ms);
        let unseen = if tail > rules.longest_pause_ms() { tail } else { 0 };
        now_ms.saturating_sub(self.gap_ms + unseen).min(rules.length_ms)
    }

    /// Judges what was seen until `now_ms`; `stopped`: somebody ended the watch early.
    ///
    /// Unhealthy comes before inconclusive, and that before healthy: without data nothing is healthy.
    pub fn conclude(&self, rules: &Rules, now_ms: u64, stopped: bool) -> Conclusion {
        let planned = rules.planned();
        let probes = self.ok + self.failed + self.errors;
        let observed_ms = self.observed_ms(rules, now_ms);
        let (verdict, reason) = if let Some(why) = &self.why {
            let end = match self.phase {
                Phase::Recovered => "; it recovered",
                _ => "; it did not recover",
            };
            let detail =
                self.last_detail.as_ref().map_or_else(String::new, |it| format!(" ({it})"));
            (WatchVerdict::Unhealthy, format!("{why}{detail}{end}"))
        } else if let Some(why) = self.doubt(rules, stopped, observed_ms) {
            (WatchVerdict::Inconclusive, why)
        } else {
            (WatchVerdict::Healthy, format!("{} of {probes} probes were good", self.ok))
        };
        let all: Vec<f64> = self.latencies.iter().map(|it| it.1).collect();
        let first: Vec<f64> =
            self.latencies.iter().filter(|it| it.0 < FIRST_MS).map(|it| it.1).collect();
        Conclusion {
            verdict,
            reason,
            planned,
            probes,
            ok: self.ok,
            failed: self.failed,
            errors: self.errors,
            max_fails_in_a_row: self.max_fails_in_a_row,
            first_fail_ms: self.first_fail_ms,
            recovered_ms: self.recovered_ms,
            kinds: self.kinds.clone(),
            versions: self.versions.clone(),
            p50_ms: percentile(&all, 50, 1),
            p95_ms: percentile(&all, 95, P95_FROM),
            max_ms: percentile(&all, 100, 1),
            // Shorter watches have no rest to compare the first minutes with.
            first5m_p95_ms: percentile(&first, 95, P95_FROM).filter(|_| first.len() < all.len()),
            observed_s: observed_ms / 1000,
            gap_s: self.gap_ms / 1000,
        }
    }

    /// Returns why it cannot be told whether it is healthy.
    fn doubt(&self, rules: &Rules, stopped: bool, observed_ms: u64) -> Option<String> {
        let planned = rules.planned();
        if self.ok == 0 {
            return Some("no probe was good".to_owned());
        }
        if stopped {
            let (seen, all) = (observed_ms / 1000, rules.length_ms / 1000);
            return Some(format!("stopped after {seen} s of {all} s"));
        }
        if self.unannounced_ms > 0 {
            return Some(format!("nobody looked for {} s", self.unannounced_ms / 1000));
        }
        if (self.ok + self.failed) * 100 < planned * ENOUGH_PERCENT {
            let errors = self.errors;
            return Some(format!(
                "{} of {planned} planned probes, {errors} errors of this machine",
                self.ok + self.failed
            ));
        }
        if self.fails_in_a_row > 0 {
            return Some(format!("the last {} failed", self.fails_in_a_row));
        }
        None
    }
}

fn percentile(values: &[f64], percent: u32, at_least: usize) -> Option<u64> {
    if values.len() < at_least {
        return None;
    }
    nearest_rank(values, percent).map(|it| it as u64)
}

/// Returns the verdict about all targets: the worst of one is that of all.
pub fn overall(verdicts: impl IntoIterator<Item = WatchVerdict>) -> WatchVerdict {
    let rank = |it: &WatchVerdict| match it {
        WatchVerdict::Unhealthy => 2,
        WatchVerdict::Healthy => 0,
        WatchVerdict::Inconclusive | WatchVerdict::Other => 1,
    };
    verdicts.into_iter().max_by_key(rank).unwrap_or(WatchVerdict::Inconclusive)
}

#[cfg(test)]
mod tests;
