//! Where things lie on disk. Reads folders; all writing is in `store::write`.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use anyhow::{Context, Result, bail};

use crate::journal::Journal;

pub mod agent;
pub mod cache;
pub mod git;
pub mod pack;
pub mod skills;
pub mod write;

/// How often the journal is read again because files went away meanwhile.
const TRIES: usize = 20;
/// So many bytes of packs are read in a second by slow machines.
const LARGE: u64 = 64 << 20;

/// Name of the folder that holds the journal.
pub const DIR: &str = ".learn";

/// Folders and where they are without links.
type RealFolders = Arc<Mutex<BTreeMap<PathBuf, PathBuf>>>;

/// A project's root and its `.learn/`, which may not exist yet.
#[derive(Clone, Debug)]
pub struct Store {
    pub root: PathBuf,
    dir: PathBuf,
    real: RealFolders,
}

/// Returns a path with `/`, on every system: what is stored and compared is written so.
pub fn slashed(path: &Path) -> String {
    let shown = path.display().to_string();
    if cfg!(windows) { shown.replace('\\', "/") } else { shown }
}

impl Store {
    /// Finds the project: `explicit`, else the nearest folder with `.learn/`, else the git root, else the
    /// nearest folder with a folder of skills.
    ///
    /// # Errors
    /// When `explicit` is no folder, or no folder above `cwd` looks like a project.
    pub fn find(cwd: &Path, explicit: Option<&Path>) -> Result<Self> {
        if let Some(root) = explicit {
            let root = cwd.join(root);
            if !root.is_dir() {
                bail!("`{}` is not a folder", root.display());
            }
            return Ok(Self::at(root));
        }
        let above = || cwd.ancestors();
        let root = above()
            .find(|it| it.join(DIR).is_dir())
            .or_else(|| above().find(|it| it.join(".git").exists()))
            .or_else(|| above().find(|it| skills::ROOTS.iter().any(|root| it.join(root).is_dir())));
        match root {
            Some(root) => Ok(Self::at(root.to_owned())),
            None => bail!(
                "no project here: `{}` and the folders above it have no `.learn`, no git repository and no folder of skills; run `learn` inside a project or name it with `--root DIR`",
                cwd.display()
            ),
        }
    }

    /// Opens the project at a folder.
    pub fn at(root: PathBuf) -> Self {
        let dir = root.join(DIR);
        Self { root, dir, real: RealFolders::default() }
    }

    /// Returns a folder without links, asked once.
    ///
    /// # Errors
    /// When it is not there or cannot be asked about.
    pub fn real(&self, dir: &Path) -> io::Result<PathBuf> {
        let known =
            |it: &RealFolders| it.lock().expect("nobody panics with this").get(dir).cloned();
        if let Some(it) = known(&self.real) {
            return Ok(it);
        }
        // Only the last name is asked about: the folders above are the same for many skills.
        let above = (dir != self.root && dir.starts_with(&self.root)).then(|| dir.parent());
        let res = match (above.flatten(), dir.file_name()) {
            (Some(above), Some(name)) if !std::fs::symlink_metadata(dir)?.is_symlink() => {
                self.real(above)?.join(name)
            }
            _ => dir.canonicalize()?,
        };
        self.real.lock().expect("nobody panics with this").insert(dir.to_owned(), res.clone());
        Ok(res)
    }

    /// Says whether the project has a journal.
    pub fn exists(&self) -> bool {
        self.dir.is_dir()
    }

    /// Returns a path below `.learn/`.
    pub fn path(&self, relative: &str) -> PathBuf {
        self.dir.join(relative)
    }

    /// Returns a path as the user should see it: below the root where it is there, with `/`.
    pub fn shown(&self, path: &Path) -> String {
        slashed(path.strip_prefix(&self.root).unwrap_or(path))
    }

    /// Returns the event files and packs, as sorted paths below `.learn/`.
    ///
    /// # Errors
    /// When a folder is there and cannot be read.
    pub fn sources(&self) -> Result<Vec<String>> {
        let mut res = Vec::new();
        for month in list(&self.path("events"))? {
            if !month.1 {
                continue;
            }
            for (name, is_dir) in list(&self.path("events").join(&month.0))? {
                if !is_dir && name.ends_with(".json") {
                    res.push(format!("events/{}/{name}", month.0));
                }
            }
        }
        for (name, is_dir) in list(&self.path("packs"))? {
            if !is_dir && name.ends_with(".jsonl") {
                res.push(format!("packs/{name}"));
            }
        }
        res.sort_unstable();
        Ok(res)
    }

