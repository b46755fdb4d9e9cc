//! A scratch project to run the program in, and what tests share.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

/// A temporary folder with a project; removed at the end of the test unless `LEARN_KEEP` is set.
pub struct Project {
    pub dir: PathBuf,
}

/// What a command printed and how it ended.
#[derive(Debug)]
pub struct Output {
    /// Exit code; -1 when a signal ended it.
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

pub const BIN: &str = env!("CARGO_BIN_EXE_learn");
/// The present of the tests. Each command of a project runs a second later than the one before.
pub const NOW: i64 = 1_795_422_600; // 2026-11-23T08:30:00Z

pub const PRODUCTION: &str = ".claude/skills/production-deployment-phase";

/// A watch of an address where nobody listens: three refusals, and then no waiting.
pub const WATCH_NOBODY: &[&str] = &[
    "watch",
    "http://127.0.0.1:9/",
    "--for",
    "1s",
    "--interval",
    "10ms",
    "--timeout",
    "100ms",
    "--grace",
    "0s",
    "--stop-on-fail",
    "--json",
];

impl Project {
    /// An empty folder.
    pub fn empty() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let dir = std::env::temp_dir().join(format!("learn-it-{}-{number}", std::process::id()));
        let _ = fs::remove_dir_all(&dir);
        fs::create_dir_all(&dir).unwrap();
        Self { dir: dir.canonicalize().unwrap() }
    }

    /// A project with this repository's production skill in `.claude/skills`.
    pub fn new() -> Self {
        let res = Self::empty();
        copy_dir(&repo().join("skills/production-deployment-phase"), &res.dir.join(PRODUCTION));
        res
    }

    pub fn path(&self, relative: &str) -> PathBuf {
        self.dir.join(relative)
    }

    pub fn read(&self, relative: &str) -> String {
        fs::read_to_string(self.path(relative)).unwrap_or_else(|err| panic!("{relative}: {err}"))
    }

