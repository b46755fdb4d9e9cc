//! `learn deploy`: one deployment and how it ended.

use anyhow::{Context, Result, bail};
use clap::Args;
use serde_json::json;

use crate::cli::commit::{is_recorded, repeated};
use crate::cli::options::{How, NAME, NOTE, Texts, find_event, key_arg, note_arg, time_arg, word};
use crate::cli::{Ctx, Exit, SkillArg, commit, say};
use crate::deploy;
use crate::event::{By, DurationFrom, Event, Kind, Outcome, Timestamp};
use crate::metric::quantity::{self, Quantity};
use crate::projection::DAY;
use crate::store::cache::Fold;
use crate::store::git;
use crate::store::skills::SkillFolder;
use crate::workspace::Workspace;

/// Record a deployment and how it ended
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  learn deploy succeeded --version v1.4.0 --duration 12m\n  learn deploy failed --version v1.4.1 --sha 3f2c1ab --run 1234567\n  learn deploy succeeded --version v1.4.2 --recovers 7KQ2M9XA --hotfix\n  learn deploy succeeded --env staging --finished 2026-11-23T05:10:00Z --duration 1h30m"
)]
pub struct Deploy {
    /// How it ended: succeeded, failed, blocked (it never started) or unknown
    outcome: String,
    /// The feature that was deployed
    #[arg(long, value_name = "NAME")]
    feature: Option<String>,
    /// The version that was deployed
    #[arg(long, value_name = "VERSION")]
    version: Option<String>,
    /// Where to [default: production]
    #[arg(long, value_name = "NAME")]
    env: Option<String>,
    /// The commit that was deployed: 7 to 64 hexadecimal digits
    #[arg(long, value_name = "COMMIT")]
    sha: Option<String>,
    /// The run of the pipeline; all reports of one run are one deployment
    #[arg(long, value_name = "ID")]
    run: Option<String>,
    /// When it started
    #[arg(long, value_name = "TIME")]
    started: Option<String>,
    /// When it finished [default: when `--duration` is given, the time of `--at`]
    #[arg(long, value_name = "TIME")]
    finished: Option<String>,
    /// How long it took, such as 12m or 1h30m
    #[arg(long, value_name = "DURATION", conflicts_with = "started")]
    duration: Option<String>,
    /// The failed deployment that this one mends: id of an event, or the end of it
    #[arg(long, value_name = "DEPLOY")]
    recovers: Option<String>,
    /// It was not planned: an incident in production made it necessary
    #[arg(long)]
    hotfix: bool,
    /// The service that was deployed
    #[arg(long, value_name = "NAME")]
    service: Option<String>,
    /// More about it; `-` reads it from the input
    #[arg(long, value_name = "TEXT|-")]
    note: Option<String>,
    /// When it happened: a day (00:00 UTC) or a time with its zone [default: when it finished, else now]
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

impl Deploy {
    pub fn run(self, ctx: &mut Ctx<'_>) -> Result<Exit> {
        let workspace = ctx.open()?;
        let mut fold = workspace.store.fold()?;
        let outcome = word("outcome", &self.outcome, Outcome::parse, Outcome::WORDS)?;
        let mut text = Texts::default();
        let env = self.env.as_deref().and_then(|it| text.add("environment", it, NAME));
        let folder = skill_of(&workspace, self.skill.skill.as_deref(), env.as_deref())?;
        let times = self.times(ctx)?;
        let at = time_arg("--at", self.at.as_deref(), ctx)?.or(times.1).or(times.0);
        let at = at.unwrap_or(ctx.clock.now);
        let mut event = Event::new(ctx.clock.id()?, at, folder.key.clone(), Kind::Deploy);
        event.outcome = Some(outcome);
        event.env = env.map(Into::into);
        event.sha = self.sha.as_deref().map(sha_arg).transpose()?.map(Into::into);
        (event.started, event.finished) = times;
        if times.0.is_some() && times.1.is_some() {
            event.duration_from = Some(DurationFrom::Hand);
        }
        event.recovers =
            self.recovers.as_deref().map(|it| find_event(&workspace, it)).transpose()?;
        event.hotfix = self.hotfix;
        let mut name = |what, it: Option<&String>| it.and_then(|it| text.add(what, it, NAME));
        event.feature = name("feature", self.feature.as_ref()).map(Into::into);
        event.version = name("version", self.version.as_ref()).map(Into::into);
        event.run = name("run", self.run.as_ref()).map(Into::into);
        event.service = name("service", self.service.as_ref()).map(Into::into);
        event.note = note_arg(self.note.as_deref(), ctx)?
            .and_then(|it| text.add("note", &it, NOTE))
            .map(Into::into);
        event.by = Some(By::Hand);
        event.key = key_arg(self.key.as_deref())?.map(Into::into);
        if let Some(id) = event.recovers {
            let known = fold.skill(&folder.key).deploys.iter().any(|it| it.1.id == id);
            if !known {
                bail!(
                    "--recovers: event {} is no deployment of {}; nothing was recorded",
                    id.short(),
                    folder.key
                );
            }
        }
        event.lead_s = lead(&workspace, &mut fold, &event);
        if let Some(key) = event.key.as_deref()
            && is_recorded(&workspace, &mut fold, key)?
        {
            return repeated(ctx, key, &self.how);
        }
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
            print(ctx, &mut fold, &event, &self.how)?;
            done.print(ctx, &workspace, &text.remarks, &self.how)?;
        }
        done.warn(ctx);
        ctx.warn_damage(&fold);
        Ok(Exit::Clean)
    }

