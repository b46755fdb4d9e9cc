//! Gathers what detectors look at: files of a feature folder, git, the journal. Reads, and no more
//! than it must: a report is a page, and nobody knows who wrote it.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::deploy;
use crate::detect::{Evidence, History, PAGE, Source, Watched};
use crate::event::Kind;
use crate::store::cache::Fold;
use crate::store::git;
use crate::workspace::Workspace;

/// How much of a file that somebody names is read.
const NAMED: u64 = 1 << 20;
/// How many files of a folder are read, and how deep they lie.
const FILES: usize = 200;
const DEPTH: usize = 3;
const ENDINGS: [&str; 4] = ["md", "json", "yaml", "yml"];

impl Workspace {
    /// Returns the feature folders below a folder, by name.
    ///
    /// # Errors
    /// When the folder is there and cannot be read.
    pub fn features(&self, specs: &Path) -> Result<Vec<PathBuf>> {
        let list = match std::fs::read_dir(specs) {
            Ok(it) => it,
            Err(err) if err.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(err) => {
                return Err(err)
                    .with_context(|| format!("cannot read `{}`", self.store.shown(specs)));
            }
        };
        let mut res = Vec::new();
        for entry in list {
            let entry =
                entry.with_context(|| format!("cannot read `{}`", self.store.shown(specs)))?;
            // A link may lead out of the project.
            if entry.file_type().is_ok_and(|it| it.is_dir()) {
                res.push(entry.path());
            }
        }
        res.sort();
        Ok(res)
    }

    /// Reads a feature folder; one that is not there has no files.
    ///
    /// # Errors
    /// When a folder cannot be listed or a file cannot be read.
    pub fn evidence(&self, dir: &Path, history: History) -> Result<Evidence> {
        let feature = dir.file_name().map(|it| it.to_string_lossy().into_owned());
        let mut res =
            Evidence { feature: feature.unwrap_or_default(), history, ..Evidence::default() };
        if !dir.is_dir() {
            return Ok(res);
        }
        let walk = walkdir::WalkDir::new(dir).max_depth(DEPTH).sort_by_file_name();
        for entry in walk {
            let entry =
                entry.with_context(|| format!("cannot read `{}`", self.store.shown(dir)))?;
            let ending = entry.path().extension().and_then(|it| it.to_str()).unwrap_or_default();
            if !entry.file_type().is_file() || !ENDINGS.contains(&ending) {
                continue;
            }
            if res.files.len() == FILES {
                break;
            }
            let path = self.store.shown(entry.path());
            res.files.push(Source { path, text: beginning(entry.path(), PAGE as u64)? });
        }
        Ok(res)
    }

    /// Returns what git and the journal know.
    ///
    /// # Errors
    /// When the journal cannot be listed.
    pub fn history(&self, fold: &mut Fold) -> Result<History> {
        let facts: Vec<_> =
            fold.all().values().flat_map(|it| it.deploys.iter().map(|it| it.1.clone())).collect();
        let watches = self
            .store
            .ask(|journal, _| journal.select(|it| it.event.kind == Kind::Watch && !it.retracted))?;
        let watched = |it: crate::journal::Selected| Watched {
            id: it.event.id,
            version: it.event.version.map(|it| it.into_owned()),
            feature: it.event.feature.map(|it| it.into_owned()),
            verdict: it.event.verdict.unwrap_or_default(),
            observed_s: it.event.observed_s.unwrap_or(0),
        };
        Ok(History {
            git: git::git_dir(&self.store.root).and_then(|_| git::newest(&self.store.root)),
            deployments: deploy::merge(&facts),
            watches: watches.into_iter().map(watched).collect(),
        })
    }
}

/// Reads the first megabyte of a file as text; what is no UTF-8 is shown as `�`.
///
/// # Errors
/// When it is no file or cannot be read.
pub fn text_of(path: &Path) -> Result<String> {
    beginning(path, NAMED)
}

fn beginning(path: &Path, limit: u64) -> Result<String> {
    let what = || format!("cannot read `{}`", path.display());
    let file = File::open(path).with_context(what)?;
    if !file.metadata().with_context(what)?.is_file() {
        bail!("`{}` is no file", path.display());
    }
    let mut bytes = Vec::new();
    file.take(limit).read_to_end(&mut bytes).with_context(what)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
