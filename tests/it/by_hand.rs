//! Counts that a person typed into learnings.md, and what was recorded before and after.

use crate::support::{PRODUCTION, Project};

fn count_by_hand(project: &Project, from: &str, to: &str) {
    let text = project.learnings();
    assert!(text.contains(from), "{text}");
    project.write(&format!("{PRODUCTION}/learnings.md"), text.replacen(from, to, 1));
}

/// The id of the record was older than the one of the total that it took over, so it did not count.
#[test]
fn a_record_counts_on_top_of_a_count_by_hand() {
    let project = Project::new();
    project.ok(&["record", "rollback"]);
    count_by_hand(&project, "**Frequency**: 1/5", "**Frequency**: 3/5");
    project.ok(&["record", "rollback"]);
    assert_eq!(project.count("rollback-needed"), 4);
    assert!(project.learnings().contains("**Frequency**: 4/5"));
    project.ok(&["sync", "--check"]);
}

/// A teammate's clock that is an hour ahead made the total newer than what is recorded now.
#[test]
fn a_record_counts_on_top_of_a_total_from_a_clock_that_is_ahead() {
    let project = Project::new();
    project.ok(&["record", "rollback"]);
    count_by_hand(&project, "**Frequency**: 1/5", "**Frequency**: 3/5");
    let ahead = project.command(&["sync"]).env("LEARN_NOW", "2026-11-24T09:30:00Z").output();
    assert!(ahead.unwrap().status.success());
    project.ok(&["record", "rollback"]);
    assert_eq!(project.count("rollback-needed"), 4);
    // And the other way round: what a clock ahead recorded is in the total that is taken over here.
    let ahead =
        project.command(&["record", "rollback"]).env("LEARN_NOW", "2026-11-25T09:30:00Z").output();
    assert!(ahead.unwrap().status.success());
    count_by_hand(
        &project,
        "**Frequency**: 5/5",
        "**Frequency**: 5/5 ⭐⭐⭐⭐☆ (9 occurrences) was",
    );
    project.ok(&["sync"]);
    assert_eq!(project.count("rollback-needed"), 9);
}
