//! The journal through what people do with git: nothing in `.learn/` conflicts, no event is lost or
//! counted twice, and learnings.md is right after the next sync, whichever way a conflict was resolved.

use std::collections::BTreeSet;

use crate::support::{PRODUCTION, Project, copy_dir, output};

/// Who seals the events before the branches come together.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Pack {
    Nobody,
    OneSide,
}

/// A repository with seven events, five of them of an older month, and the branches `a` and `b`.
fn start() -> Project {
    let project = Project::new();
    project.git(&["init", "-q", "-b", "main"]);
    for day in 1..6 {
        record(&project, &format!("2026-10-0{day}T10:00:00Z"));
    }
    record(&project, "2026-11-01T10:00:00Z");
    record(&project, "2026-11-02T10:00:00Z");
    commit(&project, "base");
    project.git(&["branch", "a"]);
    project.git(&["branch", "b"]);
    project
}

/// Records an event as similar to the others as events can be.
fn record(project: &Project, when: &str) {
    let args = ["record", "rollback", "--feature", "same", "--cause", "the same cause for all"];
    let res = output(project.command(&args).env("LEARN_NOW", when));
    assert_eq!(res.code, 0, "{res:?}");
}

fn commit(project: &Project, message: &str) {
    project.git(&["add", "-A"]);
    project.git(&["commit", "-q", "--allow-empty", "-m", message]);
}

/// Three events on a branch: one late in the older month, two in this one.
fn work(project: &Project, branch: &str, hour: u32, pack: bool) {
    project.git(&["checkout", "-q", branch]);
    if pack {
        project.ok(&["pack", "--older-than", "0"]);
    }
    for day in ["2026-10-25", "2026-11-10", "2026-11-11"] {
        record(project, &format!("{day}T{hour:02}:00:00Z"));
    }
    commit(project, &format!("work on {branch}"));
}

fn both(pack: Pack) -> Project {
    let project = start();
    work(&project, "a", 11, pack == Pack::OneSide);
    work(&project, "b", 12, false);
    project
}

fn ids(project: &Project) -> BTreeSet<String> {
    let lines = project.ok(&["log", "--json"]);
    let list: Vec<String> = lines
        .lines()
        .map(|it| serde_json::from_str::<serde_json::Value>(it).unwrap()["id"].to_string())
        .collect();
    let set: BTreeSet<String> = list.iter().cloned().collect();
    assert_eq!(set.len(), list.len(), "an event is listed twice");
    set
}

/// Resolves what git stopped at: only learnings.md may be among it.
fn settle(project: &Project, side: &str, go_on: &[&str]) {
    for _ in 0..20 {
        let open = project.git(&["diff", "--name-only", "--diff-filter=U"]);
        for path in open.lines() {
            assert!(path.ends_with("/learnings.md"), "a conflict in {path}");
            project.git(&["checkout", side, "--", path]);
            project.git(&["add", path]);
        }
        if project.git_any(go_on).code == 0 {
            return;
        }
    }
    panic!("git {go_on:?} does not come to an end: {}", project.git(&["status"]));
}

/// All events are there once, and the file says so.
fn check(project: &Project, events: usize) {
    assert_eq!(ids(project).len(), events);
    project.ok(&["sync"]);
    project.ok(&["sync", "--check"]);
    assert_eq!(project.count("rollback-needed"), events as u64);
    assert!(project.learnings().contains(&format!("({events} occurrences)")));
    assert!(!project.learnings().contains("<<<<<<<"));
}

fn each(scenario: impl Fn(Pack)) {
    for pack in [Pack::Nobody, Pack::OneSide] {
        scenario(pack);
    }
}

fn merge(project: &Project, branches: &[&str], side: &str) {
    let mut args = vec!["merge", "-q", "--no-edit"];
    args.extend(branches);
    if project.git_any(&args).code != 0 {
        settle(project, side, &["commit", "-q", "--no-edit"]);
    }
}

#[test]
fn merge_either_way() {
    each(|pack| {
        for (into, from) in [("a", "b"), ("b", "a")] {
            for side in ["--ours", "--theirs"] {
                let project = both(pack);
                project.git(&["checkout", "-q", into]);
                merge(&project, &[from], side);
                check(&project, 13);
            }
        }
    });
}

