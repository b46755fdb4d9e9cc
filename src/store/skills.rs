//! Finds the skill folders of a project.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::skill::SkillDoc;
use crate::store::cache::BUILD;
use crate::store::write::Lock;
use crate::store::{Store, read_text};

const CACHE: &str = "skills.json";

/// Where skills lie in a project, for the agents that read them.
pub const ROOTS: [&str; 5] =
    [".claude/skills", "skills", ".agents/skills", ".github/skills", ".codex/skills"];

/// A skill and the folders that hold it: the first is the one to read, others are mirrors.
#[derive(Clone, Debug)]
pub struct SkillFolder {
    pub key: String,
    pub dirs: Vec<PathBuf>,
    /// What SKILL.md says; with checksum and length of its text where the cache does not have it.
    doc: OnceLock<(SkillDoc, Option<(u32, usize)>)>,
    parsed: Arc<Parsed>,
}

/// What each SKILL.md said when it was parsed last, kept in `.learn/local/cache`: it changes at an update only.
#[derive(Debug)]
struct Parsed {
    store: Store,
    kept: OnceLock<BTreeMap<String, Kept>>,
}

#[derive(Serialize, Deserialize)]
struct Stored {
    build: String,
    skills: BTreeMap<String, Kept>,
}

/// A parsed SKILL.md, and the text it was parsed from: its checksum and length.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Kept {
    crc: u32,
    len: usize,
    doc: Box<RawValue>,
}

impl Parsed {
    fn kept(&self) -> &BTreeMap<String, Kept> {
        self.kept.get_or_init(|| {
            let text = self.store.read_cache(CACHE);
            let stored = text.and_then(|it| serde_json::from_str::<Stored>(&it).ok());
            stored.filter(|it| it.build == BUILD).map(|it| it.skills).unwrap_or_default()
        })
    }
}

impl SkillFolder {
    /// Returns what SKILL.md says, read once; nothing where there is none.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn doc(&self) -> Result<&SkillDoc> {
        if let Some((doc, _)) = self.doc.get() {
            return Ok(doc);
        }
        let text = read_text(&self.dirs[0].join("SKILL.md"))?.unwrap_or_default();
        let (crc, len) = (crc32fast::hash(text.as_bytes()), text.len());
        let kept = self.parsed.kept().get(&self.key).filter(|it| (it.crc, it.len) == (crc, len));
        let read = match kept.and_then(|it| serde_json::from_str(it.doc.get()).ok()) {
            Some(doc) => (doc, None),
            None => (SkillDoc::parse(&text), Some((crc, len))),
        };
        Ok(&self.doc.get_or_init(|| read).0)
    }
}

/// Keeps what was parsed of the SKILL.md files for the next command.
///
/// # Errors
/// When the cache cannot be written.
pub fn keep(lock: &Lock, skills: &[SkillFolder]) -> Result<()> {
    let is_new = |it: &SkillFolder| it.doc.get().is_some_and(|it| it.1.is_some());
    let Some(parsed) = skills.iter().find(|it| is_new(it)).map(|it| &it.parsed) else {
        return Ok(());
    };
    let mut res = Stored { build: BUILD.to_owned(), skills: BTreeMap::new() };
    for skill in skills {
        let kept = match skill.doc.get() {
            Some((doc, Some((crc, len)))) => {
                let doc = serde_json::value::to_raw_value(doc)?;
                Some(Kept { crc: *crc, len: *len, doc })
            }
            _ => parsed.kept().get(&skill.key).cloned(),
        };
        res.skills.extend(kept.map(|it| (skill.key.clone(), it)));
    }
    parsed.store.write_cache(lock, CACHE, &serde_json::to_string(&res)?)
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
    dirs.retain(|it| is_skill(it));
    for dir in dirs {
        // A linked folder is the folder it links to.
        let real = store.real(&dir).unwrap_or_else(|_| dir.clone());
        if seen.contains(&real) {
            continue;
        }
        seen.push(real);
        if let Some(key) = dir.file_name().and_then(|it| it.to_str()) {
            res.entry(key.to_owned()).or_default().push(dir);
        }
    }
    let parsed = Arc::new(Parsed { store: store.clone(), kept: OnceLock::new() });
    let folder = |(key, dirs)| {
        let parsed = Arc::clone(&parsed);
        SkillFolder { key, dirs, doc: OnceLock::new(), parsed }
    };
    Ok(res.into_iter().map(folder).collect())
}

fn is_skill(dir: &Path) -> bool {
    dir.join("SKILL.md").is_file() || dir.join("learnings.md").is_file()
}
