use super::*;
use crate::event::By;
use crate::journal::Journal;
use crate::learnings::cells::Stars;
use crate::measure::Rules;
use crate::projection::project;
use serde_json::{Value, json};

const STYLE: Style<'static> =
    Style { stars: Stars([2, 3, 4, 5]), metrics: Rules { window: None, rows: None } };

/// The day `number` of the tests, at noon.
fn at(number: i64) -> Timestamp {
    Timestamp(1_790_164_800 + number * 86_400) // 2026-09-23T12:00:00Z
}

fn event(day: i64, kind: Kind) -> Event<'static> {
    Event::new(Id::new(at(day).0 as u64 * 1000, day as u128), at(day), "s".to_owned(), kind)
}

fn met(day: i64, id: &'static str) -> Event<'static> {
    let mut res = event(day, Kind::Occurrence);
    res.pitfall = Some(id.into());
    res
}

fn used(day: i64) -> Event<'static> {
    let mut res = event(day, Kind::Use);
    res.pattern = Some("canary".into());
    res.worked = Some(Worked::Once(true));
    res
}

fn renamed(day: i64, from: &'static str, to: &'static str) -> Event<'static> {
    let mut res = event(day, Kind::Rename);
    (res.from, res.to) = (Some(from.into()), Some(to.into()));
    res
}

