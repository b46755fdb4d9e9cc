//! Replaces a learnings.md without losing what a person saves meanwhile, and mends what a killed command
//! left of that.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
#[cfg(any(target_os = "linux", target_os = "macos"))]
use rustix::fs::RenameFlags;

use crate::store::Store;
use crate::store::write::{Lock, sync_dir, write_synced};

/// Age in seconds at which a temporary event file belongs to nobody any more.
const ABANDONED: u64 = 60;
/// How often a replacement is tried while somebody else saves.
const TRIES: usize = 100;

/// The real path of a learnings.md that may be written; only `learnings_target` makes one.
#[derive(Clone, Debug)]
pub struct Target(pub(super) PathBuf);

/// How a replacement went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Replaced {
    Done,
    /// Somebody saved meanwhile: what is there now has to be read again.
    Changed,
}

impl Store {
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

    pub(super) fn replace(
        &self,
        target: &Path,
        old: Option<&[u8]>,
        new: &[u8],
    ) -> io::Result<Replaced> {
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
        for (name, _) in crate::store::list(&dir)? {
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
        let real_of = |it: &PathBuf| match self.learnings_target(it) {
            Ok(it) => Ok(it.0),
            Err(_) => self.author_target(it).map(|it| it.0),
        };
        let real: Vec<PathBuf> = targets.iter().filter_map(|it| real_of(it).ok()).collect();
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

    /// Returns the real path of a learnings.md, if this program may write it.
    ///
    /// # Errors
    /// When it is not called learnings.md, lies in a package's folder, or a link leads out of the skill's folder.
    pub fn learnings_target(&self, path: &Path) -> Result<Target> {
        if path.file_name().is_none_or(|it| it != "learnings.md") {
            bail!("`{}` belongs to a package: only `learnings.md` is written", self.shown(path));
        }
        let dir = path.parent().expect("the path ends with learnings.md");
        // Asked anew: a watch may have taken an hour, and a note may have been typed since the skills were found.
        let real_dir =
            dir.canonicalize().with_context(|| format!("cannot find `{}`", self.shown(dir)))?;
        if real_dir.components().any(|it| it.as_os_str() == "node_modules") {
            bail!("`{}` lies in node_modules, where updates replace it", real_dir.display());
        }
        let real_root = self
            .real(&self.root)
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
pub(super) struct Swap {
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
    pub(super) fn name_of(target: &Path) -> String {
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

/// Gives a file the mode and the owner of another.
fn like(path: &Path, model: &Path) -> io::Result<()> {
    let wanted = fs::metadata(model)?;
    // On Windows a file takes its owner and its rights from the folder; read-only is what is left of a mode.
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

/// Renames with one of the flags that only Linux and macOS have; `None` where the system or the file system has not.
#[cfg(any(target_os = "linux", target_os = "macos"))]
fn rename_with(from: &Path, to: &Path, flags: RenameFlags) -> Option<io::Result<()>> {
    use rustix::fs::{CWD, renameat_with};
    use rustix::io::Errno;
    // Linux answers EINVAL or ENOSYS, macOS ENOTSUP.
    match renameat_with(CWD, from, CWD, to, flags) {
        Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => None,
        res => Some(res.map_err(io::Error::from)),
    }
}

/// Renames a file to a name that must be free.
fn rename_new(from: &Path, to: &Path) -> io::Result<()> {
    #[cfg(any(target_os = "linux", target_os = "macos"))]
    if let Some(res) = rename_with(from, to, RenameFlags::NOREPLACE) {
        return res;
    }
    link_new(from, to)
}

/// As `rename_new`, on Windows and on file systems that cannot rename so: a second name is refused where the name is taken.
fn link_new(from: &Path, to: &Path) -> io::Result<()> {
    match fs::hard_link(from, to) {
        Ok(()) => fs::remove_file(from),
        Err(err) if err.kind() == io::ErrorKind::AlreadyExists => Err(err),
        // No second names either, as on exFAT: a file that is made between the question and the answer is lost.
        Err(err) if fs::symlink_metadata(to).is_ok() => Err(err),
        Err(_) => fs::rename(from, to),
    }
}

/// Exchanges two files in one step, so that what somebody saved in between comes out and is seen.
fn exchange(ours: &Path, target: &Path) -> io::Result<()> {
    #[cfg(any(target_os = "linux", target_os = "macos"))]
    if let Some(res) = rename_with(ours, target, RenameFlags::EXCHANGE) {
        return res;
    }
    exchange_in_steps(ours, target)
}

/// As `exchange`, on Windows and on file systems that cannot exchange.
fn exchange_in_steps(ours: &Path, target: &Path) -> io::Result<()> {
    // The old file keeps a second name, ours takes its place, and the second
    // name becomes ours. A save between the two steps is not seen.
    // Named so that it is mended when we are killed: it may hold what somebody just saved.
    let aside = ours.with_extension("aside.swap");
    drop(fs::remove_file(&aside));
    fs::hard_link(target, &aside).or_else(|_| fs::copy(target, &aside).map(drop))?;
    fs::rename(ours, target)?;
    fs::rename(&aside, ours)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Runs a look at a folder with the files `a` and `b`, which say their names.
    fn with_files(name: &str, look: impl Fn(&Path, &Path)) {
        let dir = std::env::temp_dir().join(format!("learn-{name}-{}", std::process::id()));
        drop(fs::remove_dir_all(&dir));
        fs::create_dir_all(&dir).unwrap();
        let (a, b) = (dir.join("a"), dir.join("b"));
        fs::write(&a, "a").unwrap();
        fs::write(&b, "b").unwrap();
        look(&a, &b);
        fs::remove_dir_all(&dir).unwrap();
    }

    #[test]
    fn a_new_name_must_be_free_on_every_system() {
        for rename in [rename_new, link_new] {
            with_files("new", |a, b| {
                assert_eq!(rename(a, b).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
                assert_eq!(fs::read_to_string(b).unwrap(), "b");
                fs::remove_file(b).unwrap();
                rename(a, b).unwrap();
                assert_eq!(fs::read_to_string(b).unwrap(), "a");
                assert!(!a.exists());
            });
        }
    }

    #[test]
    fn an_exchange_gives_back_what_was_there_on_every_system() {
        for exchange in [exchange, exchange_in_steps] {
            with_files("exchange", |a, b| {
                exchange(a, b).unwrap();
                assert_eq!(
                    (fs::read_to_string(a).unwrap(), fs::read_to_string(b).unwrap()),
                    ("b".into(), "a".into())
                );
                assert_eq!(fs::read_dir(a.parent().unwrap()).unwrap().count(), 2);
            });
        }
    }
}
