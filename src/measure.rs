//! Rows of a metrics table and what the journal says about them: values, verdicts and trends.
//!
//! Pure: a function of a tally, the row and the rules. No clock: windows count deployments, not days.
//! The formulas stand in docs/metrics.md and, word for word, in [`metric::DERIVED`].

use std::collections::{BTreeMap, BTreeSet};

use crate::event::{Id, Outcome, Role, Timestamp};
use crate::metric::number::{Decimal, Ratio};
use crate::metric::quantity::{self, Period, Quantity};
use crate::metric::stats::{self, Interval};
use crate::metric::target::{self, Direction, Target};
use crate::metric::verdict::{self, FEWEST, Judgement, Run, Verdict};
use crate::metric::{self, Derived};
use crate::projection::{DAY, Newest, Reading, SkillTally, Stamp};

mod cases;

pub use cases::{Case, cases, open, recoveries};
use cases::{durations, has_failed, is_unplanned, seconds};

/// How many deployments or readings a number is about, unless the project says otherwise.
pub const WINDOW: usize = 20;

const WEEK: i64 = 7 * DAY;

/// What a project may choose about its metrics.
#[derive(Clone, Copy, Debug, Default)]
pub struct Rules<'a> {
    /// How many of the newest deployments or readings count; [`WINDOW`] when not set.
    pub window: Option<usize>,
    /// Names of rows and the metric each means: `deploy-success`, `pitfall-rate:ID`,
    /// `pattern-success:ID`.
    pub rows: Option<&'a BTreeMap<String, String>>,
}

/// What is known about one row.
#[derive(Clone, Debug, PartialEq)]
pub struct Measured {
    /// The metric that the row means: a derived one, or its own name for readings.
    pub metric: String,
    /// Text of the cell Current.
    pub current: String,
    /// Text of the cell Trend.
    pub trend: String,
    /// `None` when the target asks nothing, cannot be read, or asks for something else.
    pub judgement: Option<Judgement>,
    /// Size of the sample.
    pub n: usize,
    /// Wilson's, of a rate, at 95 %.
    pub interval: Option<Interval>,
    pub formula: String,
    pub source: String,
    /// Events of the sample, oldest first.
    pub events: Vec<Id>,
    /// The numbers of each service, where there are several.
    pub services: Vec<(String, Self)>,
}

/// The values behind a number, as many as are kept.
#[derive(Clone, Debug, PartialEq)]
pub struct Course {
    /// Empty where services do not split the row.
    pub service: String,
    /// Rate or median of the window, as the cell Current says it; the last value where a window of
    /// fewer than three has no median.
    pub current: Quantity,
    /// Oldest first. Of a rate each deployment, 1 of 1 or 0 of 1; of a number per week each Monday.
    pub values: Vec<(Timestamp, Quantity)>,
}

/// Returns what the journal says about a row; `None` when it says nothing, which is not 0.
pub fn measure(name: &str, target: &str, tally: &SkillTally, rules: Rules<'_>) -> Option<Measured> {
    let target = target::parse(target).ok();
    let window = rules.window.unwrap_or(WINDOW);
    let samples = samples(name, tally, rules).into_iter();
    together(
        samples.filter_map(|it| Some((it.0, it.1.measured(target.as_ref(), window)?))).collect(),
    )
}

/// Returns the values that the numbers of a row come from, for each service that has some.
pub fn courses(name: &str, tally: &SkillTally, rules: Rules<'_>) -> Vec<Course> {
    let window = rules.window.unwrap_or(WINDOW);
    let cases = cases(tally);
    let started =
        cases.iter().flat_map(|it| it.deployment.ids.iter().map(|id| (*id, it.deployment.start)));
    let read = tally.readings.values().flat_map(Newest::iter).map(|it| (it.0.1, it.0.0));
    let when: BTreeMap<Id, Timestamp> = started.chain(read).collect();
    let samples = samples(name, tally, rules).into_iter();
    samples.filter_map(|(service, it)| it.course(service, window, &when)).collect()
}

