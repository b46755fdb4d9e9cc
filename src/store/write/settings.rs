//! The settings of an agent: the one file outside the project's own that is written, asked for by name.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};

use crate::store::Store;
use crate::store::write::{sync_dir, write_synced};

/// A settings file that may be written: `settings.json` or `settings.local.json` in a folder `.claude`.
#[derive(Clone, Debug)]
pub struct Settings(PathBuf);

/// What stood in the settings before the handlers went in, and a checksum of what stood there then.
#[derive(Serialize, Deserialize)]
struct Before {
    text: Option<String>,
    crc_after: u32,
}

impl Settings {
    /// Names a settings file below a home or project folder; a link is followed.
    ///
    /// # Errors
    /// When the file is a link that cannot be followed, or leads to a file of another name.
    pub fn at(base: &Path, name: &str) -> Result<Self> {
        let path = base.join(".claude").join(name);
        let real = match fs::canonicalize(&path) {
            Ok(it) => it,
            Err(err) if err.kind() == io::ErrorKind::NotFound => path,
            Err(err) => {
                return Err(err).with_context(|| format!("cannot follow `{}`", path.display()));
            }
        };
        let named = |it: &&std::ffi::OsStr| *it == "settings.json" || *it == "settings.local.json";
        if real.file_name().filter(named).is_none() {
            bail!("`{}` is no settings.json; nothing was changed", real.display());
        }
        Ok(Self(real))
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Puts a text in place of the one that was read, or removes the file.
    ///
    /// # Errors
    /// When somebody wrote it meanwhile, or it cannot be written; it is then as before.
    pub fn replace(&self, old: Option<&str>, new: Option<&str>) -> Result<()> {
        let now = crate::store::read_text(&self.0)?;
        if now.as_deref() != old {
            bail!("`{}` was saved meanwhile; nothing was changed, try again", self.0.display());
        }
        let dir = self.0.parent().context("settings lie in a folder")?;
        let write = || -> io::Result<()> {
            let Some(new) = new else {
                fs::remove_file(&self.0)?;
                return sync_dir(dir);
            };
            fs::create_dir_all(dir)?;
            let tmp = dir.join(format!(".settings.{}.learn-tmp", std::process::id()));
            let moved = write_synced(&tmp, new.as_bytes())
                .and_then(|()| match fs::metadata(&self.0) {
                    Ok(it) => fs::set_permissions(&tmp, it.permissions()),
                    Err(_) => Ok(()),
                })
                .and_then(|()| fs::rename(&tmp, &self.0));
            moved.inspect_err(|_| drop(fs::remove_file(&tmp)))?;
            sync_dir(dir)
        };
        write().with_context(|| format!("cannot write `{}`", self.0.display()))
    }
}

impl Store {
    /// Keeps what stood in the settings before, so that it can come back byte for byte.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn keep_settings(&self, of: &Settings, before: Option<&str>, after: &str) -> Result<()> {
        let crc_after = crc32fast::hash(after.as_bytes());
        let text = serde_json::to_string(&Before { text: before.map(str::to_owned), crc_after })?;
        self.write_local("settings", &kept_name(of), &text)
    }

    /// Returns what stood in the settings before the handlers went in, if nobody changed them since:
    /// `Some(None)` when there was no file.
    pub fn kept_settings(&self, of: &Settings, now: &str) -> Option<Option<String>> {
        let text = self.read_local("settings", &kept_name(of)).ok()??;
        let before: Before = serde_json::from_str(&text).ok()?;
        (before.crc_after == crc32fast::hash(now.as_bytes())).then_some(before.text)
    }
}

fn kept_name(of: &Settings) -> String {
    format!("{:08x}.json", crc32fast::hash(of.0.to_string_lossy().as_bytes()))
}
