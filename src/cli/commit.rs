//! The one way in which a command stores an event: durable first, then learnings.md.

use anyhow::{Context, Result, anyhow, bail};
use serde_json::json;

use crate::cli::options::How;
use crate::cli::{Ctx, Exit, pack, say};
use crate::event::Event;
use crate::store::cache::Fold;
use crate::store::skills::{self, SkillFolder};
use crate::store::write::{Lock, NotStored};
use crate::workspace::{Adopted, FileReport, Workspace};

/// What followed the storing of an event.
#[derive(Debug, Default)]
pub struct Done {
    pub reports: Vec<FileReport>,
    /// What went wrong after the event was safe, and what a killed command had left.
    trouble: Vec<String>,
}

impl Done {
    /// Writes what became of each file, and what cleaning did to the texts.
    ///
    /// # Errors
    /// When the output cannot be written.
    pub fn print(
        &self,
        ctx: &mut Ctx<'_>,
        workspace: &Workspace,
        remarks: &[String],
        how: &How,
    ) -> Result<()> {
        for report in &self.reports {
            for line in say::file_lines(workspace, report, !how.dry_run) {
                writeln!(ctx.out, "  {line}")?;
            }
        }
        for remark in remarks {
            writeln!(ctx.out, "  {remark}")?;
        }
        Ok(())
    }

    /// Returns the files that changed, as the user should see them.
    pub fn changed(&self, workspace: &Workspace) -> Vec<String> {
        let changed = self.reports.iter().filter(|it| it.changes());
        changed.map(|it| workspace.store.shown(&it.path)).collect()
    }

    pub fn warn(&self, ctx: &mut Ctx<'_>) {
        for it in &self.trouble {
            ctx.warn(it);
        }
    }
}

/// Says what storing an event would do.
///
/// # Errors
/// When a file cannot be read.
pub fn rehearse(
    workspace: &Workspace,
    fold: &mut Fold,
    event: &Event<'_>,
    folder: &SkillFolder,
) -> Result<Done> {
    // Kinds that need all events again do not come here.
    let _: Result<(), _> = fold.skill(&event.skill).add(event);
    let mut res = Done::default();
    for path in workspace.files(folder) {
        res.reports.push(workspace.plan(folder, &path, fold.skill(&event.skill))?);
    }
    Ok(res)
}

/// Stores an event and makes the skill's learnings.md say so. The event gets a newer id where the
/// one it has would place it before what is known already.
///
/// # Errors
/// When the event cannot be made durable. Whatever happens after that is a warning: the fact is safe.
pub fn commit(
    ctx: &mut Ctx<'_>,
    workspace: &Workspace,
    fold: &mut Fold,
    event: &mut Event<'_>,
    folder: &SkillFolder,
) -> Result<Done> {
    let mut res = Done::default();
    // Whoever has the lock takes over counts by hand first, so that they count before this event;
    // with the lock taken by somebody else the event comes first: it must be safe at once.
    let early = fold.take_lock();
    let read = if early.is_some() { Read::Locked } else { Read::Before };
    let mut lock = match early {
        Some(it) => Some(it),
        None => workspace.store.try_lock()?,
    };
    let adopted =
        lock.as_ref().map(|lock| prepare(ctx, workspace, lock, fold, read, folder, &mut res));
    // Where a total by hand could not be stored, this event would not count on top of it later.
    let adopted = match adopted {
        Some(Err(it)) if it.is::<NotStored>() => return Err(it),
        it => it,
    };
    let floor = fold.skill(&event.skill).newest_baseline();
    if floor.is_some_and(|it| event.id <= it) {
        event.id = ctx.clock.id_after(floor)?;
    }
    workspace.store.append(event)?;
    ctx.stored = Some(event.id);
    match write_files(ctx, workspace, &mut lock, fold, event, folder, adopted) {
        Ok(it) => res.reports = it,
        Err(it) => res.trouble.push(format!(
            "recorded, but learnings.md was not written: {it:#}; `learn sync` will do it"
        )),
    }
    if let Some(lock) = &lock {
        let kept = workspace
            .store
            .keep_fold(lock, fold)
            .and_then(|()| skills::keep(lock, &workspace.skills))
            .and_then(|()| pack::when_due(workspace, lock, fold, ctx.clock.now));
        if let Err(it) = kept {
            res.trouble.push(format!("{it:#}"));
        }
    }
    Ok(res)
}

/// The lock, and what was taken over by hand before many events are stored.
pub struct Batch {
    lock: Lock,
    adopted: Vec<Vec<Adopted>>,
    done: Done,
}