#[test]
fn merge_with_directory_renames_switched_on_and_off() {
    for renames in ["true", "false", "conflict"] {
        let project = both(Pack::OneSide);
        project.git(&["config", "merge.directoryRenames", renames]);
        project.git(&["checkout", "-q", "a"]);
        merge(&project, &["b"], "--ours");
        check(&project, 13);
    }
}

#[test]
fn rebase() {
    each(|pack| {
        let project = both(pack);
        project.git(&["checkout", "-q", "b"]);
        if project.git_any(&["rebase", "a"]).code != 0 {
            settle(&project, "--theirs", &["rebase", "--continue"]);
        }
        check(&project, 13);
    });
}

#[test]
fn octopus() {
    each(|pack| {
        let project = both(pack);
        for (branch, hour) in [("c", 13), ("d", 14)] {
            project.git(&["branch", branch, "main"]);
            work(&project, branch, hour, false);
        }
        // An octopus does not stop for people: the branches carry only events, as `sync.on` can keep it.
        let file = format!("{PRODUCTION}/learnings.md");
        for branch in ["a", "b", "c", "d"] {
            project.git(&["checkout", "-q", branch]);
            project.git(&["checkout", "main", "--", &file]);
            project.git(&["commit", "-q", "-m", "events only"]);
        }
        project.git(&["checkout", "-q", "main"]);
        project.git(&["merge", "-q", "--no-edit", "a", "b", "c", "d"]);
        check(&project, 19);
    });
}

#[test]
fn squash_and_stacked_squash() {
    each(|pack| {
        let project = both(pack);
        // `c` stacks on `a`; both come in as squashes, one after the other.
        project.git(&["branch", "c", "a"]);
        work(&project, "c", 15, false);
        project.git(&["checkout", "-q", "main"]);
        for branch in ["a", "c", "b"] {
            if project.git_any(&["merge", "-q", "--squash", branch]).code != 0 {
                settle(&project, "--theirs", &["commit", "-q", "-m", branch]);
            } else {
                commit(&project, branch);
            }
        }
        check(&project, 16);
    });
}

#[test]
fn cherry_pick_then_merge() {
    each(|pack| {
        let project = both(pack);
        record(&project, "2026-11-12T12:00:00Z");
        commit(&project, "a later one");
        project.git(&["checkout", "-q", "a"]);
        if project.git_any(&["cherry-pick", "b~1"]).code != 0 {
            settle(&project, "--ours", &["cherry-pick", "--continue"]);
        }
        check(&project, 13);
        commit(&project, "synced");
        merge(&project, &["b"], "--theirs");
        check(&project, 14);
    });
}

#[test]
fn stash() {
    each(|pack| {
        let project = start();
        record(&project, "2026-10-25T12:00:00Z");
        record(&project, "2026-11-12T12:00:00Z");
        project.git(&["stash", "push", "-q", "--include-untracked"]);
        work(&project, "main", 11, pack == Pack::OneSide);
        if project.git_any(&["stash", "pop"]).code != 0 {
            settle(&project, "--theirs", &["stash", "drop"]);
        }
        check(&project, 12);
    });
}

#[test]
fn worktrees() {
    each(|pack| {
        let project = start();
        let other = Project::empty();
        let dir = other.path("tree");
        project.git(&["worktree", "add", "-q", dir.to_str().unwrap(), "b"]);
        let tree = Project { dir };
        work(&project, "a", 11, pack == Pack::OneSide);
        for hour in 12..15 {
            record(&tree, &format!("2026-11-10T{hour}:00:00Z"));
        }
        commit(&tree, "in the other tree");
        merge(&project, &["b"], "--ours");
        check(&project, 13);
    });
}

/// Two clones of a bare repository.
fn clones() -> (Project, Project, Project) {
    let first = start();
    let bare = Project::empty();
    bare.git(&["init", "-q", "--bare", "-b", "main"]);
    first.git(&["remote", "add", "origin", bare.dir.to_str().unwrap()]);
    first.git(&["push", "-q", "-u", "origin", "main"]);
    let second = Project::empty();
    second.git(&["clone", "-q", bare.dir.to_str().unwrap(), "."]);
    (bare, first, second)
}

