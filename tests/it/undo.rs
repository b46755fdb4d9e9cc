//! Retractions stay, baselines count once, renames keep history.

use crate::support::{PRODUCTION, Project, copy_dir, repo};

/// Takes the events of one project into another, as a merge does.
fn merge(from: &Project, to: &Project) {
    for folder in ["events", "packs"] {
        let source = from.path(&format!(".learn/{folder}"));
        if source.exists() {
            copy_dir(&source, &to.path(&format!(".learn/{folder}")));
        }
    }
}

fn frequency(project: &Project, count: &str) {
    let text = project.learnings();
    let entry = text.split("### rollback-needed").nth(1).unwrap();
    let line = entry.lines().find(|it| it.starts_with("**Frequency**")).unwrap();
    assert!(line.contains(count), "{line} is not {count}");
}

fn by_hand(project: &Project, count: u32) {
    let (before, after) = {
        let text = project.learnings();
        let at = text.find("### rollback-needed").unwrap();
        (text[..at].to_owned(), text[at..].to_owned())
    };
    let line = after.lines().find(|it| it.starts_with("**Frequency**")).unwrap().to_owned();
    let after = after.replacen(&line, &format!("**Frequency**: {count}/5 ⭐⭐⭐☆☆"), 1);
    project.write(&format!("{PRODUCTION}/learnings.md"), before + &after);
}

#[test]
fn what_is_retracted_stays_gone_through_update_merge_and_sync() {
    let (here, there) = (Project::new(), Project::new());
    here.ok(&["record", "rollback", "--feature", "one"]);
    here.ok(&["record", "rollback", "--feature", "two", "--cause", "a drill"]);
    merge(&here, &there);
    here.ok(&["retract", "--last", "--why", "it was a drill"]);
    frequency(&here, "1/5");
    assert!(!here.learnings().contains("a drill") && !here.learnings().contains("two"));
    // Elsewhere it still counts, and more is recorded, until the branches come together.
    there.ok(&["record", "rollback", "--feature", "three"]);
    frequency(&there, "3/5");
    merge(&there, &here);
    here.ok(&["sync"]);
    frequency(&here, "2/5");
    copy_dir(&repo().join("skills/production-deployment-phase"), &here.path(PRODUCTION));
    here.ok(&["sync"]);
    frequency(&here, "2/5");
    merge(&here, &there);
    there.ok(&["pack", "--older-than", "0"]);
    there.ok(&["sync"]);
    frequency(&there, "2/5");
    assert_eq!(there.learnings(), here.learnings());
}

#[test]
fn retracting_an_event_with_a_key_retracts_the_key() {
    let (here, there) = (Project::new(), Project::new());
    here.ok(&["record", "rollback", "--key", "run-7"]);
    there.ok(&["record", "rollback", "--key", "run-7"]);
    here.ok(&["retract", "--last", "--why", "not ours"]);
    merge(&there, &here);
    here.ok(&["sync"]);
    frequency(&here, "0/5");
    assert!(here.ok(&["record", "rollback", "--key", "run-7"]).contains("already recorded"));
    assert_eq!(here.count("rollback-needed"), 0);
}

#[test]
fn a_retraction_can_be_taken_back() {
    let project = Project::new();
    project.ok(&["record", "rollback"]);
    project.ok(&["retract", "--last", "--why", "wrong"]);
    frequency(&project, "0/5");
    let log = project.ok(&["log", "--kind", "retraction", "--json"]);
    let id = serde_json::from_str::<serde_json::Value>(log.trim()).unwrap()["id"].clone();
    project.ok(&["retract", id.as_str().unwrap(), "--why", "it was right"]);
    frequency(&project, "1/5");
    let res = project.run(&["retract", id.as_str().unwrap(), "--why", "again"]);
    assert_eq!(res.code, 2);
    assert!(res.stderr.contains("retracted already"), "{}", res.stderr);
}

#[test]
fn two_clones_that_adopt_the_same_file_count_once() {
    for order in [[0, 1], [1, 0]] {
        let clones = [Project::new(), Project::new()];
        for clone in &clones {
            by_hand(clone, 3);
        }
        for at in order {
            clones[at].ok(&["init"]);
            assert_eq!(clones[at].count("rollback-needed"), 3);
        }
        clones[0].ok(&["record", "rollback", "--feature", "x"]);
        clones[1].ok(&["record", "rollback", "--feature", "y"]);
        clones[1].ok(&["record", "rollback", "--feature", "z"]);
        merge(&clones[0], &clones[1]);
        merge(&clones[1], &clones[0]);
        for clone in &clones {
            clone.ok(&["sync"]);
            // Three by hand, and three that came after.
            assert_eq!(clone.count("rollback-needed"), 6);
        }
        assert_eq!(clones[0].learnings(), clones[1].learnings());
    }
}

#[test]
fn events_that_arrive_after_the_file_count_once() {
    let (here, there) = (Project::new(), Project::new());
    // The file comes with the counts of two events whose files come later.
    there.ok(&["record", "rollback"]);
    there.ok(&["record", "rollback"]);
    here.write(&format!("{PRODUCTION}/learnings.md"), there.learnings());
    let out = here.ok(&["sync"]);
    assert!(out.contains("nothing is recorded yet"), "{out}");
    here.ok(&["init"]);
    assert_eq!(here.count("rollback-needed"), 2);
    merge(&there, &here);
    here.ok(&["sync"]);
    assert_eq!(here.count("rollback-needed"), 2);
    here.ok(&["record", "rollback"]);
    assert_eq!(here.count("rollback-needed"), 3);
    frequency(&here, "3/5");
}

