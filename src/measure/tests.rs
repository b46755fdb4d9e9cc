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
fn durations_are_those_of_the_newest_source() {
    let mut all: Vec<Event<'static>> =
        (1..=4).map(|it| deploy(it, it * 24, Outcome::Succeeded)).collect();
    for (minutes, it) in [10, 14, 20, 12].into_iter().zip(&mut all) {
        it.started = Some(Timestamp(it.at.0 - minutes * 60));
    }
    assert_eq!(
        cell("deploy-duration", &tally(&all)).as_deref(),
        Some("13 min (median, n=4, max 20 min)")
    );
}

#[test]
fn rows_that_are_counted_take_no_readings() {
    let rules = |it| Rules { rows: Some(it), ..Rules::default() };
    let mapped = BTreeMap::from([("Lateness".to_owned(), "pitfall-rate:late".to_owned())]);
    assert!(is_derived("deploy-success", Rules::default()));
    assert!(is_derived("Lateness", rules(&mapped)));
    assert!(!is_derived("Coverage", rules(&mapped)));
    // A name that only looks like a formula is a reading of that name.
    let mut read = event(1, 0, Kind::Reading);
    (read.metric, read.value) = (Some("pitfall-rate".into()), Some(3.0));
    assert!(cell("pitfall-rate", &tally(&[read])).is_some());
}

#[test]
fn nothing_recorded_is_not_zero() {
    let only = tally(&[deploy(1, 0, Outcome::Succeeded)]);
    assert_eq!(cell("post-deploy-incidents", &only), None);
    assert_eq!(cell("rollback-frequency", &only).as_deref(), Some("0/1"));
    let blocked = tally(&[deploy(1, 0, Outcome::Blocked)]);
    assert_eq!(cell("deploy-success", &blocked), None);
}

