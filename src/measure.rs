//! Rows of a metrics table and what the journal says about them: values, verdicts and trends.
//!
//! Pure: a function of a tally, the row and the rules. No clock: windows count deployments, not days.
//! The formulas stand in docs/metrics.md and, word for word, in [`metric::DERIVED`].

use std::collections::BTreeMap;

use crate::deploy::Deployment;
use crate::event::{Id, Outcome, Role, Timestamp};
use crate::metric::quantity::{self, Decimal, Period, Quantity, Ratio};
use crate::metric::stats::{self, Interval};
use crate::metric::target::{self, Direction, Target};
use crate::metric::verdict::{self, FEWEST, Judgement, Run};
use crate::metric::{self, Derived};
use crate::projection::{Link, Reading, SkillTally, Stamp};

/// How many deployments or readings a number is about, unless the project says otherwise.
pub const WINDOW: usize = 20;

const WEEK: i64 = 7 * 86_400;

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
}

/// Returns what the journal says about a row; `None` when it says nothing, which is not 0.
pub fn measure(name: &str, target: &str, tally: &SkillTally, rules: Rules<'_>) -> Option<Measured> {
    let target = target::parse(target).ok();
    let mapped = rules.rows.and_then(|it| it.get(name)).map(String::as_str);
    let window = rules.window.unwrap_or(WINDOW);
    let sample = match mapped.and_then(|it| it.split_once(':')) {
        Some(("pitfall-rate", id)) => pitfall_rate(id, tally),
        Some(("pattern-success", id)) => pattern_success(id, tally),
        _ => match metric::match_name(mapped.unwrap_or(name)) {
            Some(derived) => derive(derived, tally),
            None => readings(name, tally),
        },
    }?;
    sample.measured(target.as_ref(), window)
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
                let tenths = (res.n * 10 + weeks.len() / 2).checked_div(weeks.len())? as u64;
                let value = Decimal::new(tenths, 1)?;
                let rate = Quantity::Rate { value, noun: None, per: Period::Week };
                res.current = format!("{rate} (n={}, weeks={})", res.n, weeks.len());
                let each: Vec<Quantity> = weeks
                    .iter()
                    .filter_map(|it| Decimal::new(*it, 0))
                    .map(|value| Quantity::Rate { value, noun: None, per: Period::Week })
                    .collect();
                res.judgement = target.and_then(|it| verdict::judge_values(it, &each));
                res.events = sample.iter().map(|it| it.1).collect();
                let numbers: Vec<f64> = weekly(&all).into_iter().map(|it| it as f64).collect();
                res.trend = verdict::value_trend(&numbers, direction).to_string();
            }
        }
        Some(res)
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

/// Returns how many deployments each week had, from the first to the last, those without one included.
fn weekly(all: &[(Timestamp, Id)]) -> Vec<u64> {
    // 1970 began on a Thursday; weeks begin on Mondays (UTC).
    let week = |it: &(Timestamp, Id)| (it.0.0 + 3 * 86_400).div_euclid(WEEK);
    let (Some(first), Some(last)) = (all.iter().map(week).min(), all.iter().map(week).max()) else {
        return Vec::new();
    };
    let mut res = vec![0; (last - first + 1) as usize];
    for it in all {
        res[(week(it) - first) as usize] += 1;
    }
    res
}

/// A deployment and what belongs to it.
struct Case<'a> {
    deployment: Deployment,
    links: Vec<&'a (Stamp, Link)>,
}

impl Case<'_> {
    fn has(&self, role: Role) -> bool {
        self.links.iter().any(|it| it.1.role == Some(role))
    }

    /// Production was changed: it succeeded, or failed after traffic had moved, as a rollback proves.
    fn reached(&self) -> bool {
        let it = &self.deployment;
        it.outcome == Outcome::Succeeded
            || (it.outcome == Outcome::Failed
                && (it.reached == Some(true) || self.has(Role::Rollback)))
    }

    fn ran(&self) -> bool {
        matches!(self.deployment.outcome, Outcome::Succeeded | Outcome::Failed)
    }

    fn id(&self) -> Id {
        self.deployment.ids[0]
    }
}