/// Returns what the numbers of each service are made of; of a row that services do not split, under no
/// name.
fn samples(name: &str, tally: &SkillTally, rules: Rules<'_>) -> Vec<(String, Sample)> {
    let mapped = rules.rows.and_then(|it| it.get(name)).map(String::as_str);
    let (metric, of) =
        mapped.unwrap_or(name).split_once(':').unwrap_or((mapped.unwrap_or(name), ""));
    let whole = |it: Option<Sample>| it.map(|it| (String::new(), it)).into_iter().collect();
    let derived = match metric::match_name(mapped.map_or(name, |_| metric)) {
        _ if mapped.is_some() && metric == "pattern-success" => {
            return whole(pattern_success(of, tally));
        }
        Some(it) => Some(it),
        None if mapped.is_some() && metric == "pitfall-rate" => None,
        None => return whole(readings(name, tally)),
    };
    let all = cases(tally);
    let chosen = derived.filter(|_| mapped.is_some() && !of.is_empty()).map(|_| of);
    let services: BTreeSet<Option<&str>> =
        all.iter().map(|it| it.deployment.service.as_deref()).collect();
    let mut each = Vec::new();
    for service in services.into_iter().filter(|it| chosen.is_none() || *it == chosen) {
        let own: Vec<&Case<'_>> =
            all.iter().filter(|it| it.deployment.service.as_deref() == service).collect();
        let sample = match derived {
            Some(it) => derive(it, &own, tally),
            None => Some(pitfall_rate(of, &own, tally)),
        };
        let name = service.map_or_else(|| "others".to_owned(), plain_name);
        each.extend(sample.map(|it| (name, it)));
    }
    each
}

/// Joins the numbers of services, which do not mix: each stands for itself, and the worst verdict decides.
fn together(mut each: Vec<(String, Measured)>) -> Option<Measured> {
    if each.len() < 2 {
        return each.pop().map(|it| it.1);
    }
    let join = |text: fn(&Measured) -> &str| {
        let all: Vec<String> = each.iter().map(|it| format!("{} {}", it.0, text(&it.1))).collect();
        all.join("; ")
    };
    let rank = |it: &Judgement| match it.verdict {
        Verdict::Missed => 0,
        Verdict::TooFew => 1,
        Verdict::Met => 2,
    };
    let first = &each.first()?.1;
    Some(Measured {
        metric: first.metric.clone(),
        current: join(|it| &it.current),
        trend: join(|it| &it.trend),
        judgement: each.iter().filter_map(|it| it.1.judgement).min_by_key(rank),
        n: each.iter().map(|it| it.1.n).sum(),
        interval: None,
        formula: first.formula.clone(),
        source: first.source.clone(),
        events: each.iter().flat_map(|it| it.1.events.clone()).collect(),
        services: each,
    })
}

/// Says whether a row is counted from deployments and uses, so that readings of it would not show.
pub fn is_derived(name: &str, rules: Rules<'_>) -> bool {
    let mapped = rules.rows.is_some_and(|it| it.contains_key(name));
    mapped || metric::match_name(name).is_some()
}

/// Returns a measured value as a reading stores it: `87.5` and `%`, milliseconds and `ms`, `4` and
/// `/5`, `2` and `x`, `3` and `per month`, `12` and what it counts.
pub fn stored(value: &Quantity) -> (f64, Option<String>) {
    match value {
        // Six decimals of a percent: what a binary fraction adds beyond them is no measurement.
        Quantity::Share(it) => ((it.as_f64() * 1e8).round() / 1e6, Some("%".to_owned())),
        Quantity::Ratio(it) => (it.hits as f64, Some(format!("/{}", it.of))),
        Quantity::Duration(ms) => (*ms as f64, Some("ms".to_owned())),
        Quantity::Number { value, noun } => (value.as_f64(), noun.clone()),
        Quantity::Score { value, of } => (value.as_f64(), Some(format!("/{of}"))),
        Quantity::Factor(it) => (it.as_f64(), Some("x".to_owned())),
        Quantity::Rate { value, noun: None, per } => (value.as_f64(), Some(format!("per {per}"))),
        Quantity::Rate { value, noun: Some(noun), per } => {
            (value.as_f64(), Some(format!("{noun} per {per}")))
        }
    }
}