#[test]
fn a_baseline_can_be_retracted_and_is_not_adopted_again() {
    let project = Project::new();
    by_hand(&project, 4);
    project.ok(&["init"]);
    assert_eq!(project.count("rollback-needed"), 4);
    project.ok(&["retract", "--last", "--why", "somebody miscounted"]);
    frequency(&project, "0/5");
    by_hand(&project, 4);
    project.ok(&["sync"]);
    assert_eq!(project.count("rollback-needed"), 0);
    frequency(&project, "0/5");
}

#[test]
fn a_rename_keeps_history_and_the_old_name() {
    let (here, there) = (Project::new(), Project::new());
    here.ok(&["record", "rollback", "--feature", "one"]);
    there.ok(&["record", "rollback", "--feature", "two"]);
    here.ok(&["rename", "rollback-needed", "rolled-back"]);
    merge(&there, &here);
    here.ok(&["sync"]);
    assert!(
        here.learnings().contains("### rolled-back\n**ID**: `rolled-back`\n**Frequency**: 2/5")
    );
    here.ok(&["record", "rollback-needed", "--feature", "three"]);
    assert_eq!(here.count("rolled-back"), 3);
    assert_eq!(here.count("rollback-needed"), 3);
    assert!(here.ok(&["log", "--pitfall", "rollback-needed"]).lines().count() >= 3);
    // The package goes on shipping the old id.
    copy_dir(&repo().join("skills/production-deployment-phase"), &here.path(PRODUCTION));
    here.ok(&["sync"]);
    let text = here.learnings();
    assert!(text.contains("### rolled-back") && !text.contains("### rollback-needed"), "{text}");
    // Names may go round in a circle.
    here.ok(&["rename", "rolled-back", "rollback-needed"]);
    assert_eq!(here.count("rolled-back"), 3);
    assert!(
        here.learnings()
            .contains("### rollback-needed\n**ID**: `rollback-needed`\n**Frequency**: 3/5")
    );
}

#[test]
fn the_newest_word_on_muting_decides() {
    let project = Project::new();
    project.ok(&["mute", "rollback"]);
    assert!(project.ok(&["show", "rollback"]).contains("muted"));
    project.ok(&["mute", "rollback", "--off"]);
    assert!(!project.ok(&["show", "rollback"]).contains("muted"));
    project.ok(&["record", "rollback"]);
    frequency(&project, "1/5");
}

#[test]
fn an_occurrence_can_be_over_but_not_before_it_began() {
    let project = Project::new();
    project.ok(&["record", "rollback", "--detected-at", "2026-11-22T10:00:00Z"]);
    let log = project.ok(&["log"]);
    let id = log.split_whitespace().next().unwrap();
    let res = project.run(&["resolve", id, "--at", "2026-11-22T09:00:00Z"]);
    assert_eq!(res.code, 2);
    assert!(res.stderr.contains("lies before it began"), "{}", res.stderr);
    project.ok(&["resolve", id, "--at", "2026-11-22T10:40:00Z"]);
    assert!(project.ok(&["log"]).contains("(over 2026-11-22T10:40:00Z)"));
}

#[test]
fn a_slow_clock_can_retract_a_retraction() {
    let project = Project::new();
    project.ok(&["record", "rollback"]);
    project.ok(&["retract", "--last", "--why", "a drill"]);
    let log = project.ok(&["log", "--kind", "retraction", "--json"]);
    let json: serde_json::Value = serde_json::from_str(log.trim()).unwrap();
    let id = json["id"].as_str().unwrap();
    let mut command = project.command(&["retract", id, "--why", "it was none"]);
    command.env("LEARN_NOW", "2026-11-22T08:00:00Z");
    assert_eq!(crate::support::output(&mut command).code, 0);
    frequency(&project, "1/5");
}

#[test]
fn the_newest_open_occurrence_is_resolved_without_its_id() {
    let project = Project::new();
    project.ok(&["record", "rollback", "--at", "2026-11-22T09:00:00Z", "--note", "older"]);
    project.ok(&["record", "rollback", "--at", "2026-11-22T10:00:00Z", "--note", "newer"]);
    let over = |note: &str| {
        let log = project.ok(&["log", "--kind", "occurrence", "--json"]);
        let line = log.lines().find(|it| it.contains(note)).unwrap().to_owned();
        let event: serde_json::Value = serde_json::from_str(&line).unwrap();
        let id = event["id"].as_str().unwrap().to_owned();
        let all = project.ok(&["log", "--kind", "resolution", "--json"]);
        all.lines().any(|it| it.contains(&id))
    };
    project.ok(&["resolve", "--last"]);
    assert_eq!((over("newer"), over("older")), (true, false));
    project.ok(&["resolve", "--last"]);
    assert!(over("older"));
    let res = project.run(&["resolve", "--last"]);
    assert!(res.code == 2 && res.stderr.contains("no occurrence is open"), "{res:?}");
    assert_eq!(project.run(&["resolve"]).code, 2);
}
