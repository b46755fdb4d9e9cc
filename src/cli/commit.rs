//! The one way in which a command stores an event: durable first, then learnings.md.

use anyhow::{Result, anyhow};

use crate::cli::{Ctx, pack};
use crate::event::Event;
use crate::store::cache::Fold;
use crate::store::skills::SkillFolder;
use crate::workspace::{FileReport, Workspace};

/// What followed the storing of an event.
#[derive(Debug, Default)]
pub struct Done {
    pub reports: Vec<FileReport>,
    /// What went wrong after the event was safe, and what a killed command had left.
    trouble: Vec<String>,
}

impl Done {
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

/// Stores an event and makes the skill's learnings.md say so.
///
/// # Errors
/// When the event cannot be made durable. Whatever happens after that is a warning: the fact is safe.
pub fn commit(
    ctx: &mut Ctx<'_>,
    workspace: &Workspace,
    fold: &mut Fold,
    event: &Event<'_>,
    folder: &SkillFolder,
) -> Result<Done> {
    let mut res = Done::default();
    let mut adopted = Vec::new();
    // Whoever has the lock takes over counts by hand first, so that they count before this event;
    // with the lock taken by somebody else the event comes first: it must be safe at once.
    let mut lock = workspace.store.try_lock()?;
    if let Some(lock) = &lock {
        match workspace.mend(lock) {
            Ok(it) => res.trouble.extend(it),
            Err(it) => res.trouble.push(format!("{it:#}")),
        }
        match workspace.adopt(folder, fold, &ctx.clock) {
            Ok(it) => adopted = it,
            Err(it) => res.trouble.push(format!("{it:#}")),
        }
    }
    workspace.append(fold, event)?;
    ctx.stored = Some(event.id);
    let had_lock = lock.is_some();
    if lock.is_none() {
        lock = workspace.store.lock()?;
        if lock.is_some() {
            *fold = workspace.store.fold()?;
        }
    }
    let synced = match (&lock, workspace.branch_hold()) {
        (_, Some(hold)) => Err(anyhow!(hold)),
        (None, _) => Err(anyhow!("another `learn` has been writing for more than 2 seconds")),
        (Some(lock), None) if had_lock => workspace.sync_files(lock, folder, fold, adopted),
        (Some(lock), None) => workspace.sync_skill(lock, folder, fold, &ctx.clock),
    };
    match synced {
        Ok(it) => res.reports = it,
        Err(it) => res.trouble.push(format!(
            "recorded, but learnings.md was not written: {it:#}; `learn sync` will do it"
        )),
    }
    if let Some(lock) = &lock {
        let kept = workspace
            .store
            .keep_fold(lock, fold)
            .and_then(|()| pack::when_due(workspace, lock, fold, ctx.clock.now));
        if let Err(it) = kept {
            res.trouble.push(format!("{it:#}"));
        }
    }
    Ok(res)
}
