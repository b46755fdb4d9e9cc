//! What the journals of one or several repositories add up to, for people to look at.
//!
//! One [`Report`] is computed from all skills, once, and every renderer prints the same numbers: no renderer
//! counts. Knows no files and no clock. All texts in it are one clean line; what a format needs beyond that
//! is for its renderer to escape.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::event::{Id, Impact, Outcome, Timestamp};
use crate::metric::verdict::Verdict;
use crate::projection::DAY;
use crate::text::plural;

pub mod chart;
pub mod csv;
pub mod effect;
pub mod html;
pub mod json;
pub mod markdown;
pub mod openmetrics;
mod part;
mod periods;
pub mod terminal;

pub use chart::{Chart, Unit};
pub use part::{Part, Source, part};
use periods::Periods;
pub use periods::Step;

/// How long texts may be, in characters.
const TEXT: usize = 200;

/// Days after which a lesson that was not met is stale, unless said otherwise.
pub const STALE_DAYS: i64 = 180;

/// What a report is to be about.
#[derive(Clone, Copy, Debug)]
pub struct Scope {
    pub now: Timestamp,
    /// Occurrences and deployments before it are left out. Metrics have windows of their own.
    pub since: Option<Timestamp>,
    pub stale_days: i64,
}

/// The whole report. Lists of several repositories are in one order, and each row names its repository.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    pub made: Timestamp,
    pub since: Option<Timestamp>,
    pub stale_days: i64,
    pub repositories: Vec<String>,
    pub totals: Totals,
    /// How long a period of the series is.
    pub step: Step,
    /// Oldest first: the Monday that a week begins with, or the month.
    pub periods: Vec<String>,
    /// The most frequent first.
    pub pitfalls: Vec<Pitfall>,
    /// Pitfalls that more than one repository met; the most frequent first.
    pub shared: Vec<Shared>,
    pub metrics: Vec<Metric>,
    /// By start, oldest first.
    pub deployments: Vec<Deploy>,
    /// By time, newest first.
    pub preventions: Vec<Prevention>,
    pub stale: Vec<Stale>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Totals {
    pub occurrences: u64,
    pub deployments: u64,
    pub succeeded: u64,
    pub failed: u64,
    /// Failed, or with an incident, and not known to be mended.
    pub open: u64,
}

/// A pitfall that was met.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Pitfall {
    pub repository: String,
    pub skill: String,
    pub id: String,
    pub title: String,
    pub impact: Impact,
    pub count: u64,
    /// Of all occurrences of the report, from 0 to 1; then with those of the pitfalls before it.
    pub share: f64,
    pub cumulative: f64,
    /// Day in UTC.
    pub last_seen: Option<String>,
    /// How often in each period of the report.
    pub series: Vec<u64>,
    /// How many occurrences have a day, so that they can be in the series.
    pub dated: u64,
    pub cause: Option<String>,
    /// It was met again after its newest prevention was adopted.
    pub recurred: bool,
}

/// A pitfall by its id, wherever it was met.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Shared {
    pub id: String,
    pub count: u64,
    pub repositories: Vec<String>,
}

/// A row of a metrics table, of one service where there are several.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Metric {
    pub repository: String,
    pub skill: String,
    pub name: String,
    pub service: String,
    pub target: String,
    /// The derived metric it means, or its own name; `None` without data.
    pub means: Option<String>,
    pub current: String,
    pub trend: String,
    pub verdict: Option<Verdict>,
    /// Whether the number itself is on target, whatever the verdict.
    pub on_target: Option<bool>,
    pub n: usize,
    /// Wilson's, of a rate, at 95 %, from 0 to 1.
    pub interval: Option<[f64; 2]>,
    pub formula: String,
    pub source: String,
    pub chart: Option<Chart>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Deploy {
    pub repository: String,
    pub skill: String,
    pub id: Option<Id>,
    pub name: String,
    pub service: Option<String>,
    pub env: String,
    pub start: Timestamp,
    /// How long it took, in seconds.
    pub seconds: Option<i64>,
    pub outcome: Outcome,
    pub rolled_back: bool,
    pub incident: bool,
    pub hotfix: bool,
    /// How long until it was mended, in seconds.
    pub recovered_s: Option<i64>,
    pub open: bool,
}

