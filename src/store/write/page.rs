//! A report that a person asked for by name: the one file that is written anywhere on the disk.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::report::html::MARK;
use crate::store::write::{sync_dir, write_synced};

/// A file that may be written: a new one, or a page of this program.
#[derive(Clone, Debug)]
pub struct Page(PathBuf);

impl Page {
    /// Names a page.
    ///
    /// # Errors
    /// When its folder is not there, belongs to a skill, to a package, to git or to `.learn`, or when there is
    /// a file that this program did not write.
    pub fn at(path: &Path) -> Result<Self> {
        let name = path.file_name().filter(|_| !path.is_dir());
        let Some(name) = name else { bail!("`{}` is no name of a file", path.display()) };
        let dir = path.parent().unwrap_or(Path::new("."));
        let dir = dir.canonicalize().with_context(|| format!("no folder `{}`", dir.display()))?;
        if let Some(owner) = owner(&dir) {
            bail!(
                "`{}` lies in {owner}; nothing was written, name a file elsewhere",
                path.display()
            );
        }
        let real = dir.join(name);
        let is_link = fs::symlink_metadata(&real).is_ok_and(|it| it.is_symlink());
        if is_link {
            bail!("`{}` is a link; nothing was written, name a file of its own", path.display());
        }
        let res = Self(real);
        res.refuse_others()?;
        Ok(res)
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    fn refuse_others(&self) -> Result<()> {
        match fs::read(&self.0) {
            Ok(it) if is_page(&it) => Ok(()),
            Err(err) if err.kind() == io::ErrorKind::NotFound => Ok(()),
            Ok(_) => bail!(
                "`{}` is there and no report of `learn`; nothing was written, name another file",
                self.0.display()
            ),
            Err(err) => Err(err).with_context(|| format!("cannot read `{}`", self.0.display())),
        }
    }

    /// Writes the page: at every moment the file is the old or the new one.
    ///
    /// # Errors
    /// When it cannot be written; it is then as before.
    pub fn write(&self, text: &str) -> Result<()> {
        self.refuse_others()?;
        let (dir, name) = (self.0.parent(), self.0.file_name());
        let (dir, name) = dir.zip(name).context("a page has a folder and a name")?;
        let tmp = dir.join(format!(".{}.{}.learn-tmp", name.to_string_lossy(), std::process::id()));
        let write = || -> io::Result<()> {
            write_synced(&tmp, text.as_bytes())?;
            fs::rename(&tmp, &self.0)?;
            sync_dir(dir)
        };
        let res = write().inspect_err(|_| drop(fs::remove_file(&tmp)));
        res.with_context(|| format!("cannot write `{}`", self.0.display()))
    }
}

/// Says whether this program wrote a file: anything else is somebody's own.
fn is_page(bytes: &[u8]) -> bool {
    bytes.split(|it| *it == b'\n').nth(1) == Some(MARK.as_bytes())
}

/// Says to whom a folder belongs, if it is not the user's own. `dir` is a real path.
fn owner(dir: &Path) -> Option<&'static str> {
    for part in dir.components() {
        match part.as_os_str().to_str() {
            Some("node_modules") => return Some("node_modules, where updates replace it"),
            Some(".git") => return Some("the folder of git"),
            Some(super::super::DIR) => return Some("`.learn`, which holds the journal"),
            _ => {}
        }
    }
    let is_skill = |it: &&Path| it.join("SKILL.md").is_file() || it.join("learnings.md").is_file();
    dir.ancestors().find(is_skill).map(|_| "the folder of a skill, which belongs to a package")
}
