//! `learn record` and what people meet first.

use crate::support::Project;

#[test]
fn a_rollback_is_recorded_and_the_file_says_so() {
    let project = Project::new();
    let out = project.ok(&[
        "record",
        "rollback",
        "--cause",
        "DATABASE_URL was missing",
        "--feature",
        "checkout-v2",
    ]);
    assert!(out.contains("recorded rollback-needed"), "{out}");
    let text = project.learnings();
    assert!(
        text.contains(
            "**Frequency**: 1/5 ⭐⭐☆☆☆\n**Last seen**: 2026-11-23 (feature: checkout-v2)"
        ),
        "{text}"
    );
    assert!(text.contains("- 2026-11-23 (checkout-v2): DATABASE_URL was missing"), "{text}");
    assert_eq!(project.count("rollback-needed"), 1);
}

#[test]
fn errors_say_what_to_type_and_leave_nothing() {
    let project = Project::new();
    let res = project.run(&["record", "rolback"]);
    assert_eq!(res.code, 2);
    assert!(
        res.stderr.contains("learn record rollback-needed --skill production-deployment-phase"),
        "{}",
        res.stderr
    );
    assert!(!project.path(".learn").exists());
}

#[test]
fn a_key_counts_once() {
    let project = Project::new();
    for _ in 0..3 {
        project.ok(&["record", "rollback", "--key", "ci-run-7"]);
    }
    assert_eq!(project.count("rollback-needed"), 1);
}

#[test]
fn reading_commands_create_nothing() {
    let project = Project::new();
    for args in [
        &["show"][..],
        &["log"],
        &["sync", "--check"],
        &["sync"],
        &["record", "rollback", "--dry-run"],
        &["init", "--dry-run"],
    ] {
        project.ok(args);
        assert!(!project.path(".learn").exists(), "{args:?}");
    }
}
