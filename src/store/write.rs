#![expect(clippy::disallowed_methods, reason = "this is the module the lint points at")]
//! Everything that changes a file. The only writer of the program.
//!
//! What it may write: below `.learn/`, a `learnings.md` of a skill, `.git/info/exclude`, an agent's settings.json, a report's
//! page that was asked for by name. Every other file of a skill folder belongs to the package, and nothing here can name
//! one but `author`, for `lint --fix --author`.

use std::fmt;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::event::{Event, Id};
use crate::store::{Store, pack};

mod author;
mod exchange;
mod local;
mod page;
mod runs;
mod settings;

pub use author::{AuthorTarget, refuse_copies};
pub use exchange::{Replaced, Target};
pub use local::ProbeLog;
pub use page::Page;
pub use settings::Settings;

/// How long a command waits for another one that is writing learnings.md.
pub const PATIENCE: Duration = Duration::from_secs(2);
/// How often the writing of an event is tried again.
const RETRIES: usize = 3;
/// The ids of events that this clone wrote, and how many bytes of them are kept.
const WRITTEN: &str = "local/written";
const WRITTEN_MAX: u64 = 1 << 18;
/// Whoever has this file locked may write learnings.md.
const LOCK: &str = "local/lock";
/// The folders below `.learn/`.
const FOLDERS: [&str; 10] = [
    "local",
    "local/tmp",
    "local/learnings",
    "local/backups",
    "local/cache",
    "local/runs",
    "local/settings",
    "local/watch",
    "events",
    "packs",
];
/// The right to write learnings.md and the local state; ends with the process at the latest.
#[derive(Debug)]
pub struct Lock(#[expect(dead_code, reason = "the lock lives as long as the file is open")] File);

/// Why a command failed that was to store an event: it is not there.
#[derive(Debug)]
pub struct NotStored(PathBuf);

impl fmt::Display for NotStored {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the event was not recorded: cannot write `{}`", self.0.display())
    }
}

impl Store {
    /// Returns the path an event has below `.learn/`.
    pub fn event_path(id: Id) -> String {
        format!("events/{}/{id}.json", &id.written().date()[..7])
    }

    /// Returns the id that an event file is named by.
    pub fn id_of(source: &str) -> Option<Id> {
        let name = source.strip_prefix("events/")?.rsplit('/').next()?;
        Id::parse(name.strip_suffix(".json")?)
    }

    /// Makes `.learn/` with what belongs in it.
    ///
    /// # Errors
    /// When a folder or file cannot be made.
    pub fn create(&self) -> Result<()> {
        self.refuse_links()?;
        let make = || -> io::Result<()> {
            fs::create_dir_all(self.path("local/tmp"))?;
            fs::create_dir_all(self.path("events"))?;
            for (name, text) in [(".gitignore", "/local/\n"), (".gitattributes", "* -text\n")] {
                let path = self.path(name);
                if !path.exists() {
                    let tmp = self.path("local/tmp").join(format!("{name}.{}", std::process::id()));
                    write_synced(&tmp, text.as_bytes())?;
                    fs::rename(&tmp, &path)?;
                }
            }
            sync_dir(&self.path(""))?;
            sync_dir(&self.root)
        };
        make().with_context(|| format!("cannot create `{}`", self.path("").display()))
    }

    /// Makes sure that no folder below `.learn/` is a link: what is written and tidied up there could
    /// otherwise be the files of a package.
    fn refuse_links(&self) -> Result<()> {
        for folder in FOLDERS {
            let path = self.path(folder);
            if fs::symlink_metadata(&path).is_ok_and(|it| it.is_symlink()) {
                bail!(
                    "`{}` is a link; make it a folder of its own, nothing was written",
                    self.shown(&path)
                );
            }
        }
        Ok(())
    }

    /// Stores an event. When this returns, it survives a crash and a power cut.
    ///
    /// # Errors
    /// When it cannot be made durable; the event is then not there.
    pub fn append(&self, event: &Event<'_>) -> Result<()> {
        let relative = Self::event_path(event.id);
        self.write_once(&relative, event.line().as_bytes())
            .with_context(|| NotStored(self.path(&relative)))?;
        self.note_written(&[event.id]);
        Ok(())
    }