/// Returns what a reading stores; `None` when another program wrote what is no quantity.
fn quantity_of(reading: &Reading) -> Option<Quantity> {
    let unit = reading.unit.as_deref().unwrap_or_default();
    let space = if unit.starts_with(['%', '/']) || unit == "x" { "" } else { " " };
    quantity::parse(&format!("{}{space}{unit}", reading.value)).ok()
}

/// What a number is made of, oldest first.
struct Sample {
    metric: String,
    formula: String,
    source: String,
    direction: Direction,
    values: Values,
}

enum Values {
    /// Whether each deployment counts, its event and its version.
    Rate(Vec<(bool, Id, String)>),
    /// A value of each event.
    Each(Vec<(Quantity, Id)>),
    /// Hits that have no order.
    Total(Ratio),
    /// Deployments and when they were, for a number per week.
    Weekly(Vec<(Timestamp, Id)>),
}

impl Sample {
    fn measured(self, target: Option<&Target>, window: usize) -> Option<Measured> {
        let asks = target.map(Target::direction).filter(|it| *it != Direction::Neutral);
        let direction = asks.unwrap_or(self.direction);
        let mut res = Measured {
            metric: self.metric,
            current: String::new(),
            trend: String::new(),
            judgement: None,
            n: 0,
            interval: None,
            formula: self.formula,
            source: self.source,
            events: Vec::new(),
            services: Vec::new(),
        };
        match self.values {
            Values::Rate(all) => {
                let sample = newest(&all, window);
                let outcomes =
                    |it: &[(bool, Id, String)]| it.iter().map(|it| it.0).collect::<Vec<_>>();
                let ratio = Ratio::of(&outcomes(sample));
                res.rate(ratio, target)?;
                res.events = sample.iter().map(|it| it.1).collect();
                res.trend = verdict::rate_trend(&outcomes(&all), direction).to_string();
                let good = direction == Direction::Higher;
                let runs: Vec<Run<'_>> = all
                    .iter()
                    .map(|it| Run { clean: it.0 == good, version: plain(&it.2) })
                    .collect();
                if let Some(streak) = verdict::clean_streak(&runs) {
                    res.trend += &format!(", {streak}");
                }
            }
            Values::Total(ratio) => {
                res.rate(ratio, target)?;
                "-".clone_into(&mut res.trend);
            }
            Values::Each(all) => {
                let sample = newest(&all, window);
                let values: Vec<Quantity> = sample.iter().map(|it| it.0.clone()).collect();
                let (last, max) = (values.last()?, *quantity::sorted(&values)?.last()?);
                res.n = values.len();
                res.current = match quantity::median(&values) {
                    Some(median) if res.n >= FEWEST => quantity::median_cell(&median, res.n, max),
                    _ => format!("{last} (last, n={})", res.n),
                };
                res.judgement = target.and_then(|it| verdict::judge_values(it, &values));
                res.events = sample.iter().map(|it| it.1).collect();
                let numbers: Vec<f64> = all.iter().map(|it| it.0.as_f64()).collect();
                res.trend = verdict::value_trend(&numbers, direction).to_string();
            }
            Values::Weekly(all) => {
                let sample = newest(&all, window);
                let weeks = weekly(sample);
                res.n = sample.len();
                let rate = mean_per_week(res.n, &weeks)?;
                res.current = format!("{rate} (n={}, weeks={})", res.n, weeks.len());
                let each: Vec<Quantity> = weeks.iter().filter_map(|it| per_week(*it, 0)).collect();
                res.judgement = target.and_then(|it| verdict::judge_values(it, &each));
                res.events = sample.iter().map(|it| it.1).collect();
                let numbers: Vec<f64> = weekly(&all).into_iter().map(|it| it as f64).collect();
                res.trend = verdict::value_trend(&numbers, direction).to_string();
            }
        }
        Some(res)
    }

