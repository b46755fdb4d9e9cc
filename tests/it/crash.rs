//! Commands that are killed, that fail and that find damage: nothing acknowledged is lost, nothing is torn.

use crate::fault::{CHANGING, STATES, sweep};
use crate::support::has;

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
