//! The command blocks of docs/everyday.md, as a shell runs them.

use std::process::Command;

use crate::support::{PRODUCTION, Project, output};

/// Returns the block of commands below a heading of the page.
fn block(heading: &str) -> String {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/everyday.md");
    let page = std::fs::read_to_string(path).unwrap();
    let part = page.split(&format!("## {heading}\n")).nth(1).expect("the page has this heading");
    let part = part.split("\n## ").next().unwrap();
    let block = part.split("```bash\n").nth(1).expect("commands stand below it");
    block.split("```").next().unwrap().to_owned()
}

/// Runs commands in a project, with `learn` on the PATH, and returns what they print.
fn run(project: &Project, script: &str) -> String {
    let inner = project.command(&[]);
    let folder = std::path::Path::new(inner.get_program()).parent().unwrap().to_owned();
    let path = format!("{}:{}", folder.display(), std::env::var("PATH").unwrap());
    let mut shell = Command::new("sh");
    shell.args(["-euc", script]).current_dir(&project.dir);
    for (name, value) in inner.get_envs() {
        if let Some(value) = value {
            shell.env(name, value);
        }
    }
    for name in ["GIT_AUTHOR_NAME", "GIT_COMMITTER_NAME", "GIT_AUTHOR_EMAIL", "GIT_COMMITTER_EMAIL"]
    {
        shell.env(name, "somebody");
    }
    let res = output(shell.env("PATH", path).env("HOME", &project.dir));
    assert_eq!(res.code, 0, "{script}: {res:?}");
    res.stdout
}

fn repository() -> Project {
    let project = Project::new();
    project.git(&["init", "-q", "-b", "main"]);
    project.ok(&["record", "rollback"]);
    project.git(&["add", "-A"]);
    project.git(&["commit", "-qm", "start"]);
    project
}

#[test]
fn a_machine_that_is_thrown_away_brings_its_events_back() {
    let project = repository();
    let bare = project.path("origin.git");
    project.git(&["init", "-q", "--bare", "-b", "main", bare.to_str().unwrap()]);
    project.git(&["remote", "add", "origin", bare.to_str().unwrap()]);
    project.git(&["push", "-q", "origin", "main"]);
    let job = block("Who commits `.learn/`");
    run(&project, &job);
    // The job runs again on the same machine: the key keeps it from counting twice.
    let again = job.replace("git commit -q", "git commit -q --allow-empty");
    assert!(run(&project, &again).contains("already recorded"));
    assert!(project.learnings().contains("**Frequency**: 2/5"), "{}", project.learnings());
    let other = project.path("clone");
    project.git(&["clone", "-q", bare.to_str().unwrap(), other.to_str().unwrap()]);
    let log = run(&project, &format!("learn --root '{}' log", other.display()));
    assert_eq!(log.lines().filter(|it| it.contains("rollback-needed")).count(), 2, "{log}");
}

#[test]
fn a_merge_brings_the_file_up_to_date() {
    let project = repository();
    run(&project, &block("After a merge"));
    project.git(&["checkout", "-q", "-b", "other"]);
    project.ok(&["record", "rollback"]);
    project.git(&["add", ".learn"]);
    project.git(&["commit", "-qm", "only the event"]);
    project.git(&["checkout", "-q", "--", PRODUCTION]);
    project.git(&["checkout", "-q", "main"]);
    assert!(project.learnings().contains("**Frequency**: 1/5"));
    run(&project, "git merge -q other");
    assert!(project.learnings().contains("**Frequency**: 2/5"), "{}", project.learnings());
}

#[test]
fn the_home_folder_is_a_project_of_its_own() {
    let project = Project::new();
    let shown = run(&project, &block("Skills in the home folder"));
    assert!(shown.contains("rollback-needed"), "{shown}");
    assert!(project.path(".learn/events").is_dir());
}

#[test]
fn a_mind_can_be_changed() {
    let project = repository();
    run(&project, &block("Changing your mind"));
    let log = project.ok(&["log", "--json"]);
    assert!(log.contains("the right note"), "{log}");
    let shown = project.ok(&["show", "rolled-back"]);
    assert!(shown.contains('2'), "{shown}");
    assert!(!project.ok(&["context", "phase-2-ship"]).contains("rolled-back"));
}

#[test]
fn nothing_is_left_but_what_is_the_users() {
    let project = repository();
    let before = project.learnings();
    run(&project, "learn hooks install");
    run(&project, &block("Uninstalling"));
    assert!(!project.path(".learn").exists());
    assert_eq!(project.learnings(), before);
    let settings =
        std::fs::read_to_string(project.path(".claude/settings.json")).unwrap_or_default();
    assert!(!settings.contains("learn"), "{settings}");
    let left = project.git(&["status", "--porcelain"]);
    let foreign: Vec<&str> = left.lines().filter(|it| !it.contains(".learn/")).collect();
    assert_eq!(foreign, Vec::<&str>::new());
}
