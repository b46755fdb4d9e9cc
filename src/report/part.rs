//! One skill of one repository → its part of the report.

use std::collections::BTreeMap;

use crate::clean::clean;
use crate::event::{Id, Role, Timestamp};
use crate::learnings::LearningsDoc;
use crate::lessons::{self, Lesson};
use crate::measure::{self, Case, Measured, Rules, cases, measure};
use crate::metric::quantity::Quantity;
use crate::projection::{DAY, SkillTally, Tally};
use crate::report::chart::charts;
use crate::report::effect::History;
use crate::report::{
    Deploy, Metric, Pitfall, Prevention, PreventionKind, Scope, Stale, Staleness, TEXT,
};
use crate::skill::SkillDoc;

/// What is known of a skill.
pub struct Source<'a> {
    pub repository: &'a str,
    pub skill: &'a str,
    pub doc: &'a SkillDoc,
    pub learnings: &'a LearningsDoc,
    pub tally: &'a SkillTally,
    pub rules: Rules<'a>,
    /// By skill and present id.
    pub histories: &'a BTreeMap<(String, String), History>,
}

/// What a skill adds to the report.
#[derive(Clone, Debug, Default)]
pub struct Part {
    /// Pitfalls without their series, and how often each was met on which day since 1970 (UTC).
    pub(super) met: Vec<(Pitfall, BTreeMap<i64, u64>)>,
    pub(super) metrics: Vec<Metric>,
    pub(super) deployments: Vec<Deploy>,
    pub(super) preventions: Vec<Prevention>,
    pub(super) stale: Vec<Stale>,
}

/// Computes the part of a skill; muted pitfalls stay out.
pub fn part(source: &Source<'_>, scope: &Scope) -> Part {
    let none = Tally::default();
    let mut res = Part::default();
    let lessons =
        lessons::rank(source.skill, source.doc, source.learnings, source.tally, scope.now);
    for lesson in &lessons {
        let tally = source.tally.pitfalls.get(&lesson.id).unwrap_or(&none);
        res.met.extend(pitfall(source, lesson, tally, scope));
        res.stale.extend(stale(source, lesson, tally, scope));
        let key = (source.skill.to_owned(), lesson.id.clone());
        if let Some(history) = source.histories.get(&key) {
            res.preventions.extend(preventions(source, &lesson.id, history, scope));
        }
    }
    for (name, target) in source.doc.metrics_with(source.learnings) {
        res.metrics.extend(metrics(source, name, target));
    }
    res.deployments = deployments(source, scope);
    res
}

fn line(text: &str) -> String {
    clean(text, TEXT).text
}

fn pitfall(
    source: &Source<'_>,
    lesson: &Lesson,
    tally: &Tally,
    scope: &Scope,
) -> Option<(Pitfall, BTreeMap<i64, u64>)> {
    let from = scope.since.map_or(i64::MIN, |it| it.0.div_euclid(DAY));
    let days: BTreeMap<i64, u64> = tally.days.range(from..).map(|it| (*it.0, *it.1)).collect();
    // What only a file counted has no days: it counts where nothing is left out.
    let count = if scope.since.is_some() { days.values().sum() } else { lesson.count };
    let pitfall = Pitfall {
        repository: line(source.repository),
        skill: line(source.skill),
        id: line(&lesson.id),
        title: line(&lesson.title),
        impact: lesson.impact,
        count,
        share: 0.0,
        cumulative: 0.0,
        last_seen: lesson.last_seen.as_ref().map(|it| line(&it.0)),
        series: Vec::new(),
        dated: 0,
        cause: lesson.cause.as_deref().map(line),
        recurred: lesson.recurred,
    };
    (count > 0).then_some((pitfall, days))
}

fn stale(source: &Source<'_>, lesson: &Lesson, tally: &Tally, scope: &Scope) -> Option<Stale> {
    let today = scope.now.0.div_euclid(DAY);
    let seen = lesson.last_seen.as_ref().map(|it| it.0.clone());
    let added = tally.oldest.map(|it| it.written().date());
    let (why, since) = match lesson.count {
        0 if tally.proposed > 0 => (Staleness::NeverConfirmed, added),
        0 if tally.is_wanted() => (Staleness::NeverMet, added),
        0 => return None,
        _ => (Staleness::NotSeen, seen),
    };
    let at = since.as_ref().and_then(|it| Timestamp::parse(&format!("{it}T00:00:00Z")));
    let days = at.map(|it| today - it.0.div_euclid(DAY));
    let is_old = days.is_some_and(|it| it >= scope.stale_days);
    (is_old || why == Staleness::NeverConfirmed).then(|| Stale {
        repository: line(source.repository),
        skill: line(source.skill),
        pitfall: line(&lesson.id),
        why,
        since: since.as_deref().map(line),
        days,
        count: lesson.count,
        proposals: tally.proposed,
    })
}