    /// Stores many events at once. When this returns, they survive a crash and a power cut.
    ///
    /// Thousands of files would be thousands of waits for the disk, so they become packs.
    ///
    /// # Errors
    /// When they cannot all be made durable; a first part of them may then be there, each event whole.
    pub fn append_all(&self, _lock: &Lock, events: &[Event<'_>]) -> Result<()> {
        if events.len() < pack::FEWEST {
            return events.iter().try_for_each(|it| self.append(it));
        }
        for chunk in events.chunks(pack::EVENTS) {
            let text: String = chunk.iter().map(Event::line).collect();
            let path = format!("packs/{}", pack::name(text.as_bytes()));
            self.write_once(&path, text.as_bytes()).with_context(|| NotStored(self.path(&path)))?;
        }
        let ids: Vec<Id> = events.iter().map(|it| it.id).collect();
        self.note_written(&ids);
        Ok(())
    }

    /// Notes that this clone wrote events, for `retract --last`. A lost note loses nothing else.
    fn note_written(&self, ids: &[Id]) {
        let path = self.path(WRITTEN);
        if fs::metadata(&path).is_ok_and(|it| it.len() > WRITTEN_MAX) {
            drop(fs::remove_file(&path));
        }
        let text: String = ids.iter().map(|it| format!("{it}\n")).collect();
        let note =
            || File::options().create(true).append(true).open(&path)?.write_all(text.as_bytes());
        drop(note());
    }

    /// Returns the ids of the events that this clone wrote lately.
    ///
    /// # Errors
    /// When the list is there and cannot be read.
    pub fn written_here(&self) -> Result<std::collections::HashSet<Id>> {
        let text = super::read_text(&self.path(WRITTEN))?.unwrap_or_default();
        Ok(text.lines().filter_map(Id::parse).collect())
    }

    /// Writes a new file below `.learn/`: temporary file, fsync, rename, fsync of the folder.
    fn write_once(&self, relative: &str, bytes: &[u8]) -> io::Result<()> {
        let path = self.path(relative);
        let name = path.file_name().expect("the caller names a file").to_owned();
        let tmp = self.path("local/tmp").join(name);
        let dir = path.parent().expect("a file below `.learn` has a folder");
        let once = || -> io::Result<()> {
            write_synced(&tmp, bytes)?;
            fs::rename(&tmp, &path)
        };
        let mut res = once();
        // A folder is missing, or the temporary file was taken for one that nobody wants any more.
        for _ in 0..RETRIES {
            if res.as_ref().is_err_and(|it| it.kind() == io::ErrorKind::NotFound) {
                self.create().map_err(io::Error::other)?;
                fs::create_dir_all(dir)?;
                sync_dir(dir.parent().expect("the folder lies below `.learn`"))?;
                res = once();
            }
        }
        let res = res.and_then(|()| {
            // An event that was not acknowledged must not count when the user tries again.
            sync_dir(dir).inspect_err(|_| drop(fs::remove_file(&path)))
        });
        res.inspect_err(|_| drop(fs::remove_file(&tmp)))
    }

    /// Takes the lock if nobody has it.
    ///
    /// # Errors
    /// When the lock file cannot be made.
    pub fn try_lock(&self) -> Result<Option<Lock>> {
        let file = self.lock_file()?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Lock(file))),
            Err(fs::TryLockError::WouldBlock) => Ok(None),
            // A file system without locks: the exchange below still loses nothing.
            Err(fs::TryLockError::Error(_)) => Ok(Some(Lock(file))),
        }
    }

    /// Takes the lock if nobody has it and the project has one already; makes nothing.
    pub(super) fn try_lock_there(&self) -> Option<Lock> {
        self.refuse_links().ok()?;
        let file = File::options().write(true).open(self.path(LOCK)).ok()?;
        file.try_lock().ok()?;
        Some(Lock(file))
    }

    /// Takes the lock, waiting for others up to `patience`.
    ///
    /// # Errors
    /// When the lock file cannot be made.
    pub fn lock(&self, patience: Duration) -> Result<Option<Lock>> {
        if let Some(lock) = self.try_lock()? {
            return Ok(Some(lock));
        }
        if patience.is_zero() {
            return Ok(None);
        }
        // The system keeps the order of those who wait; whoever asks again and again may starve. The
        // wait itself cannot be bounded, so a thread waits, and its lock ends with nobody to take it.
        let file = self.lock_file()?;
        let (sender, receiver) = mpsc::channel();
        std::thread::spawn(move || {
            while file.lock().is_err_and(|it| it.kind() == io::ErrorKind::Interrupted) {}
            drop(sender.send(Lock(file)));
        });
        Ok(receiver.recv_timeout(patience).ok())
    }

    fn lock_file(&self) -> Result<File> {
        self.refuse_links()?;
        let path = self.path(LOCK);
        let open = || File::options().create(true).truncate(false).write(true).open(&path);
        let file = match open() {
            Err(err) if err.kind() == io::ErrorKind::NotFound => {
                self.create()?;
                open()
            }
            res => res,
        };
        let file = file.with_context(|| format!("cannot open `{}`", path.display()))?;
        // A killed `remove_unused` took away a part of it.
        if !self.path("local/tmp").is_dir() {
            self.create()?;
        }
        Ok(file)
    }

    /// Stores a pack, and only then removes the files whose events it holds: loose ones, or a pack with other texts.
    ///
    /// # Errors
    /// When the pack cannot be made durable; nothing is then removed.
    pub fn seal(&self, _lock: &Lock, name: &str, bytes: &[u8], sealed: &[String]) -> Result<()> {
        let seal = || -> io::Result<()> {
            let path = self.path("packs").join(name);
            if fs::read(&path).is_ok_and(|it| it == bytes) {
                // A killed `pack` or git wrote it and did not wait for the disk.
                File::open(&path)?.sync_all()?;
                sync_dir(&self.path("packs"))?;
            } else {
                self.write_once(&format!("packs/{name}"), bytes)?;
            }
            let folders: std::collections::BTreeSet<&str> =
                sealed.iter().filter_map(|it| it.rsplit_once('/')).map(|it| it.0).collect();
            self.keep_folders(&folders)?;
            for source in sealed {
                match fs::remove_file(self.path(source)) {
                    Err(err) if err.kind() != io::ErrorKind::NotFound => return Err(err),
                    _ => {}
                }
            }
            folders.iter().try_for_each(|it| sync_dir(&self.path(it)))
        };
        seal().with_context(|| format!("cannot seal events into `packs/{name}`"))
    }

    /// Leaves an empty `.keep` in each folder that sealing empties. A folder that is gone on one branch
    /// while the other adds events to it is a renamed folder to git, and that is a conflict.
    fn keep_folders(&self, folders: &std::collections::BTreeSet<&str>) -> io::Result<()> {
        for folder in folders.iter().filter(|it| it.starts_with("events")) {
            let path = self.path(folder).join(".keep");
            if !path.exists() {
                File::create(&path)?.sync_all()?;
            }
        }
        Ok(())
    }

    /// Adds a line to `.git/info/exclude` if it is not there.
    ///
    /// # Errors
    /// When there is no git repository, or the file cannot be written.
    pub fn exclude_from_git(&self, line: &str) -> Result<bool> {
        let Some(dir) = super::git::common_dir(&self.root) else {
            bail!(
                "`{}` is not in a git repository, so there is nothing to hide it from",
                self.root.display()
            );
        };
        let path = dir.join("info/exclude");
        let write = || -> io::Result<bool> {
            let text = match fs::read_to_string(&path) {
                Err(err) if err.kind() == io::ErrorKind::NotFound => String::new(),
                res => res?,
            };
            if text.lines().any(|it| it == line) {
                return Ok(false);
            }
            fs::create_dir_all(dir.join("info"))?;
            let gap = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
            let tmp = dir.join("info/exclude.learn-tmp");
            write_synced(&tmp, format!("{text}{gap}{line}\n").as_bytes())?;
            fs::rename(&tmp, &path)?;
            sync_dir(&dir.join("info"))?;
            Ok(true)
        };
        write().with_context(|| format!("cannot write `{}`", path.display()))
    }
}

/// Writes a whole file in one go and waits until it is on the disk.
fn write_synced(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Waits until the names in a folder are on the disk. Windows cannot and need not.
fn sync_dir(dir: &Path) -> io::Result<()> {
    if cfg!(windows) {
        return Ok(());
    }
    File::open(dir)?.sync_all()
}
