use super::*;
use crate::event::Outcome;
use crate::journal::Journal;
use proptest::prelude::*;

const DAY: i64 = 86_400;

fn event(day: i64, kind: Kind) -> Event<'static> {
    let at = Timestamp(1_790_000_000 + day * DAY);
    let mut res = Event::new(Id::new(at.0 as u64 * 1000, day as u128), at, "s", kind);
    res.feature = Some(format!("f{day}").into());
    res
}

fn met(day: i64) -> Event<'static> {
    let mut res = event(day, Kind::Occurrence);
    res.pitfall = Some("late".into());
    res
}

fn used(day: i64, worked: bool) -> Event<'static> {
    let mut res = event(day, Kind::Use);
    res.pattern = Some("canary".into());
    res.worked = Some(Worked::Once(worked));
    res
}

/// What a file said when it was taken over.
fn baseline(day: i64, count: u64) -> Event<'static> {
    let mut res = event(day, Kind::Baseline);
    res.feature = None;
    res.pitfall = Some("late".into());
    res.count = Some(count);
    res
}

fn tally(events: &[Event<'_>]) -> SkillTally {
    let text: String = events.iter().map(Event::line).collect();
    let sources = ["packs/all.jsonl".to_owned()];
    let load = |_: &str| Ok(text.clone().into_bytes());
    project(&Journal::index(&sources, &load)).skills.remove("s").unwrap()
}

fn entry<'a>(event: &'a Event<'static>) -> Entry<'a, 'static> {
    let (retracted, confirmed, damaged) = (false, true, false);
    let place = ("events/x.json", 1);
    Entry { event, place, line: "", retracted, confirmed, resolved_at: None, damaged }
}

#[test]
fn a_baseline_and_what_came_after_it_make_the_count() {
    let all = [met(1), met(2), baseline(3, 4), met(4)];
    let it = &tally(&all).pitfalls["late"];
    // Four in the file, of which two are events too, and one after it.
    assert_eq!((it.count(), it.count_ever()), (5, 5));
    assert_eq!(it.last_seen(), Some(("2026-09-25".into(), Some("f4".into()))));
    assert!(it.is_wanted() && !it.is_empty() && !it.recurred());
    // More events than the file knew: they decide.
    let it = &tally(&[met(1), met(2), met(3), baseline(4, 1)]).pitfalls["late"];
    assert_eq!((it.count(), it.floor()), (3, None));
}

#[test]
fn a_day_that_only_the_file_knew_is_the_last_one() {
    let mut known = baseline(1, 2);
    known.last_seen = Some("2026-10-01 checkout".into());
    known.instances = vec!["2026-10-01".into()];
    let it = &tally(&[known.clone(), met(2)]).pitfalls["late"];
    assert_eq!(it.last_seen(), Some(("2026-10-01".into(), Some("checkout".into()))));
    known.last_seen = Some("2026-09-01".into());
    let it = &tally(&[known, met(2)]).pitfalls["late"];
    assert_eq!(it.last_seen(), Some(("2026-09-23".into(), Some("f2".into()))));
}

#[test]
fn a_pitfall_at_zero_is_wanted_by_who_added_it() {
    let it = &tally(&[baseline(1, 0)]).pitfalls["late"];
    assert!(it.is_wanted() && it.count() == 0 && it.oldest.is_some());
    let it = &tally(&[baseline(1, 1)]).pitfalls["late"];
    assert_eq!(it.oldest, None);
    let mut back = event(2, Kind::Retraction);
    (back.of, back.why) = (Some(baseline(1, 0).id), Some("a drill".into()));
    let gone = tally(&[baseline(1, 0), back.clone()]);
    assert!(!gone.pitfalls["late"].is_wanted());
    assert_eq!(gone.pitfalls["late"].oldest, None);
    // What is taken back counted once.
    back.of = Some(met(1).id);
    let it = &tally(&[met(1), met(3), back]).pitfalls["late"];
    assert_eq!((it.count(), it.count_ever()), (1, 2));
    assert_eq!(it.last_seen().unwrap().0, "2026-09-24");
}

#[test]
fn uses_say_how_often_a_pattern_helped() {
    let it = &tally(&[used(1, true), used(2, false), used(3, true)]).patterns["canary"];
    assert_eq!(it.success(), Some((2.0, 3)));
    // Three of five in the file, and two uses since, of which one helped.
    let mut known = baseline(4, 5);
    (known.pitfall, known.pattern) = (None, Some("canary".into()));
    known.worked = Some(Worked::Times(3.0));
    let it = &tally(&[used(1, true), known, used(5, true), used(6, false)]).patterns["canary"];
    assert_eq!((it.success(), it.count()), (Some((4.0, 7)), 7));
    let mut weak = used(4, true);
    weak.proposed = true;
    let it = &tally(&[used(1, true), weak]).patterns["canary"];
    assert_eq!((it.success(), it.proposed), (Some((1.0, 1)), 1));
}

#[test]
fn the_newest_word_on_muting_counts_whatever_is_read_first() {
    let word = |day, muted| {
        let mut res = event(day, Kind::Mute);
        (res.pitfall, res.muted) = (Some("late".into()), Some(muted));
        res
    };
    for (all, expected) in
        [([word(1, true), word(2, false)], false), ([word(2, true), word(1, false)], true)]
    {
        assert_eq!(tally(&all).muted["late"].1, expected);
    }
}

proptest! {
    #[test]
    fn the_newest_are_the_same_in_any_order_and_grouping(
        order in Just((0_i64..30).collect::<Vec<_>>()).prop_shuffle(),
        cut in 0_usize..30,
    ) {
        let fold = |times: &[i64]| {
            let mut res = Newest::<i64, 7>::default();
            for it in times {
                res.add(Stamp(Timestamp(*it / 3), Id(*it as u128)), || *it);
            }
            res
        };
        let mut merged = fold(&order[..cut]);
        merged.merge(fold(&order[cut..]));
        prop_assert_eq!(merged.iter().map(|it| it.1).collect::<Vec<_>>(), (23..30).collect::<Vec<_>>());
        prop_assert_eq!(&merged, &fold(&order));
    }

    #[test]
    fn a_whole_is_what_its_halves_merge_to(
        order in Just((0_i64..24).collect::<Vec<_>>()).prop_shuffle(),
        cut in 0_usize..24,
    ) {
        let one = |it: &i64| match it % 6 {
            0 => used(*it, it % 4 == 0),
            1 => {
                let mut res = event(*it, Kind::Deploy);
                (res.outcome, res.version) = (Some(Outcome::Succeeded), Some("v1".into()));
                res
            }
            2 => {
                let mut res = event(*it, Kind::Adoption);
                (res.pitfall, res.prevention) = (Some("late".into()), Some("a gate".into()));
                res
            }
            3 => {
                let mut res = event(*it, Kind::Reading);
                (res.metric, res.value) = (Some("Coverage".into()), Some(*it as f64));
                res
            }
            _ => met(*it),
        };
        let fold = |numbers: &[i64]| {
            let mut res = SkillTally::default();
            for it in [baseline(3, 2), baseline(9, 5)] {
                res.start_baseline(&it, false);
            }
            for it in numbers.iter().map(one) {
                res.add_entry(&entry(&it));
            }
            res
        };
        let mut merged = fold(&order[..cut]);
        merged.merge(fold(&order[cut..]));
        prop_assert_eq!(merged, fold(&(0..24).collect::<Vec<_>>()));
    }
}
