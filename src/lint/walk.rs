//! Finds skill folders as ripgrep walks (`.gitignore` counts, hidden folders too) and reads their Markdown.

use std::cell::OnceCell;
use std::collections::{BTreeMap, HashMap};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use anyhow::{Result, bail};
use ignore::WalkState;

use crate::learnings::LearningsDoc;
use crate::lint::head::{self, Head};
use crate::lint::rules::code::Named;
use crate::lint::rules::links::FileLink;
use crate::markdown::{body_start, page};
use crate::skill::SkillDoc;
use crate::store::slashed;
use crate::text::Span;

/// A Markdown file of more bytes than this is named, not read.
pub const LARGEST: u64 = 8 << 20;

/// Walking through fewer files and folders than this is done before threads have started.
const FEW: usize = 100;

/// A folder with a SKILL.md or a learnings.md, and the files below it.
#[derive(Debug)]
pub struct Folder {
    pub dir: PathBuf,
    pub files: Vec<PathBuf>,
    /// The only file that was asked for.
    pub only: Option<PathBuf>,
    /// Its text, where that is not the one on disk.
    pub text: Option<String>,
}

/// A skill that is read.
#[derive(Debug)]
pub struct Skill {
    pub dir: PathBuf,
    /// The name of the folder; `None` where it cannot be told.
    pub key: Option<String>,
    pub pages: Vec<Page>,
    /// All files below, relative to the folder.
    pub files: Vec<Entry>,
    pub only: Option<PathBuf>,
    root: OnceCell<Option<PathBuf>>,
}

#[derive(Debug)]
pub struct Entry {
    pub relative: String,
    pub path: PathBuf,
}

/// A Markdown file of a skill.
#[derive(Debug)]
pub struct Page {
    /// As the user named it.
    pub path: PathBuf,
    /// Below the skill's folder, with `/`.
    pub relative: String,
    pub text: String,
    pub head: Head,
    pub md: page::Page,
    pub learnings: Option<LearningsDoc>,
    /// Links to files, once somebody has asked for them.
    pub links: OnceCell<Vec<FileLink>>,
    /// Lines of shell code, once somebody has asked for them.
    pub shell: OnceCell<Vec<Span>>,
    /// Scripts that code names, once somebody has asked for them.
    pub scripts: OnceCell<Vec<Named>>,
    /// What a SKILL.md describes, once somebody has asked for it.
    described: OnceCell<(SkillDoc, LearningsDoc)>,
    /// Why the text is not there.
    pub unread: Option<String>,
}

/// What the comparison of all skills needs to know of one.
#[derive(Debug, Default)]
pub struct Summary {
    pub path: PathBuf,
    pub dir: PathBuf,
    pub name: Option<(String, Span)>,
    pub description: Option<(String, Span)>,
    /// Characters that the listing shows for it.
    pub listed: usize,
}

impl Page {
    pub fn is_skill_md(&self) -> bool {
        self.relative.eq_ignore_ascii_case("SKILL.md")
    }

    pub fn is_learnings(&self) -> bool {
        self.relative == "learnings.md"
    }

    /// Reads a page from its text.
    pub fn new(path: PathBuf, relative: String, text: String) -> Self {
        let is_skill = relative.eq_ignore_ascii_case("SKILL.md");
        let head = if is_skill {
            head::read(&text)
        } else {
            Head { body: body_start(&text), ..Head::default() }
        };
        let md = page::read_from(&text, head.body);
        let learnings = (relative == "learnings.md").then(|| LearningsDoc::parse(&text));
        Self {
            path,
            relative,
            text,
            head,
            md,
            learnings,
            links: OnceCell::new(),
            shell: OnceCell::new(),
            scripts: OnceCell::new(),
            described: OnceCell::new(),
            unread: None,
        }
    }

    /// Says whether the text has one of these words, as they are.
    pub fn has_any(&self, words: &[&str]) -> bool {
        let has = |it: &&str| memchr::memmem::find(self.text.as_bytes(), it.as_bytes()).is_some();
        words.iter().any(has)
    }

    /// Returns what the page describes, if it is a SKILL.md.
    pub fn described(&self) -> &SkillDoc {
        &self.described.get_or_init(|| SkillDoc::read(&self.text)).0
    }

