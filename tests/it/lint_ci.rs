//! The GitHub Action and the pre-commit hook, as far as they can be tried without their services.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::support::{Project, has, repo};

const BROKEN: &str = "---\nname: ship\ndescription: Ships a release. Use when releasing.\n---\n# S\n\n[a](gone.md)\n";

/// Returns a search path on which `learn` is the program under test.
fn path_with_learn(project: &Project) -> String {
    let bin = project.path("bin");
    std::fs::create_dir_all(&bin).unwrap();
    let learn = bin.join("learn");
    if !learn.exists() {
        std::fs::hard_link(env!("CARGO_BIN_EXE_learn"), &learn)
            .or_else(|_| std::fs::copy(env!("CARGO_BIN_EXE_learn"), &learn).map(drop))
            .unwrap();
    }
    format!("{}:{}", bin.display(), std::env::var("PATH").unwrap())
}

/// Runs a step of action.yml as a runner does, with the variables that it names.
fn step(project: &Project, script: &str, inputs: &[(&str, &str)]) -> Output {
    let action = std::fs::read_to_string(repo().join("action.yml")).unwrap();
    let run = format!("run: bash \"$LEARN_ACTION/.github/action/{script}\"");
    assert!(action.contains(&run), "{script} is a step");
    // Nothing that a person types stands in a script.
    assert!(action.lines().all(|it| !(it.contains("run:") && it.contains("${{"))));
    let mut command = Command::new("bash");
    command.arg(repo().join(".github/action").join(script)).current_dir(project.path("work"));
    command.env("PATH", path_with_learn(project)).env("LEARN_ACTION", repo());
    for (name, value) in inputs {
        assert!(action.contains(&format!("{name}: ${{{{ inputs.")), "{name} is an input");
        command.env(name, value);
    }
    command.output().unwrap()
}

#[test]
fn the_action_annotates_and_writes_sarif() {
    let project = Project::empty();
    project.write("work/skills/ship/SKILL.md", BROKEN);
    let res = step(&project, "install.sh", &[]);
    assert!(res.status.success(), "{res:?}");
    let res = step(&project, "lint.sh", &[("LEARN_PATHS", "skills"), ("LEARN_SARIF", "out.sarif")]);
    let text = String::from_utf8_lossy(&res.stdout).into_owned();
    assert_eq!(res.status.code(), Some(1), "{res:?}");
    assert!(text.contains("::error file=skills/ship/SKILL.md,line=7"), "{text}");
    let sarif = project.read("work/out.sarif");
    assert!(sarif.contains("\"ruleId\":\"broken-link\""), "{sarif}");
    let res = step(
        &project,
        "lint.sh",
        &[("LEARN_ARGS", "--ignore broken-link"), ("LEARN_PATHS", "skills")],
    );
    assert_eq!((res.status.code(), res.stdout.len()), (Some(0), 0), "{res:?}");
    // What somebody types is words: no command, no glob, no option of their own among the paths.
    for typed in ["$(touch owned)", "; touch owned", "*", "--fix", "`touch owned`"] {
        let res = step(&project, "lint.sh", &[("LEARN_PATHS", typed)]);
        assert_eq!(res.status.code(), Some(2), "{typed}: {res:?}");
        let res = step(&project, "lint.sh", &[("LEARN_ARGS", typed), ("LEARN_PATHS", "skills")]);
        assert!(res.status.code().is_some_and(|it| it > 0), "{typed}: {res:?}");
    }
    assert!(!project.path("work/owned").exists());
}

#[test]
fn the_pre_commit_hook_stops_a_commit() {
    if !has("pre-commit") {
        return;
    }
    let project = Project::empty();
    project.write("work/skills/ship/SKILL.md", BROKEN);
    project.write("work/other.md", "[a](gone.md)\n");
    let hooks = project.path("hooks");
    project.write(
        "hooks/.pre-commit-hooks.yaml",
        std::fs::read(repo().join(".pre-commit-hooks.yaml")).unwrap(),
    );
    let git = |dir: &Path, args: &[&str]| {
        let mut command = Command::new("git");
        command.args(["-c", "user.name=x", "-c", "user.email=x@y.z"]).args(args).current_dir(dir);
        assert!(command.output().unwrap().status.success(), "{args:?}");
    };
    let work = project.path("work");
    for dir in [&hooks, &work] {
        git(dir, &["init", "-q"]);
        git(dir, &["add", "-A"]);
        git(dir, &["commit", "-q", "-m", "start"]);
    }
    let run = |files: &[PathBuf]| {
        let mut command = Command::new("pre-commit");
        command.args(["try-repo"]).arg(&hooks).args(["learn-lint-system", "--files"]).args(files);
        command.current_dir(&work).env("PATH", path_with_learn(&project));
        command.env("PRE_COMMIT_HOME", project.path("cache")).output().unwrap()
    };
    let res = run(&[work.join("skills/ship/SKILL.md"), work.join("other.md")]);
    let text = String::from_utf8_lossy(&res.stdout).into_owned();
    assert_eq!(res.status.code(), Some(1), "{res:?}");
    assert!(text.contains("`gone.md` is not there") && !text.contains("other.md"), "{text}");
    let res = run(&[work.join("other.md")]);
    assert!(res.status.success(), "{res:?}");
}