fn preventions(
    source: &Source<'_>,
    pitfall: &str,
    history: &History,
    scope: &Scope,
) -> Vec<Prevention> {
    let of = |kind, from: Option<Timestamp>, at: Timestamp, to: Option<Timestamp>, text: &str| {
        let start = from.or_else(|| history.times.first().copied().filter(|it| *it < at));
        let is_after = |it: &&Timestamp| **it > at && to.is_none_or(|to| **it <= to);
        Prevention {
            repository: line(source.repository),
            skill: line(source.skill),
            pitfall: line(pitfall),
            kind,
            at,
            text: line(text),
            before: history.met_between(from, Some(at)),
            days_before: start.map_or(0, |it| (at.0 - it.0) / DAY),
            after: history.met_between(Some(at), to),
            days_after: (to.unwrap_or(scope.now).0 - at.0).max(0) / DAY,
            last_after: history.times.iter().rev().find(is_after).copied(),
            times: history.times.clone(),
        }
    };
    let all = &history.adopted;
    let mut res: Vec<Prevention> = (0..all.len())
        .map(|it| {
            let before = it.checked_sub(1).map(|it| all[it].0);
            let after = all.get(it + 1).map(|it| it.0);
            of(PreventionKind::Adopted, before, all[it].0, after, &all[it].1)
        })
        .collect();
    let shown = history.shown.first().copied();
    res.extend(shown.map(|it| of(PreventionKind::Shown, None, it, None, "")));
    res
}

fn metrics(source: &Source<'_>, name: &str, target: &str) -> Vec<Metric> {
    let row = |service: &str, it: Option<&Measured>| Metric {
        repository: line(source.repository),
        skill: line(source.skill),
        name: line(name),
        service: line(service),
        target: line(target),
        means: it.map(|it| line(&it.metric)),
        current: it.map(|it| line(&it.current)).unwrap_or_default(),
        trend: it.map(|it| line(&it.trend)).unwrap_or_default(),
        verdict: it.and_then(|it| it.judgement).map(|it| it.verdict),
        on_target: it.and_then(|it| it.judgement).and_then(|it| it.which_side),
        n: it.map_or(0, |it| it.n),
        interval: it.and_then(|it| it.interval).map(|it| [it.low, it.high]),
        formula: it.map(|it| line(&it.formula)).unwrap_or_default(),
        source: it.map(|it| line(&it.source)).unwrap_or_default(),
        chart: None,
    };
    let Some(measured) = measure(name, target, source.tally, source.rules) else {
        return vec![row("", None)];
    };
    let mut charts = charts(name, target, source.tally, source.rules);
    if measured.services.is_empty() {
        let chart = charts.pop().map(|it| it.1);
        return vec![Metric { chart, ..row("", Some(&measured)) }];
    }
    let each = measured.services.iter().map(|(service, it)| {
        let at = charts.iter().position(|it| it.0 == *service);
        let chart = at.map(|it| charts.swap_remove(it).1);
        Metric { chart, ..row(service, Some(it)) }
    });
    each.collect()
}

fn deployments(source: &Source<'_>, scope: &Scope) -> Vec<Deploy> {
    let all = cases(source.tally);
    let refs: Vec<&Case<'_>> = all.iter().collect();
    let mended: BTreeMap<Id, i64> = measure::recoveries(&refs)
        .into_iter()
        .filter_map(|(it, id)| match it {
            Quantity::Duration(ms) => Some((id, (ms / 1000) as i64)),
            _ => None,
        })
        .collect();
    let open: Vec<Id> = measure::open(&all).into_iter().map(Case::id).collect();
    let row = |case: &Case<'_>| {
        let it = &case.deployment;
        Deploy {
            repository: line(source.repository),
            skill: line(source.skill),
            id: it.ids.first().copied(),
            name: line(&it.name()),
            service: it.service.as_deref().map(line),
            env: line(&it.env),
            start: it.start,
            seconds: it.started.zip(it.finished).map(|it| it.1.0 - it.0.0),
            outcome: it.outcome,
            rolled_back: case.has(Role::Rollback),
            incident: case.has(Role::Incident),
            hotfix: it.hotfix,
            recovered_s: mended.get(&case.id()).copied(),
            open: open.contains(&case.id()),
        }
    };
    let lately = all.iter().filter(|it| scope.since.is_none_or(|s| it.deployment.start >= s));
    lately.map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(it: i64) -> Timestamp {
        Timestamp(it * DAY)
    }

    #[test]
    fn a_prevention_lasts_until_the_next_one() {
        let source = Source {
            repository: "shop",
            skill: "s",
            doc: &SkillDoc::default(),
            learnings: &LearningsDoc::parse(""),
            tally: &SkillTally::default(),
            rules: Rules::default(),
            histories: &BTreeMap::new(),
        };
        let history = History {
            times: [1, 5, 10, 12, 25].map(day).to_vec(),
            shown: vec![day(11)],
            adopted: vec![(day(10), "first".to_owned()), (day(20), "second".to_owned())],
        };
        let scope = Scope { now: day(30), since: None, stale_days: 180 };
        let told: Vec<_> = preventions(&source, "p", &history, &scope)
            .into_iter()
            .map(|it| (it.text, it.before, it.days_before, it.after, it.days_after, it.last_after))
            .collect();
        assert_eq!(
            told,
            [
                ("first".to_owned(), 3, 9, 1, 10, Some(day(12))),
                ("second".to_owned(), 1, 10, 1, 10, Some(day(25))),
                (String::new(), 3, 10, 2, 19, Some(day(25))),
            ]
        );
    }
}