#[test]
fn pull_with_autostash() {
    each(|pack| {
        let (_bare, first, second) = clones();
        work(&first, "main", 11, pack == Pack::OneSide);
        first.git(&["push", "-q"]);
        record(&second, "2026-11-12T12:00:00Z");
        second.git_any(&["pull", "-q", "--rebase", "--autostash"]);
        let open = second.git(&["diff", "--name-only", "--diff-filter=U"]);
        assert!(open.lines().all(|it| it.ends_with("learnings.md")), "{open}");
        // The markers are still there: sync takes them out.
        check(&second, 11);
    });
}

#[test]
fn an_amended_push() {
    each(|pack| {
        let (_bare, first, second) = clones();
        work(&first, "main", 11, false);
        first.git(&["push", "-q"]);
        second.git(&["pull", "-q"]);
        record(&first, "2026-11-12T12:00:00Z");
        if pack == Pack::OneSide {
            first.ok(&["pack", "--older-than", "0"]);
        }
        first.git(&["add", "-A"]);
        first.git(&["commit", "-q", "--amend", "--no-edit"]);
        first.git(&["push", "-q", "--force"]);
        record(&second, "2026-11-12T13:00:00Z");
        commit(&second, "second");
        if second.git_any(&["pull", "-q", "--no-rebase", "--no-edit"]).code != 0 {
            settle(&second, "--ours", &["commit", "-q", "--no-edit"]);
        }
        check(&second, 12);
    });
}

#[test]
fn a_copied_clone() {
    each(|pack| {
        let (_bare, first, _) = clones();
        record(&first, "2026-11-12T12:00:00Z");
        let copy = Project::empty();
        copy_dir(&first.dir, &copy.dir);
        for (project, hour) in [(&first, 13), (&copy, 14)] {
            if pack == Pack::OneSide && hour == 13 {
                project.ok(&["pack", "--older-than", "0"]);
            }
            record(project, &format!("2026-11-12T{hour}:00:00Z"));
            commit(project, "here");
        }
        first.git(&["push", "-q"]);
        if copy.git_any(&["pull", "-q", "--no-rebase", "--no-edit"]).code != 0 {
            settle(&copy, "--theirs", &["commit", "-q", "--no-edit"]);
        }
        check(&copy, 10);
    });
}

#[test]
fn criss_cross() {
    each(|pack| {
        let project = both(pack);
        project.git(&["branch", "b1", "b"]);
        project.git(&["branch", "a1", "a"]);
        project.git(&["checkout", "-q", "a"]);
        merge(&project, &["b1"], "--ours");
        record(&project, "2026-11-14T12:00:00Z");
        commit(&project, "on a");
        project.git(&["checkout", "-q", "b"]);
        merge(&project, &["a1"], "--ours");
        record(&project, "2026-11-14T13:00:00Z");
        commit(&project, "on b");
        merge(&project, &["a"], "--theirs");
        check(&project, 15);
    });
}

/// As forges merge: without a work tree and without attributes.
#[test]
fn a_merge_in_a_bare_repository() {
    each(|pack| {
        let project = both(pack);
        let file = format!("{PRODUCTION}/learnings.md");
        project.git(&["checkout", "main", "--", &file]);
        project.git(&["commit", "-q", "-m", "events only"]);
        let bare = Project::empty();
        bare.git(&["clone", "-q", "--bare", project.dir.to_str().unwrap(), "."]);
        let res = bare.git_any(&["merge-tree", "--write-tree", "a", "b"]);
        assert_eq!(res.code, 0, "{res:?}");
        let tree = res.stdout.trim();
        let made = bare.git(&["commit-tree", tree, "-p", "a", "-p", "b", "-m", "merged"]);
        bare.git(&["update-ref", "refs/heads/main", made.trim()]);
        let clone = Project::empty();
        clone.git(&["clone", "-q", "-b", "main", bare.dir.to_str().unwrap(), "."]);
        check(&clone, 13);
    });
}

