use super::*;

/// Thirty minutes, a probe every 30 seconds, a minute of grace: 58 judged probes.
fn rules() -> Rules {
    Rules {
        length_ms: 1_800_000,
        interval_ms: 30_000,
        timeout_ms: 10_000,
        grace_ms: 60_000,
        fail_after: 3,
        recover_after: 2,
        max_fail_percent: 5.0,
    }
}

/// Probes at the pace of the rules, by letters: `.` good, `x` a failure, `e` an error of this machine.
fn run(letters: &str) -> (Target, u64) {
    let (rules, mut target, mut at_ms) = (rules(), Target::default(), 0);
    for it in letters.chars() {
        let answer = match it {
            '.' => Answer::Ok,
            'x' => Answer::Status,
            _ => Answer::Dns,
        };
        let probe = Probe { at_ms, ms: 40, answer, detail: None, version: None };
        target.add(&rules, &probe);
        at_ms += rules.pause_ms(&target);
    }
    (target, at_ms)
}

#[track_caller]
fn verdict(letters: &str) -> (WatchVerdict, String) {
    let (target, _) = run(letters);
    let it = target.conclude(&rules(), rules().length_ms, false);
    (it.verdict, it.reason)
}

#[test]
fn sixty_good_probes_are_healthy() {
    let (target, end) = run(&".".repeat(60));
    assert_eq!(end, rules().length_ms);
    let it = target.conclude(&rules(), end, false);
    assert_eq!((it.verdict, it.planned, it.probes, it.ok), (WatchVerdict::Healthy, 58, 58, 58));
    assert_eq!((it.observed_s, it.gap_s, it.p50_ms, it.p95_ms), (1800, 0, Some(40), Some(40)));
}

#[test]
fn failures_in_grace_do_not_count() {
    let letters = format!("xx{}", ".".repeat(58));
    let (target, _) = run(&letters);
    assert_eq!((target.failed, target.phase), (0, Phase::Healthy));
}

#[test]
fn three_in_a_row_are_unhealthy_and_stay_so() {
    let (mut target, _) = run("...xx");
    assert_eq!((target.phase, target.was_unhealthy()), (Phase::Suspect, false));
    target = run("...xx.").0;
    assert_eq!(target.phase, Phase::Healthy);
    target = run("...xxx").0;
    assert_eq!(target.phase, Phase::Unhealthy);
    target = run("...xxx..").0;
    assert_eq!((target.phase, target.was_unhealthy()), (Phase::Recovered, true));
    let (verdict, reason) = verdict(&format!("...xxx{}", ".".repeat(54)));
    assert_eq!(verdict, WatchVerdict::Unhealthy);
    assert_eq!(reason, "3 failures in a row, the last: status; it recovered");
}

#[test]
fn more_than_three_single_failures_of_58_are_over_five_percent() {
    let dots = ".".repeat(12);
    let flapping = |times: usize| format!("..{}{dots}", format!("{dots}x").repeat(times));
    assert_eq!(verdict(&flapping(3)).0, WatchVerdict::Healthy);
    let (verdict, reason) = verdict(&flapping(4));
    assert_eq!(verdict, WatchVerdict::Unhealthy);
    assert!(reason.starts_with("4 failures of 58 planned probes"), "{reason}");
}

#[test]
fn without_data_nothing_is_healthy() {
    let nothing = Target::default().conclude(&rules(), rules().length_ms, false);
    assert_eq!(nothing.verdict, WatchVerdict::Inconclusive);
    assert_eq!(verdict(&"e".repeat(60)).0, WatchVerdict::Inconclusive);
    assert_eq!(
        verdict(&format!("{}{}", ".".repeat(40), "e".repeat(20))).0,
        WatchVerdict::Inconclusive
    );
    assert_eq!(verdict(&format!("{}x", ".".repeat(59))).1, "the last 1 failed");
}

#[test]
fn stopped_at_nine_and_a_half_minutes_is_no_half_hour() {
    let (target, end) = run(&".".repeat(19));
    let it = target.conclude(&rules(), end, true);
    assert_eq!((end, it.verdict, it.observed_s), (570_000, WatchVerdict::Inconclusive, 570));
    assert_eq!(it.reason, "stopped after 570 s of 1800 s");
    let (target, end) = run("..xxx");
    assert_eq!(target.conclude(&rules(), end, true).verdict, WatchVerdict::Unhealthy);
}

#[test]
fn a_machine_that_slept_did_not_look_and_one_that_resumed_says_so() {
    let good = |at_ms| Probe { at_ms, ms: 40, answer: Answer::Ok, detail: None, version: None };
    for resumed in [false, true] {
        let mut target = Target::default();
        for at in (0..40).map(|it| it * 30_000) {
            target.add(&rules(), &good(at));
        }
        let wake = 39 * 30_000 + 40 + 600_000;
        if resumed {
            target.resume(&rules(), wake);
        }
        for at in (0..20).map(|it| wake + it * 30_000) {
            target.add(&rules(), &good(at));
        }
        let it = target.conclude(&rules(), wake + 600_000 + 29_960, false);
        assert_eq!((it.gap_s, it.observed_s), (600, 1800));
        let expected = if resumed { WatchVerdict::Healthy } else { WatchVerdict::Inconclusive };
        assert_eq!(it.verdict, expected, "{}", it.reason);
    }
}

#[test]
fn a_failing_target_is_asked_again_sooner() {
    let (target, _) = run("..x");
    assert_eq!(rules().pause_ms(&target), 10_000);
    assert_eq!(rules().pause_ms(&run("..x.").0), 30_000);
}

#[test]
fn the_worst_target_decides() {
    use WatchVerdict::{Healthy, Inconclusive, Unhealthy};
    assert_eq!(overall([Healthy, Inconclusive]), Inconclusive);
    assert_eq!(overall([Inconclusive, Unhealthy, Healthy]), Unhealthy);
    assert_eq!(overall([]), Inconclusive);
}
