//! Completions and manual pages, read by the programs they are for.

use std::process::Command;

use crate::support::{Project, has, repo};

/// What is typed, and a word that has to come of it.
const COMPLETED: [(&str, &str); 4] = [
    ("learn rec", "record"),
    ("learn hooks ins", "install"),
    ("learn record --ca", "--cause"),
    ("learn lint --for", "--format"),
];

/// Writes the completions of a shell into a file of a project, where the shell is at hand.
fn completions(shell: &str, name: &str) -> Option<(Project, std::path::PathBuf)> {
    let project = has(shell).then(Project::new)?;
    let script = project.path(name);
    std::fs::write(&script, project.ok(&["completions", shell])).unwrap();
    Some((project, script))
}

#[test]
fn bash_completes_commands_and_options() {
    let Some((_project, script)) = completions("bash", "learn.bash") else { return };
    for (words, wanted) in COMPLETED {
        let ask = format!(
            ". '{}'; COMP_WORDS=({words}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)); \
             _learn learn \"${{COMP_WORDS[-1]}}\" \"${{COMP_WORDS[-2]}}\"; echo \"${{COMPREPLY[*]}}\"",
            script.display()
        );
        let out = Command::new("bash").args(["-c", &ask]).output().unwrap();
        let said = String::from_utf8(out.stdout).unwrap();
        assert!(said.split_whitespace().any(|it| it == wanted), "{words}: {said:?}");
    }
}

#[test]
fn fish_completes_commands_and_options() {
    let Some((_project, script)) = completions("fish", "learn.fish") else { return };
    for (words, wanted) in COMPLETED {
        let ask = format!("source '{}'; complete -C '{words}'", script.display());
        let out = Command::new("fish").args(["--no-config", "-c", &ask]).output().unwrap();
        let said = String::from_utf8(out.stdout).unwrap();
        assert!(
            said.split_whitespace().any(|it| it == wanted),
            "{words}: {said:?} {:?}",
            out.stderr
        );
    }
}

#[test]
fn zsh_completes_commands_and_options() {
    let Some((project, _)) = completions("zsh", "_learn") else { return };
    // Only a line that is being edited is completed, so a second zsh has one on a terminal of its own.
    let ask = r#"
        zmodload zsh/zpty
        zpty shell zsh -f -i
        zpty -w shell "PS1=; fpath=('$1' \$fpath); autoload -U compinit; compinit -u -D; print REA''DY"
        zpty -r shell all '*READY*'
        zpty -w -n shell "$2"$'\t'
        zpty -w shell "; print DO''NE"
        zpty -r shell all '*DONE*'
        print -r -- "$all"
    "#;
    let run = |words: &str| {
        let dir = project.dir.as_os_str();
        let mut command = Command::new("zsh");
        command.args(["-f", "-c", ask, "zsh"]).arg(dir).arg(words).current_dir(&project.dir);
        command.output().unwrap()
    };
    for (words, wanted) in COMPLETED {
        let out = run(words);
        let said = String::from_utf8_lossy(&out.stdout).into_owned();
        assert!(said.contains(wanted), "{words}: {said:?} {:?}", out.stderr);
    }
}

#[test]
fn every_command_has_a_page_that_man_renders() {
    let project = Project::new();
    let list = project.ok(&["man", "--list"]);
    assert!(list.lines().any(|it| it == "hooks install"), "{list}");
    let mut pages: Vec<Vec<&str>> = list.lines().map(|it| it.split(' ').collect()).collect();
    pages.push(Vec::new());
    let renders = has("man");
    for words in pages {
        let text = project.ok(&[&["man"], &*words].concat());
        let title = [&["learn"], &*words].concat().join("-");
        assert!(text.contains(&format!(".TH {title} 1")), "{title}: {text:.300}");
        if renders {
            let path = project.path("page.1");
            std::fs::write(&path, &text).unwrap();
            let out = Command::new("man").args(["--warnings", "-l"]).arg(&path).output().unwrap();
            // A long option does not fill its line to the last column.
            let said = String::from_utf8_lossy(&out.stderr);
            let said: Vec<&str> = said.lines().filter(|it| !it.contains("adjust line")).collect();
            assert!(out.status.success() && said.concat().trim().is_empty(), "{title}: {said:?}");
        }
    }
    let res = project.run(&["man", "nope"]);
    assert_eq!(res.code, 2);
    assert!(res.stderr.contains("learn man --list"), "{res:?}");
}

#[test]
fn build_rs_asks_for_nothing_where_the_program_is_static_anyway() {
    let project = Project::empty();
    let program = project.path("build-script");
    let mut rustc = Command::new(std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()));
    rustc.args(["--edition", "2024", "-o"]).arg(&program).arg(repo().join("build.rs"));
    assert!(rustc.status().unwrap().success());
    let asked = |os: &str, env: &str, features: &str| {
        let mut command = Command::new(&program);
        command.env_remove("LEARN_PIE").env_remove("RUSTC_LINKER");
        command.env("CARGO_CFG_TARGET_OS", os).env("CARGO_CFG_TARGET_ENV", env);
        let out = command.env("CARGO_CFG_TARGET_FEATURE", features).output().unwrap();
        assert!(out.status.success(), "{out:?}");
        let said = String::from_utf8(out.stdout).unwrap();
        said.lines().filter(|it| it.starts_with("cargo::rustc-link")).count()
    };
    assert_ne!(asked("linux", "gnu", "sse2"), 0);
    for (os, env, features) in [
        ("linux", "musl", "crt-static,sse2"),
        ("linux", "musl", "sse2"),
        ("linux", "gnu", "crt-static"),
        ("macos", "", ""),
        ("windows", "msvc", ""),
    ] {
        assert_eq!(asked(os, env, features), 0, "{os} {env} {features}");
    }
}