    /// Returns the values with their times; `None` when nothing was counted.
    fn course(
        self,
        service: String,
        window: usize,
        when: &BTreeMap<Id, Timestamp>,
    ) -> Option<Course> {
        let at = |id: &Id| when.get(id).copied().unwrap_or(id.written());
        let one = |hit: bool| Quantity::Ratio(Ratio { hits: u64::from(hit), of: 1 });
        let (current, values) = match self.values {
            Values::Rate(all) => {
                let hits: Vec<bool> = newest(&all, window).iter().map(|it| it.0).collect();
                let values = all.iter().map(|it| (at(&it.1), one(it.0))).collect();
                (Quantity::Ratio(Ratio::of(&hits)), values)
            }
            Values::Total(ratio) => (Quantity::Ratio(ratio), Vec::new()),
            Values::Each(all) => {
                let sample: Vec<Quantity> =
                    newest(&all, window).iter().map(|it| it.0.clone()).collect();
                let median = quantity::median(&sample).filter(|_| sample.len() >= FEWEST);
                let current = median.or_else(|| sample.last().cloned())?;
                (current, all.into_iter().map(|it| (at(&it.1), it.0)).collect())
            }
            Values::Weekly(all) => {
                let sample = newest(&all, window);
                let current = mean_per_week(sample.len(), &weekly(sample))?;
                let first = all.iter().map(week_of).min()?;
                let monday = |it: usize| Timestamp((first + it as i64) * WEEK - 3 * DAY);
                let values = weekly(&all).into_iter().enumerate();
                let values = values.filter_map(|(at, it)| Some((monday(at), per_week(it, 0)?)));
                (current, values.collect())
            }
        };
        let counted = current.as_ratio().is_none_or(|it| it.of > 0);
        counted.then_some(Course { service, current, values })
    }
}

impl Measured {
    /// Sets what a rate says; `None` when nothing was counted.
    fn rate(&mut self, ratio: Ratio, target: Option<&Target>) -> Option<()> {
        self.interval = Some(stats::wilson(ratio)?);
        self.n = ratio.of as usize;
        self.current = Quantity::Ratio(ratio).to_string();
        self.judgement = target.and_then(|it| verdict::judge_rate(it, ratio));
        Some(())
    }
}

fn newest<T>(all: &[T], window: usize) -> &[T] {
    &all[all.len().saturating_sub(window)..]
}

/// Returns a version that may stand in a cell as it is, else nothing.
fn plain(version: &str) -> &str {
    let is_plain = |it: char| it.is_ascii_alphanumeric() || ".-+".contains(it);
    if version.chars().all(is_plain) { version } else { "" }
}

/// Returns a name that may stand in a cell, other characters as hyphens.
fn plain_name(name: &str) -> String {
    name.chars()
        .map(|it| if it.is_alphanumeric() || ".-+/@_".contains(it) { it } else { '-' })
        .collect()
}

/// Returns how many deployments each week had, from the first to the last, those without one included.
fn weekly(all: &[(Timestamp, Id)]) -> Vec<u64> {
    let weeks = all.iter().map(week_of);
    let (Some(first), Some(last)) = (weeks.clone().min(), weeks.max()) else {
        return Vec::new();
    };
    let mut res = vec![0; (last - first + 1) as usize];
    for it in all {
        res[(week_of(it) - first) as usize] += 1;
    }
    res
}

/// 1970 began on a Thursday; weeks begin on Mondays (UTC).
fn week_of(it: &(Timestamp, Id)) -> i64 {
    (it.0.0 + 3 * DAY).div_euclid(WEEK)
}

fn per_week(digits: u64, scale: u32) -> Option<Quantity> {
    let value = Decimal::new(digits, scale)?;
    Some(Quantity::Rate { value, noun: None, per: Period::Week })
}