/// Returns the deployments by start, each with the occurrences that name it or its version.
fn cases(tally: &SkillTally) -> Vec<Case<'_>> {
    let mut res: Vec<Case<'_>> = tally
        .deployments()
        .into_iter()
        .map(|deployment| Case { deployment, links: Vec::new() })
        .collect();
    let mut by_id = BTreeMap::new();
    for (at, case) in res.iter().enumerate() {
        by_id.extend(case.deployment.ids.iter().map(|id| (*id, at)));
    }
    for link in tally.links.iter() {
        let named = link.1.of.and_then(|id| by_id.get(&id).copied());
        let at = named.or_else(|| {
            let version = link.1.version.as_ref().filter(|_| link.1.of.is_none())?;
            res.iter().rposition(|it| {
                it.deployment.version.as_ref() == Some(version) && it.deployment.start <= link.0.0
            })
        });
        if let Some(at) = at {
            res[at].links.push(link);
        }
    }
    res
}

fn derive(derived: &Derived, tally: &SkillTally) -> Option<Sample> {
    let all = cases(tally);
    let reached: Vec<&Case<'_>> = all.iter().filter(|it| it.reached()).collect();
    let ran: Vec<&Case<'_>> = all.iter().filter(|it| it.ran()).collect();
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
        "recovery-time" => Values::Each(recoveries(&all)),
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

fn seconds(it: i64) -> Option<Quantity> {
    Some(Quantity::Duration(u64::try_from(it).ok()?.checked_mul(1000)?))
}

fn is_unplanned(deployment: &Deployment) -> bool {
    deployment.hotfix || deployment.recovers.is_some()
}

/// A deployment failed its users when it was rolled back, had an incident, or was mended by a later one:
/// the one that says so, or a hotfix right after it that does not say of what.
fn has_failed(case: &Case<'_>, reached: &[&Case<'_>]) -> bool {
    let mended = reached
        .iter()
        .any(|it| it.deployment.recovers.is_some_and(|id| case.deployment.ids.contains(&id)));
    let next = reached.iter().find(|it| it.deployment.start > case.deployment.start);
    let hotfixed = next.is_some_and(|it| it.deployment.hotfix && it.deployment.recovers.is_none());
    mended || hotfixed || case.has(Role::Rollback) || case.has(Role::Incident)
}

