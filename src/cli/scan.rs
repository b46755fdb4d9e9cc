//! `learn scan`: secrets that are stored already, and the one command that changes stored events.

use std::collections::BTreeSet;
use std::path::PathBuf;

use anyhow::{Result, bail};
use clap::Args;
use serde_json::json;

use crate::cli::{Ctx, Exit, say};
use crate::event::{Event, redact};
use crate::store::write::Lock;
use crate::store::{git, pack};
use crate::workspace::Workspace;

/// Find secrets that are stored already, and take them out
///
/// Looks at the journal, its settings, what this machine keeps beside it and the learnings.md files. Never prints a secret.
#[derive(Debug, Args)]
#[command(
    after_help = "Exits with 1 when something is found that is still there at the end.\n\nExamples:\n  learn scan\n  learn scan --redact --dry-run\n  learn scan --redact"
)]
pub struct Scan {
    /// Put a placeholder in place of each secret in event files and packs; the events keep their ids and count as before
    #[arg(long)]
    redact: bool,
    /// Say what would be replaced and write nothing
    #[arg(long, requires = "redact")]
    dry_run: bool,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// A secret in a file.
struct Found {
    /// From the root.
    file: String,
    line: usize,
    /// In characters; both count from 1.
    column: usize,
    shape: &'static str,
    /// The end of the event's id.
    event: Option<String>,
    /// Whether it is taken out by this command.
    redacted: bool,
}

/// Event files whose redacted lines go into one pack.
#[derive(Default)]
struct Loose {
    sources: Vec<String>,
    lines: String,
}

impl Loose {
    fn add(&mut self, source: String, text: &str) {
        self.sources.push(source);
        self.lines.push_str(text.trim_end());
        self.lines.push('\n');
    }
}

impl Scan {
    pub fn run(self, ctx: &mut Ctx<'_>) -> Result<Exit> {
        let workspace = ctx.open()?;
        let store = &workspace.store;
        let lock = match self.redact && !self.dry_run && store.exists() {
            true => match store.lock(ctx.patience)? {
                Some(it) => Some(it),
                None => {
                    bail!("another `learn` has been writing for more than 2 seconds; try again")
                }
            },
            false => None,
        };
        if let Some(lock) = &lock {
            for line in workspace.mend(lock)? {
                ctx.warn(&line);
            }
        }
        let mut all = Vec::new();
        let mut old = Vec::new();
        // Redacted events go into a pack: a list of files that changed tells other clones that their caches,
        // which hold the old texts, are none any more.
        let mut loose = Loose::default();
        for source in store.sources()? {
            let Ok(bytes) = store.load(&source) else {
                ctx.warn(&format!("`.learn/{source}` cannot be read"));
                continue;
            };
            let text = String::from_utf8_lossy(&bytes);
            // What looks damaged stays as evidence; reading it as text would change it, too.
            let whole = std::str::from_utf8(&bytes).is_ok() && pack::is_named(&source, &bytes);
            let found = in_journal(&format!(".learn/{source}"), &text, self.redact && whole);
            if found.iter().any(|it| it.redacted) {
                old.push(format!(".learn/{source}"));
                let new: String = text.split_inclusive('\n').map(without).collect();
                match &lock {
                    Some(lock) if pack::is_pack(&source) => {
                        store.replace_pack(lock, &source, new.as_bytes())?;
                    }
                    _ => loose.add(source, &new),
                }
            }
            all.extend(found);
        }
        if let (Some(lock), false) = (&lock, loose.sources.is_empty()) {
            let bytes = loose.lines.as_bytes();
            store.seal(lock, &pack::name(bytes), bytes, &loose.sources)?;
        }
        // Even where no event changed now: one that was killed may have changed them.
        if let Some(lock) = &lock {
            self.sync(ctx, &workspace, lock)?;
        }
        for path in others(&workspace) {
            if let Ok(bytes) = std::fs::read(&path) {
                let text = String::from_utf8_lossy(&bytes);
                all.extend(in_text(&store.shown(&path), &text));
            }
        }
        let commits = if self.redact && !old.is_empty() { commits(&workspace, &old) } else { 0 };
        if self.json {
            self.print_json(ctx, &all, commits)?;
        } else {
            self.print(ctx, &all, commits)?;
        }
        let done = self.redact && !self.dry_run;
        let is_left = all.iter().any(|it| !(done && it.redacted));
        Ok(if is_left { Exit::Findings } else { Exit::Clean })
    }

    /// Takes the secrets out of what is made from the events.
    fn sync(&self, ctx: &mut Ctx<'_>, workspace: &Workspace, lock: &Lock) -> Result<()> {
        let mut fold = workspace.store.fold_fresh()?;
        workspace.store.keep_fold(lock, &mut fold)?;
        if let Some(hold) = workspace.branch_hold() {
            ctx.warn(&hold);
            return Ok(());
        }
        for skill in &workspace.skills {
            if let Err(it) = workspace.sync_skill(lock, skill, &mut fold, &ctx.clock) {
                ctx.warn(&format!("{it:#}"));
            }
        }
        Ok(())
    }