    /// Returns what the page would be as a learnings.md, if it is a SKILL.md.
    pub fn as_learnings(&self) -> &LearningsDoc {
        &self.described.get_or_init(|| SkillDoc::read(&self.text)).1
    }
}

impl Skill {
    pub fn skill_md(&self) -> Option<&Page> {
        self.pages.iter().find(|it| it.is_skill_md())
    }

    pub fn summary(&self) -> Summary {
        let Some(page) = self.skill_md() else { return Summary::default() };
        let own = |key: &str| page.head.text(key).map(|it| (it.0.to_owned(), it.1));
        let length = |key: &str| page.head.text(key).map_or(0, |it| it.0.chars().count());
        Summary {
            path: page.path.clone(),
            dir: self.dir.clone(),
            name: own("name"),
            description: own("description"),
            listed: length("description") + length("when_to_use"),
        }
    }

    /// Returns the folder in whose `.git` the skill lies, or the folder above `.claude` and its like.
    pub fn root(&self) -> Option<&Path> {
        self.root.get_or_init(|| self.find_root()).as_deref()
    }

    fn find_root(&self) -> Option<PathBuf> {
        let dir = absolute(&self.dir);
        let found = dir.ancestors().find(|it| it.join(".git").exists());
        found.map(Path::to_path_buf).or_else(|| {
            let hidden = |it: &&Path| {
                it.file_name().and_then(|it| it.to_str()).is_some_and(|it| it.starts_with('.'))
            };
            dir.ancestors().find(hidden).and_then(Path::parent).map(Path::to_path_buf)
        })
    }
}

/// Returns a path from the root of the system; the path itself where it is not there.
pub fn absolute(path: &Path) -> PathBuf {
    let shown = if path.as_os_str().is_empty() { Path::new(".") } else { path };
    shown.canonicalize().unwrap_or_else(|_| path.to_owned())
}

/// Finds the skills at and below the paths, ordered by path; a file stands for its skill, of which
/// only its own findings are reported.
///
/// # Errors
/// When a path is not there, or a file that belongs to no skill.
pub fn find(paths: &[PathBuf]) -> Result<Vec<Folder>> {
    let mut res: BTreeMap<PathBuf, Folder> = BTreeMap::new();
    for path in paths {
        if path.is_dir() {
            for (dir, files) in below(path) {
                let only = None;
                res.insert(dir.clone(), Folder { dir, files, only, text: None });
            }
        } else if path.is_file() {
            res.insert(path.clone(), around(path));
        } else {
            bail!("`{}` is not there", path.display());
        }
    }
    Ok(res.into_values().collect())
}

/// Returns the skill of a file that need not be there yet, of which only this file's findings are reported.
pub fn around(path: &Path) -> Folder {
    let above = path.parent().unwrap_or(Path::new(""));
    let dir = above
        .ancestors()
        .take(4)
        .find(|it| is_skill(it))
        .map_or_else(|| above.to_owned(), Path::to_path_buf);
    let shown = if dir.as_os_str().is_empty() { Path::new(".") } else { &dir };
    let mut files: Vec<PathBuf> = below(shown).into_values().flatten().collect();
    files.sort();
    if dir.as_os_str().is_empty() {
        let bare = |it: &PathBuf| it.strip_prefix(".").unwrap_or(it).to_owned();
        files = files.iter().map(bare).collect();
    }
    if !is_skill(shown) {
        files = vec![path.to_owned()];
    } else if !files.iter().any(|it| it == path) {
        files.push(path.to_owned());
    }
    Folder { dir, files, only: Some(path.to_owned()), text: None }
}

fn is_skill(dir: &Path) -> bool {
    ["SKILL.md", "skill.md", "learnings.md"].iter().any(|it| dir.join(it).is_file())
}

