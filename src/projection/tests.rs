use super::*;
use crate::event::{Impact, Outcome};
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
    // Of one day the event knows more.
    known.last_seen = Some("2026-09-23 checkout".into());
    let it = &tally(&[known.clone(), met(2)]).pitfalls["late"];
    assert_eq!(it.last_seen(), Some(("2026-09-23".into(), Some("f2".into()))));
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

fn retraction(day: i64, of: &Event<'_>) -> Event<'static> {
    let mut res = event(day, Kind::Retraction);
    (res.of, res.why) = (Some(of.id), Some("a drill".into()));
    res
}

#[test]
fn an_event_that_comes_later_adds_what_counting_all_anew_would() {
    let mut watch = event(8, Kind::Watch);
    (watch.target, watch.verdict) = (Some("x".into()), Some(WatchVerdict::Unhealthy));
    let mut weak = met(9);
    weak.proposed = true;
    let mut pattern = baseline(11, 2);
    (pattern.pitfall, pattern.pattern) = (None, Some("canary".into()));
    let mut all = vec![met(1), used(2, true)];
    for it in [baseline(3, 4), met(4), used(5, false), watch, weak, pattern, met(12)] {
        let mut grown = tally(&all);
        assert_eq!(grown.add(&it), Ok(()), "{it:?}");
        all.push(it);
        assert_eq!(grown, tally(&all));
    }
    let before = tally(&all);
    let mut resolution = event(20, Kind::Resolution);
    resolution.of = Some(all[0].id);
    let mut confirmation = event(20, Kind::Confirmation);
    confirmation.of = Some(all[0].id);
    let mut rename = event(20, Kind::Rename);
    (rename.from, rename.to) = (Some("late".into()), Some("tardy".into()));
    let mut older = baseline(1, 9);
    older.id = Id(older.id.0 - 1);
    let mut of_pattern = older.clone();
    (of_pattern.pitfall, of_pattern.pattern) = (None, Some("canary".into()));
    for it in [resolution, confirmation, rename, retraction(20, &all[0]), older, of_pattern] {
        let mut grown = before.clone();
        assert_eq!(grown.add(&it), Err(NeedsAll), "{it:?}");
        assert_eq!(grown, before);
    }
    // Nothing came before it, and it may come first.
    assert_eq!(SkillTally::default().add(&baseline(1, 9)), Ok(()));
}

#[test]
fn packs_add_up_whichever_thread_reads_them() {
    let mut other = met(5);
    other.skill = "other".to_owned().into();
    let all = [met(1), used(2, true), met(3), other, baseline(6, 9), met(7)];
    let lines: Vec<String> = all.iter().map(Event::line).collect();
    let of = |parts: &[&[String]]| {
        let sources: Vec<String> = (0..parts.len()).map(|it| format!("packs/{it}.jsonl")).collect();
        let load = |name: &str| {
            let number: usize = name[6..name.len() - 6].parse().unwrap();
            Ok(parts[number].concat().into_bytes())
        };
        project(&Journal::index(&sources, &load))
    };
    let whole = of(&[&lines]);
    assert_eq!(whole.skills.keys().collect::<Vec<_>>(), ["other", "s"]);
    assert_eq!(whole.skills["s"].pitfalls["late"].count(), 10);
    assert_eq!(of(&[&lines[..2], &lines[2..3], &lines[3..]]), whole);
    assert_eq!(of(&[&lines[3..], &[], &lines[..3]]), whole);
}

#[test]
fn what_a_tally_says_of_itself() {
    let none = SkillTally::default();
    assert_eq!((none.newest_id(), none.newest_baseline()), (Id(0), None));
    assert!(!none.has_counts() && !none.is_muted("late") && none.watches.is_empty());
    let zero = tally(&[baseline(1, 0)]);
    assert!(!zero.has_counts());
    let it = tally(&[met(1), baseline(2, 4), baseline(3, 1), used(4, true)]);
    assert_eq!((it.newest_id(), it.newest_baseline()), (used(4, true).id, Some(baseline(3, 1).id)));
    assert!(it.has_counts() && tally(&[used(1, true)]).has_counts());
    assert_eq!(tally(&[met(1), baseline(2, 4)]).newest_id(), baseline(2, 4).id);
}

#[test]
fn what_does_not_count_leaves_no_trace_in_the_numbers() {
    let all = [met(1), met(3), retraction(4, &met(3))];
    let it = tally(&all);
    assert_eq!(it.newest, Some(retraction(4, &met(3)).at));
    assert_eq!(it.features.iter().collect::<Vec<_>>(), ["f1", "f4"]);
    let word = |day, muted| {
        let mut res = event(day, Kind::Mute);
        (res.pitfall, res.muted, res.feature) = (Some("late".into()), Some(muted), None);
        res
    };
    // A word about muting is no news of the skill's.
    let it = tally(&[met(1), word(2, true)]);
    assert_eq!(it.newest, Some(met(1).at));
    assert!(it.is_muted("late") && !it.is_muted("other"));
    assert!(!tally(&[met(1), word(2, true), word(3, false)]).is_muted("late"));
    assert!(!tally(&[met(1), word(2, true), retraction(3, &word(2, true))]).is_muted("late"));
    let adopted = |day, text: &'static str| {
        let mut res = event(day, Kind::Adoption);
        (res.pitfall, res.prevention) = (Some("late".into()), Some(text.into()));
        res
    };
    let newer = [adopted(1, "a gate"), adopted(2, "two gates")];
    let text = |it: &SkillTally| it.pitfalls["late"].adopted.as_ref().map(|it| it.1.clone());
    assert_eq!(text(&tally(&newer)).as_deref(), Some("two gates"));
    let [one, two] = newer;
    let back = retraction(3, &two);
    assert_eq!(text(&tally(&[two, one, back])).as_deref(), Some("a gate"));
}

