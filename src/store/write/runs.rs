//! The open runs of an agent's sessions, and the log of what hooks could not do.

use std::fs::{self, File};
use std::io::{self, Write};

use crate::store::Store;

const RUNS: &str = "local/runs";
const OPEN: &str = "jsonl";
const DONE: &str = "done";
const LOG: &str = "local/log";
/// How many bytes the log may have before it starts anew.
const LOG_MAX: u64 = 1 << 16;

impl Store {
    /// Opens a run with the first line of its file; false when it is open or done already, so that of
    /// several handlers that fire at once one begins it.
    ///
    /// # Errors
    /// When the file cannot be made.
    pub fn claim_run(&self, id: &str, line: &str) -> io::Result<bool> {
        let dir = self.path(RUNS);
        let (open, done) = (dir.join(format!("{id}.{OPEN}")), dir.join(format!("{id}.{DONE}")));
        if done.exists() {
            return Ok(false);
        }
        self.refuse_links().map_err(io::Error::other)?;
        fs::create_dir_all(&dir)?;
        let tmp = dir.join(format!("{id}.{}.tmp", std::process::id()));
        fs::write(&tmp, format!("{line}\n"))?;
        // A link takes the name with the text in it, or finds it taken.
        let res = fs::hard_link(&tmp, &open);
        drop(fs::remove_file(&tmp));
        match res {
            Ok(()) => Ok(true),
            Err(err) if err.kind() == io::ErrorKind::AlreadyExists => Ok(false),
            // A file system without links.
            Err(_) => match File::options().write(true).create_new(true).open(&open) {
                Ok(mut file) => file.write_all(format!("{line}\n").as_bytes()).map(|()| true),
                Err(err) if err.kind() == io::ErrorKind::AlreadyExists => Ok(false),
                Err(err) => Err(err),
            },
        }
    }

    /// Adds a line to an open run, in one write.
    ///
    /// # Errors
    /// When the run is not open or cannot be written.
    pub fn add_to_run(&self, id: &str, line: &str) -> io::Result<()> {
        let path = self.path(RUNS).join(format!("{id}.{OPEN}"));
        File::options().append(true).open(path)?.write_all(format!("{line}\n").as_bytes())
    }

    /// Marks a run as done. What it came to is in the journal by now.
    ///
    /// # Errors
    /// When it cannot be renamed; a run that is done already is none.
    pub fn close_run(&self, id: &str) -> io::Result<()> {
        let dir = self.path(RUNS);
        match fs::rename(dir.join(format!("{id}.{OPEN}")), dir.join(format!("{id}.{DONE}"))) {
            Err(err) if err.kind() == io::ErrorKind::NotFound => Ok(()),
            res => res,
        }
    }

    /// Returns the open runs, or those that are done: id and text.
    pub fn runs(&self, done: bool) -> Vec<(String, String)> {
        let suffix = format!(".{}", if done { DONE } else { OPEN });
        let names = crate::store::list(&self.path(RUNS)).unwrap_or_default();
        let mut res: Vec<(String, String)> = names
            .into_iter()
            .filter_map(|(name, _)| {
                let id = name.strip_suffix(&suffix)?.to_owned();
                let text = fs::read(self.path(RUNS).join(&name)).ok()?;
                Some((id, String::from_utf8_lossy(&text).into_owned()))
            })
            .collect();
        res.sort();
        res
    }

    /// Forgets a run that is done.
    pub fn forget_run(&self, id: &str) {
        drop(fs::remove_file(self.path(RUNS).join(format!("{id}.{DONE}"))));
    }

    /// Notes what a hook could not do, for `learn doctor`. Nobody sees what a hook prints.
    pub fn log_trouble(&self, line: &str) {
        let path = self.path(LOG);
        if fs::metadata(&path).is_ok_and(|it| it.len() > LOG_MAX) {
            drop(fs::remove_file(&path));
        }
        let note = || {
            let mut file = File::options().create(true).append(true).open(&path)?;
            file.write_all(format!("{line}\n").as_bytes())
        };
        drop(note());
    }

    /// Returns the log of what hooks could not do.
    pub fn trouble_log(&self) -> String {
        let text = fs::read(self.path(LOG)).unwrap_or_default();
        String::from_utf8_lossy(&text).into_owned()
    }
}
