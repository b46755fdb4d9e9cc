//! What the project around the skills looks like to the rules about it: the journal, an agent's settings, git, the
//! package. Reads through `workspace` and `store`, so that the linter and `sync` cannot disagree.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use crate::event::{Event, Id, Timestamp};
use crate::journal::Problem;
use crate::lint::walk::{Folder, absolute};
use crate::projection::DAY;
use crate::store::cache::Fold;
use crate::store::{Store, read_text};
use crate::text::Span;
use crate::workspace::Workspace;

/// Settings of an agent that are read for this project, below its root.
const SETTINGS: [&str; 2] = [".claude/settings.json", ".claude/settings.local.json"];
/// The handlers that a plugin brings.
const PLUGIN_HOOKS: &str = "hooks/hooks.json";

/// A project, as far as the rules ask about it.
pub struct Project {
    pub workspace: Workspace,
    /// The project's root from the root of the system, and as the user named it.
    pub root: PathBuf,
    named: PathBuf,
    /// The learnings.md files that are linted, by their real path: how the user named them.
    linted: BTreeMap<PathBuf, PathBuf>,
    /// All of the project is linted, and not some of its skills.
    pub is_whole: bool,
    pub now: Timestamp,
    pub fold: RefCell<Fold>,
    pub journal: Facts,
    /// Files of settings that are there.
    pub settings: Vec<TextFile>,
    /// Files of the journal that findings are in, by their path below `.learn/`.
    sources: RefCell<BTreeMap<String, Lines>>,
}

/// A file and its text.
#[derive(Clone, Debug)]
pub struct TextFile {
    /// As the user named it.
    pub path: PathBuf,
    /// Shared by all findings in the file, of which a pack may have thousands.
    pub text: Rc<str>,
}

/// A file of the journal, and where its lines are.
struct Lines {
    file: TextFile,
    lines: Vec<Span>,
}

/// What is strange about the journal.
#[derive(Debug, Default)]
pub struct Facts {
    pub problems: Vec<Problem>,
    /// Events that name another one which is not here, and its id.
    pub dangling: Vec<(Place, Id)>,
    /// Events of more than a day from now.
    pub future: Vec<(Place, Id, Timestamp)>,
}

/// Path below `.learn/` and line, which counts from 1.
pub type Place = (String, usize);

/// A finding of a rule about the project.
#[derive(Debug)]
pub struct Found {
    pub file: TextFile,
    pub span: Span,
    pub message: String,
    pub help: String,
}

impl Found {
    pub fn new(file: &TextFile, span: Span, message: String, help: &str) -> Self {
        Self { file: file.clone(), span, message, help: help.to_owned() }
    }
}

impl Project {
    /// Opens the projects that the paths lie in, where there is something to ask of them.
    pub fn all(paths: &[PathBuf], found: &[Folder], now: Timestamp) -> Vec<Self> {
        let mut roots: BTreeMap<PathBuf, Vec<PathBuf>> = BTreeMap::new();
        for path in paths {
            if let Some(root) = root_of(path) {
                roots.entry(root).or_default().push(path.clone());
            }
        }
        let open = |(root, paths): (PathBuf, Vec<PathBuf>)| Self::open(root, &paths, found, now);
        roots.into_iter().filter_map(open).collect()
    }

    fn open(root: PathBuf, paths: &[PathBuf], found: &[Folder], now: Timestamp) -> Option<Self> {
        // The project that the tests of another lie in has nothing to do with theirs.
        if !root.join(".learn").is_dir()
            && !root.join(".claude").is_dir()
            && !root.join("package.json").is_file()
        {
            return None;
        }
        let workspace = Workspace::open(&root, Some(&root)).ok()?;
        let is_whole = paths.iter().any(|it| root.starts_with(absolute(it)));
        let named = paths.iter().find(|it| absolute(it) == root).cloned();
        let named = named.unwrap_or_else(|| root.clone());
        let files = found.iter().flat_map(|it| &it.files);
        let files = files.filter(|it| it.file_name().is_some_and(|it| it == "learnings.md"));
        let linted = files.map(|it| (absolute(it), it.clone())).collect();
        let fold =
            if workspace.store.exists() { workspace.store.fold().ok()? } else { Fold::default() };
        let mut res = Self {
            workspace,
            root,
            named,
            linted,
            is_whole,
            now,
            fold: RefCell::new(fold),
            journal: Facts::default(),
            settings: Vec::new(),
            sources: RefCell::default(),
        };
        if is_whole {
            res.journal = res.facts();
            let plugin =
                res.root.join(".claude-plugin/plugin.json").is_file().then_some(PLUGIN_HOOKS);
            res.settings =
                SETTINGS.into_iter().chain(plugin).filter_map(|it| res.text(it)).collect();
        }
        Some(res)
    }

