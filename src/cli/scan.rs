//! `learn scan`: secrets that are stored already, and the one command that changes stored events.

use anyhow::{Result, bail};
use clap::Args;
use serde_json::json;

use crate::cli::{Ctx, Exit, say};
use crate::store::write::Lock;
use crate::workspace::Workspace;
use crate::workspace::secrets::{self, Stored};

/// Find secrets that are stored already, and take them out
///
/// Looks at the journal, its settings, what this machine keeps beside it and the learnings.md files. Never prints a secret.
#[derive(Debug, Args)]
#[command(
    after_help = "Exits with 1 when something is found that is still there at the end.\n\nExamples:\n  learn scan\n  learn scan --redact --dry-run\n  learn scan --redact"
)]
pub struct Scan {
    /// Put a placeholder in place of each secret in event files and packs; the events keep their ids, names and keys, and so their counts
    #[arg(long)]
    redact: bool,
    /// Say what would be replaced and write nothing
    #[arg(long, requires = "redact")]
    dry_run: bool,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
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
        let is_large = store.is_large();
        if is_large {
            ctx.tell("reading the journal");
        }
        let journal = secrets::in_journal(&workspace)?;
        if is_large {
            ctx.tell("");
        }
        for it in &journal.unreadable {
            ctx.warn(&format!("`.learn/{it}` cannot be read"));
        }
        if let Some(lock) = &lock {
            journal.redact(&workspace, lock)?;
            // Even where no event changed now: one that was killed may have changed them.
            self.sync(ctx, &workspace, lock)?;
        }
        let elsewhere = secrets::elsewhere(&workspace);
        let all: Vec<&Stored> = journal.secrets.iter().chain(&elsewhere).collect();
        let commits = if self.redact { journal.commits(&workspace) } else { 0 };
        if self.json {
            self.print_json(ctx, &all, commits)?;
        } else {
            self.print(ctx, &all, commits)?;
        }
        let done = self.redact && !self.dry_run;
        let is_left = all.iter().any(|it| !(done && it.is_redactable));
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

    fn print(&self, ctx: &mut Ctx<'_>, all: &[&Stored], commits: usize) -> Result<()> {
        for it in all {
            let event = it.event.as_ref().map(|it| format!(", event {it}")).unwrap_or_default();
            let done = match (self.redact && it.is_redactable, self.dry_run) {
                (true, false) => " (replaced)",
                (true, true) => " (would be replaced)",
                (false, _) => "",
            };
            let place = crate::clean::printable(&it.file).into_owned();
            writeln!(
                ctx.out,
                "{place}:{}:{}: {}{event}{done}",
                it.place.line, it.place.col, it.shape
            )?;
        }
        if all.is_empty() {
            writeln!(ctx.out, "no stored secret found")?;
            return Ok(());
        }
        let left = all.iter().filter(|it| !(self.redact && it.is_redactable)).count();
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

    fn print_json(&self, ctx: &mut Ctx<'_>, all: &[&Stored], commits: usize) -> Result<()> {
        let found: Vec<_> = all
            .iter()
            .map(|it| {
                json!({ "file": it.file, "line": it.place.line, "column": it.place.col, "shape": it.shape, "event": it.event, "replaced": self.redact && it.is_redactable && !self.dry_run })
            })
            .collect();
        let value = json!({ "found": found, "commits": commits, "dry_run": self.dry_run });
        writeln!(ctx.out, "{value}")?;
        Ok(())
    }
}