    fn print(&self, ctx: &mut Ctx<'_>, all: &[Found], commits: usize) -> Result<()> {
        for it in all {
            let event = it.event.as_ref().map(|it| format!(", event {it}")).unwrap_or_default();
            let done = match (it.redacted, self.dry_run) {
                (true, false) => " (replaced)",
                (true, true) => " (would be replaced)",
                (false, _) => "",
            };
            let place = crate::clean::printable(&it.file).into_owned();
            writeln!(ctx.out, "{place}:{}:{}: {}{event}{done}", it.line, it.column, it.shape)?;
        }
        if all.is_empty() {
            writeln!(ctx.out, "no stored secret found")?;
            return Ok(());
        }
        let left = all.iter().filter(|it| !it.redacted).count();
        writeln!(
            ctx.out,
            "{}, {} replaced",
            say::plural(all.len(), "secret"),
            if self.dry_run { 0 } else { all.len() - left }
        )?;
        writeln!(
            ctx.out,
            "whoever could read these files may have them: change them where they are used"
        )?;
        if !self.redact && all.iter().any(|it| it.event.is_some()) {
            writeln!(ctx.out, "`learn scan --redact` takes them out of events and packs")?;
        }
        if self.redact && left > 0 {
            writeln!(
                ctx.out,
                "the others stand in names, in files that are yours or that are damaged: mend them by hand, delete what lies in `.learn/local`"
            )?;
        }
        if commits > 0 {
            writeln!(
                ctx.out,
                "git still holds the old files in {}: commit the new ones, then rewrite the history (`git filter-repo`) or live with it; a clone that still has the old events brings them back, and `learn scan` says so",
                say::plural(commits, "commit")
            )?;
        }
        Ok(())
    }

    fn print_json(&self, ctx: &mut Ctx<'_>, all: &[Found], commits: usize) -> Result<()> {
        let found: Vec<_> = all
            .iter()
            .map(|it| {
                json!({ "file": it.file, "line": it.line, "column": it.column, "shape": it.shape, "event": it.event, "replaced": it.redacted && !self.dry_run })
            })
            .collect();
        let value = json!({ "found": found, "commits": commits, "dry_run": self.dry_run });
        writeln!(ctx.out, "{value}")?;
        Ok(())
    }
}

/// A line without its secrets, its ending as it was.
fn without(line: &str) -> String {
    let bare = line.trim_end_matches(['\r', '\n']);
    match redact::redacted(bare) {
        Some(it) => format!("{it}{}", &line[bare.len()..]),
        None => line.to_owned(),
    }
}

/// Returns the secrets of an event file or a pack.
fn in_journal(file: &str, text: &str, redact: bool) -> Vec<Found> {
    let mut res = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let found = redact::find(line);
        if found.is_empty() {
            continue;
        }
        let redacted = redact && redact::redacted(line).is_some();
        let event = Event::parse(line).ok().map(|it| it.id.short());
        res.extend(found.into_iter().map(|it| Found {
            redacted: redacted && !it.in_name,
            file: file.to_owned(),
            line: number + 1,
            column: line[..it.span.start].chars().count() + 1,
            shape: it.shape,
            event: event.clone(),
        }));
    }
    res
}

/// Returns the secrets of a file that is no part of the journal.
fn in_text(file: &str, text: &str) -> Vec<Found> {
    let mut res = Vec::new();
    for it in crate::clean::secrets(text) {
        let line = crate::markdown::line_of(text, it.range.start);
        res.push(Found {
            file: file.to_owned(),
            line: memchr::memchr_iter(b'\n', &text.as_bytes()[..it.range.start]).count() + 1,
            column: text[line.start..it.range.start].chars().count() + 1,
            shape: it.shape,
            event: None,
            redacted: false,
        });
    }
    res
}

/// Returns the settings, what this machine keeps below `.learn/local`, and the learnings.md files.
fn others(workspace: &Workspace) -> Vec<PathBuf> {
    let local = walkdir::WalkDir::new(workspace.store.path("local")).sort_by_file_name();
    let local = local.into_iter().filter_map(Result::ok).filter(|it| it.file_type().is_file());
    let skills = workspace.skills.iter().flat_map(|it| workspace.files(it));
    std::iter::once(workspace.store.path("config.toml"))
        .chain(local.map(walkdir::DirEntry::into_path))
        .chain(skills)
        .collect()
}

/// Returns how many commits of the repository hold one of the files.
fn commits(workspace: &Workspace, files: &[String]) -> usize {
    let some = files.chunks(200);
    let all: BTreeSet<String> =
        some.flat_map(|it| git::commits_with(&workspace.store.root, it)).collect();
    all.len()
}
