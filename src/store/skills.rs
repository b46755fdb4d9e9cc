//! Finds the skill folders of a project.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use anyhow::{Context, Result};

use crate::skill::SkillDoc;
use crate::store::{Store, read_text};

/// Where skills lie in a project, for the agents that read them.
pub const ROOTS: [&str; 5] =
    [".claude/skills", "skills", ".agents/skills", ".github/skills", ".codex/skills"];

/// A skill and the folders that hold it: the first is the one to read, others are mirrors.
#[derive(Clone, Debug)]
pub struct SkillFolder {
    pub key: String,
    pub dirs: Vec<PathBuf>,
    doc: OnceLock<SkillDoc>,
}

impl SkillFolder {
    /// Returns what SKILL.md says, read once; nothing where there is none.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn doc(&self) -> Result<&SkillDoc> {
        if let Some(doc) = self.doc.get() {
            return Ok(doc);
        }
        let text = read_text(&self.dirs[0].join("SKILL.md"))?;
        let doc = text.map(|it| SkillDoc::parse(&it)).unwrap_or_default();
        Ok(self.doc.get_or_init(|| doc))
    }
}

/// Returns the skills below the root, ordered by key.
///
/// A folder with a SKILL.md is a skill; so is one with only a learnings.md, whose package removed the rest.
///
/// # Errors
/// When a folder is there and cannot be read, or a configured glob is not valid.
pub fn find(store: &Store, globs: &[String]) -> Result<Vec<SkillFolder>> {
    let mut dirs: Vec<PathBuf> = Vec::new();
    for root in ROOTS {
        let root = store.root.join(root);
        for (name, _) in super::list(&root)? {
            dirs.push(root.join(name));
        }
    }
    for pattern in globs {
        let root = glob::Pattern::escape(&store.root.display().to_string());
        let paths = glob::glob(&format!("{root}/{pattern}"))
            .with_context(|| format!("config.toml: skills.paths: `{pattern}` is not a glob"))?;
        dirs.extend(paths.filter_map(Result::ok));
    }
    let mut res: BTreeMap<String, Vec<PathBuf>> = BTreeMap::new();
    let mut seen: Vec<PathBuf> = Vec::new();
    for dir in dirs {
        if !is_skill(&dir) {
            continue;
        }
        // A linked folder is the folder it links to.
        let real = dir.canonicalize().unwrap_or_else(|_| dir.clone());
        if seen.contains(&real) {
            continue;
        }
        seen.push(real);
        if let Some(key) = dir.file_name().and_then(|it| it.to_str()) {
            res.entry(key.to_owned()).or_default().push(dir);
        }
    }
    Ok(res.into_iter().map(|(key, dirs)| SkillFolder { key, dirs, doc: OnceLock::new() }).collect())
}

fn is_skill(dir: &Path) -> bool {
    dir.join("SKILL.md").is_file() || dir.join("learnings.md").is_file()
}
