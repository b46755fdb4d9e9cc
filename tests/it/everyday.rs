//! The command blocks of docs/everyday.md, docs/install.md and docs/walkthrough.md, as a shell runs them.

use std::process::Command;

use crate::support::{PRODUCTION, Project, files, has, output, repo};

/// Returns the block of commands below a heading of the page about everyday life.
fn block(heading: &str) -> String {
    block_of("everyday.md", heading)
}

fn block_of(page: &str, heading: &str) -> String {
    let page = std::fs::read_to_string(repo().join("docs").join(page)).unwrap();
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
    // Somebody else pushed since the machine was set up.
    let other = project.path("other");
    project.git(&["clone", "-q", bare.to_str().unwrap(), other.to_str().unwrap()]);
    let root = other.display();
    run(
        &project,
        &format!(
            "learn --root '{root}' record rollback; cd '{root}'; git add -A; git commit -qm theirs; git push -q"
        ),
    );
    let job = block("Who commits `.learn/`");
    run(&project, &job);
    // The job runs again on the same machine: the key keeps it from counting twice.
    let again = job.replace("git commit -q", "git commit -q --allow-empty");
    assert!(run(&project, &again).contains("already recorded"));
    let clone = project.path("clone");
    project.git(&["clone", "-q", bare.to_str().unwrap(), clone.to_str().unwrap()]);
    let root = clone.display();
    run(&project, &format!("learn --root '{root}' sync"));
    let log = run(&project, &format!("learn --root '{root}' log"));
    assert_eq!(log.lines().filter(|it| it.contains("rollback-needed")).count(), 3, "{log}");
    let text = std::fs::read_to_string(clone.join(PRODUCTION).join("learnings.md")).unwrap();
    assert!(text.contains("**Frequency**: 3/5"), "{text}");
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
    let commands = block("Changing your mind");
    let (before, mute) = commands.split_once("learn mute").expect("muting is among them");
    run(&project, before);
    let told = project.ok(&["context", "phase-2-ship"]);
    assert!(told.contains("rolled-back"), "{told}");
    run(&project, &format!("learn mute{mute}"));
    assert!(!project.ok(&["context", "phase-2-ship"]).contains("rolled-back"));
    let log = project.ok(&["log"]);
    assert!(log.contains("the right note"), "{log}");
    // The one from the start and the one with the right note: under the new name, and by the old one.
    assert_eq!((project.count("rolled-back"), project.count("rollback-needed")), (2, 2));
}

#[test]
fn completions_and_manual_pages_are_put_where_programs_look() {
    if !has("bash") {
        return;
    }
    let project = Project::new();
    run(&project, &block_of("install.md", "Completions and manual pages"));
    for path in [
        ".local/share/bash-completion/completions/learn",
        ".zfunc/_learn",
        ".config/fish/completions/learn.fish",
        ".local/share/man/man1/learn.1",
        ".local/share/man/man1/learn-hooks-install.1",
    ] {
        assert!(project.read(path).len() > 100, "{path}");
    }
    let pages = files(&project.path(".local/share/man/man1")).len();
    assert_eq!(pages, project.ok(&["man", "--list"]).lines().count() + 1);
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

#[test]
fn the_walk_through_a_deployment_can_be_walked() {
    let project = Project::new();
    project.git(&["init", "-q", "-b", "main"]);
    let page = std::fs::read_to_string(repo().join("docs/walkthrough.md")).unwrap();
    let package = repo().join("skills/production-deployment-phase");
    let blocks: Vec<&str> =
        page.split("```bash\n").skip(1).map(|it| it.split("```").next().unwrap()).collect();
    assert_eq!(blocks.len(), 6);
    let said: Vec<String> = blocks
        .iter()
        .map(|it| run(&project, &format!("PACKAGE='{}'\n{it}", package.display())))
        .collect();
    assert!(said[1].contains("nothing was recorded yet"), "{}", said[1]);
    assert!(said[2].contains("of deployment v1.4.0"), "{}", said[2]);
    assert!(said[4].contains("overwritten by an update"), "{}", said[4]);
    let next = &said[5];
    assert!(next.contains("DATABASE_URL was missing"), "{next}");
    assert!(next.contains("the pipeline refuses a release"), "{next}");
    assert!(next.contains("Rollback frequency (<5%): 1/2"), "{next}");
    assert_eq!((project.count("rollback-needed"), project.run(&["sync", "--check"]).code), (1, 0));
}
