//! `learn measure`: a value of a metric that deployments do not tell.

use anyhow::{Result, bail};
use clap::Args;
use serde_json::json;

use crate::cli::commit::{is_recorded, repeated};
use crate::cli::metrics::{named, rows};
use crate::cli::options::{How, NOTE, Texts, key_arg, note_arg, time_arg};
use crate::cli::{Ctx, Exit, SkillArg, commit, say};
use crate::event::{By, Event, Kind};
use crate::measure::{is_derived, stored};
use crate::metric::quantity;

/// Record a measured value of a metric
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  learn measure \"Test coverage\" 87.5%\n  learn measure \"Time to spec\" 12m\n  learn measure clarity 4/5 --at 2026-11-20"
)]
pub struct Measure {
    /// The name of a row of a metrics table, or a part that only one has
    metric: String,
    /// The value with its unit: 87.5%, 12m, 1h30m, 4/5, 3
    value: String,
    /// More about it; `-` reads it from the input
    #[arg(long, value_name = "TEXT|-")]
    note: Option<String>,
    /// When it was measured: a day (00:00 UTC) or a time with its zone [default: now]
    #[arg(long, value_name = "DATE|TIME")]
    at: Option<String>,
    /// Of the events with one key only the earliest counts; for scripts that may run twice
    #[arg(long, value_name = "KEY")]
    key: Option<String>,
    #[command(flatten)]
    skill: SkillArg,
    #[command(flatten)]
    how: How,
}

impl Measure {
    pub fn run(self, ctx: &mut Ctx<'_>) -> Result<Exit> {
        let workspace = ctx.open()?;
        let mut fold = workspace.store.fold()?;
        let rows = rows(&workspace, &mut fold, self.skill.skill.as_deref())?;
        let row = named(&self.metric, &rows)?;
        if is_derived(&row.name, workspace.config.style().metrics) {
            bail!(
                "`{}` is counted from deployments (`learn explain metric {:?}`); nothing was recorded",
                row.name,
                row.name
            );
        }
        let value = match quantity::parse(&self.value) {
            Ok(it) => it,
            Err(it) => bail!("`{}`: {it}; nothing was recorded", self.value),
        };
        let at = time_arg("--at", self.at.as_deref(), ctx)?.unwrap_or(ctx.clock.now);
        let mut text = Texts::default();
        let mut event = Event::new(ctx.clock.id()?, at, row.skill.clone(), Kind::Reading);
        event.metric = Some(row.name.clone().into());
        let (number, unit) = stored(&value);
        event.value = Some(number);
        event.unit = unit.map(Into::into);
        event.note = note_arg(self.note.as_deref(), ctx)?
            .and_then(|it| text.add("note", &it, NOTE))
            .map(Into::into);
        event.by = Some(By::Hand);
        event.key = key_arg(self.key.as_deref())?.map(Into::into);
        if let Some(key) = event.key.as_deref()
            && is_recorded(&workspace, &mut fold, key)?
        {
            return repeated(ctx, key, &self.how);
        }
        let folder = workspace.chosen(Some(&row.skill))?[0];
        let done = if self.how.dry_run {
            commit::rehearse(&workspace, &mut fold, &event, folder)?
        } else {
            commit::commit(ctx, &workspace, &mut fold, &mut event, folder)?
        };
        if self.how.json {
            let recorded = !self.how.dry_run;
            let value = json!({ "recorded": recorded, "event": event, "remarks": text.remarks });
            writeln!(ctx.out, "{value}")?;
        } else {
            let verb = if self.how.dry_run { "would record" } else { "recorded" };
            writeln!(
                ctx.out,
                "{}{verb}{} {} = {value} in {} (event {})",
                say::GREEN,
                say::RESET,
                crate::clean::printable(&row.name),
                row.skill,
                event.id.short()
            )?;
            done.print(ctx, &workspace, &text.remarks, &self.how)?;
        }
        done.warn(ctx);
        ctx.warn_damage(&fold);
        Ok(Exit::Clean)
    }
}
