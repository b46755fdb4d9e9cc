//! What git knows, read from its files where that is enough and from `git` where it is not.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::deploy;
use crate::detect::{self, Commit, Git};
use crate::event::Timestamp;
use crate::import::history::History;
use crate::import::tags::{Repository, Revert, Tag};
use crate::learnings::LearningsDoc;

/// How many versions of a file are looked at for one with counts.
const VERSIONS: usize = 50;
/// How many of the newest commits and tags are evidence.
const HISTORY: &str = "1000";

/// Returns the git folder of a work tree: `.git`, or what a `.git` file points to.
pub fn git_dir(root: &Path) -> Option<PathBuf> {
    let dot = root.ancestors().map(|it| it.join(".git")).find(|it| it.exists())?;
    if dot.is_dir() {
        return Some(dot);
    }
    let text = std::fs::read_to_string(&dot).ok()?;
    let target = text.trim().strip_prefix("gitdir:")?.trim();
    Some(dot.parent()?.join(target))
}

/// Returns the folder that all work trees share, which has `info/exclude` and the remote branches.
pub fn common_dir(root: &Path) -> Option<PathBuf> {
    let dir = git_dir(root)?;
    match std::fs::read_to_string(dir.join("commondir")) {
        Ok(text) => Some(dir.join(text.trim())),
        Err(_) => Some(dir),
    }
}

/// Returns the branch that is checked out; `None` without git or on a detached head.
pub fn branch(root: &Path) -> Option<String> {
    let head = std::fs::read_to_string(git_dir(root)?.join("HEAD")).ok()?;
    head.trim().strip_prefix("ref: refs/heads/").map(str::to_owned)
}

/// Returns the branch that the remote `origin` starts from, else `main` or `master` if there is one.
pub fn default_branch(root: &Path) -> Option<String> {
    let dir = common_dir(root)?;
    let head = std::fs::read_to_string(dir.join("refs/remotes/origin/HEAD")).unwrap_or_default();
    if let Some(name) = head.trim().strip_prefix("ref: refs/remotes/origin/") {
        return Some(name.to_owned());
    }
    let packed = std::fs::read_to_string(dir.join("packed-refs")).unwrap_or_default();
    ["main", "master"].into_iter().map(str::to_owned).find(|name| {
        dir.join("refs/heads").join(name).exists()
            || packed.lines().any(|it| it.ends_with(&format!(" refs/heads/{name}")))
    })
}

/// Returns git's newest version of a file that has a counter above zero.
pub fn version_with_counts(path: &Path) -> Option<String> {
    let (dir, name) = (path.parent()?, path.file_name()?.to_str()?);
    let log = output(dir, &["log", "--format=%H", &format!("-{VERSIONS}"), "--", name])?;
    let mut versions =
        log.lines().filter_map(|it| output(dir, &["show", &format!("{it}:./{name}")]));
    versions.find(|it| LearningsDoc::parse(it).has_counts())
}

/// Returns the commits, of all branches, that changed one of the files.
pub fn commits_with(root: &Path, files: &[String]) -> Vec<String> {
    let mut args = vec!["log", "--all", "--format=%H", "--"];
    args.extend(files.iter().map(String::as_str));
    output(root, &args).map(|it| it.lines().map(str::to_owned).collect()).unwrap_or_default()
}

/// A path that git ignores, and what says so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ignored {
    pub path: String,
    /// The file of patterns, from the root or from the root of the system.
    pub file: String,
    /// Counts from 1.
    pub line: usize,
}

/// Returns the paths among `paths` that git ignores: what it tracks already, it does not ignore.
pub fn ignored(root: &Path, paths: &[&str]) -> Vec<Ignored> {
    let mut args = vec!["check-ignore", "-v", "--"];
    args.extend(paths);
    let answer = lossy(root, &args).unwrap_or_default();
    answer.lines().filter_map(Ignored::parse).collect()
}

impl Ignored {
    /// Reads `FILE:LINE:PATTERN<tab>PATH`; a pattern with `!` takes a file back in. The name of a file of Windows
    /// has a colon of its own.
    fn parse(line: &str) -> Option<Self> {
        let (rule, path) = line.rsplit_once('\t')?;
        let colons = rule.match_indices(':').map(|it| it.0);
        let at_number = |at: usize| {
            let (number, pattern) = rule[at + 1..].split_once(':')?;
            Some((at, number.parse().ok()?, pattern))
        };
        let (at, line, pattern) = colons.filter_map(at_number).next()?;
        let ignored = || Self { path: path.to_owned(), file: rule[..at].to_owned(), line };
        (!pattern.starts_with('!')).then(ignored)
    }
}

/// Says whether `info/exclude` has a line that keeps a path out, as `init --private` writes it.
pub fn is_excluded(root: &Path, path: &str) -> bool {
    let file = common_dir(root).map(|it| it.join("info/exclude"));
    let text = file.and_then(|it| std::fs::read_to_string(it).ok()).unwrap_or_default();
    text.lines().any(|it| it.trim().trim_start_matches('/') == path)
}

/// Returns the files that differ from a commit, as paths from the root of the system: changed, gone, new in
/// the work tree or not known to git; `None` when git does not know the commit.
pub fn changed_since(dir: &Path, commit: &str) -> Option<Vec<PathBuf>> {
    let top = output(dir, &["rev-parse", "--show-toplevel"])?;
    let top = Path::new(top.trim_end_matches(['\r', '\n']));
    let name = format!("{commit}^{{commit}}");
    let commit = output(top, &["rev-parse", "--verify", "--quiet", "--end-of-options", &name])?;
    let changed = lossy(
        top,
        &["diff", "--no-ext-diff", "--name-only", "--no-renames", "-z", commit.trim(), "--"],
    )?;
    let new = lossy(top, &["ls-files", "--others", "--exclude-standard", "-z"])?;
    let names = changed.split('\0').chain(new.split('\0')).filter(|it| !it.is_empty());
    Some(names.map(|it| top.join(it)).collect())
}