/// A revert takes back what the commit carried, and nothing else: that is what it means.
#[test]
fn a_revert_takes_what_the_commit_carried() {
    let project = both(Pack::Nobody);
    project.git(&["checkout", "-q", "a"]);
    merge(&project, &["b"], "--ours");
    check(&project, 13);
    commit(&project, "synced");
    let res = project.git_any(&["revert", "--no-edit", "b"]);
    if res.code != 0 {
        settle(&project, "--theirs", &["revert", "--continue"]);
    }
    check(&project, 10);
}

/// Two branches that sealed the same events, before and after their own work.
#[test]
fn packs_on_both_sides_do_not_conflict() {
    for again in [false, true] {
        let project = start();
        work(&project, "a", 11, true);
        work(&project, "b", 12, true);
        if again {
            project.ok(&["pack", "--older-than", "0"]);
            commit(&project, "sealed again");
        }
        merge(&project, &["a"], "--ours");
        check(&project, 13);
    }
}

#[test]
fn markers_left_in_generated_values_are_healed() {
    for style in ["merge", "diff3", "zdiff3"] {
        let project = both(Pack::Nobody);
        record(&project, "2026-11-12T12:00:00Z");
        commit(&project, "one more");
        project.git(&["config", "merge.conflictStyle", style]);
        project.git(&["checkout", "-q", "a"]);
        assert_ne!(project.git_any(&["merge", "-q", "--no-edit", "b"]).code, 0);
        assert!(project.learnings().contains("<<<<<<<"));
        check(&project, 14);
    }
}

#[test]
fn markers_around_words_of_people_are_named_and_left() {
    let project = both(Pack::Nobody);
    for (branch, words) in [("a", "we\n"), ("b", "they\n")] {
        project.git(&["checkout", "-q", branch]);
        let text = format!("{}\n{words}", project.learnings());
        project.write(&format!("{PRODUCTION}/learnings.md"), text);
        commit(&project, words);
    }
    project.git(&["checkout", "-q", "a"]);
    project.git_any(&["merge", "-q", "--no-edit", "b"]);
    let text = project.learnings();
    let lines = text.lines().enumerate().filter(|it| it.1.starts_with("<<<<<<<"));
    let line = 1 + lines.last().unwrap().0;
    let res = project.run(&["sync"]);
    assert_eq!(res.code, 2, "{res:?}");
    assert!(res.stdout.contains(&format!("learnings.md:{line}: conflict markers")), "{res:?}");
    assert_eq!(project.run(&["sync", "--check"]).code, 1);
    assert_eq!(project.learnings(), text);
    let out = project.ok(&["record", "rollback"]);
    assert!(out.contains("conflict markers"), "{out}");
    assert_eq!(project.learnings(), text);
    project.write(&format!("{PRODUCTION}/learnings.md"), resolved(&text));
    check(&project, 14);
}

fn resolved(text: &str) -> String {
    let marker = |it: &&str| ["<<<<<<<", "=======", ">>>>>>>"].iter().any(|m| it.starts_with(m));
    text.lines().filter(|it| !marker(it)).map(|it| format!("{it}\n")).collect()
}

#[test]
fn numbers_that_a_person_made_up_in_a_merge_are_mended() {
    let project = both(Pack::Nobody);
    project.git(&["checkout", "-q", "a"]);
    merge(&project, &["b"], "--ours");
    let text = project.learnings().replace("5/5 ⭐⭐⭐⭐⭐ (10 occurrences)", "1/5 ⭐⭐☆☆☆");
    project.write(&format!("{PRODUCTION}/learnings.md"), text);
    check(&project, 13);
}

#[test]
fn branches_carry_only_events_where_the_settings_say_so() {
    let project = Project::new();
    project.git(&["init", "-q", "-b", "main"]);
    project.write(".learn/config.toml", "[sync]\non = \"default-branch\"\n");
    commit(&project, "base");
    for branch in ["a", "b"] {
        project.git(&["checkout", "-q", "-b", branch, "main"]);
        let out = project.run(&["record", "rollback"]);
        assert_eq!(out.code, 0);
        assert!(out.stderr.contains("written on `main` only"), "{out:?}");
        commit(&project, branch);
    }
    project.git(&["checkout", "-q", "main"]);
    project.git(&["merge", "-q", "--no-edit", "a", "b"]);
    assert!(project.learnings().contains("0/5"));
    project.ok(&["sync"]);
    assert!(project.learnings().contains("**Frequency**: 2/5"));
}