fn tally(events: &[Event<'_>]) -> SkillTally {
    let text: String = events.iter().map(Event::line).collect();
    let load = |_: &str| Ok(text.clone().into_bytes());
    project(&Journal::index(&["packs/all.jsonl".to_owned()], &load)).skills.remove("s").unwrap()
}

/// A file with one pitfall and one pattern.
fn file(late: &str, seen: &str, canary: &str) -> String {
    format!(
        "# L\n\nOurs.\n\n## Common Pitfalls\n\n### late\n**Frequency**: {late}\n**Last seen**: {seen}\n**Impact**: High\n\
         **Instances**: []\n\n## Successful Patterns\n\n### canary\n**Usage count**: {canary}\n**First used**: Never\n\
         **Success rate**: null\n"
    )
}

fn source(text: &str) -> Source {
    Source::from(text.to_owned())
}

fn nothing(_: bool) -> Option<Rc<Source>> {
    None
}

fn planned(text: &str, before: Before<'_>, tally: &SkillTally) -> Plan {
    plan(&source(text), before, tally, &[], STYLE)
}

/// What a plan with nothing to look back at makes of a text.
fn synced(text: &str, tally: &SkillTally) -> String {
    planned(text, &nothing, tally).text
}

#[test]
fn a_count_above_the_journals_is_taken_over_with_what_stands_beside_it() {
    let text = file("4/5", "2026-09-20 (feature: pay v2)", "3").replace("null", "67%");
    let text = text.replace("[]", "[f5, f7]").replace("used**: Never", "used**: 2026-09-02");
    let tally = tally(&[met(1, "late")]);
    let found = by_hand(&source(&text), &tally);
    let shown: Vec<_> = found.iter().map(|it| (&*it.id, it.kind, it.count, it.ever)).collect();
    assert_eq!(shown, [("late", EntryKind::Pitfall, 4, 1), ("canary", EntryKind::Pattern, 3, 0)]);
    let line = |it: &ByHand| {
        let event = it.event(Id::new(1, 1), at(9), "s");
        assert_eq!(event.by, Some(By::Sync));
        let mut res: Value = serde_json::from_str(&event.line()).unwrap();
        for name in ["v", "id", "at", "by", "skill", "kind", "crc"] {
            assert!(res.as_object_mut().unwrap().remove(name).is_some(), "{name}");
        }
        res
    };
    let pitfall = json!({
        "pitfall": "late", "count": 4, "last_seen": "2026-09-20 pay v2", "instances": ["f5", "f7"],
        "key": "baseline:s:pitfall:late:4",
    });
    assert_eq!(line(&found[0]), pitfall);
    let pattern = json!({
        "pattern": "canary", "count": 3, "worked": 2.01, "first_used": "2026-09-02",
        "key": "baseline:s:pattern:canary:3",
    });
    assert_eq!(line(&found[1]), pattern);
}

#[test]
fn a_count_the_journal_knew_is_not_taken_over() {
    // Two were met and one was wrong: the file still says two, which is nobody's hand.
    let mut wrong = event(3, Kind::Retraction);
    wrong.of = Some(met(2, "late").id);
    let tally = tally(&[met(1, "late"), met(2, "late"), wrong]);
    assert_eq!(by_hand(&source(&file("2/5", "Never", "0")), &tally), []);
    assert_eq!(by_hand(&source(&file("3/5", "Never", "0")), &tally)[0].ever, 2);
    // Zero, no number at all, and a name that holds a secret.
    assert_eq!(by_hand(&source(&file("0/5", "Never", "often")), &tally), []);
    let key = concat!("gh", "p_9fK2mQ7xR4vT1wY8zB3nC6dE5hJ0aLs2PqUb");
    let text = file("4/5", "Never", "0").replace("### late", &format!("### late {key}"));
    assert_eq!(by_hand(&source(&text), &tally), []);
}

#[test]
fn of_two_entries_with_one_id_the_larger_count_is_taken_over() {
    let twice = |one: u64, two: u64| {
        let text = file(&format!("{one}/5"), "Never", "0");
        text + &format!("\n## Common Pitfalls\n\n### late\n**Frequency**: {two}/5\n")
    };
    let counts = |text: &str, tally: &SkillTally| -> Vec<u64> {
        by_hand(&source(text), tally).iter().map(|it| it.count).collect()
    };
    let tally = tally(&[met(1, "late")]);
    assert_eq!(counts(&twice(4, 3), &tally), [4]);
    assert_eq!(counts(&twice(4, 4), &tally), [4]);
    // The larger floor counts, whichever is written first.
    assert_eq!(counts(&twice(3, 4), &tally), [3, 4]);
    // A pattern may have the id of a pitfall.
    let text = file("4/5", "Never", "3").replace("### canary", "### late");
    assert_eq!(counts(&text, &tally), [4, 3]);
}

#[test]
fn an_entry_under_an_old_name_counts_for_the_new_one() {
    let tally = tally(&[met(1, "late"), met(2, "late"), renamed(3, "late", "tardy")]);
    let found = by_hand(&source(&file("5/5", "Never", "0")), &tally);
    assert_eq!((&*found[0].id, found[0].ever), ("tardy", 2));
    let plan = planned(&file("1/5", "Never", "0"), &nothing, &tally);
    let id = "tardy".to_owned();
    let behind = Behind { kind: EntryKind::Pitfall, id, file: 1, journal: 2 };
    assert_eq!(plan.behind, [behind]);
}

#[test]
fn a_file_that_says_what_the_journal_says_is_left() {
    let tally = tally(&[met(1, "late"), used(2)]);
    let text = synced(&file("0/5", "Never", "0"), &tally);
    assert!(text.contains("**Frequency**: 1/5") && text.contains("**Usage count**: 1"), "{text}");
    let plan = planned(&text, &|_| panic!("nobody looks back"), &tally);
    assert_eq!((plan.state, plan.text, plan.lost, plan.restored), (State::Current, text, 0, false));
    assert!(plan.behind.is_empty() && plan.unread.is_empty() && plan.conflicts.is_empty());
}

#[test]
fn what_the_file_lacks_is_named_and_written() {
    let tally = tally(&[met(1, "late"), met(2, "late"), used(3)]);
    let plan = planned(&file("1/5", "Never", "0"), &nothing, &tally);
    assert_eq!((plan.state, plan.restored, plan.lost), (State::Older, false, 0));
    let behind: Vec<_> = plan.behind.iter().map(|it| (&*it.id, it.file, it.journal)).collect();
    assert_eq!(behind, [("late", 1, 2), ("canary", 0, 1)]);
    assert!(plan.text.contains("**Frequency**: 2/5") && plan.text.contains("Ours."));
    // Another entry at zero is nothing to this one.
    let other = "\n## Common Pitfalls\n\n### other\n**Frequency**: 0/5\n";
    assert!(planned(&(file("2/5", "Never", "1") + other), &nothing, &tally).behind.is_empty());
    // Of two entries the one that lacks more.
    let text = file("2/5", "Never", "1") + "\n## Common Pitfalls\n\n### late\n**Frequency**: 1/5\n";
    assert_eq!(planned(&text, &nothing, &tally).behind[0].file, 1);
    // Nothing is lacking and only a form differs.
    let text = synced(&file("0/5", "Never", "0"), &tally).replace("2026-09-2", "2025-09-2");
    assert_eq!(planned(&text, &nothing, &tally).state, State::Differs);
}

#[test]
fn a_file_at_zero_over_one_with_counts_gets_the_users_text_back() {
    let tally = tally(&[met(1, "late"), used(2)]);
    let ours = synced(&file("0/5", "Never", "0"), &tally);
    let shipped = file("0/5", "Never", "0").replace("Ours.", "Theirs.");
    let asked = std::cell::Cell::new(None);
    let look = |wiped: bool| {
        asked.set(Some(wiped));
        Some(Rc::new(source(&ours)))
    };
    let plan = planned(&shipped, &look, &tally);
    assert_eq!((plan.state, plan.restored, asked.get()), (State::Overwritten, true, Some(true)));
    assert_eq!((plan.text, plan.lost), (ours.clone(), 0));
    // One count is left: somebody's hand, no update.
    let plan = planned(&shipped.replace("count**: 0", "count**: 1"), &look, &tally);
    assert_eq!((plan.state, plan.restored, asked.get()), (State::Older, false, Some(false)));
    assert!(plan.text.contains("Theirs."));
    // What was there before has no counts either.
    let plan = planned(&shipped, &|_| Some(Rc::new(source(&shipped))), &tally);
    assert_eq!((plan.state, plan.restored), (State::Older, false));
}

#[test]
fn lines_of_people_that_are_gone_are_counted() {
    let tally = tally(&[met(1, "late"), met(2, "late"), used(3)]);
    let now = file("1/5", "Never", "1");
    let more = "abcd\nabc\n**Last seen**: yesterday\n- 2026-09-01: x\n| a | b |\nOurs.\n  Ours.  \nWhy it was late.\n";
    let lost = |before: String, now: &str| {
        planned(now, &move |_| Some(Rc::new(source(&before))), &tally).lost
    };
    // `abcd` and the last one: the others are short, generated, or still there.
    assert_eq!(lost(format!("{now}\n{more}"), &now), 2);
    assert_eq!(lost(now.clone(), &now), 0);
    // A file that lacks no count lacks no lines either: a person took them out.
    let current = synced(&now, &tally);
    assert_eq!(lost(format!("{current}\n{more}"), &current), 0);
}

#[test]
fn a_conflict_is_left_to_people() {
    let tally = tally(&[met(1, "late")]);
    let text =
        file("0/5", "Never", "0").replace("Ours.", "<<<<<<< a\nOne.\n=======\nOther.\n>>>>>>> b");
    let plan = planned(&text, &|_| panic!("nobody looks back"), &tally);
    assert_eq!((plan.state, &plan.text), (State::Differs, &text));
    assert_eq!((plan.conflicts.len(), plan.behind.len()), (1, 0));
    // One within a generated value is the program's own.
    let count = "<<<<<<< a\n**Frequency**: 0/5\n=======\n**Frequency**: 1/5\n>>>>>>> b";
    let text = file("0/5", "Never", "0").replace("**Frequency**: 0/5", count);
    let plan = planned(&text, &nothing, &tally);
    assert!(plan.conflicts.is_empty() && !plan.text.contains("<<<"), "{}", plan.text);
}

#[test]
fn what_is_no_count_is_named_before_it_is_written_over() {
    let tally = tally(&[met(1, "late"), used(2)]);
    let unread = planned(&file("often", "Never", "rarely"), &nothing, &tally).unread;
    let named = |it: &(&str, &str)| (it.0.to_owned(), it.1.to_owned());
    assert_eq!(
        unread,
        [("late", "often"), ("canary", "rarely")].iter().map(named).collect::<Vec<_>>()
    );
    let tally = super::tests::tally(&[met(1, "other")]);
    assert_eq!(planned(&file("often", "Never", "0"), &nothing, &tally).unread, []);
}

/// Found by fuzzing: the fields and the title became one heading, and what followed belonged to other sections.
#[test]
fn fields_do_not_run_into_the_heading_or_the_rule_under_theirs() {
    let tally = tally(&[met(1, "late")]);
    for under in ["Other\n=====\n\n### a\n", "---\n\nOurs.\n", "  Other\n  ---\n"] {
        let text = format!("# L\n\n## Common Pitfalls\n\n### late\n{under}");
        let once = synced(&text, &tally);
        assert!(once.contains(&format!("[2026-09-24]\n\n{under}")), "{once}");
        assert_eq!(synced(&once, &tally), once);
    }
    let once = synced("## Common Pitfalls\n\n### late\n### other\n", &tally);
    assert!(once.contains("[2026-09-24]\n### other\n"), "{once}");
}