/// Returns when the commits of `from..to` were made, in seconds since 1970 (UTC); `None` when git does
/// not know both ends.
pub fn commit_times(root: &Path, from: &str, to: &str) -> Option<Vec<i64>> {
    let commit = |it: &str| {
        output(
            root,
            &["rev-parse", "--verify", "--quiet", "--end-of-options", &format!("{it}^{{commit}}")],
        )
    };
    let range = format!("{}..{}", commit(from)?.trim(), commit(to)?.trim());
    let log = output(root, &["log", "--format=%ct", &range])?;
    Some(log.lines().filter_map(|it| it.parse().ok()).collect())
}

/// Returns what git knows about releases: tags, reverts of the branch that is checked out, and all commits;
/// `None` without git or without a commit.
pub fn repository(root: &Path) -> Option<Repository> {
    let tag = |it: detect::Tag| Tag { name: it.name, made: it.tagged.map(|at| (it.commit, at)) };
    let format = "--format=%ct%x1f%s%x1f%b%x1e";
    let log = lossy(root, &["log", "--grep=^This reverts commit ", format])?;
    let revert = |entry: &str| {
        let mut fields = entry.trim_start().split('\u{1f}');
        let (time, subject, body) = (fields.next()?, fields.next()?, fields.next()?);
        let at = Timestamp(time.parse().ok()?);
        Some(Revert {
            at,
            subject: subject.to_owned(),
            of: deploy::reverted(body).next()?.to_owned(),
        })
    };
    Some(Repository {
        tags: tags(root, &[])?.into_iter().map(tag).collect(),
        reverts: log.split('\u{1e}').filter_map(revert).collect(),
        history: history(root)?,
    })
}

/// Returns all commits; `None` without git or without a commit.
pub fn history(root: &Path) -> Option<History> {
    Some(History::parse(&output(root, &["log", "--all", "--format=%H %ct %P"])?))
}

/// Returns the newest tags and commits; `None` without git or a commit.
pub fn newest(root: &Path) -> Option<Git> {
    let log = lossy(
        root,
        &["log", "-z", "--no-show-signature", "--format=%H%x1f%ct%x1f%s%x1f%b", "-n", HISTORY],
    )?;
    let commit = |it: &str| {
        let mut parts = it.splitn(4, '\u{1f}').map(str::to_owned);
        let (sha, at) = (parts.next()?, parts.next()?.parse().ok().map(Timestamp)?);
        Some(Commit { sha, at, subject: parts.next()?, body: parts.next().unwrap_or_default() })
    };
    Some(Git {
        tags: tags(root, &["--sort=-creatordate", &format!("--count={HISTORY}")])?,
        commits: log.split('\0').filter_map(commit).collect(),
    })
}

/// Returns the tags, all of them or those that more options leave.
fn tags(root: &Path, options: &[&str]) -> Option<Vec<detect::Tag>> {
    let form = "--format=%(refname:strip=2)%1f%(objectname)%1f%(*objectname)%1f%(taggerdate:unix)%1f%(contents:subject)";
    let refs = lossy(root, &[&["for-each-ref", form, "refs/tags"], options].concat())?;
    let tag = |it: &str| {
        let mut parts = it.splitn(5, '\u{1f}');
        let (name, own, peeled) = (parts.next()?, parts.next()?, parts.next()?);
        let tagged = parts.next()?.parse().ok().map(Timestamp);
        let commit = if peeled.is_empty() { own } else { peeled };
        let subject = parts.next().unwrap_or_default().to_owned();
        Some(detect::Tag { name: name.to_owned(), commit: commit.to_owned(), tagged, subject })
    };
    Some(refs.lines().filter_map(tag).collect())
}

/// Runs git; `None` when there is no git or it fails. Nothing of the user's configuration runs a program.
pub fn output(dir: &Path, args: &[&str]) -> Option<String> {
    String::from_utf8(bytes(dir, args)?).ok()
}

/// Runs git and takes text that is not UTF-8 as well as it goes: others wrote it, long ago.
fn lossy(dir: &Path, args: &[&str]) -> Option<String> {
    Some(String::from_utf8_lossy(&bytes(dir, args)?).into_owned())
}

fn bytes(dir: &Path, args: &[&str]) -> Option<Vec<u8>> {
    let res = Command::new("git")
        .args(["-c", "core.fsmonitor=false", "-c", "core.quotePath=false"])
        .args(["-c", "log.showSignature=false", "-c", "diff.autoRefreshIndex=false"])
        .args(args)
        .current_dir(dir)
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .ok()?;
    res.status.success().then_some(res.stdout)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_that_ignores_is_told_from_its_file() {
        let read = |it| Ignored::parse(it).map(|it| (it.file, it.line, it.path));
        let own = |file: &str, line, path: &str| Some((file.to_owned(), line, path.to_owned()));
        assert_eq!(read(".gitignore:12:*.json\ta/b.json"), own(".gitignore", 12, "a/b.json"));
        assert_eq!(read("C:\\x:3:a:4:b\ty"), own("C:\\x", 3, "y"));
        assert_eq!(read(".gitignore:2:!keep\tkeep"), None);
    }
}