/// What was done about a pitfall, and how often it was met before and after that.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Prevention {
    pub repository: String,
    pub skill: String,
    pub pitfall: String,
    pub kind: PreventionKind,
    pub at: Timestamp,
    /// What is in place since then; empty where lessons were shown.
    pub text: String,
    /// Occurrences since the prevention before it, or since the first one.
    pub before: usize,
    pub days_before: i64,
    /// Occurrences up to the next prevention, or now.
    pub after: usize,
    pub days_after: i64,
    pub last_after: Option<Timestamp>,
    /// All occurrences that have a time.
    pub times: Vec<Timestamp>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum PreventionKind {
    Adopted,
    /// The lesson was put before an agent for the first time.
    Shown,
}

/// A lesson that may have had its time.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Stale {
    pub repository: String,
    pub skill: String,
    pub pitfall: String,
    pub why: Staleness,
    /// Day of the last occurrence, or the day it was written down.
    pub since: Option<String>,
    pub days: Option<i64>,
    pub count: u64,
    pub proposals: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Staleness {
    /// Met, but not lately.
    NotSeen,
    /// Written down, and never met since.
    NeverMet,
    /// There is weak evidence only, which nobody confirmed.
    NeverConfirmed,
}

impl Staleness {
    pub fn word(self) -> &'static str {
        match self {
            Self::NotSeen => "not-seen",
            Self::NeverMet => "never-met",
            Self::NeverConfirmed => "never-confirmed",
        }
    }

    pub fn words(self) -> &'static str {
        match self {
            Self::NotSeen => "not seen lately",
            Self::NeverMet => "never met",
            Self::NeverConfirmed => "never confirmed",
        }
    }
}

impl PreventionKind {
    pub fn words(self) -> &'static str {
        match self {
            Self::Adopted => "adopted",
            Self::Shown => "shown to agents",
        }
    }
}

impl Prevention {
    /// Returns the occurrences of 30 days before and after; `None` where a side is shorter than a day.
    pub fn per_month(&self) -> (Option<f64>, Option<f64>) {
        let rate = |n: usize, days: i64| (days > 0).then(|| n as f64 * 30.0 / days as f64);
        (rate(self.before, self.days_before), rate(self.after, self.days_after))
    }

    pub fn is_adopted(&self) -> bool {
        self.kind == PreventionKind::Adopted
    }

    /// Says whether it was met after something was done about it.
    pub fn recurred(&self) -> bool {
        self.is_adopted() && self.after > 0
    }
}

impl Deploy {
    /// Returns what happened after it, in words; nothing where nothing did.
    pub fn aftermath(&self) -> String {
        let mut res: Vec<String> = Vec::new();
        res.extend(self.rolled_back.then(|| "rolled back".to_owned()));
        res.extend(self.incident.then(|| "incident".to_owned()));
        res.extend(self.hotfix.then(|| "hotfix".to_owned()));
        res.extend(self.recovered_s.map(|it| format!("mended after {}", duration(it))));
        res.extend(self.open.then(|| "open".to_owned()));
        res.join(", ")
    }
}

impl Report {
    /// Puts the parts of all skills together. `repositories` are in the order they were named.
    pub fn of(repositories: Vec<String>, parts: Vec<Part>, scope: &Scope) -> Self {
        let days = parts.iter().flat_map(|it| &it.met).filter_map(|it| it.1.keys().next());
        let first = scope.since.map(|it| it.0.div_euclid(DAY));
        let today = scope.now.0.div_euclid(DAY);
        let periods = Periods::between(first.or(days.min().copied()).unwrap_or(today), today);
        let mut res = Self {
            made: scope.now,
            since: scope.since,
            stale_days: scope.stale_days,
            repositories,
            totals: Totals::default(),
            step: periods.step,
            periods: periods.names(),
            pitfalls: Vec::new(),
            shared: Vec::new(),
            metrics: Vec::new(),
            deployments: Vec::new(),
            preventions: Vec::new(),
            stale: Vec::new(),
        };
        for part in parts {
            for (mut pitfall, days) in part.met {
                pitfall.series = vec![0; periods.len()];
                for (day, count) in days {
                    pitfall.dated += count;
                    if let Some(at) = periods.of(day) {
                        pitfall.series[at] += count;
                    }
                }
                res.pitfalls.push(pitfall);
            }
            res.metrics.extend(part.metrics);
            res.deployments.extend(part.deployments);
            res.preventions.extend(part.preventions);
            res.stale.extend(part.stale);
        }
        res.order();
        res.add_up();
        res
    }

