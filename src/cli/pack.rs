//! `learn pack`: older events into packs. Changes nothing that anybody can see but the number of files.

use anyhow::{Result, bail};
use clap::Args;
use serde_json::json;

use crate::cli::options::How;
use crate::cli::{Ctx, Exit, say};
use crate::event::Timestamp;
use crate::projection::DAY;
use crate::store::cache::Fold;
use crate::store::pack::{FEWEST, older_than, seal};
use crate::store::write::Lock;
use crate::workspace::Workspace;

/// Seal older events into packs
#[derive(Debug, Args)]
#[command(
    after_help = "Happens by itself when more than 1,000 events are older than 30 days (config.toml, [pack]).\n\nExample:\n  learn pack --older-than 7"
)]
pub struct Pack {
    /// Age in days; 0 takes all [default: 30, or pack.days of config.toml]
    #[arg(long, value_name = "DAYS")]
    older_than: Option<u32>,
    #[command(flatten)]
    how: How,
}

impl Pack {
    pub fn run(self, ctx: &mut Ctx<'_>) -> Result<Exit> {
        let workspace = ctx.open()?;
        let days = self.older_than.unwrap_or(workspace.config.pack.days);
        let limit = Timestamp(ctx.clock.now.0 + i64::from(days == 0) - i64::from(days) * DAY);
        let mut sources = older_than(&workspace.store.sources()?, limit);
        let few = sources.len();
        if few < FEWEST {
            sources.clear();
        }
        let mut left = Vec::new();
        let (mut events, mut packs) = (sources.len(), Vec::new());
        if !self.how.dry_run && !sources.is_empty() {
            let Some(lock) = workspace.store.lock(ctx.patience)? else {
                bail!("another `learn` has been writing for more than 2 seconds; try again");
            };
            let sealed = seal(&workspace.store, &lock, &sources)?;
            (events, packs, left) = (sealed.events, sealed.packs, sealed.left);
        }
        if self.how.json {
            writeln!(
                ctx.out,
                "{}",
                json!({ "events": events, "packs": packs, "left": left, "dry_run": self.how.dry_run })
            )?;
            return Ok(Exit::Clean);
        }
        let age = if days == 0 {
            String::new()
        } else {
            format!(" older than {}", say::plural(days as usize, "day"))
        };
        match events {
            0 if few > 0 => {
                writeln!(
                    ctx.out,
                    "{}{age}; fewer than {FEWEST} stay loose",
                    say::plural(few, "event")
                )?;
            }
            0 => writeln!(ctx.out, "no loose event{age}; nothing to seal")?,
            _ if self.how.dry_run => {
                writeln!(ctx.out, "would seal {}{age}", say::plural(events, "event"))?
            }
            _ => writeln!(
                ctx.out,
                "sealed {}{age} into {}",
                say::plural(events, "event"),
                packs.join(", ")
            )?,
        }
        for it in left {
            ctx.warn(&format!("{it} is damaged and stays as it is; `learn doctor` says more"));
        }
        Ok(Exit::Clean)
    }
}

/// Seals by itself when many loose events are old, on the default branch only: two branches that seal
/// the same events make git see renames where there are none, and people would have to resolve them.
///
/// # Errors
/// When a pack cannot be written.
pub fn when_due(workspace: &Workspace, lock: &Lock, fold: &Fold, now: Timestamp) -> Result<()> {
    let pack = &workspace.config.pack;
    let limit = Timestamp(now.0 - i64::from(pack.days) * DAY);
    let old = older_than(fold.sources(), limit);
    if old.len() > pack.loose && workspace.on_default_branch() {
        seal(&workspace.store, lock, &old)?;
    }
    Ok(())
}