    /// Reads a file below the root; `None` where there is none or it is no text.
    pub fn text(&self, relative: &str) -> Option<TextFile> {
        let text = read_text(&self.root.join(relative)).ok()??;
        Some(TextFile { path: self.named.join(relative), text: text.into() })
    }

    /// Returns the file that a rule is to speak about, whether or not it is text.
    pub fn lossy(&self, relative: &str) -> TextFile {
        let bytes = std::fs::read(self.root.join(relative)).unwrap_or_default();
        TextFile { path: self.named.join(relative), text: String::from_utf8_lossy(&bytes).into() }
    }

    /// Returns a learnings.md that is linted; `None` for others.
    pub fn learnings(&self, path: &Path) -> Option<TextFile> {
        let named = self.linted.get(&absolute(path))?;
        Some(TextFile { path: named.clone(), text: read_text(path).ok()??.into() })
    }

    /// Returns a file of the journal and one of its lines; the first line stands for the whole file.
    pub fn line(&self, (source, line): (&str, usize)) -> (TextFile, Span) {
        let mut sources = self.sources.borrow_mut();
        let it = sources.entry(source.to_owned()).or_insert_with(|| {
            let file = self.lossy(&format!(".learn/{source}"));
            // As the journal counts them: a lone `\r` ends no line of it.
            let lines = file.text.lines().map(|it| Span::within(&file.text, it)).collect();
            Lines { file, lines }
        });
        let span = it.lines.get(line.max(1) - 1).copied().unwrap_or_default();
        (it.file.clone(), span)
    }

    fn facts(&self) -> Facts {
        if !self.workspace.store.exists() {
            return Facts::default();
        }
        let latest = Timestamp(self.now.0 + DAY);
        let read = self.workspace.store.ask(|journal, _| {
            let parts =
                journal.visit(<(HashSet<Id>, Vec<(Place, Id)>, Vec<_>)>::default, |acc, entry| {
                    let it = entry.event;
                    let place = || (entry.place.0.to_owned(), entry.place.1);
                    acc.0.insert(it.id);
                    acc.1.extend(named_by(it).map(|of| (place(), of)));
                    if it.at > latest {
                        acc.2.push((place(), it.id, it.at));
                    }
                });
            let known = |id: &Id| parts.iter().any(|it| it.0.contains(id));
            let mut dangling: Vec<(Place, Id)> = parts.iter().flat_map(|it| it.1.clone()).collect();
            dangling.retain(|it| !known(&it.1));
            let future = parts.iter().flat_map(|it| it.2.clone()).collect();
            Facts { problems: journal.problems.clone(), dangling, future }
        });
        let mut res = read.unwrap_or_default();
        res.dangling.sort_unstable();
        res.future.sort_unstable();
        res
    }
}

/// Returns the root of the project that a path lies in, from the root of the system.
fn root_of(path: &Path) -> Option<PathBuf> {
    let path = absolute(path);
    let dir = if path.is_dir() { &*path } else { path.parent()? };
    let has_settings = |it: &&Path| SETTINGS.iter().any(|name| it.join(name).is_file());
    let root = Store::find(dir, None).ok().map(|it| it.root);
    root.or_else(|| dir.ancestors().find(has_settings).map(Path::to_path_buf))
}

/// Returns the events that an event names.
fn named_by(event: &Event<'_>) -> impl Iterator<Item = Id> {
    event.of.into_iter().chain(event.recovers)
}
