//! The npm packages: laid out, packed, installed from their tarballs without a network, and run.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::support::{BIN, Output, Project, files, has, output, repo};

/// What npm calls this platform.
fn platform() -> Option<&'static str> {
    Some(match (std::env::consts::OS, std::env::consts::ARCH) {
        ("linux", "x86_64") => "linux-x64",
        ("linux", "aarch64") => "linux-arm64",
        ("macos", "x86_64") => "darwin-x64",
        ("macos", "aarch64") => "darwin-arm64",
        _ => return None,
    })
}

fn npm(project: &Project, dir: &Path, args: &[&str]) -> Output {
    let mut npm = Command::new("npm");
    npm.args(args).args(["--offline", "--ignore-scripts", "--loglevel=error"]).current_dir(dir);
    npm.env("npm_config_cache", project.path("npm-cache"))
        .env("npm_config_update_notifier", "false");
    output(npm.env("npm_config_userconfig", project.path("npmrc")).env("HOME", &project.dir))
}

/// Lays out a package, packs it and returns the tarball.
fn packed(project: &Project, args: &[&str]) -> PathBuf {
    let out = project.path("out");
    let mut build = Command::new("node");
    build.arg(repo().join("npm/build.mjs")).arg("--out").arg(&out).args(args);
    let done = output(&mut build);
    assert_eq!(done.code, 0, "{done:?}");
    let name = args.get(1).map_or("learn-cli".to_owned(), |it| format!("learn-cli-{it}"));
    let done =
        npm(project, &out.join(name), &["pack", "--pack-destination", out.to_str().unwrap()]);
    assert_eq!(done.code, 0, "{done:?}");
    out.join(done.stdout.trim().lines().last().unwrap())
}

#[test]
fn the_packages_install_from_their_tarballs_and_run() {
    let Some(platform) = platform().filter(|_| has("npm") && has("node")) else { return };
    let project = Project::empty();
    let main = packed(&project, &[]);
    let own = packed(&project, &["--platform", platform, "--binary", BIN]);
    project.write("work/package.json", "{\"private\": true}");
    let work = project.path("work");
    let install = ["install", "--no-audit", "--no-fund", main.to_str().unwrap()];
    // Other platforms' packages are not there, and need not be.
    let done = npm(&project, &work, &[&install[..], &[own.to_str().unwrap()]].concat());
    assert_eq!(done.code, 0, "{done:?}");
    let learn = work.join("node_modules/.bin/learn");
    let run = |args: &[&str]| output(Command::new(&learn).args(args).current_dir(&work));
    let version = run(&["--version"]);
    assert_eq!(version.stdout.trim(), concat!("learn ", env!("CARGO_PKG_VERSION")), "{version:?}");
    let wrong = run(&["nope"]);
    assert!(wrong.code == 2 && wrong.stderr.contains("nope"), "{wrong:?}");
    let mut lint = Command::new(&learn);
    lint.args(["lint", "--stdin", "--stdin-filename", "SKILL.md"]).current_dir(&work);
    let mut child =
        lint.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(b"# no head\n").unwrap();
    let done = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&done.stdout);
    assert!(done.status.code() == Some(1) && said.contains("missing-frontmatter"), "{done:?}");
    // Without the platform's package it says what to do.
    std::fs::remove_dir_all(work.join("node_modules/@learn-cli")).unwrap();
    let alone = run(&["--version"]);
    assert!(
        alone.code == 2 && alone.stderr.contains(&format!("@learn-cli/{platform}")),
        "{alone:?}"
    );
}

#[cfg(unix)]
#[test]
fn a_signal_to_the_launcher_reaches_the_program() {
    use std::os::unix::process::ExitStatusExt;

    let Some(platform) = platform().filter(|_| has("node")) else { return };
    let project = Project::empty();
    project.write(
        &format!("node_modules/@learn-cli/{platform}/bin/learn"),
        "#!/bin/sh\necho ready\nexec sleep 60\n",
    );
    let program = project.path(&format!("node_modules/@learn-cli/{platform}/bin/learn"));
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(program, mode).unwrap();
    project.write("bin/learn.js", std::fs::read(repo().join("npm/learn.js")).unwrap());
    let mut child = Command::new("node")
        .arg(project.path("bin/learn.js"))
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = std::io::BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    std::io::BufRead::read_line(&mut said, &mut line).unwrap();
    assert_eq!(line, "ready\n");
    Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap();
    // The pipe ends when the program has ended too.
    std::io::Read::read_to_string(&mut said, &mut line).unwrap();
    assert_eq!(child.wait().unwrap().signal(), Some(15));
}

#[test]
fn what_cannot_be_laid_out_is_said() {
    if !has("node") {
        return;
    }
    let project = Project::empty();
    let build = |args: &[&str]| {
        let mut node = Command::new("node");
        output(node.arg(repo().join("npm/build.mjs")).args(args).current_dir(&project.dir))
    };
    for (args, said) in [
        (&["--out", "x", "--platform", "plan9-x64", "--binary", BIN][..], "plan9-x64"),
        (&["--out", "x", "--platform", "linux-x64"], "usage"),
        (&[], "usage"),
    ] {
        let done = build(args);
        assert!(done.code == 2 && done.stderr.contains(said), "{done:?}");
    }
    assert_eq!(files(&project.dir).len(), 0);
}
