//! `learn catalog`: opt-in, survives updates, and the user's own text wins.

use std::fs;

use crate::support::{PRODUCTION, Project, copy_dir, repo};

#[test]
fn all_are_listed_and_none_is_there_unasked() {
    let project = Project::new();
    let list = project.ok(&["catalog", "list"]);
    assert_eq!(list.lines().count(), 20, "{list}");
    let shown = project.ok(&["catalog", "show", "migration"]);
    assert!(shown.contains("One-Way Schema Change") && shown.contains("source: "), "{shown}");
    project.ok(&["init"]);
    project.ok(&["sync"]);
    assert!(!project.learnings().contains("irreversible-migration"));
}

#[test]
fn what_was_added_is_there_after_an_update_and_counts() {
    let project = Project::new();
    project.ok(&["catalog", "add", "irreversible-migration"]);
    let added = project.learnings();
    let entry = added.split("### irreversible-migration").nth(1).unwrap();
    assert!(
        entry.contains("**Frequency**: 0/5") && entry.contains("**Impact**: Critical"),
        "{added}"
    );
    let again = project.ok(&["catalog", "add", "irreversible-migration"]);
    assert!(again.contains("already; your text stays"), "{again}");
    assert_eq!(project.events().len(), 1);
    // A package's update puts its own file over it.
    copy_dir(&repo().join("skills/production-deployment-phase"), &project.path(PRODUCTION));
    project.ok(&["sync"]);
    assert_eq!(project.learnings(), added);
    assert_eq!(project.run(&["sync", "--check"]).code, 0);
    project.ok(&["record", "irreversible", "--feature", "f"]);
    assert_eq!(project.count("irreversible-migration"), 1);
}

/// The order in which entries come into the file does not depend on when it was synced.
#[test]
fn a_file_synced_late_is_the_same() {
    let (early, late) = (Project::new(), Project::new());
    for (at, args) in [
        &["catalog", "add", "no-bake-time"][..],
        &["record", "cache-stampede", "--new", "--impact", "high"],
        &["catalog", "add", "irreversible-migration"],
    ]
    .iter()
    .enumerate()
    {
        let now = format!("2026-11-23T08:3{at}:00Z");
        let mut command = early.command(args);
        let out = crate::support::output(command.env("LEARN_NOW", &now));
        assert_eq!(out.code, 0, "{out:?}");
    }
    copy_dir(&early.path(".learn/events"), &late.path(".learn/events"));
    late.ok(&["sync"]);
    assert_eq!(late.learnings(), early.learnings());
}

#[test]
fn the_users_own_text_wins() {
    let project = Project::new();
    let path = format!("{PRODUCTION}/learnings.md");
    let own = "### no-bake-time\n**Frequency**: 0/5 ⭐☆☆☆☆\n**Impact**: Low\n\nOur own words.\n\n### rollback-needed";
    let text = project.learnings().replacen("### rollback-needed", own, 1);
    project.write(&path, &text);
    let out = project.ok(&["catalog", "add", "no-bake-time"]);
    assert!(out.contains("your text stays"), "{out}");
    assert_eq!(project.learnings(), text);
    assert!(project.events().is_empty());
}

#[test]
fn a_dry_run_and_a_wrong_name_write_nothing() {
    let project = Project::new();
    let before = project.learnings();
    let out = project.ok(&["catalog", "add", "no-bake-time", "--dry-run"]);
    assert!(out.contains("would add no-bake-time"), "{out}");
    let out = project.run(&["catalog", "add", "no-bike-time"]);
    assert!(out.code == 2 && out.stderr.contains("did you mean `no-bake-time`"), "{out:?}");
    assert_eq!(project.learnings(), before);
    assert!(!project.path(".learn").exists());
    assert!(fs::read_to_string(project.path(PRODUCTION).join("SKILL.md")).is_ok());
}
