//! The linter against merely reading and parsing the same Markdown, and against other linters that are installed.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use pulldown_cmark::{Options, Parser};

/// So many skills make a large collection.
const SKILLS: usize = 1_300;

/// Copies real skills until there are enough, and one of them by itself; `None` where there are none at hand.
pub fn collection(dir: &Path) -> Option<(PathBuf, PathBuf)> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus");
    let from = std::env::var_os("LEARN_CORPUS").map_or(beside, PathBuf::from);
    let each = files(&from).iter().filter(|it| it.ends_with("SKILL.md")).count();
    let first = files(&from).into_iter().find(|it| it.ends_with("SKILL.md"))?;
    let all = dir.join("collection");
    for number in 0..SKILLS.div_ceil(each) {
        copy(&from, &all.join(number.to_string()));
    }
    let folder = first.parent().expect("a file has a folder");
    let one = dir.join("one").join(folder.file_name().expect("a skill's folder has a name"));
    copy(folder, &one);
    Some((all, one))
}

/// Returns the Markdown files below a folder.
pub fn markdown(dir: &Path) -> Vec<PathBuf> {
    let mut res = files(dir);
    res.retain(|it| it.extension().is_some_and(|it| it == "md"));
    res
}

/// Reads and parses the files on two threads and does nothing else.
pub fn parse(files: &[PathBuf]) -> Duration {
    let start = Instant::now();
    let next = AtomicUsize::new(0);
    let events = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while let Some(path) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let text = fs::read_to_string(path).unwrap();
                    let parser = Parser::new_ext(&text, Options::ENABLE_TABLES).into_offset_iter();
                    events.fetch_add(parser.count(), Ordering::Relaxed);
                }
            });
        }
    });
    assert!(events.into_inner() > files.len());
    start.elapsed()
}

/// The time a linter takes, whatever it finds.
pub fn timed(program: &Path, args: &[&str], dir: &Path) -> Duration {
    let mut command = Command::new(program);
    command.args(args).current_dir(dir);
    let start = Instant::now();
    let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap();
    let res = start.elapsed();
    assert!(status.code().is_some_and(|it| it < 2), "{command:?}: {status}");
    res
}

/// Returns where a program is, if it is installed.
pub fn installed(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|it| it.join(name)).find(|it| it.is_file())
}

fn files(dir: &Path) -> Vec<PathBuf> {
    let walk = walkdir::WalkDir::new(dir).sort_by_file_name().into_iter();
    let found = walk.filter_map(Result::ok).filter(|it| it.file_type().is_file());
    found.map(walkdir::DirEntry::into_path).collect()
}

fn copy(from: &Path, to: &Path) {
    for file in files(from) {
        let target = to.join(file.strip_prefix(from).expect("it lies below"));
        fs::create_dir_all(target.parent().expect("a file has a folder")).unwrap();
        fs::write(target, fs::read(file).unwrap()).unwrap();
    }
}
