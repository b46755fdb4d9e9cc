//! The npm packages, made from the program under test, packed, and installed from the tarballs without a network.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::support::{BIN, Output, Project, has, output, repo};

const NAME: &str = "learn-journal";

/// The target of this machine, as Node calls it, where packages are made for it and the tools are there.
fn target() -> Option<&'static str> {
    if !(has("npm") && has("node")) {
        return None;
    }
    let target = match (std::env::consts::OS, std::env::consts::ARCH) {
        ("linux", "x86_64") => "linux-x64",
        ("linux", "aarch64") => "linux-arm64",
        ("macos", "x86_64") => "darwin-x64",
        ("macos", "aarch64") => "darwin-arm64",
        ("windows", "x86_64") => "win32-x64",
        (os, cpu) => {
            println!("skipped: no npm package for {os} on {cpu}");
            return None;
        }
    };
    Some(target)
}

fn npm(project: &Project, dir: &Path, args: &[&str]) -> Output {
    let mut npm = Command::new("npm");
    npm.args(args)
        .args(["--offline", "--no-audit", "--no-fund", "--loglevel=error"])
        .current_dir(dir)
        .env("npm_config_cache", project.path("npm-cache"))
        .env("npm_config_userconfig", project.path("npmrc"))
        .env("npm_config_update_notifier", "false")
        .env("HOME", &project.dir);
    output(&mut npm)
}

fn build(project: &Project, args: &[&str]) -> Output {
    let script = repo().join("npm/build.mjs");
    output(Command::new("node").arg(script).args(args).current_dir(&project.dir))
}

/// Makes the two packages with a program and returns their tarballs: the launcher's and the system's.
fn tarballs(project: &Project, target: &str, program: &str) -> [PathBuf; 2] {
    let out = build(project, &["--target", target, "--binary", program, "--out", "packages"]);
    assert_eq!(out.code, 0, "{out:?}");
    [NAME.to_owned(), format!("{NAME}-{target}")].map(|name| {
        let dir = project.path("packages").join(&name);
        let out = npm(project, &dir, &["pack"]);
        assert_eq!(out.code, 0, "{out:?}");
        dir.join(out.stdout.trim().lines().last().unwrap())
    })
}