impl Batch {
    /// Takes the lock, so that nobody stores the same facts meanwhile, and brings the numbers up to date.
    ///
    /// # Errors
    /// When somebody else has the lock for long, or totals by hand cannot be read or stored: what comes
    /// in bulk can wait until they can.
    pub fn begin(
        ctx: &Ctx<'_>,
        workspace: &Workspace,
        fold: &mut Fold,
        folders: &[&SkillFolder],
    ) -> Result<Self> {
        let Some(lock) = workspace.store.lock(ctx.patience)? else {
            bail!(
                "another `learn` has been writing for more than 2 seconds; nothing was recorded, try again"
            );
        };
        let mut done = Done::default();
        let mut adopted = Vec::new();
        workspace.store.refresh(fold)?;
        for folder in folders {
            let by_hand = prepare(ctx, workspace, &lock, fold, Read::Locked, folder, &mut done);
            adopted.push(by_hand.context("nothing was recorded")?);
        }
        Ok(Self { lock, adopted, done })
    }

    /// Stores the events, all of which have ids newer than what is known, and makes learnings.md of the
    /// folders say so.
    ///
    /// # Errors
    /// When the events cannot be made durable. Whatever happens after that is a warning.
    pub fn store(
        self,
        ctx: &mut Ctx<'_>,
        workspace: &Workspace,
        fold: &mut Fold,
        events: &[Event<'_>],
        folders: &[&SkillFolder],
    ) -> Result<Done> {
        let Self { lock, adopted, mut done } = self;
        workspace.store.append_all(&lock, events)?;
        ctx.stored = events.last().map(|it| it.id);
        *fold = workspace.store.fold()?;
        for (folder, adopted) in folders.iter().zip(adopted) {
            let synced = match workspace.branch_hold() {
                Some(hold) => Err(anyhow!(hold)),
                None => workspace.sync_files(&lock, folder, fold, adopted),
            };
            match synced {
                Ok(it) => done.reports.extend(it),
                Err(it) => done.trouble.push(format!(
                    "recorded, but learnings.md was not written: {it:#}; `learn sync` will do it"
                )),
            }
        }
        let kept = workspace.store.keep_fold(&lock, fold);
        if let Err(it) = kept.and_then(|()| skills::keep(&lock, &workspace.skills)) {
            done.trouble.push(format!("{it:#}"));
        }
        Ok(done)
    }
}

/// When the numbers were read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Read {
    Before,
    /// While the lock was ours already.
    Locked,
}

/// Mends what a killed command left and takes over counts by hand.
fn prepare(
    ctx: &Ctx<'_>,
    workspace: &Workspace,
    lock: &Lock,
    fold: &mut Fold,
    read: Read,
    folder: &SkillFolder,
    done: &mut Done,
) -> Result<Vec<Adopted>> {
    match workspace.mend(lock) {
        Ok(it) => done.trouble.extend(it),
        Err(it) => done.trouble.push(format!("{it:#}")),
    }
    if read == Read::Before {
        // Without what others recorded since, their counts in learnings.md would look like counts by hand.
        workspace.store.refresh(fold)?;
    }
    workspace.adopt(folder, fold, &ctx.clock, true)
}

fn write_files(
    ctx: &Ctx<'_>,
    workspace: &Workspace,
    lock: &mut Option<Lock>,
    fold: &mut Fold,
    event: &Event<'_>,
    folder: &SkillFolder,
    adopted: Option<Result<Vec<Adopted>>>,
) -> Result<Vec<FileReport>> {
    if let Some(adopted) = adopted {
        let adopted = adopted?;
        workspace.count(fold, event)?;
        return match (workspace.branch_hold(), lock) {
            (None, Some(lock)) => workspace.sync_files(lock, folder, fold, adopted),
            (hold, _) => Err(anyhow!(hold.unwrap_or_default())),
        };
    }
    *lock = workspace.store.lock(ctx.patience)?;
    *fold = workspace.store.fold()?;
    match (workspace.branch_hold(), lock) {
        (Some(hold), _) => Err(anyhow!(hold)),
        // Whoever waits for nobody leaves the file to the next command.
        (None, None) if ctx.patience.is_zero() => Ok(Vec::new()),
        (None, None) => Err(anyhow!(
            "another `learn` has been writing for more than {} seconds",
            ctx.patience.as_secs()
        )),
        (None, Some(lock)) => workspace.sync_skill(lock, folder, fold, &ctx.clock),
    }
}

/// Says whether an event with a key is there already.
///
/// # Errors
/// When the store cannot be listed.
pub fn is_recorded(workspace: &Workspace, fold: &mut Fold, key: &str) -> Result<bool> {
    if let Some(known) = fold.has_key(&workspace.store, key) {
        return Ok(known);
    }
    *fold = workspace.store.fold_fresh()?;
    Ok(fold.has_key(&workspace.store, key) == Some(true))
}

pub fn repeated(ctx: &mut Ctx<'_>, key: &str, how: &How) -> Result<Exit> {
    if how.json {
        writeln!(ctx.out, "{}", json!({ "recorded": false, "reason": "key", "key": key }))?;
    } else {
        writeln!(
            ctx.out,
            "already recorded: an event with the key `{}` is there (`learn log --key {0}`)",
            key
        )?;
    }
    Ok(Exit::Clean)
}
