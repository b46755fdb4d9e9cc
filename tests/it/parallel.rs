//! Many processes at once: exact counts, and nobody waits in vain.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use learn::store::Store;

use crate::fault::{Stop, events, frequency, leftovers, occurrences, share};
use crate::support::{PRODUCTION, Project, copy_dir};

/// What others do meanwhile.
pub const OTHERS: &[&[&str]] = &[&["sync"], &["pack", "--older-than", "0"], &["show", "--json"]];

/// Lets many processes record the same pitfall while others sync and pack; returns the time it took and
/// how many waited for others in vain: their events are there, and the next command writes learnings.md.
pub fn hammer(processes: usize, records: usize, others: &[&[&str]]) -> (Duration, usize) {
    let project = Project::new();
    let start = std::time::Instant::now();
    let (done, impatient) = (AtomicBool::new(false), AtomicUsize::new(0));
    let jobs: Vec<usize> = (0..processes).collect();
    std::thread::scope(|scope| {
        for args in others {
            let (project, done) = (&project, &done);
            scope.spawn(move || {
                while !done.load(Ordering::Relaxed) {
                    let res = project.run(args);
                    let patience = res.stderr.contains("for more than 2 seconds");
                    assert!(res.code == 0 || patience, "{args:?}: {res:?}");
                    assert!(!res.stderr.contains("damaged"), "{args:?}: {res:?}");
                }
            });
        }
        let _stop = Stop(&done);
        share(&jobs, processes, |_| {
            for _ in 0..records {
                let res = project.run(&["record", "rollback", "--feature", "checkout-v2"]);
                assert_eq!(res.code, 0, "{res:?}");
                if res.stderr.contains("for more than 2 seconds") {
                    impatient.fetch_add(1, Ordering::Relaxed);
                } else {
                    assert_eq!(res.stderr, "", "{res:?}");
                }
                assert!(!res.stdout.contains("counted by hand"), "{res:?}");
            }
        });
    });
    let took = start.elapsed();
    let total = (processes * records) as u64;
    let (events, problems) = events(&project);
    assert!(problems.is_empty(), "{problems:?}");
    assert_eq!(events.len() as u64, total);
    let impatient = impatient.into_inner();
    if impatient > 0 {
        project.ok(&["sync"]);
    }
    // Otherwise the last record wrote the file; nothing heals it before it is looked at.
    assert_eq!(frequency(&project.learnings(), "rollback-needed"), total);
    project.ok(&["sync", "--check"]);
    assert_eq!(project.count("rollback-needed"), total);
    assert!(leftovers(&project).is_empty(), "{:?}", leftovers(&project));
    (took, impatient)
}

#[test]
fn processes_that_record_at_once_count_each() {
    let (took, impatient) = hammer(16, 25, OTHERS);
    // How many is a matter of the machine; that none waits longer, and that none is lost, is not.
    println!("400 records by 16 processes: {took:?}, {impatient} left learnings.md to the next");
}

#[test]
fn processes_that_record_the_first_event_at_once_count_each() {
    for _ in 0..5 {
        let project = Project::new();
        share(&[(); 16], 16, |()| {
            project.ok(&["record", "rollback"]);
        });
        assert_eq!(occurrences(&project).len(), 16);
        assert_eq!(frequency(&project.learnings(), "rollback-needed"), 16);
        project.ok(&["sync", "--check"]);
    }
}

#[test]
fn one_key_from_many_processes_counts_once() {
    let project = Project::new();
    share(&[(); 16], 16, |()| {
        project.ok(&["record", "rollback", "--key", "ci-run-7"]);
    });
    assert_eq!(frequency(&project.learnings(), "rollback-needed"), 1);
    project.ok(&["record", "rollback"]);
    assert_eq!(frequency(&project.learnings(), "rollback-needed"), 2);
    project.ok(&["sync", "--check"]);
}

/// Events that were listed and are in a pack by the time they are read.
#[test]
fn a_reader_sees_every_event_while_they_are_packed() {
    let project = Project::new();
    for _ in 0..5 {
        project.ok(&["record", "rollback"]);
    }
    let store = Store::at(project.dir.clone());
    let times = AtomicUsize::new(0);
    let seen = store.ask(|journal, sources| {
        if times.fetch_add(1, Ordering::Relaxed) == 0 {
            assert_eq!(sources.len(), 5);
            project.ok(&["pack", "--older-than", "0"]);
        }
        assert!(journal.problems.is_empty(), "{:?}", journal.problems);
        journal.select(|_| true).len()
    });
    assert_eq!(seen.unwrap(), 5);
    assert_eq!(times.into_inner(), 2);
}

/// Files of other clones come with a merge, while the numbers are in the cache.
#[test]
fn events_of_another_clone_count_with_those_in_the_cache() {
    let (here, there) = (Project::new(), Project::new());
    for _ in 0..3 {
        here.ok(&["record", "rollback"]);
        there.ok(&["record", "rollback"]);
    }
    let merge = |from: &str| {
        copy_dir(&there.path(&format!(".learn/{from}")), &here.path(&format!(".learn/{from}")));
    };
    merge("events");
    here.ok(&["record", "rollback"]);
    assert_eq!(frequency(&here.learnings(), "rollback-needed"), 7);
    there.ok(&["pack", "--older-than", "0"]);
    merge("packs");
    here.ok(&["record", "rollback"]);
    assert_eq!(frequency(&here.learnings(), "rollback-needed"), 8);
    assert_eq!(here.count("rollback-needed"), 8);
    here.ok(&["sync", "--check"]);
}

/// A branch that holds only the retraction is merged first, then the one with the event.
#[test]
fn a_retraction_that_comes_before_its_event_takes_it_back() {
    let (here, there) = (Project::new(), Project::new());
    here.ok(&["record", "rollback"]);
    there.ok(&["record", "rollback"]);
    let event = there.events().pop().unwrap();
    there.ok(&["retract", "--last", "--why", "a test"]);
    let retraction = there.events().into_iter().find(|it| *it != event).unwrap();
    let bring = |path: &std::path::Path| {
        let relative = path.strip_prefix(&there.dir).unwrap().to_str().unwrap();
        here.write(relative, std::fs::read(path).unwrap());
    };
    bring(&retraction);
    here.ok(&["record", "rollback"]);
    bring(&event);
    here.ok(&["record", "rollback"]);
    let text = here.read(&format!("{PRODUCTION}/learnings.md"));
    assert_eq!(frequency(&text, "rollback-needed"), 3, "{text}");
    here.ok(&["sync", "--check"]);
}