/// Returns the skills below a folder with their files. The files of a skill within a skill are its own.
fn below(root: &Path) -> HashMap<PathBuf, Vec<PathBuf>> {
    let named = root.components().any(|it| it.as_os_str() == "node_modules");
    // What a person excludes from all repositories says nothing about other folders, and takes long to read.
    let in_git = crate::store::git::git_dir(&absolute(root)).is_some();
    let mut walk = ignore::WalkBuilder::new(root);
    walk.hidden(false).require_git(false).git_global(in_git).git_exclude(in_git).filter_entry(
        move |it| {
            let name = it.file_name().to_str().unwrap_or("");
            let skipped = [".git", ".learn"].contains(&name) || (name == "node_modules" && !named);
            !(skipped && it.depth() > 0)
        },
    );
    let few: Vec<_> = walk.build().take(FEW).collect();
    let mut files: Vec<PathBuf> = if few.len() < FEW {
        few.into_iter().filter_map(|it| file_of(it.ok()?)).collect()
    } else {
        let files = Mutex::new(Vec::new());
        walk.build_parallel().run(|| {
            Box::new(|it| {
                let file = it.ok().and_then(file_of);
                files.lock().expect("no thread panics while it holds this").extend(file);
                WalkState::Continue
            })
        });
        files.into_inner().expect("all threads have ended")
    };
    files.sort_unstable();
    let is_mark = |it: &Path| {
        let name = it.file_name().and_then(|it| it.to_str()).unwrap_or("");
        name.eq_ignore_ascii_case("SKILL.md") || name == "learnings.md"
    };
    let marks = files.iter().filter(|it| is_mark(it));
    let mut res: HashMap<PathBuf, Vec<PathBuf>> =
        marks.filter_map(|it| Some((it.parent()?.to_owned(), Vec::new()))).collect();
    for file in files {
        if let Some(dir) = file.ancestors().skip(1).find(|it| res.contains_key(*it)) {
            let dir = dir.to_owned();
            res.entry(dir).or_default().push(file);
        }
    }
    res
}

fn file_of(it: ignore::DirEntry) -> Option<PathBuf> {
    it.file_type().is_some_and(|it| !it.is_dir()).then(|| it.into_path())
}

/// Reads the Markdown of a skill.
pub fn read(folder: &Folder) -> Skill {
    let key = folder
        .dir
        .file_name()
        .map(std::ffi::OsStr::to_os_string)
        .or_else(|| absolute(&folder.dir).file_name().map(std::ffi::OsStr::to_os_string));
    let mut pages = Vec::new();
    let mut files = Vec::new();
    for path in &folder.files {
        let relative = slashed(path.strip_prefix(&folder.dir).unwrap_or(path));
        if path.extension().is_some_and(|it| it.eq_ignore_ascii_case("md")) {
            let given = folder.text.as_ref().filter(|_| folder.only.as_ref() == Some(path));
            pages.push(match given {
                Some(text) => Page::new(path.clone(), relative.clone(), text.clone()),
                None => read_page(path, relative.clone()),
            });
        }
        files.push(Entry { relative, path: path.clone() });
    }
    let key = key.and_then(|it| it.into_string().ok());
    let (dir, only) = (folder.dir.clone(), folder.only.clone());
    Skill { dir, key, pages, files, only, root: OnceCell::new() }
}

/// Reads a file that is not too large; else says why not.
fn read_bytes(path: &Path) -> Result<Vec<u8>, String> {
    let said = |it: std::io::Error| it.to_string();
    let file = std::fs::File::open(path).map_err(said)?;
    let length = file.metadata().map_err(said)?.len();
    if length > LARGEST {
        let largest = LARGEST >> 20;
        return Err(format!("{} MiB; files of more than {largest} MiB are not read", length >> 20));
    }
    let mut res = Vec::with_capacity(length as usize + 1);
    file.take(LARGEST).read_to_end(&mut res).map_err(said)?;
    Ok(res)
}

fn read_page(path: &Path, relative: String) -> Page {
    let (text, unread) = match read_bytes(path).map(String::from_utf8) {
        Ok(Ok(text)) => (text, None),
        Ok(Err(err)) => {
            let at = err.utf8_error().valid_up_to();
            let byte = err.as_bytes()[at];
            let text = String::from_utf8_lossy(err.as_bytes()).into_owned();
            let line = memchr::memchr_iter(b'\n', &text.as_bytes()[..at]).count() + 1;
            let why =
                format!("byte {} of the file (0x{byte:02x}, line {line}) is not UTF-8", at + 1);
            (text, Some(why))
        }
        Err(why) => (String::new(), Some(why)),
    };
    Page { unread, ..Page::new(path.to_owned(), relative, text) }
}