#[test]
fn a_cause_counts_where_it_is_another_pitfall() {
    let caused = |cause: &'static str| {
        let mut res = met(1);
        res.cause = Some(cause.into());
        tally(&[res]).pitfalls.into_iter().map(|it| (it.0, it.1.count())).collect::<Vec<_>>()
    };
    assert_eq!(caused("late"), [("late".to_owned(), 1)]);
    assert_eq!(caused("flaky"), [("flaky".to_owned(), 1), ("late".to_owned(), 1)]);
}

#[test]
fn an_occurrence_is_linked_by_whatever_it_says_of_a_deployment() {
    let linked = |set: fn(&mut Event<'static>)| {
        let mut res = met(1);
        set(&mut res);
        tally(&[res]).links.iter().count()
    };
    assert_eq!(linked(|_| {}), 0);
    assert_eq!(linked(|it| it.of = Some(Id(7))), 1);
    assert_eq!(linked(|it| it.version = Some("v1".into())), 1);
    assert_eq!(linked(|it| it.role = Some(Role::Rollback)), 1);
    let mut watch = event(2, Kind::Watch);
    (watch.target, watch.verdict) = (Some("x".into()), Some(WatchVerdict::Healthy));
    let it = tally(&[watch]);
    assert_eq!(
        it.watches.iter().map(|it| it.1.verdict).collect::<Vec<_>>(),
        [WatchVerdict::Healthy]
    );
    assert!(!it.watches.is_empty());
}