/// As in `history`, with a service.
fn of_service(service: &str, mut event: Event<'static>) -> Event<'static> {
    event.service = Some(service.to_owned().into());
    event
}

#[test]
fn services_do_not_mix() {
    let outcomes = [Outcome::Succeeded, Outcome::Failed, Outcome::Succeeded];
    let mut events: Vec<Event<'static>> =
        (0..).zip(outcomes).map(|(at, it)| of_service("api", deploy(at + 1, at, it))).collect();
    let only = tally(&events);
    assert_eq!(cell("deploy-success", &only).as_deref(), Some("67% (2/3)"), "one needs no name");
    events.push(of_service("web|b", deploy(4, 9, Outcome::Succeeded)));
    events.push(deploy(5, 10, Outcome::Failed));
    let all = tally(&events);
    let it = measure("deploy-success", "≥98%", &all, Rules::default()).unwrap();
    assert_eq!(it.current, "others 0/1; api 67% (2/3); web-b 1/1");
    assert_eq!((it.n, it.services.len(), it.judgement.unwrap().verdict), (5, 3, Verdict::Missed));
    let rows = BTreeMap::from([
        ("Row".to_owned(), "deploy-success:api".to_owned()),
        ("Other".to_owned(), "deploy-success:shop".to_owned()),
        ("Pitfall".to_owned(), "pitfall-rate:trouble".to_owned()),
    ]);
    let rules = Rules { window: None, rows: Some(&rows) };
    let of = |name| measure(name, "Track", &all, rules).map(|it| it.current);
    assert_eq!(of("Row").as_deref(), Some("67% (2/3)"));
    assert_eq!(of("Other"), None);
    assert_eq!(of("Pitfall").as_deref(), Some("others 0/1; api 0% (0/3); web-b 0/1"));
}

#[test]
fn the_worst_verdict_of_the_services_decides() {
    let (mut number, mut events) = (0, Vec::new());
    for (service, outcome) in [("api", Outcome::Succeeded), ("web", Outcome::Failed)] {
        for _ in 0..5 {
            number += 1;
            events.push(of_service(service, deploy(number, number, outcome)));
        }
    }
    // By Wilson 5 of 5 is 57 % and more, 0 of 5 at most 43 %.
    let it = measure("deploy-success", "≥50%", &tally(&events), Rules::default()).unwrap();
    assert_eq!(it.judgement.unwrap().verdict, Verdict::Missed);
    assert_eq!(it.services[0].1.judgement.unwrap().verdict, Verdict::Met);
    assert_eq!(it.trend, "api · n=5, 5 clean; web · n=5");
}

#[test]
fn what_is_not_mended_is_open() {
    let names = |events: &[Event<'_>]| {
        let tally = tally(events);
        let all = cases(&tally);
        open(&all).iter().map(|it| it.id().0 as u8).collect::<Vec<_>>()
    };
    let first = deploy(1, 0, Outcome::Failed);
    let hurt = deploy(2, 1, Outcome::Succeeded);
    let incident = occurrence(3, 2, &hurt, Role::Incident);
    let web = of_service("web", deploy(4, 3, Outcome::Failed));
    let last = deploy(5, 4, Outcome::Failed);
    let mut events = vec![first, hurt.clone(), incident, web, last];
    // The first is over, since the second succeeded; that one hurt; nothing of web came after.
    assert_eq!(names(&events), [2, 4, 5]);
    let mut fix = deploy(6, 5, Outcome::Succeeded);
    fix.recovers = Some(hurt.id);
    events.push(fix);
    assert_eq!(names(&events), [4]);
}

#[test]
fn lead_times_and_patterns_have_numbers_and_trends() {
    // Twenty deployments: ten with a lead time of an hour and a few minutes, then ten of two hours.
    let deploys = (0..20).map(|at| {
        let mut it = deploy(at + 1, at * 24, Outcome::Succeeded);
        it.lead_s = Some(if at < 10 { 3600 + at * 60 } else { 7200 + at * 60 });
        it
    });
    let uses = (0..8).map(|at| {
        let mut it = event(at + 30, at, Kind::Use);
        it.pattern = Some("canary".into());
        it.worked = Some(crate::event::Worked::Once(at != 3));
        it
    });
    let all = tally(&deploys.chain(uses).collect::<Vec<_>>());
    let it = measure("change-lead-time", "<1 day", &all, Rules::default()).unwrap();
    // The middle of 1 h 9 min and 2 h 10 min, the longest 2 h 19 min.
    assert_eq!(it.current, "1h 40m (median, n=20, max 2h 19m)");
    assert_eq!(it.trend, "↑ worse");
    let rows = BTreeMap::from([("Canary".to_owned(), "pattern-success:canary".to_owned())]);
    let rules = Rules { window: None, rows: Some(&rows) };
    let it = measure("Canary", "≥50%", &all, rules).unwrap();
    assert_eq!((it.current.as_str(), it.trend.as_str()), ("88% (7/8)", "-"));
    // 7 of 8 by Wilson: 53 % to 98 %.
    assert_eq!(it.judgement.unwrap().verdict, Verdict::Met);
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

#[test]
fn a_course_holds_every_value_and_says_what_the_cell_says() {
    let tally = tally(&history());
    for (name, count) in [("Deploy success", 5), ("Change fail rate", 4), ("Recovery time", 0)] {
        let courses = courses(name, &tally, Rules::default());
        let lengths: Vec<usize> = courses.iter().map(|it| it.values.len()).collect();
        assert_eq!(lengths, if count > 0 { vec![count] } else { vec![] }, "{name}");
        for it in courses {
            let cell = measure(name, "-", &tally, Rules::default()).unwrap().current;
            assert_eq!(it.current.to_string(), cell, "{name}");
            assert!(it.values.is_sorted_by_key(|it| it.0), "{name}");
        }
    }
    let weeks = courses("Deployment frequency", &tally, Rules::default()).remove(0).values;
    // 1970-01-05 was a Monday.
    assert!(weeks.iter().all(|it| (it.0.0 - 4 * DAY) % WEEK == 0), "{weeks:?}");
    assert!(weeks.windows(2).all(|it| it[1].0.0 - it[0].0.0 == WEEK));
    assert_eq!(weeks.iter().map(|it| it.1.as_f64()).sum::<f64>(), 4.0);
}

/// Readings of a metric, an hour apart.
fn readings_of(values: &[f64]) -> SkillTally {
    let each = values.iter().enumerate().map(|(number, value)| {
        let mut res = event(number as i64 + 1, number as i64, Kind::Reading);
        (res.metric, res.value) = (Some("Latency".into()), Some(*value));
        res
    });
    tally(&each.collect::<Vec<_>>())
}

#[test]
fn a_target_says_which_way_is_better() {
    let values: Vec<f64> =
        (0..20).map(|it| f64::from(if it < 10 { it } else { 100 + it })).collect();
    let all = readings_of(&values);
    let trend = |target: &str| measure("Latency", target, &all, Rules::default()).unwrap().trend;
    assert_eq!((&*trend("<5"), &*trend("≥5"), &*trend("Track")), ("↑ worse", "↑ better", "↑"));
}

#[test]
fn three_values_have_a_median_and_two_a_last_one() {
    let current = |values: &[f64]| {
        let all = courses("Latency", &readings_of(values), Rules::default());
        all.into_iter().map(|it| it.current.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(current(&[9.0, 4.0]), ["4"]);
    assert_eq!(current(&[9.0, 4.0, 1.0]), ["4"]);
    assert_eq!(current(&[4.0, 9.0, 1.0]), ["4"]);
    let blocked = tally(&[deploy(1, 0, Outcome::Blocked)]);
    assert_eq!(courses("deploy-success", &blocked, Rules::default()), []);
}

#[test]
fn a_week_goes_from_monday_to_sunday() {
    let monday = 1_795_392_000; // 2026-11-23T00:00:00Z
    let week = |at: i64| week_of(&(Timestamp(at), Id(0)));
    assert_eq!((week(monday - 1), week(monday + WEEK)), (week(monday) - 1, week(monday) + 1));
    assert_eq!(week(monday + WEEK - 1), week(monday));
    let days = [monday, monday + DAY, monday + 3 * WEEK];
    assert_eq!(weekly(&days.map(|it| (Timestamp(it), Id(0)))), [2, 0, 0, 1]);
    let mean = |n, weeks: usize| mean_per_week(n, &vec![0; weeks]).map(|it| it.to_string());
    assert_eq!(mean(3, 8).as_deref(), Some("0.4 per week"));
    assert_eq!((mean(2, 8).as_deref(), mean(1, 0)), (Some("0.3 per week"), None));
}

#[test]
fn who_never_told_of_an_incident_has_no_rate_of_them() {
    let shipped = deploy(1, 0, Outcome::Succeeded);
    let with = |role| tally(&[shipped.clone(), occurrence(2, 1, &shipped, role)]);
    assert_eq!(cell("post-deploy-incidents", &with(Role::Rollback)), None);
    assert!(cell("post-deploy-incidents", &with(Role::Incident)).is_some());
}

#[test]
fn a_pitfall_is_met_by_name_or_as_a_cause() {
    let shipped: Vec<_> = (1..=5).map(|it| deploy(it, it * 24, Outcome::Succeeded)).collect();
    let met = |number, of: usize, pitfall: &'static str, cause: Option<&'static str>| {
        let mut res = occurrence(number, of as i64 * 24 + 25, &shipped[of], Role::Incident);
        (res.pitfall, res.cause) = (Some(pitfall.into()), cause.map(Into::into));
        res
    };
    let met = [
        met(6, 0, "late", None),
        met(7, 1, "down", Some("late")),
        met(8, 2, "down", None),
        met(9, 3, "down", Some("flaky")),
    ];
    let all = tally(&shipped.iter().cloned().chain(met.clone()).collect::<Vec<_>>());
    let rows = BTreeMap::from([("Lateness".to_owned(), "pitfall-rate:late".to_owned())]);
    let rules = Rules { window: None, rows: Some(&rows) };
    let it = measure("Lateness", "Track", &all, rules).unwrap();
    assert_eq!((&*it.current, &*it.metric), ("40% (2/5)", "pitfall-rate:late"));
}

#[test]
fn a_row_may_be_of_all_services_or_of_one() {
    let all = [("api", Outcome::Succeeded), ("api", Outcome::Failed), ("web", Outcome::Succeeded)];
    let all = all.into_iter().enumerate().map(|(number, (service, outcome))| {
        of_service(service, deploy(number as i64 + 1, number as i64 * 24, outcome))
    });
    let all = tally(&all.collect::<Vec<_>>());
    let shown = |mapped: &str| {
        let rows = BTreeMap::from([("Ship".to_owned(), mapped.to_owned())]);
        let courses = courses("Ship", &all, Rules { window: None, rows: Some(&rows) });
        courses.into_iter().map(|it| format!("{} {}", it.service, it.current)).collect::<Vec<_>>()
    };
    assert_eq!(shown("deploy-success"), ["api 1/2", "web 1/1"]);
    assert_eq!(shown("deploy-success:api"), ["api 1/2"]);
    assert_eq!(shown("deploy-success:"), ["api 1/2", "web 1/1"]);
}

#[test]
fn a_version_stands_in_a_cell_only_where_it_can() {
    assert_eq!(plain("v1.2.3-rc.1+5"), "v1.2.3-rc.1+5");
    for it in ["v1|2", "a b", "`x`", "é"] {
        assert_eq!(plain(it), "", "{it}");
    }
}