    /// Returns when it started and finished.
    fn times(&self, ctx: &Ctx<'_>) -> Result<(Option<Timestamp>, Option<Timestamp>)> {
        let finished = time_arg("--finished", self.finished.as_deref(), ctx)?;
        if let Some(text) = &self.duration {
            let seconds = duration_arg(text)?;
            let end = match finished {
                Some(it) => it,
                None => time_arg("--at", self.at.as_deref(), ctx)?.unwrap_or(ctx.clock.now),
            };
            return Ok((Some(Timestamp(end.0 - seconds)), Some(end)));
        }
        let started = time_arg("--started", self.started.as_deref(), ctx)?;
        if let (Some(from), Some(to)) = (started, finished)
            && to < from
        {
            bail!("--finished ({to}) lies before --started ({from}); nothing was recorded");
        }
        Ok((started, finished))
    }
}

/// Returns the skill that a deployment belongs to: the one that was named, else that of its environment.
///
/// # Errors
/// When no skill has that name or none is set for the environment: the message says what to type.
pub fn skill_of<'a>(
    workspace: &'a Workspace,
    named: Option<&str>,
    env: Option<&str>,
) -> Result<&'a SkillFolder> {
    if let Some(name) = named {
        return Ok(workspace.chosen(Some(name))?[0]);
    }
    let env = env.unwrap_or(deploy::PRODUCTION);
    let set = workspace.config.deploy.skills.get(env);
    let found = set.and_then(|key| workspace.skills.iter().find(|it| it.key == *key));
    found.with_context(|| {
        let why = match set {
            Some(key) => format!("deployments to `{env}` belong to the skill `{key}`, which is not here"),
            None => format!("no skill is set for the environment `{env}`"),
        };
        format!(
            "{why}: add `--skill NAME`, or `{env:?} = \"NAME\"` under `[deploy.skills]` in .learn/config.toml; {}; nothing was recorded",
            workspace.known_skills()
        )
    })
}

fn sha_arg(text: &str) -> Result<String> {
    deploy::commit_name(text)
        .context("--sha: a commit is 7 to 64 hexadecimal digits; nothing was recorded")
}

/// Reads a duration and returns whole seconds, half up.
fn duration_arg(text: &str) -> Result<i64> {
    match quantity::parse(text) {
        Ok(Quantity::Duration(ms)) => i64::try_from(ms.saturating_add(500) / 1000)
            .ok()
            .filter(|it| *it < 365 * DAY)
            .context("--duration: longer than a year; nothing was recorded"),
        Ok(_) => bail!(
            "--duration: `{text}` has no unit of time: write 12m or 1h30m; nothing was recorded"
        ),
        Err(it) => bail!("--duration: `{text}`: {it}; nothing was recorded"),
    }
}

/// Returns the median time in seconds from a commit to its deployment, over the commits that came
/// with it since the deployment before; `None` when git cannot tell.
fn lead(workspace: &Workspace, fold: &mut Fold, event: &Event<'_>) -> Option<i64> {
    let end = event.finished.unwrap_or(event.at);
    let sha = event.sha.as_deref()?;
    let all = fold.skill(&event.skill).deployments();
    let env = event.env.as_deref().unwrap_or(deploy::PRODUCTION);
    let before = all.iter().rev().find(|it| {
        it.end() < end
            && it.env == env
            && it.service.as_deref() == event.service.as_deref()
            && it.outcome == Outcome::Succeeded
    })?;
    let from = before.sha.as_deref().or(before.version.as_deref())?;
    deploy::median_lead(end, git::commit_times(&workspace.store.root, from, sha)?)
}

fn print(ctx: &mut Ctx<'_>, fold: &mut Fold, event: &Event<'_>, how: &How) -> Result<()> {
    let verb = if how.dry_run { "would record" } else { "recorded" };
    let all = fold.skill(&event.skill).deployments();
    let own = all.iter().find(|it| it.ids.contains(&event.id));
    let name = own.map_or_else(|| event.at.to_string(), deploy::Deployment::name);
    writeln!(
        ctx.out,
        "{}{verb}{} deployment {}{name}{} {} in {} (event {})",
        say::GREEN,
        say::RESET,
        say::BOLD,
        say::RESET,
        event.outcome.unwrap_or_default().word(),
        event.skill,
        event.id.short()
    )?;
    if let Some(own) = own.filter(|it| it.ids.len() > 1) {
        let others = own.ids.len() - 1;
        writeln!(
            ctx.out,
            "  the same deployment as {} recorded before; together it {}",
            say::plural(others, "event"),
            own.outcome.word()
        )?;
    }
    if let Some(lead) = event.lead_s {
        let lead = Quantity::Duration(lead.unsigned_abs().saturating_mul(1000));
        writeln!(ctx.out, "  change lead time {lead} (median of its commits, from git)")?;
    }
    Ok(())
}