/// Installs tarballs into `app`.
fn install(project: &Project, tarballs: &[PathBuf], options: &[&str]) {
    project.write("app/package.json", r#"{"private": true}"#);
    let paths: Vec<&str> = tarballs.iter().map(|it| it.to_str().unwrap()).collect();
    let out = npm(project, &project.path("app"), &[&["install"], options, &paths].concat());
    assert_eq!(out.code, 0, "{out:?}");
}

/// The installed command, with nothing of this machine but the PATH.
fn learn(project: &Project, args: &[&str]) -> Command {
    let name = if cfg!(windows) { "learn.cmd" } else { "learn" };
    let mut res = Command::new(project.path("app/node_modules/.bin").join(name));
    res.args(args).current_dir(project.path("app")).env("HOME", &project.dir).stdin(Stdio::null());
    res
}

#[test]
fn the_packages_install_and_run_without_a_network() {
    let Some(target) = target() else { return };
    let project = Project::empty();
    let tarballs = tarballs(&project, target, BIN);
    install(&project, &tarballs, &[]);

    let out = output(&mut learn(&project, &["--version"]));
    let wanted = output(Command::new(BIN).arg("--version")).stdout;
    assert_eq!((out.code, out.stdout), (0, wanted));

    let out = output(&mut learn(&project, &["record", "--nonsense"]));
    assert_eq!(out.code, 2, "{out:?}");
    assert!(out.stderr.contains("--nonsense"), "{out:?}");

    let mut command = learn(&project, &["lint", "--stdin", "--stdin-filename", "SKILL.md"]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(b"# No head, and no name.\n").unwrap();
    let out = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&out.stdout);
    assert!(said.contains("SKILL.md:1"), "{said} {}", String::from_utf8_lossy(&out.stderr));

    for name in [NAME.to_owned(), format!("{NAME}-{target}")] {
        let manifest: serde_json::Value =
            serde_json::from_str(&project.read(&format!("packages/{name}/package.json"))).unwrap();
        assert!(manifest.get("scripts").is_none(), "{manifest}");
        assert!(project.path(&format!("app/node_modules/{name}/LICENSE-MIT")).is_file());
        assert_eq!(manifest["version"], env!("CARGO_PKG_VERSION"));
    }
}

#[test]
fn without_the_program_it_says_what_to_do() {
    let Some(target) = target() else { return };
    let project = Project::empty();
    project.write("program", "");
    let [main, _] = tarballs(&project, target, "program");
    install(&project, &[main], &["--omit=optional"]);
    let out = output(&mut learn(&project, &["--version"]));
    assert_eq!(out.code, 2, "{out:?}");
    assert_eq!(out.stdout, "");
    assert!(out.stderr.contains(&format!("`{NAME}-{target}`")), "{out:?}");
    assert!(out.stderr.contains("npm install --include=optional"), "{out:?}");

    // A system that there is no package for.
    let manifest = project.path("app/node_modules").join(NAME).join("package.json");
    let text = fs::read_to_string(&manifest).unwrap();
    fs::write(&manifest, text.replace(&format!("-{target}\""), "-plan9-x64\"")).unwrap();
    let out = output(&mut learn(&project, &["--version"]));
    assert_eq!(out.code, 2, "{out:?}");
    assert!(out.stderr.contains("cargo install --path ."), "{out:?}");
}

#[test]
fn programs_of_another_version_do_not_run() {
    let Some(target) = target() else { return };
    let project = Project::empty();
    project.write("program", "");
    let tarballs = tarballs(&project, target, "program");
    install(&project, &tarballs, &[]);
    let manifest = format!("app/node_modules/{NAME}-{target}/package.json");
    let text = project.read(&manifest).replace(env!("CARGO_PKG_VERSION"), "99.0.0");
    project.write(&manifest, text);
    let out = output(&mut learn(&project, &["--version"]));
    assert_eq!(out.code, 2, "{out:?}");
    assert!(out.stderr.contains("99.0.0"), "{out:?}");
}

#[cfg(unix)]
#[test]
fn signals_reach_the_program_and_come_back() {
    use std::io::{BufRead, BufReader};
    use std::os::unix::process::ExitStatusExt;

    let Some(target) = target() else { return };
    let project = Project::empty();
    // A program that tells what it hears, and one that a signal ends.
    project.write(
        "program",
        "#!/bin/sh\n[ \"$1\" = die ] && kill -TERM $$\ntrap 'exit 7' TERM\necho ready\n\
         while :; do sleep 0.05; done\n",
    );
    let tarballs = tarballs(&project, target, "program");
    install(&project, &tarballs, &[]);

    let status = learn(&project, &["die"]).status().unwrap();
    assert_eq!(status.signal(), Some(15), "{status:?}");

    let mut child = learn(&project, &[]).stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    assert_eq!(line, "ready\n");
    let kill = Command::new("kill").arg("-TERM").arg(child.id().to_string()).status().unwrap();
    assert!(kill.success());
    assert_eq!(child.wait().unwrap().code(), Some(7));
}

#[test]
fn packages_are_not_made_from_bad_arguments() {
    let Some(target) = target() else { return };
    let project = Project::empty();
    for (args, wanted) in [
        (vec!["--target", "plan9-x64", "--binary", BIN, "--out", "packages"], "linux-arm64"),
        (vec!["--target", target, "--binary", "nothing", "--out", "packages"], "`nothing`"),
        (vec!["--target", target, "--out", "packages"], "`--binary` is missing"),
        (vec!["--targets", target], "--targets"),
    ] {
        let out = build(&project, &args);
        assert_eq!(out.code, 2, "{out:?}");
        assert!(out.stderr.contains(wanted), "{out:?}");
        assert!(!project.path("packages").exists());
    }
}
