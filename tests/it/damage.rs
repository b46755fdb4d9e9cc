//! Events, packs and caches that are cut, flipped and zeroed: reported, and never a wrong number.

use std::collections::HashSet;
use std::fs;

use learn::event::Id;
use learn::journal::Journal;
use learn::store::pack;

use crate::fault::{PACK, frequency, occurrences};
use crate::support::{PRODUCTION, Project, files};

/// Reads an event file and a pack in which one of the two is replaced by `bytes`.
fn read(sources: &[String], texts: &[Vec<u8>]) -> (HashSet<Id>, Vec<learn::journal::Problem>) {
    let load = |it: &str| {
        let at = sources.iter().position(|source| source == it).unwrap();
        Ok(texts[at].clone())
    };
    let journal = Journal::index(sources, &load);
    let found = journal.select(|_| true).iter().map(|it| it.event.id).collect();
    (found, journal.problems)
}

/// Returns the sources of a project with an event file and a pack of three events, and their bytes.
fn sources() -> (Vec<String>, Vec<Vec<u8>>) {
    let project = Project::new();
    for number in 0..3 {
        let key = format!("ci-{number}");
        project.ok(&["record", "rollback", "--cause", "DATABASE_URL — missing", "--key", &key]);
    }
    project.ok(PACK);
    project.ok(&["record", "rollback", "--feature", "checkout-v2"]);
    let all = project.events();
    let names = all
        .iter()
        .map(|it| it.strip_prefix(project.path(".learn")).unwrap().to_str().unwrap().to_owned());
    (names.collect(), all.iter().map(|it| fs::read(it).unwrap()).collect())
}

/// Damages each source in each way that `damage` returns and checks that nothing else is lost and that it is seen.
fn check(damage: impl Fn(&[u8]) -> Vec<Vec<u8>>) -> usize {
    let (sources, texts) = sources();
    let (all, problems) = read(&sources, &texts);
    assert_eq!((all.len(), problems.len()), (4, 0));
    let mut points = 0;
    for at in 0..sources.len() {
        // The ids of the events outside of the damaged line are there in any case.
        for damaged in damage(&texts[at]) {
            let mut now = texts.clone();
            let whole: HashSet<&[u8]> = damaged.split(|it| *it == b'\n').collect();
            let lines = texts[at].split(|it| *it == b'\n').filter(|it| !it.is_empty());
            let hit = lines.filter(|it| !whole.contains(it)).count();
            // A pack that ends early with a whole line is known by its name only, which `doctor` looks at.
            let misnamed = sources[at].starts_with("packs/")
                && texts[at].starts_with(&damaged)
                && (damaged.ends_with(b"\n") || texts[at][damaged.len()] == b'\n')
                && sources[at] != format!("packs/{}", pack::name(&damaged));
            now[at] = damaged;
            let (found, problems) = read(&sources, &now);
            let text = String::from_utf8_lossy(&now[at]).into_owned();
            assert!(all.intersection(&found).count() + hit >= all.len(), "{found:?}\n{text}");
            let seen = problems.iter().any(|it| it.file == sources[at]);
            // Without its last newline a line is still whole.
            assert!(
                seen || misnamed || hit == 0,
                "not seen:
{text}"
            );
            assert!(problems.iter().all(|it| it.file == sources[at]), "{problems:?}\n{text}");
            points += 1;
        }
    }
    points
}

#[test]
fn an_event_or_a_pack_that_is_flipped_at_any_byte_is_reported() {
    let points = check(|text| {
        let flip = |(at, bit): (usize, u8)| {
            let mut res = text.to_vec();
            res[at] ^= 1 << bit;
            res
        };
        (0..text.len()).flat_map(|at| (0..8).map(move |bit| (at, bit))).map(flip).collect()
    });
    println!("{points} points");
}

#[test]
fn an_event_or_a_pack_with_a_zeroed_byte_is_reported() {
    check(|text| {
        let zero = |at: usize| [&text[..at], b"\0", &text[at + 1..]].concat();
        (0..text.len()).map(zero).collect()
    });
}

#[test]
fn an_event_that_is_cut_at_any_byte_is_reported() {
    let points = check(|text| (0..text.len()).map(|it| text[..it].to_vec()).collect());
    println!("{points} points");
}

