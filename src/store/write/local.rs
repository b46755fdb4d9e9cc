//! Files of this machine: backups, the last synced texts, the cache.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::store::Store;
use crate::store::write::exchange::{Swap, Target};
use crate::store::write::{Lock, sync_dir, write_synced};

/// How many backups of one file are kept.
const BACKUPS: usize = 20;
/// How many watches keep their probes.
const WATCHES: usize = 50;

/// The probes of a watch, one JSON line each, safe as soon as they are added.
#[derive(Debug)]
pub struct ProbeLog(File);

impl ProbeLog {
    /// Adds a line and waits until it is on the disk.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn add(&mut self, line: &str) -> Result<()> {
        let write = |file: &mut File| {
            file.write_all(format!("{line}\n").as_bytes())?;
            file.sync_data()
        };
        write(&mut self.0).context("cannot write the probe to `.learn/local/watch`")
    }
}

impl Store {
    /// Opens the probes of a watch, old or new, at their end.
    ///
    /// # Errors
    /// When the file cannot be made.
    pub fn probe_log(&self, name: &str) -> Result<ProbeLog> {
        if !self.exists() {
            self.create()?;
        }
        self.refuse_links()?;
        let dir = self.path("local/watch");
        let path = dir.join(format!("{name}.jsonl"));
        let open = || {
            fs::create_dir_all(&dir)?;
            File::options().create(true).append(true).open(&path)
        };
        let file = open().with_context(|| format!("cannot open `{}`", path.display()))?;
        // Their names begin with the time.
        let mut names: Vec<String> = crate::store::list(&dir)?.into_iter().map(|it| it.0).collect();
        names.sort_unstable();
        for old in names.iter().rev().skip(WATCHES) {
            drop(fs::remove_file(dir.join(old)));
        }
        Ok(ProbeLog(file))
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
            for (file, _) in crate::store::list(&dir).map_err(io::Error::other)? {
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
    pub(super) fn write_local(&self, dir: &str, name: &str, text: &str) -> Result<()> {
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

    pub(super) fn read_local(&self, dir: &str, name: &str) -> Result<Option<String>> {
        let path = self.path("local").join(dir).join(name);
        let text = match fs::read(&path) {
            Err(err) if err.kind() == io::ErrorKind::NotFound => return Ok(None),
            res => res.with_context(|| format!("cannot read `{}`", self.shown(&path)))?,
        };
        let Ok(mut text) = String::from_utf8(text) else { return Ok(None) };
        let Some((crc, rest)) = text.split_once('\n') else { return Ok(None) };
        let whole = crc == format!("{:08x}", crc32fast::hash(rest.as_bytes()));
        // In place: a copy of a large cache is slower than reading it.
        text.drain(..=crc.len());
        Ok(whole.then_some(text))
    }
}
