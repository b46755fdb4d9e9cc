//! The one exception: Markdown that a skill's author has fixed in the skill's own repository, by
//! `learn lint --fix --author`. Copies that a package manager or an agent keeps are refused.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::store::Store;
use crate::store::write::{Lock, Replaced};

/// Folders in which package managers and agents keep copies: one name, or names that follow each other.
const COPIES: [&[&str]; 17] = [
    &["node_modules"],
    &["bower_components"],
    &["jspm_packages"],
    &[".pnpm-store"],
    &[".yarn"],
    &[".npm"],
    &["site-packages"],
    &["dist-packages"],
    &["vendor"],
    &["third_party"],
    &[".cargo", "registry"],
    &[".cargo", "git"],
    &["pkg", "mod"],
    &["plugins", "cache"],
    &["plugins", "marketplaces"],
    &[".cache"],
    &[".gemini", "extensions"],
];

/// The real path of a Markdown file that its author may have fixed; only `author_target` makes one.
#[derive(Clone, Debug)]
pub struct AuthorTarget(pub(super) PathBuf);

/// Makes sure that a folder is no copy that a package manager or an agent replaces.
///
/// # Errors
/// When it lies in one, by its real path, or is not there.
pub fn refuse_copies(dir: &Path) -> Result<()> {
    let real = dir.canonicalize().with_context(|| format!("cannot find `{}`", dir.display()))?;
    let names: Vec<&str> =
        real.components().map(|it| it.as_os_str().to_str().unwrap_or_default()).collect();
    let copy = COPIES.iter().find(|it| names.windows(it.len()).any(|names| names == **it));
    if let Some(copy) = copy {
        bail!(
            "`{}` lies in `{}`, where an update replaces it: run `--fix --author` in the skill's own repository",
            dir.display(),
            copy.join("/")
        );
    }
    Ok(())
}

impl Store {
    /// Returns the real path of a Markdown file of a skill that its author may have fixed.
    ///
    /// # Errors
    /// When it is no Markdown or a learnings.md, is a link or has a second name, may not be written, lies
    /// outside the project, or is a copy that an update replaces.
    pub fn author_target(&self, path: &Path) -> Result<AuthorTarget> {
        let shown = self.shown(path);
        let is_markdown = path.extension().is_some_and(|it| it.eq_ignore_ascii_case("md"));
        if !is_markdown || path.file_name().is_none_or(|it| it == "learnings.md") {
            bail!("`{shown}` is no Markdown that a skill's author writes");
        }
        let meta = fs::symlink_metadata(path).with_context(|| format!("cannot read `{shown}`"))?;
        if !meta.is_file() {
            bail!("`{shown}` is a link, or no file; fix what it leads to");
        }
        if meta.permissions().readonly() {
            bail!("`{shown}` is read-only");
        }
        // The standard library does not count the names of a file on Windows; there the folders below have to do.
        #[cfg(unix)]
        if std::os::unix::fs::MetadataExt::nlink(&meta) > 1 {
            bail!(
                "`{shown}` has a second name elsewhere (a hard link), as package managers make them"
            );
        }
        let real = path.canonicalize().with_context(|| format!("cannot find `{shown}`"))?;
        let root = self.root.canonicalize();
        let root = root.with_context(|| format!("cannot find `{}`", self.root.display()))?;
        if !real.starts_with(&root) {
            bail!("`{shown}` lies outside the project, in `{}`", real.display());
        }
        refuse_copies(real.parent().unwrap_or(&root))?;
        Ok(AuthorTarget(real))
    }

    /// Replaces a file of an author's skill by a new text, if it still is `old`, as `replace_learnings` does.
    ///
    /// # Errors
    /// When the file cannot be written; it is then as before.
    pub fn replace_for_author(
        &self,
        _lock: &Lock,
        target: &AuthorTarget,
        old: &[u8],
        new: &[u8],
    ) -> Result<Replaced> {
        let res = self.replace(&target.0, Some(old), new);
        res.with_context(|| format!("cannot write `{}`", self.shown(&target.0)))
    }

    /// Takes away a `.learn/` that was made for temporary files only. What anybody stored in it stays.
    pub fn remove_unused(&self, _lock: Lock) {
        let remove = || -> std::io::Result<()> {
            fs::remove_dir(self.path("events"))?;
            fs::remove_dir(self.path("local/tmp"))?;
            fs::remove_file(self.path("local/lock"))?;
            fs::remove_dir(self.path("local"))?;
            fs::remove_file(self.path(".gitignore"))?;
            fs::remove_file(self.path(".gitattributes"))?;
            fs::remove_dir(self.path(""))
        };
        // A folder that stays is no harm.
        drop(remove());
    }
}
