//! Secrets that are stored already: where they are, and the journal without them.

use std::collections::BTreeSet;

use anyhow::Result;

use super::Workspace;
use crate::clean;
use crate::event::{Event, redact};
use crate::parallel;
use crate::store::write::Lock;
use crate::store::{Store, git, pack};
use crate::text::{LineCol, line_col};

/// A secret in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// From the root.
    pub file: String,
    pub place: LineCol,
    pub shape: &'static str,
    /// The end of the event's id.
    pub event: Option<String>,
    /// Whether redaction takes it out: it does not change names and what is damaged.
    pub is_redactable: bool,
}

/// What the journal holds.
#[derive(Debug, Default)]
pub struct InJournal {
    pub secrets: Vec<Stored>,
    /// Files that cannot be read, from `.learn/`.
    pub unreadable: Vec<String>,
    /// Files with secrets that can be taken out, and their text without.
    clean: Vec<(String, String)>,
}

/// Looks at event files and packs.
///
/// # Errors
/// When the store cannot be listed.
pub fn in_journal(workspace: &Workspace) -> Result<InJournal> {
    let store = &workspace.store;
    let sources = store.sources()?;
    // A loose file is an event, a pack may hold a million.
    let few = if sources.iter().any(|it| pack::is_pack(it)) { 2 } else { 1000 };
    let each = parallel::map(&sources, few, |it| in_source(store, it));
    let mut res = InJournal::default();
    for (source, part) in sources.into_iter().zip(each) {
        let Some((secrets, clean)) = part else {
            res.unreadable.push(source);
            continue;
        };
        res.secrets.extend(secrets);
        res.clean.extend(clean.map(|it| (source, it)));
    }
    Ok(res)
}

/// Looks at one file of the journal; the text is there where secrets can be taken out. `None` when it cannot be read.
fn in_source(store: &Store, source: &str) -> Option<(Vec<Stored>, Option<String>)> {
    let bytes = store.load(source).ok()?;
    let text = String::from_utf8_lossy(&bytes);
    // What looks damaged stays as evidence; reading it as text would change it, too.
    let is_whole = std::str::from_utf8(&bytes).is_ok() && pack::is_named(source, &bytes);
    let mut res = Vec::new();
    let mut clean = String::with_capacity(text.len());
    for (number, line) in text.split_inclusive('\n').enumerate() {
        let bare = line.trim_end_matches(['\r', '\n']);
        let found = redact::find(bare);
        if found.is_empty() {
            clean.push_str(line);
            continue;
        }
        let redacted = if is_whole { redact::redacted(bare) } else { None };
        let event = Event::parse(bare).ok();
        res.extend(found.into_iter().map(|it| Stored {
            file: format!(".learn/{source}"),
            place: LineCol { line: number + 1, ..line_col(bare, it.span.start) },
            shape: it.shape,
            event: event.as_ref().map(|it| it.id.short()),
            is_redactable: redacted.is_some() && !it.in_name,
        }));
        clean.push_str(redacted.as_deref().unwrap_or(bare));
        clean.push_str(&line[bare.len()..]);
    }
    let is_redactable = res.iter().any(|it| it.is_redactable);
    Some((res, is_redactable.then_some(clean)))
}

impl InJournal {
    /// Puts the texts without secrets in place of the others. An event is there at every moment, old or new; of both
    /// texts the redacted one counts. What is made from them is synced by the caller.
    ///
    /// Event files go into a pack: a list of files that changed tells other clones that their caches, which hold the
    /// old texts, are none any more.
    ///
    /// # Errors
    /// When something cannot be written; the old file is then still there.
    pub fn redact(&self, workspace: &Workspace, lock: &Lock) -> Result<()> {
        let (packs, loose): (Vec<_>, Vec<_>) =
            self.clean.iter().partition(|it| pack::is_pack(&it.0));
        let store = &workspace.store;
        for (source, text) in packs {
            let bytes = text.as_bytes();
            store.seal(lock, &pack::name(bytes), bytes, std::slice::from_ref(source))?;
        }
        if !loose.is_empty() {
            let lines: String = loose.iter().map(|it| format!("{}\n", it.1.trim_end())).collect();
            let sources: Vec<String> = loose.iter().map(|it| it.0.clone()).collect();
            store.seal(lock, &pack::name(lines.as_bytes()), lines.as_bytes(), &sources)?;
        }
        Ok(())
    }

    /// Returns how many commits of the repository hold one of the files that are changed.
    pub fn commits(&self, workspace: &Workspace) -> usize {
        let files: Vec<String> = self.clean.iter().map(|it| format!(".learn/{}", it.0)).collect();
        let some = files.chunks(200);
        let all: BTreeSet<String> =
            some.flat_map(|it| git::commits_with(&workspace.store.root, it)).collect();
        all.len()
    }
}

/// Looks at the settings, at what this machine keeps below `.learn/local`, and at the learnings.md files.
pub fn elsewhere(workspace: &Workspace) -> Vec<Stored> {
    let local = walkdir::WalkDir::new(workspace.store.path("local")).sort_by_file_name();
    let local = local.into_iter().filter_map(Result::ok).filter(|it| it.file_type().is_file());
    let skills = workspace.skills.iter().flat_map(|it| workspace.files(it));
    let all = std::iter::once(workspace.store.path("config.toml"))
        .chain(local.map(walkdir::DirEntry::into_path))
        .chain(skills);
    let mut res = Vec::new();
    for path in all {
        let Ok(bytes) = std::fs::read(&path) else { continue };
        let text = String::from_utf8_lossy(&bytes);
        res.extend(clean::secrets(&text).into_iter().map(|it| Stored {
            file: workspace.store.shown(&path),
            place: line_col(&text, it.range.start),
            shape: it.shape,
            event: None,
            is_redactable: false,
        }));
    }
    res
}