    fn order(&mut self) {
        self.pitfalls.sort_by(|a, b| {
            let last = b.last_seen.cmp(&a.last_seen);
            b.count.cmp(&a.count).then(a.impact.cmp(&b.impact)).then(last)
        });
        self.deployments.sort_by_key(|it| (it.start, it.id));
        self.preventions
            .sort_by(|a, b| (a.kind, b.at, &a.pitfall).cmp(&(b.kind, a.at, &b.pitfall)));
        self.stale.sort_by(|a, b| (a.why, b.days, &a.pitfall).cmp(&(b.why, a.days, &b.pitfall)));
    }

    fn add_up(&mut self) {
        let total: u64 = self.pitfalls.iter().map(|it| it.count).sum();
        let mut sum = 0;
        for it in &mut self.pitfalls {
            sum += it.count;
            it.share = it.count as f64 / total as f64;
            it.cumulative = sum as f64 / total as f64;
        }
        let ended =
            |it: Outcome| self.deployments.iter().filter(|d| d.outcome == it).count() as u64;
        self.totals = Totals {
            occurrences: total,
            deployments: self.deployments.len() as u64,
            succeeded: ended(Outcome::Succeeded),
            failed: ended(Outcome::Failed),
            open: self.deployments.iter().filter(|it| it.open).count() as u64,
        };
        let mut shared: Vec<Shared> = Vec::new();
        for it in &self.pitfalls {
            match shared.iter_mut().find(|other| other.id == it.id) {
                Some(other) => {
                    other.count += it.count;
                    if !other.repositories.contains(&it.repository) {
                        other.repositories.push(it.repository.clone());
                    }
                }
                None => shared.push(Shared {
                    id: it.id.clone(),
                    count: it.count,
                    repositories: vec![it.repository.clone()],
                }),
            }
        }
        shared.retain(|it| it.repositories.len() > 1);
        shared.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.id.cmp(&b.id)));
        self.shared = shared;
    }

    /// Says whether rows must name their repository to be told apart.
    pub fn is_of_several(&self) -> bool {
        self.repositories.len() > 1
    }

    /// Returns what the report is about, in one line.
    pub fn title(&self) -> String {
        match &*self.repositories {
            [only] => format!("Deployment lessons of {only}"),
            all => format!("Deployment lessons of {} repositories", all.len()),
        }
    }

    /// Returns the totals in one line.
    pub fn summary(&self) -> String {
        let Totals { occurrences, deployments, succeeded, failed, open } = self.totals;
        let since = self.since.map(|it| format!(" since {}", it.date())).unwrap_or_default();
        // The same one in two repositories is one.
        let pitfalls: BTreeSet<&str> = self.pitfalls.iter().map(|it| it.id.as_str()).collect();
        let open = if open > 0 { format!(", {open} not mended") } else { String::new() };
        format!(
            "{} of {}, {} ({succeeded} succeeded, {failed} failed{open}){since}",
            plural(occurrences as usize, "occurrence"),
            plural(pitfalls.len(), "pitfall"),
            plural(deployments as usize, "deployment")
        )
    }
}

/// Returns seconds as people say them: `2m 30s`, `11 min`, `3d 4h`.
pub fn duration(seconds: i64) -> String {
    let ms = u64::try_from(seconds).unwrap_or(0).saturating_mul(1000);
    crate::metric::quantity::Quantity::Duration(ms).to_string()
}

/// Returns a share from 0 to 1 as a whole percentage.
pub fn percent(share: f64) -> String {
    format!("{:.0}%", share * 100.0)
}

/// Returns a moment to the minute, as the reports show it: `2026-11-23 04:31` (UTC).
pub fn minute(at: Timestamp) -> String {
    at.to_string().replace('T', " ").chars().take(16).collect()
}