    pub fn write(&self, relative: &str, text: impl AsRef<[u8]>) {
        let path = self.path(relative);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// Returns the text of the production skill's learnings.md.
    pub fn learnings(&self) -> String {
        self.read(&format!("{PRODUCTION}/learnings.md"))
    }

    /// A command of this program in the project, with a scrubbed environment and a fixed clock.
    pub fn command(&self, args: &[&str]) -> Command {
        static SECOND: AtomicU32 = AtomicU32::new(0);
        let second = i64::from(SECOND.fetch_add(1, Ordering::Relaxed));
        let now = chrono::DateTime::from_timestamp(NOW + second, 0).unwrap();
        let mut command = Command::new(BIN);
        command
            .args(args)
            .current_dir(&self.dir)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", &self.dir)
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_CEILING_DIRECTORIES", std::env::temp_dir())
            .env("LEARN_NOW", now.format("%Y-%m-%dT%H:%M:%SZ").to_string())
            .stdin(Stdio::null());
        command
    }

    pub fn run(&self, args: &[&str]) -> Output {
        output(&mut self.command(args))
    }

    /// Runs a command in this process, which saves the start of another one; without a git of its own.
    pub fn quick(&self, args: &[&str]) -> Output {
        let (code, out, err) = self.within(args, |_| {});
        let text = |it: Vec<u8>| anstream::adapter::strip_bytes(&it).into_vec();
        Output {
            code,
            stdout: String::from_utf8(text(out)).unwrap(),
            stderr: String::from_utf8(text(err)).unwrap(),
        }
    }

    /// Runs a command in this process and in another world; returns its exit code and the bytes it wrote.
    pub fn within(
        &self,
        args: &[&str],
        change: impl FnOnce(&mut learn::cli::World),
    ) -> (i32, Vec<u8>, Vec<u8>) {
        static SECOND: AtomicU32 = AtomicU32::new(0);
        let second = u64::from(SECOND.fetch_add(1, Ordering::Relaxed));
        let mut world = learn::cli::World {
            args: std::iter::once("learn").chain(args.iter().copied()).map(Into::into).collect(),
            cwd: self.dir.clone(),
            millis: (NOW as u64 + second) * 1000,
            path: None,
            exe: || None,
            home: None,
            project_dir: None,
            clock: || NOW as u64 * 1000,
            is_terminal: || false,
            columns: || None,
        };
        change(&mut world);
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let code = learn::cli::run(&world, &mut std::io::empty(), &mut out, &mut err);
        (i32::from(code), out, err)
    }

    /// Runs a command that must succeed; returns what it printed.
    #[track_caller]
    pub fn ok(&self, args: &[&str]) -> String {
        let res = self.run(args);
        assert_eq!(res.code, 0, "learn {args:?}: {res:?}");
        res.stdout
    }

    /// Returns the count the journal has for a pitfall.
    #[track_caller]
    pub fn count(&self, pitfall: &str) -> u64 {
        let json: serde_json::Value =
            serde_json::from_str(&self.ok(&["show", pitfall, "--json"])).unwrap();
        json["count"].as_u64().unwrap()
    }

    /// Returns the event files and packs, sorted.
    pub fn events(&self) -> Vec<PathBuf> {
        let mut res: Vec<PathBuf> = files(&self.path(".learn"))
            .into_iter()
            .filter(|it| it.extension().is_some_and(|it| it == "json" || it == "jsonl"))
            .filter(|it| !it.starts_with(self.path(".learn/local")))
            .collect();
        res.sort();
        res
    }

    /// Runs git, which must succeed; the author and the dates are fixed.
    #[track_caller]
    pub fn git(&self, args: &[&str]) -> String {
        let res = self.git_any(args);
        assert_eq!(res.code, 0, "git {args:?}: {res:?}");
        res.stdout
    }

    pub fn git_any(&self, args: &[&str]) -> Output {
        let mut command = Command::new("git");
        command
            .args([
                "-c",
                "user.name=t",
                "-c",
                "user.email=t@t.invalid",
                "-c",
                "init.defaultBranch=main",
            ])
            .args(["-c", "commit.gpgsign=false", "-c", "protocol.file.allow=always"])
            .args(args)
            .current_dir(&self.dir)
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("HOME", &self.dir)
            .env("GIT_EDITOR", "true")
            .stdin(Stdio::null());
        output(&mut command)
    }
}

impl Drop for Project {
    fn drop(&mut self) {
        if std::env::var_os("LEARN_KEEP").is_none() {
            let _ = fs::remove_dir_all(&self.dir);
        }
    }
}

pub fn output(command: &mut Command) -> Output {
    let res = command.output().unwrap_or_else(|err| panic!("{command:?}: {err}"));
    Output {
        code: res.status.code().unwrap_or(-1),
        stdout: String::from_utf8_lossy(&res.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&res.stderr).into_owned(),
    }
}

/// Runs a command whose output goes somewhere else.
pub fn output_to(command: &mut Command, stdout: impl Into<Stdio>) -> Output {
    let child = command.stdout(stdout).stderr(Stdio::piped()).spawn().unwrap();
    let res = child.wait_with_output().unwrap();
    Output {
        code: res.status.code().unwrap_or(-1),
        stdout: String::new(),
        stderr: String::from_utf8_lossy(&res.stderr).into_owned(),
    }
}

/// The root of this repository.
pub fn repo() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Real skill folders beside this repository or where `LEARN_CORPUS` says, if they are there; the tests
/// stand without them.
pub fn corpus() -> Option<PathBuf> {
    let dir = std::env::var_os("LEARN_CORPUS")
        .map_or_else(|| repo().join("../shared/corpus"), PathBuf::from);
    if dir.is_dir() {
        return Some(dir);
    }
    println!("skipped: {} is not there", dir.display());
    None
}

/// Says whether a tool is there. In CI a missing tool is a failure, elsewhere the test is skipped.
pub fn has(tool: &str) -> bool {
    let found = std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default())
        .any(|it| it.join(tool).is_file());
    if !found {
        assert!(std::env::var_os("CI").is_none(), "CI needs `{tool}`");
        println!("skipped: `{tool}` is not installed");
    }
    found
}

/// Copies a folder, making everything in it writable.
pub fn copy_dir(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap_or_else(|err| panic!("{}: {err}", from.display())) {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy_dir(&entry.path(), &target);
        } else {
            fs::write(&target, fs::read(entry.path()).unwrap()).unwrap();
        }
    }
}

/// Returns all files below a folder, sorted.
pub fn files(dir: &Path) -> Vec<PathBuf> {
    let mut res: Vec<PathBuf> = walkdir::WalkDir::new(dir)
        .into_iter()
        .filter_map(Result::ok)
        .filter(|it| it.file_type().is_file())
        .map(walkdir::DirEntry::into_path)
        .collect();
    res.sort();
    res
}