#[test]
fn a_damaged_id_does_not_come_on_top_of_a_total_that_holds_the_event() {
    let project = Project::new();
    project.ok(&["record", "rollback"]);
    let event = project.events().remove(0);
    let counted = project.learnings().replacen("**Frequency**: 1/5", "**Frequency**: 4/5", 1);
    project.write(&format!("{PRODUCTION}/learnings.md"), counted);
    project.ok(&["record", "rollback"]);
    assert_eq!(frequency(&project.learnings(), "rollback-needed"), 5);
    // The id now says that it was written after the total of four.
    let text = fs::read_to_string(&event).unwrap();
    fs::write(&event, text.replacen("\"id\":\"0", "\"id\":\"7", 1)).unwrap();
    for _ in 0..2 {
        project.ok(&["sync"]);
        assert_eq!(frequency(&project.learnings(), "rollback-needed"), 5);
    }
    fs::write(&event, text).unwrap();
    project.ok(&["sync"]);
    assert_eq!(frequency(&project.learnings(), "rollback-needed"), 5);
}

#[test]
fn doctor_names_what_is_damaged_and_recording_goes_on() {
    let project = Project::new();
    for _ in 0..3 {
        project.ok(&["record", "rollback"]);
    }
    project.ok(PACK);
    project.ok(&["record", "rollback"]);
    for path in project.events() {
        let text = fs::read(&path).unwrap();
        let name = path.file_name().unwrap().to_str().unwrap();
        let step = text.len() / 7;
        // Without the newline at its end a line is whole.
        let cuts = (0..text.len() - 1).step_by(step).map(|at| text[..at].to_vec());
        let flips = (0..text.len()).step_by(step).map(|at| {
            let mut res = text.clone();
            res[at] ^= 4;
            res
        });
        for damaged in cuts.chain(flips) {
            fs::write(&path, &damaged).unwrap();
            let doctor = project.run(&["doctor"]);
            assert_eq!(doctor.code, 1, "{doctor:?}");
            assert!(
                doctor.stdout.contains(name),
                "{}\n{doctor:?}",
                String::from_utf8_lossy(&damaged)
            );
            // A flipped name can be a pitfall of its own, so that only the full id is sure to be one.
            for args in [&["record", "rollback-needed"][..], &["sync"], &["log"]] {
                let res = project.run(args);
                assert_eq!(res.code, 0, "{res:?}");
                // To record, nobody needs to read what is in the cache.
                let reads = args[0] != "record";
                assert!(!reads || res.stderr.contains("learn doctor"), "{args:?} {res:?}");
            }
        }
        fs::write(&path, &text).unwrap();
        project.ok(&["sync"]);
        let count = occurrences(&project).len() as u64;
        assert_eq!(frequency(&project.learnings(), "rollback-needed"), count);
    }
}

#[test]
fn a_damaged_cache_never_gives_a_wrong_number() {
    let project = Project::new();
    project.ok(&["record", "rollback", "--key", "ci-1"]);
    project.ok(PACK);
    project.ok(&["record", "rollback", "--key", "ci-2"]);
    let mut count = 2;
    let mut points = 0;
    for path in files(&project.path(".learn/local/cache")) {
        let length = fs::metadata(&path).unwrap().len() as usize;
        for at in (0..length).step_by(length / 25 + 1) {
            for way in 0..4 {
                let mut text = fs::read(&path).unwrap();
                let at = at.min(text.len() - 1);
                // A flip in a count is the one that still parses.
                let total = text.windows(8).position(|it| it == b"\"total\":").map(|it| it + 8);
                let flip = if at.is_multiple_of(2) { at } else { total.unwrap_or(at) };
                match way {
                    0 => text.truncate(at),
                    1 => text[flip] ^= 1,
                    2 => text[at..].fill(0),
                    _ => text.extend_from_within(at..),
                }
                fs::write(&path, &text).unwrap();
                assert_eq!(project.count("rollback-needed"), count, "{path:?} {at} {way}");
                // A key that is there stays one event, a new one is stored.
                let again = project.ok(&["record", "rollback", "--key", "ci-1"]);
                assert!(again.contains("already recorded"), "{again}");
                fs::write(&path, &text).unwrap();
                let new = project.ok(&["record", "rollback", "--key", &format!("new-{points}")]);
                assert!(new.starts_with("recorded"), "{new}");
                count += 1;
                points += 1;
                assert_eq!(frequency(&project.learnings(), "rollback-needed"), count);
            }
        }
    }
    println!("{points} points");
    project.ok(&["sync", "--check"]);
}

/// The cache of numbers and the one of keys were written at different times.
#[test]
fn caches_that_do_not_belong_together_are_not_used() {
    let project = Project::new();
    project.ok(&["record", "rollback", "--key", "ci-1"]);
    let keys = project.read(".learn/local/cache/keys.json");
    project.ok(&["record", "rollback", "--key", "ci-2"]);
    project.write(".learn/local/cache/keys.json", keys);
    let again = project.ok(&["record", "rollback", "--key", "ci-2"]);
    assert!(again.contains("already recorded"), "{again}");
    assert_eq!(project.count("rollback-needed"), 2);
    project.write(&format!("{PRODUCTION}/learnings.md"), project.learnings());
    project.ok(&["sync", "--check"]);
}
