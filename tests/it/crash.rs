//! Commands that are killed, that fail and that find damage: nothing acknowledged is lost, nothing is torn.

use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::fault::{
    Bench, CHANGING, COMMANDS, RECORD, STATES, SYNC, State, Stop, age_leftovers, cut_writes,
    frequency, inject, leftovers, occurrences, share, sweep,
};
use crate::support::{PRODUCTION, Project, has};

const THREADS: usize = 4;

#[test]
fn a_kill_at_any_call_loses_nothing() {
    if !has("strace") {
        return;
    }
    let calls = |it: &str| CHANGING.contains(&it);
    let points = sweep(&STATES, calls, |_, _| vec!["signal=KILL".to_owned()], THREADS);
    println!("{points} points");
    assert!(points > 300, "{points}");
}

#[test]
fn a_call_that_fails_is_no_acknowledgement() {
    if !has("strace") {
        return;
    }
    let errors = ["ENOSPC", "EIO", "EINTR"];
    // The first call of the loader and of the run-time has no part in this; it makes an exit code of its own.
    let calls = |it: &str| CHANGING.contains(&it);
    let faults = |_: &str, number: usize| vec![format!("error={}", errors[number % 3])];
    let points = sweep(&STATES, calls, faults, THREADS);
    println!("{points} points");
    assert!(points > 300, "{points}");
}

/// File systems without an exchange or without locks, and every kill in what is done instead.
#[test]
fn without_an_exchange_and_without_locks_nothing_is_lost_either() {
    if !has("strace") {
        return;
    }
    for lack in ["renameat2:error=EINVAL", "renameat2:error=ENOSYS", "flock:error=ENOLCK"] {
        let bench = Bench::new(State::Used);
        let (counts, new) = bench.dry(RECORD);
        bench.try_fault(RECORD, lack, new.as_deref(), true);
        let learnings = bench.learnings();
        bench.reset();
        let res = inject(&bench.project, RECORD, lack);
        assert_eq!((res.code, &*res.stderr), (0, ""), "{lack}: {res:?}");
        assert_eq!(fs::read(&learnings).ok(), new, "{lack}");
        for call in ["openat", "link", "linkat", "rename", "unlink", "fsync"] {
            for number in 1..=counts.get(call).copied().unwrap_or(0) + 3 {
                let kill = format!("{lack} {call}:signal=KILL:when={number}");
                bench.try_fault(RECORD, &kill, new.as_deref(), false);
            }
        }
    }
}

/// Without locks two processes write at once; each text is whole all the same.
#[test]
fn without_locks_learnings_md_is_whole_at_every_moment() {
    if !has("strace") {
        return;
    }
    let project = Project::new();
    project.ok(RECORD);
    let path = project.path(&format!("{PRODUCTION}/learnings.md"));
    let done = AtomicBool::new(false);
    let end = project.learnings().lines().last().unwrap().to_owned();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                let text = fs::read_to_string(&path).unwrap();
                assert!(text.starts_with("# ") && text.trim_end().ends_with(&end), "torn: {text}");
            }
        });
        let _stop = Stop(&done);
        share(&[(); 60], 6, |()| {
            let res = inject(&project, RECORD, "flock:error=ENOLCK");
            assert_eq!(res.code, 0, "{res:?}");
        });
    });
    assert_eq!(occurrences(&project).len(), 61);
    age_leftovers(&project);
    project.ok(SYNC);
    assert_eq!(leftovers(&project), Vec::<PathBuf>::new());
    assert_eq!(frequency(&project.learnings(), "rollback-needed"), 61);
}

/// What is written when the disk is full at this very byte: the process is killed in the middle of a write.
#[test]
fn a_write_that_is_cut_at_any_byte_leaves_nothing_torn() {
    if !has("prlimit") {
        return;
    }
    share(&[State::Used, State::Updated, State::ByHand], 3, |state| {
        let bench = Bench::new(*state);
        for args in COMMANDS {
            let (_, new) = bench.dry(args);
            for limit in (0..2600).step_by(67) {
                cut_writes(&bench, args, limit, new.as_deref());
            }
        }
    });
}