    /// Reads the whole journal and asks it something.
    ///
    /// A `pack` that runs meanwhile takes event files away and puts a pack in their place; a file that was
    /// listed and then gone makes the reading start again, so that no event is missed.
    ///
    /// # Errors
    /// When the store cannot be listed.
    pub fn ask<T>(&self, question: impl Fn(&Journal<'_>, &[String]) -> T) -> Result<T> {
        self.ask_checked(question).map(|it| it.0)
    }

    /// Does what `ask` does, and says which file the system could not read, and why. The next reading
    /// may find it whole: the answer is not to be kept.
    ///
    /// # Errors
    /// When the store cannot be listed.
    pub fn ask_checked<T>(
        &self,
        question: impl Fn(&Journal<'_>, &[String]) -> T,
    ) -> Result<(T, Option<String>)> {
        let mut tries = 0;
        loop {
            let sources = self.sources()?;
            let gone = AtomicBool::new(false);
            let unread = Mutex::new(None);
            let load = |it: &str| {
                self.load(it).inspect_err(|reason| {
                    if std::fs::symlink_metadata(self.path(it)).is_err() {
                        gone.store(true, Ordering::Relaxed);
                    }
                    let text = format!("cannot read `{DIR}/{it}`: {reason}");
                    unread.lock().expect("nobody panics with this").get_or_insert(text);
                })
            };
            let answer = question(&Journal::index(&sources, &load), &sources);
            tries += 1;
            if !gone.into_inner() || tries >= TRIES {
                return Ok((answer, unread.into_inner().expect("nobody panics with this")));
            }
        }
    }

    /// Says whether reading all packs may take a second.
    pub fn is_large(&self) -> bool {
        let packs = list(&self.path("packs")).unwrap_or_default();
        let size = |it: &str| Some(self.path("packs").join(it).metadata().ok()?.len());
        packs.iter().filter_map(|it| size(&it.0)).sum::<u64>() > LARGE
    }

    /// Reads an event file or a pack.
    ///
    /// # Errors
    /// The system's message.
    pub fn load(&self, source: &str) -> Result<Vec<u8>, String> {
        std::fs::read(self.path(source)).map_err(|it| it.to_string())
    }

    /// Reads the settings; none is the default.
    ///
    /// # Errors
    /// When the file cannot be read or is not valid.
    pub fn config(&self) -> Result<crate::config::Config> {
        let path = self.path("config.toml");
        match std::fs::read_to_string(&path) {
            Ok(text) => crate::config::Config::parse(&text)
                .map_err(|it| anyhow::anyhow!("{}: {it}", self.shown(&path))),
            Err(err) if err.kind() == io::ErrorKind::NotFound => Ok(Default::default()),
            Err(err) => Err(err).with_context(|| format!("cannot read `{}`", self.shown(&path))),
        }
    }
}

/// Returns name and whether it is a folder of each entry; nothing where there is no folder.
fn list(dir: &Path) -> Result<Vec<(String, bool)>> {
    let entries = match std::fs::read_dir(dir) {
        Ok(it) => it,
        Err(err) if err.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(err) => return Err(err).with_context(|| format!("cannot read `{}`", dir.display())),
    };
    let mut res = Vec::new();
    for entry in entries {
        let entry = entry.with_context(|| format!("cannot read `{}`", dir.display()))?;
        // A name that is no text is none of ours.
        if let Ok(name) = entry.file_name().into_string() {
            res.push((name, entry.file_type().is_ok_and(|it| it.is_dir())));
        }
    }
    Ok(res)
}

/// Reads a text file; `None` where there is none.
///
/// # Errors
/// When it cannot be read, or is not UTF-8: the message names the byte.
pub fn read_text(path: &Path) -> Result<Option<String>> {
    let bytes = match std::fs::read(path) {
        Ok(it) => it,
        Err(err) if err.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(err) => return Err(err).with_context(|| format!("cannot read `{}`", path.display())),
    };
    utf8(bytes, &path.display().to_string()).map(Some)
}

/// Returns bytes as text.
///
/// # Errors
/// When they are not UTF-8: the message has the name and says which byte.
pub fn utf8(bytes: Vec<u8>, name: &str) -> Result<String> {
    String::from_utf8(bytes).map_err(|err| {
        let at = err.utf8_error().valid_up_to();
        let line = memchr::memchr_iter(b'\n', &err.as_bytes()[..at]).count() + 1;
        anyhow::anyhow!(
            "`{name}`:{line}: byte {} of the file (0x{:02x}) is not UTF-8; save the file as UTF-8, nothing was changed",
            at + 1,
            err.as_bytes()[at]
        )
    })
}
