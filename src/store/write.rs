#![expect(clippy::disallowed_methods, reason = "this is the module the lint points at")]
//! Everything that changes a file. The only writer of the program.
//!
//! What it may write: below `.learn/`, a `learnings.md` of a skill, `.git/info/exclude`. Every other
//! file of a skill folder belongs to the package, and nothing here can name one.

use std::fmt;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::event::{Event, Id};
use crate::store::Store;

/// How long a command waits for another one that is writing learnings.md.
pub const PATIENCE: Duration = Duration::from_secs(2);
/// Age in seconds at which a temporary event file belongs to nobody any more.
const ABANDONED: u64 = 60;
/// How many backups of one file are kept.
const BACKUPS: usize = 20;
/// The ids of events that this clone wrote, and how many bytes of them are kept.
const WRITTEN: &str = "local/written";
const WRITTEN_MAX: u64 = 1 << 18;
/// The folders below `.learn/`.
const FOLDERS: [&str; 7] =
    ["local", "local/tmp", "local/learnings", "local/backups", "local/cache", "events", "packs"];
/// How often a replacement is tried while somebody else saves.
const TRIES: usize = 100;

/// The right to write learnings.md and the local state; ends with the process at the latest.
#[derive(Debug)]
pub struct Lock(#[expect(dead_code, reason = "the lock lives as long as the file is open")] File);

/// The real path of a learnings.md that may be written; only `learnings_target` makes one.
#[derive(Clone, Debug)]
pub struct Target(PathBuf);

/// Why a command failed that was to store an event: it is not there.
#[derive(Debug)]
pub struct NotStored(PathBuf);

impl fmt::Display for NotStored {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the event was not recorded: cannot write `{}`", self.0.display())
    }
}