/// Returns how many there were per week, to a tenth; `None` without a week.
fn mean_per_week(n: usize, weeks: &[u64]) -> Option<Quantity> {
    per_week((n * 10 + weeks.len() / 2).checked_div(weeks.len())? as u64, 1)
}

fn derive(derived: &Derived, all: &[&Case<'_>], tally: &SkillTally) -> Option<Sample> {
    let reached: Vec<&Case<'_>> = all.iter().copied().filter(|it| it.reached()).collect();
    let ran: Vec<&Case<'_>> = all.iter().copied().filter(|it| it.ran()).collect();
    let values = match derived.id {
        "deploy-success" => rate(&ran, |it| it.deployment.outcome == Outcome::Succeeded),
        "rollback-frequency" => rate(&reached, |it| it.has(Role::Rollback)),
        "post-deploy-incidents" => {
            let looked = tally.links.iter().any(|it| it.1.role == Some(Role::Incident));
            (looked || !tally.watches.is_empty())
                .then(|| rate(&reached, |it| it.has(Role::Incident)))?
        }
        "change-fail-rate" => rate(&reached, |it| has_failed(it, &reached)),
        "rework-rate" => rate(&reached, |it| is_unplanned(&it.deployment)),
        "deploy-duration" => Values::Each(durations(&ran)),
        "recovery-time" => Values::Each(recoveries(all)),
        "deployment-frequency" => {
            Values::Weekly(reached.iter().map(|it| (it.deployment.start, it.id())).collect())
        }
        "change-lead-time" => Values::Each(
            reached
                .iter()
                .filter_map(|it| Some((seconds(it.deployment.lead_s?)?, it.id())))
                .collect(),
        ),
        _ => return None,
    };
    Some(Sample {
        metric: derived.id.to_owned(),
        formula: derived.formula.to_owned(),
        source: derived.source.to_owned(),
        direction: derived.direction,
        values,
    })
}

fn rate(cases: &[&Case<'_>], hit: impl Fn(&Case<'_>) -> bool) -> Values {
    let version = |it: &Case<'_>| it.deployment.version.clone().unwrap_or_default();
    Values::Rate(cases.iter().map(|it| (hit(it), it.id(), version(it))).collect())
}

fn pitfall_rate(id: &str, all: &[&Case<'_>], tally: &SkillTally) -> Sample {
    let id = tally.current(id);
    let ran: Vec<&Case<'_>> = all.iter().copied().filter(|it| it.ran()).collect();
    let met = |it: &Case<'_>| {
        it.links.iter().any(|it| it.1.pitfall == id || it.1.cause.as_deref() == Some(id))
    };
    Sample {
        metric: format!("pitfall-rate:{id}"),
        formula: format!("deployments of D with an occurrence of {id} / D"),
        source: "this program".to_owned(),
        direction: Direction::Lower,
        values: rate(&ran, met),
    }
}

fn pattern_success(id: &str, tally: &SkillTally) -> Option<Sample> {
    let id = tally.current(id);
    let (worked, of) = tally.patterns.get(id)?.success()?;
    let hits = worked.round().max(0.0) as u64;
    Some(Sample {
        metric: format!("pattern-success:{id}"),
        formula: format!("uses of {id} that worked / all uses"),
        source: "this program".to_owned(),
        direction: Direction::Higher,
        values: Values::Total(Ratio { hits: hits.min(of), of }),
    })
}

/// Returns the readings of a metric that have the unit of the newest one.
fn readings(name: &str, tally: &SkillTally) -> Option<Sample> {
    let all = tally.readings.get(name)?;
    let unit = |it: &(Stamp, Reading)| it.1.unit.clone();
    let newest = all.iter().next_back().map(unit)?;
    let values = all
        .iter()
        .filter(|it| unit(it) == newest)
        .filter_map(|it| Some((quantity_of(&it.1)?, it.0.1)))
        .collect();
    Some(Sample {
        metric: name.to_owned(),
        formula: "median of the readings".to_owned(),
        source: "learn measure".to_owned(),
        direction: Direction::Neutral,
        values: Values::Each(values),
    })
}

#[cfg(test)]
mod tests;