/// Returns how long deployments took whose times come from where those of the newest do: times of a
/// pipeline and of a session do not mix.
fn durations(ran: &[&Case<'_>]) -> Vec<(Quantity, Id)> {
    let timed = |it: &&Case<'_>| Some((it.deployment.started?, it.deployment.finished?));
    let newest = ran.iter().rfind(|it| timed(it).is_some());
    let from = newest.and_then(|it| it.deployment.duration_from);
    ran.iter()
        .filter(|it| it.deployment.duration_from == from)
        .filter_map(|it| {
            let (started, finished) = timed(it)?;
            Some((seconds(finished.0 - started.0)?, it.id()))
        })
        .collect()
}

/// Returns how long it took from the end of each failed deployment to the end of its recovery.
fn recoveries(all: &[Case<'_>]) -> Vec<(Quantity, Id)> {
    let recovery = |case: &Case<'_>| {
        let by_deploy = all.iter().find(|it| {
            it.deployment.outcome == Outcome::Succeeded
                && it.deployment.recovers.is_some_and(|id| case.deployment.ids.contains(&id))
        });
        let rollback = case.links.iter().find(|it| it.1.role == Some(Role::Rollback));
        let over = case.links.iter().filter_map(|it| it.1.resolved_at).max();
        by_deploy
            .map(|it| it.deployment.end())
            .or_else(|| rollback.map(|it| it.1.resolved_at.unwrap_or(it.0.0)))
            .or(over)
    };
    all.iter()
        .filter_map(|it| Some((seconds(recovery(it)?.0 - it.deployment.end().0)?, it.id())))
        .collect()
}

fn pitfall_rate(id: &str, tally: &SkillTally) -> Option<Sample> {
    let id = tally.current(id);
    let all = cases(tally);
    let ran: Vec<&Case<'_>> = all.iter().filter(|it| it.ran()).collect();
    let met = |it: &Case<'_>| {
        it.links.iter().any(|it| it.1.pitfall == id || it.1.cause.as_deref() == Some(id))
    };
    Some(Sample {
        metric: format!("pitfall-rate:{id}"),
        formula: format!("deployments of D with an occurrence of {id} / D"),
        source: "this program".to_owned(),
        direction: Direction::Lower,
        values: rate(&ran, met),
    })
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
mod tests {
    use super::*;
    use crate::event::{By, Event, Kind};
    use crate::journal::Journal;
    use crate::projection::project;
    use proptest::prelude::*;

    const SKILL: &str = "s";
    const HOUR: i64 = 3600;

    fn event(number: i64, hour: i64, kind: Kind) -> Event<'static> {
        let at = Timestamp(1_795_000_000 + hour * HOUR);
        let mut res = Event::new(Id::new(at.0 as u64 * 1000, number as u128), at, SKILL, kind);
        res.by = Some(By::Hand);
        res
    }

    fn deploy(number: i64, hour: i64, outcome: Outcome) -> Event<'static> {
        let mut res = event(number, hour, Kind::Deploy);
        res.outcome = Some(outcome);
        res.finished = Some(res.at);
        res
    }

    fn occurrence(number: i64, hour: i64, of: &Event<'_>, role: Role) -> Event<'static> {
        let mut res = event(number, hour, Kind::Occurrence);
        (res.pitfall, res.of, res.role) = (Some("trouble".into()), Some(of.id), Some(role));
        res
    }

    fn tally(events: &[Event<'_>]) -> SkillTally {
        let text: String = events.iter().map(Event::line).collect();
        let sources = ["packs/all.jsonl".to_owned()];
        let load = |_: &str| Ok(text.clone().into_bytes());
        project(&Journal::index(&sources, &load)).skills.remove(SKILL).unwrap()
    }

    /// Six deployments: one blocked, one failed before traffic moved, one rolled back after an hour, one
    /// with two incidents, and the hotfix of that.
    fn history() -> Vec<Event<'static>> {
        let blocked = deploy(1, 0, Outcome::Blocked);
        let failed = deploy(2, 24, Outcome::Failed);
        let rolled_back = deploy(3, 48, Outcome::Succeeded);
        let hurt = deploy(4, 72, Outcome::Succeeded);
        let mut fix = deploy(5, 74, Outcome::Succeeded);
        (fix.recovers, fix.hotfix, fix.lead_s) = (Some(hurt.id), true, Some(600));
        let last = deploy(6, 24 * 30, Outcome::Succeeded);
        let rollback = occurrence(7, 49, &rolled_back, Role::Rollback);
        let incidents = [8, 9].map(|it| occurrence(it, 73, &hurt, Role::Incident));
        let all = [blocked, failed, rolled_back, hurt, fix, last, rollback];
        all.into_iter().chain(incidents).collect()
    }

    fn cell(name: &str, tally: &SkillTally) -> Option<String> {
        Some(measure(name, "Track", tally, Rules::default())?.current)
    }

    #[test]
    fn each_formula_gives_what_a_person_counts() {
        let tally = tally(&history());
        for (name, expected) in [
            ("deploy-success", Some("80% (4/5)")),
            ("rollback-frequency", Some("25% (1/4)")),
            ("post-deploy-incidents", Some("25% (1/4)")),
            ("change-fail-rate", Some("50% (2/4)")),
            ("rework-rate", Some("25% (1/4)")),
            // One hour by rollback, two by the hotfix: fewer than three, so the last one.
            ("recovery-time", Some("2 h (last, n=2)")),
            ("change-lead-time", Some("10 min (last, n=1)")),
            // Four deployments in the weeks of 18 November to 18 December 2026.
            ("deployment-frequency", Some("0.8 per week (n=4, weeks=5)")),
            ("deploy-duration", None),
            ("Coverage", None),
        ] {
            assert_eq!(cell(name, &tally).as_deref(), expected, "{name}");
        }
    }

    #[test]
    fn nothing_recorded_is_not_zero() {
        let only = tally(&[deploy(1, 0, Outcome::Succeeded)]);
        assert_eq!(cell("post-deploy-incidents", &only), None);
        assert_eq!(cell("rollback-frequency", &only).as_deref(), Some("0/1"));
        let blocked = tally(&[deploy(1, 0, Outcome::Blocked)]);
        assert_eq!(cell("deploy-success", &blocked), None);
    }

    proptest! {
        #[test]
        fn the_order_of_events_means_nothing(events in Just(history()).prop_shuffle()) {
            let (one, other) = (tally(&events), tally(&history()));
            prop_assert_eq!(&one, &other);
            for it in metric::DERIVED {
                prop_assert_eq!(cell(it.id, &one), cell(it.id, &other));
            }
        }
    }

    #[test]
    fn readings_come_back_as_they_were_typed() {
        for text in ["87.5%", "57%", "12m", "1h30m", "4/5", "12 tools", "3 per month", "2x", "0"] {
            let typed = quantity::parse(text).unwrap();
            let (value, unit) = stored(&typed);
            assert_eq!(quantity_of(&Reading { value, unit }), Some(typed), "{text}");
        }
    }
}