#[test]
fn a_pitfall_comes_back_only_after_its_prevention() {
    let mut gate = event(3, Kind::Adoption);
    (gate.pitfall, gate.prevention) = (Some("late".into()), Some("a gate".into()));
    let recurred = |all: &[Event<'_>]| tally(all).pitfalls["late"].recurred();
    assert!(!recurred(&[met(1)]) && !recurred(&[gate.clone()]));
    assert!(!recurred(&[met(1), gate.clone()]) && !recurred(&[gate.clone(), met(2)]));
    assert!(recurred(&[met(1), gate.clone(), met(4)]) && recurred(&[met(4), gate]));
}

#[test]
fn the_largest_of_what_files_knew_and_events_decides() {
    let floor = |all: &[Event<'_>]| tally(all).pitfalls["late"].floor().map(|it| it.count);
    // Five and one after it, six and none: the later one, since both make six.
    assert_eq!(floor(&[baseline(1, 5), met(2), baseline(3, 6)]), Some(6));
    assert_eq!(floor(&[baseline(1, 6), met(2), baseline(3, 6)]), Some(6));
    assert_eq!(tally(&[baseline(1, 6), met(2), baseline(3, 6)]).pitfalls["late"].count(), 7);
    assert_eq!(floor(&[baseline(1, 7), met(2), baseline(3, 6)]), Some(7));
    // What the events make too needs no file.
    assert_eq!(floor(&[met(1), met(2), baseline(3, 2)]), None);
    assert_eq!(floor(&[met(1), met(2), baseline(3, 3)]), Some(3));
    let wrong = baseline(1, 9);
    assert_eq!(floor(&[wrong.clone(), met(2), retraction(3, &wrong)]), None);
    assert_eq!(
        tally(&[wrong.clone(), met(2), retraction(3, &wrong)]).pitfalls["late"].count_ever(),
        10
    );
}

#[test]
fn nothing_that_counts_is_nothing_to_tell() {
    let mut weak = met(1);
    weak.proposed = true;
    let it = &tally(&[weak]).pitfalls["late"];
    assert!(it.is_empty() && it.proposed == 1 && it.count() == 0);
    assert!(!tally(&[met(1)]).pitfalls["late"].is_empty());
    assert!(!tally(&[baseline(1, 0)]).pitfalls["late"].is_empty());
    let it = &tally(&[used(1, true), retraction(2, &used(1, true))]).patterns["canary"];
    assert_eq!((it.success(), it.is_empty(), it.first_used()), (None, false, None));
    let mut weak = used(1, true);
    weak.proposed = true;
    let it = &tally(&[weak.clone(), retraction(2, &weak)]).patterns["canary"];
    assert_eq!(it.proposed, 0);
}

#[test]
fn first_use_and_places_are_of_events_and_of_files() {
    let known = |day: &'static str, places: &[&'static str]| {
        let mut res = baseline(3, 2);
        res.first_used = Some(day.into());
        res.instances = places.iter().map(|it| (*it).into()).collect();
        res
    };
    let first = |day| tally(&[met(2), known(day, &[])]).pitfalls["late"].first_used().unwrap();
    assert_eq!((&*first("2026-09-01"), &*first("2026-10-01")), ("2026-09-01", "2026-09-23"));
    let it = tally(&[met(1), met(2), known("2026-09-01", &["f1", "old", "older"]), met(4)]);
    assert_eq!(it.pitfalls["late"].instances(), ["f4", "f2", "f1", "old", "older"]);
    // Met again at the same place: the newest time says where in the row it stands.
    let mut again = met(5);
    again.feature = Some("f1".into());
    let mut nowhere = met(6);
    nowhere.feature = None;
    let it = tally(&[again.clone(), nowhere, met(1), met(2)]);
    assert_eq!(it.pitfalls["late"].instances(), ["2026-09-27", "f1", "f2"]);
    let it = tally(&[again, met(1), met(2)]);
    let (last, days) = (it.pitfalls["late"].last.clone().unwrap(), &it.pitfalls["late"].days);
    assert_eq!(
        (last.feature.as_deref(), days.len(), days.values().sum::<u64>()),
        (Some("f1"), 3, 3)
    );
}

#[test]
fn the_newest_words_about_a_pitfall_are_kept() {
    let said = |day: i64, text: &'static str| {
        let mut res = met(day);
        res.title = Some(text.into());
        res.impact = Some(if day < 5 { Impact::High } else { Impact::Low });
        res.cause_text = Some(text.into());
        res
    };
    let all = [said(6, "six"), said(2, "two"), said(4, "four"), said(8, "eight"), met(9)];
    let mut caused = said(7, "elsewhere");
    (caused.pitfall, caused.cause) = (Some("down".into()), Some("late".into()));
    let it = tally(&[&all[..], &[caused.clone()]].concat());
    let late = &it.pitfalls["late"];
    assert_eq!(late.title.as_ref().map(|it| it.1.as_str()), Some("eight"));
    assert_eq!(late.impact.map(|it| it.1), Some(Impact::Low));
    let causes: Vec<&str> = late.causes.iter().map(|it| it.text.as_str()).collect();
    assert_eq!(causes[..3], ["eight", "elsewhere", "six"], "{causes:?}");
    assert!(late.causes.len() <= CAUSES);
    // The note or the pitfall that caused it stands in for words about the cause.
    caused.cause_text = None;
    let it = tally(&[caused.clone()]);
    assert_eq!(it.pitfalls["down"].causes[0].text, "late");
    assert!(it.pitfalls["late"].causes.is_empty() && it.pitfalls["late"].title.is_none());
    caused.note = Some("a note".into());
    assert_eq!(tally(&[caused]).pitfalls["down"].causes[0].text, "a note");
}

#[test]
fn a_damaged_event_is_not_put_on_top_of_what_a_file_knew() {
    let sound = met(2);
    let broken = Entry { damaged: true, ..entry(&sound) };
    let mut it = SkillTally::default();
    it.start_baseline(&baseline(1, 4), false);
    it.add_entry(&broken);
    assert_eq!((it.pitfalls["late"].count(), it.pitfalls["late"].total), (4, 1));
    it.add_entry(&entry(&sound));
    assert_eq!(it.pitfalls["late"].count(), 5);
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
            4 => {
                let mut res = met(*it);
                res.proposed = it % 4 == 0;
                res.title = Some(format!("title {it}").into());
                res.impact = Some(if it % 8 < 4 { Impact::High } else { Impact::Low });
                res.cause_text = Some(format!("cause {it}").into());
                res
            }
            _ => met(*it),
        };
        let fold = |numbers: &[i64]| {
            let mut res = SkillTally::default();
            let mut pattern = baseline(5, 2);
            (pattern.pitfall, pattern.pattern) = (None, Some("canary".into()));
            for it in [baseline(3, 2), baseline(9, 5), pattern] {
                res.start_baseline(&it, false);
            }
            for it in numbers.iter().map(one) {
                res.add_entry(&Entry { confirmed: !it.proposed, ..entry(&it) });
            }
            res
        };
        let mut merged = fold(&order[..cut]);
        merged.merge(fold(&order[cut..]));
        prop_assert_eq!(merged, fold(&(0..24).collect::<Vec<_>>()));
    }
}