/// How a replacement went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Replaced {
    Done,
    /// Somebody saved meanwhile: what is there now has to be read again.
    Changed,
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
        self.note_written(event.id);
        Ok(())
    }

    /// Notes that this clone wrote an event, for `retract --last`. A lost note loses nothing else.
    fn note_written(&self, id: Id) {
        let path = self.path(WRITTEN);
        if fs::metadata(&path).is_ok_and(|it| it.len() > WRITTEN_MAX) {
            drop(fs::remove_file(&path));
        }
        let note = || {
            File::options()
                .create(true)
                .append(true)
                .open(&path)?
                .write_all(format!("{id}\n").as_bytes())
        };
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
        let res = match write_synced(&tmp, bytes) {
            Err(err) if err.kind() == io::ErrorKind::NotFound => {
                self.create().map_err(io::Error::other)?;
                write_synced(&tmp, bytes)
            }
            res => res,
        };
        let dir = path.parent().expect("a file below `.learn` has a folder");
        let res = res.and_then(|()| match fs::rename(&tmp, &path) {
            Err(err) if err.kind() == io::ErrorKind::NotFound => {
                fs::create_dir_all(dir)?;
                sync_dir(dir.parent().expect("the folder lies below `.learn`"))?;
                fs::rename(&tmp, &path)
            }
            res => res,
        });
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

    /// Takes the lock, waiting for others up to `PATIENCE`.
    ///
    /// # Errors
    /// When the lock file cannot be made.
    pub fn lock(&self) -> Result<Option<Lock>> {
        if let Some(lock) = self.try_lock()? {
            return Ok(Some(lock));
        }
        // The system keeps the order of those who wait; whoever asks again and again may starve. The
        // wait itself cannot be bounded, so a thread waits, and its lock ends with nobody to take it.
        let file = self.lock_file()?;
        let (sender, receiver) = mpsc::channel();
        std::thread::spawn(move || {
            while file.lock().is_err_and(|it| it.kind() == io::ErrorKind::Interrupted) {}
            drop(sender.send(Lock(file)));
        });
        Ok(receiver.recv_timeout(PATIENCE).ok())
    }

    fn lock_file(&self) -> Result<File> {
        self.refuse_links()?;
        let path = self.path("local/lock");
        let open = || File::options().create(true).truncate(false).write(true).open(&path);
        let file = match open() {
            Err(err) if err.kind() == io::ErrorKind::NotFound => {
                self.create()?;
                open()
            }
            res => res,
        };
        file.with_context(|| format!("cannot open `{}`", path.display()))
    }

    /// Replaces a learnings.md by a new text, if it still is `old`; `None` stands for no file.
    ///
    /// The file is at every moment the old or the new text. A text that somebody saves meanwhile is kept.
    ///
    /// # Errors
    /// When the file cannot be written; it is then as before.
    pub fn replace_learnings(
        &self,
        _lock: &Lock,
        target: &Target,
        old: Option<&[u8]>,
        new: &[u8],
    ) -> Result<Replaced> {
        self.replace(&target.0, old, new)
            .with_context(|| format!("cannot write `{}`", self.shown(&target.0)))
    }

    fn replace(&self, target: &Path, old: Option<&[u8]>, new: &[u8]) -> io::Result<Replaced> {
        let names = Swap::new(self, target);
        let swap = names.swap(new, old.unwrap_or_default());
        let res = self.exchange_checked(target, old, new, &names.part, &swap);
        if res.is_err() {
            drop(fs::remove_file(&names.part));
        }
        res
    }

    fn exchange_checked(
        &self,
        target: &Path,
        old: Option<&[u8]>,
        new: &[u8],
        part: &Path,
        swap: &Path,
    ) -> io::Result<Replaced> {
        let dir = target.parent().expect("learnings.md has a folder");
        write_synced(part, new)?;
        let Some(old) = old else {
            let res = rename_new(part, target);
            if res.as_ref().is_err_and(|it| it.kind() == io::ErrorKind::AlreadyExists) {
                fs::remove_file(part)?;
                return Ok(Replaced::Changed);
            }
            res?;
            sync_dir(dir)?;
            return Ok(Replaced::Done);
        };
        like(part, target)?;
        fs::rename(part, swap)?;
        let swapped = exchange(swap, target);
        if let Err(err) = swapped {
            drop(fs::remove_file(swap));
            return if err.kind() == io::ErrorKind::NotFound {
                Ok(Replaced::Changed)
            } else {
                Err(err)
            };
        }
        let out = fs::read(swap)?;
        if out == old {
            let synced = sync_dir(dir);
            fs::remove_file(swap)?;
            synced?;
            return Ok(Replaced::Done);
        }
        self.give_back(target, new, swap)
    }

    /// Somebody saved between our reading and the exchange: what they saved goes back.
    fn give_back(&self, target: &Path, new: &[u8], swap: &Path) -> io::Result<Replaced> {
        let mut ours = new.to_vec();
        let mut tries = 0;
        loop {
            let theirs = fs::read(swap)?;
            exchange(swap, target)?;
            let out = fs::read(swap)?;
            if out == ours || out == theirs {
                break;
            }
            // They saved again, over ours: that newer text is in our hands now and goes back next.
            // Whether they had seen the older one before we took it out, nobody knows.
            self.backup(&format!("{}.saved", Swap::name_of(target)), &theirs)
                .map_err(io::Error::other)?;
            ours = theirs;
            tries += 1;
            if tries == TRIES {
                self.backup(&format!("{}.saved", Swap::name_of(target)), &out)
                    .map_err(io::Error::other)?;
                break;
            }
        }
        fs::remove_file(swap)?;
        sync_dir(target.parent().expect("learnings.md has a folder"))?;
        Ok(Replaced::Changed)
    }

    /// Mends what a killed process left: finishes or undoes its exchange, removes its temporary files.
    ///
    /// Returns a line for people about each text of theirs that was found.
    ///
    /// # Errors
    /// When a file cannot be read or written.
    pub fn mend(&self, _lock: &Lock, targets: &[PathBuf]) -> Result<Vec<String>> {
        let dir = self.path("local/tmp");
        let mut res = Vec::new();
        for (name, _) in super::list(&dir)? {
            let path = dir.join(&name);
            if name.ends_with(".part") {
                // Made under the lock, which is ours now.
                drop(fs::remove_file(&path));
            } else if name.ends_with(".swap") {
                res.extend(self.mend_swap(&path, &name, targets)?);
            } else if is_abandoned(&path) {
                drop(fs::remove_file(&path));
            }
        }
        Ok(res)
    }

    fn mend_swap(&self, swap: &Path, name: &str, targets: &[PathBuf]) -> Result<Option<String>> {
        let found = fs::read(swap).with_context(|| format!("cannot read `{}`", swap.display()))?;
        let crc = format!("{:08x}", crc32fast::hash(&found));
        let mut parts = name.trim_end_matches(".swap").split('.');
        let (of, new, old) = (parts.next(), parts.next(), parts.next());
        if Some(crc.as_str()) == new || Some(crc.as_str()) == old {
            drop(fs::remove_file(swap));
            return Ok(None);
        }
        let real: Vec<PathBuf> =
            targets.iter().filter_map(|it| self.learnings_target(it).ok()).map(|it| it.0).collect();
        let target = real.iter().find(|it| Some(Swap::name_of(it).as_str()) == of);
        if let Some(target) = target {
            let there = fs::read(target).unwrap_or_default();
            if new == Some(format!("{:08x}", crc32fast::hash(&there)).as_str()) {
                exchange(swap, target)
                    .with_context(|| format!("cannot write `{}`", self.shown(target)))?;
                drop(fs::remove_file(swap));
                return Ok(Some(format!(
                    "put back what was saved in `{}` while a `learn` was killed",
                    self.shown(target)
                )));
            }
        }
        let kept = self.backup(name.trim_end_matches(".swap"), &found)?;
        drop(fs::remove_file(swap));
        Ok(Some(format!(
            "kept a text that was saved while a `learn` was killed: `{}`",
            self.shown(&kept)
        )))
    }

    /// Keeps a text in `.learn/local/backups/`, and the newest of its name only up to a number.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn backup(&self, name: &str, bytes: &[u8]) -> Result<PathBuf> {
        let dir = self.path("local/backups");
        let keep = || -> io::Result<PathBuf> {
            fs::create_dir_all(&dir)?;
            let mut numbers: Vec<u64> = Vec::new();
            for (file, _) in super::list(&dir).map_err(io::Error::other)? {
                let number =
                    file.strip_prefix(&format!("{name}.")).and_then(|it| it.strip_suffix(".md"));
                numbers.extend(number.and_then(|it| it.parse::<u64>().ok()));
            }
            numbers.sort_unstable();
            let path = dir.join(format!("{name}.{}.md", numbers.last().map_or(1, |it| it + 1)));
            write_synced(&path, bytes)?;
            sync_dir(&dir)?;
            for old in numbers.iter().rev().skip(BACKUPS - 1) {
                drop(fs::remove_file(dir.join(format!("{name}.{old}.md"))));
            }
            Ok(path)
        };
        keep().with_context(|| format!("cannot write a backup to `{}`", dir.display()))
    }

    /// Remembers the text that was synced, for the day an update takes it. Not synced to disk, since
    /// git and the file itself have it too; a torn copy is known by its checksum.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn remember(&self, _lock: &Lock, target: &Target, text: &str) -> Result<()> {
        self.write_local("learnings", &format!("{}.md", Swap::name_of(&target.0)), text)
    }

    /// Returns the text that was last synced to a file, if it is whole.
    ///
    /// # Errors
    /// When it is there and cannot be read: it may be the only copy of what a person wrote.
    pub fn remembered(&self, path: &Path) -> Result<Option<String>> {
        let Ok(target) = self.learnings_target(path) else { return Ok(None) };
        self.read_local("learnings", &format!("{}.md", Swap::name_of(&target.0)))
    }

    /// Writes a text that can be made again: over the old one, without waiting for the disk.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write_cache(&self, _lock: &Lock, name: &str, text: &str) -> Result<()> {
        self.write_local("cache", name, text)
    }

    /// Reads a file of the cache, if it is there and whole.
    pub fn read_cache(&self, name: &str) -> Option<String> {
        self.read_local("cache", name).ok()?
    }

    /// Writes a checksum, a newline and the text. Written in place, which is half the price of a new
    /// file; a reader that comes in between sees that the checksum does not fit.
    fn write_local(&self, dir: &str, name: &str, text: &str) -> Result<()> {
        let dir = self.path("local").join(dir);
        let path = dir.join(name);
        let write = || -> io::Result<()> {
            let open = || File::options().create(true).truncate(false).write(true).open(&path);
            let mut file = match open() {
                Err(err) if err.kind() == io::ErrorKind::NotFound => {
                    fs::create_dir_all(&dir)?;
                    open()?
                }
                res => res?,
            };
            let bytes = format!("{:08x}\n{text}", crc32fast::hash(text.as_bytes()));
            file.write_all(bytes.as_bytes())?;
            file.set_len(bytes.len() as u64)
        };
        write().with_context(|| format!("cannot write `{}`", path.display()))
    }

    fn read_local(&self, dir: &str, name: &str) -> Result<Option<String>> {
        let path = self.path("local").join(dir).join(name);
        let text = match fs::read(&path) {
            Err(err) if err.kind() == io::ErrorKind::NotFound => return Ok(None),
            res => res.with_context(|| format!("cannot read `{}`", self.shown(&path)))?,
        };
        let whole = |text: &str| {
            let (crc, rest) = text.split_once('\n')?;
            (crc == format!("{:08x}", crc32fast::hash(rest.as_bytes()))).then(|| rest.to_owned())
        };
        Ok(std::str::from_utf8(&text).ok().and_then(whole))
    }

    /// Stores a pack, and only then removes the event files it holds.
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
            self.keep_folders(sealed)?;
            for source in sealed {
                match fs::remove_file(self.path(source)) {
                    Err(err) if err.kind() != io::ErrorKind::NotFound => return Err(err),
                    _ => {}
                }
            }
            Ok(())
        };
        seal().with_context(|| format!("cannot seal events into `packs/{name}`"))
    }

    /// Leaves an empty `.keep` in each folder that sealing empties. A folder that is gone on one branch
    /// while the other adds events to it is a renamed folder to git, and that is a conflict.
    fn keep_folders(&self, sealed: &[String]) -> io::Result<()> {
        let folders: std::collections::BTreeSet<&str> =
            sealed.iter().filter_map(|it| it.rsplit_once('/')).map(|it| it.0).collect();
        for folder in folders {
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

    /// Returns the real path of a learnings.md, if this program may write it.
    ///
    /// # Errors
    /// When it is not called learnings.md, lies in a package's folder, or a link leads out of the skill's folder.
    pub fn learnings_target(&self, path: &Path) -> Result<Target> {
        if path.file_name().is_none_or(|it| it != "learnings.md") {
            bail!("`{}` belongs to a package: only `learnings.md` is written", self.shown(path));
        }
        let dir = path.parent().expect("the path ends with learnings.md");
        let real_dir =
            dir.canonicalize().with_context(|| format!("cannot find `{}`", self.shown(dir)))?;
        if real_dir.components().any(|it| it.as_os_str() == "node_modules") {
            bail!("`{}` lies in node_modules, where updates replace it", real_dir.display());
        }
        let real_root = self
            .root
            .canonicalize()
            .with_context(|| format!("cannot find `{}`", self.root.display()))?;
        if !real_dir.starts_with(&real_root) {
            bail!(
                "`{}` is a link that leaves the project, to `{}`",
                self.shown(dir),
                real_dir.display()
            );
        }
        let target = real_dir.join("learnings.md");
        let is_link = fs::symlink_metadata(&target).is_ok_and(|it| it.is_symlink());
        if !is_link {
            return Ok(Target(target));
        }
        let real = target
            .canonicalize()
            .with_context(|| format!("`{}` is a link to nothing", self.shown(path)))?;
        if real.parent() != Some(&*real_dir) || real.file_name().is_none_or(|it| it == "SKILL.md") {
            bail!(
                "`{}` is a link that leaves the skill's folder, to `{}`",
                self.shown(path),
                real.display()
            );
        }
        bail!(
            "`{}` is a link to `{}`; make it a file of its own",
            self.shown(path),
            self.shown(&real)
        )
    }
}

/// Names of the temporary files of one target.
struct Swap {
    part: PathBuf,
    dir: PathBuf,
    name: String,
}

impl Swap {
    fn new(store: &Store, target: &Path) -> Self {
        let dir = store.path("local/tmp");
        let name = Self::name_of(target);
        // Where there are no locks, two processes write at once.
        let part = dir.join(format!("{name}.{}.part", std::process::id()));
        Self { part, dir, name }
    }

    /// The skill's folder and a checksum of the whole path.
    fn name_of(target: &Path) -> String {
        let dir = target.parent().and_then(|it| it.file_name()).and_then(|it| it.to_str());
        let dir: String =
            dir.unwrap_or("skill").chars().map(|it| if it == '.' { '_' } else { it }).collect();
        format!("{dir}-{:08x}", crc32fast::hash(target.as_os_str().as_encoded_bytes()))
    }

    /// The name says what the file may hold, so that a killed exchange can be told from a person's save.
    fn swap(&self, new: &[u8], old: &[u8]) -> PathBuf {
        let (new, old) = (crc32fast::hash(new), crc32fast::hash(old));
        self.dir.join(format!("{}.{new:08x}.{old:08x}.swap", self.name))
    }
}

fn is_abandoned(path: &Path) -> bool {
    let age = fs::metadata(path).and_then(|it| it.modified()).map(|it| it.elapsed());
    // A file of the future has no age; it will have one.
    matches!(age, Ok(Ok(age)) if age.as_secs() >= ABANDONED)
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

/// Gives a file the mode and the owner of another.
fn like(path: &Path, model: &Path) -> io::Result<()> {
    let wanted = fs::metadata(model)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        let have = fs::metadata(path)?;
        if (have.uid(), have.gid()) != (wanted.uid(), wanted.gid()) {
            // Only root may give files away; for others the file becomes theirs, as with any editor.
            drop(std::os::unix::fs::chown(path, Some(wanted.uid()), Some(wanted.gid())));
        }
        if have.permissions() == wanted.permissions() {
            return Ok(());
        }
    }
    fs::set_permissions(path, wanted.permissions())
}

/// Renames a file to a name that must be free.
fn rename_new(from: &Path, to: &Path) -> io::Result<()> {
    #[cfg(target_os = "linux")]
    {
        use rustix::fs::{CWD, RenameFlags, renameat_with};
        match renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
            Err(rustix::io::Errno::INVAL | rustix::io::Errno::NOSYS) => {}
            res => return res.map_err(io::Error::from),
        }
    }
    fs::hard_link(from, to)?;
    fs::remove_file(from)
}

/// Exchanges two files in one step, so that what somebody saved in between comes out and is seen.
fn exchange(ours: &Path, target: &Path) -> io::Result<()> {
    #[cfg(target_os = "linux")]
    {
        use rustix::fs::{CWD, RenameFlags, renameat_with};
        match renameat_with(CWD, ours, CWD, target, RenameFlags::EXCHANGE) {
            Err(rustix::io::Errno::INVAL | rustix::io::Errno::NOSYS) => {}
            res => return res.map_err(io::Error::from),
        }
    }
    // Without an exchange: the old file keeps a second name, ours takes its place, and the second
    // name becomes ours. A save between the two steps is not seen.
    // Named so that it is mended when we are killed: it may hold what somebody just saved.
    let aside = ours.with_extension("aside.swap");
    drop(fs::remove_file(&aside));
    fs::hard_link(target, &aside).or_else(|_| fs::copy(target, &aside).map(drop))?;
    fs::rename(ours, target)?;
    fs::rename(&aside, ours)
}
