//! Commands about what is already recorded: resolve, retract, confirm, adopt, rename, mute. Each adds an event; none changes one.

use anyhow::{Context, Result, bail};
use clap::Args;
use serde_json::json;

use crate::clean::clean;
use crate::cli::options::{How, NOTE, Texts, find_event, refuse_secret, time_arg};
use crate::cli::{Ctx, Exit, SkillArg, commit, say};
use crate::event::{By, Event, Id, Kind};
use crate::journal::Selected;
use crate::learnings::{EntryKind, is_id};
use crate::workspace::Workspace;

/// Note that an occurrence is over
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  learn resolve --last\n  learn resolve 7KQ2M9XA --at 2026-11-23T05:10:00Z"
)]
pub struct Resolve {
    /// Id of the event, or the end of it
    #[arg(required_unless_present = "last", conflicts_with = "last")]
    event: Option<String>,
    /// The newest occurrence that is not over
    #[arg(long)]
    last: bool,
    /// When it was over [default: now]
    #[arg(long, value_name = "DATE|TIME")]
    at: Option<String>,
    #[command(flatten)]
    how: How,
}

/// Take an event back; its file stays, and so does the reason
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  learn retract --last --why \"recorded on the wrong project\"\n  learn retract 7KQ2M9XA --why \"it was a drill\""
)]
pub struct Retract {
    /// Id of the event, or the end of it
    #[arg(required_unless_present = "last", conflicts_with = "last")]
    event: Option<String>,
    /// The newest event that was written in this clone
    #[arg(long)]
    last: bool,
    /// Why
    #[arg(long, value_name = "TEXT")]
    why: String,
    #[command(flatten)]
    how: How,
}

/// Let weak evidence count that a hook or detector proposed
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  learn log --proposed\n  learn confirm 7KQ2M9XA")]
pub struct Confirm {
    /// Id of the event, or the end of it
    event: String,
    #[command(flatten)]
    how: How,
}

/// Note that a prevention is in place; what happens again after it is told first
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  learn adopt missing-production-config --prevention \"the start fails and names all missing settings\""
)]
pub struct Adopt {
    /// Id, title, alias or a unique part of one
    pitfall: String,
    /// What is in place
    #[arg(long, value_name = "TEXT")]
    prevention: String,
    /// Since when: a day (00:00 UTC) or a time with its zone [default: now]
    #[arg(long, value_name = "DATE|TIME")]
    at: Option<String>,
    #[command(flatten)]
    skill: SkillArg,
    #[command(flatten)]
    how: How,
}

/// Give a pitfall or pattern a new id; its history and its old name are kept
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  learn rename rollback-needed rolled-back")]
pub struct Rename {
    /// The id it has
    old: String,
    /// The id it gets
    new: String,
    #[command(flatten)]
    skill: SkillArg,
    #[command(flatten)]
    how: How,
}

/// Keep a pitfall out of context and report; it goes on counting
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  learn mute too-many-variants\n  learn mute too-many-variants --off"
)]
pub struct Mute {
    pitfall: String,
    /// Let it speak again
    #[arg(long)]
    off: bool,
    #[command(flatten)]
    skill: SkillArg,
    #[command(flatten)]
    how: How,
}

impl Resolve {
    pub fn run(self, ctx: &mut Ctx<'_>) -> Result<Exit> {
        let workspace = ctx.open()?;
        let of = match &self.event {
            Some(it) => find_event(&workspace, it)?,
            None => newest_open(&workspace)?,
        };
        let target = stored(&workspace, of)?;
        if target.event.kind != Kind::Occurrence {
            bail!(
                "{} is a {}, and only an occurrence can be over",
                of.short(),
                target.event.kind.word()
            );
        }
        let at = time_arg("--at", self.at.as_deref(), ctx)?.unwrap_or(ctx.clock.now);
        let began = target.event.detected_at.unwrap_or(target.event.at);
        if at < began {
            bail!("--at: {at} lies before it began ({began}); nothing was recorded");
        }
        let mut event = Event::new(
            ctx.clock.id()?,
            ctx.clock.now,
            target.event.skill.clone(),
            Kind::Resolution,
        );
        event.of = Some(of);
        event.resolved_at = Some(at);
        let text = format!("{} was over at {at}", target.event.pitfall.as_deref().unwrap_or("it"));
        finish(ctx, &workspace, event, &self.how, &text)
    }
}

impl Retract {
    pub fn run(self, ctx: &mut Ctx<'_>) -> Result<Exit> {
        let workspace = ctx.open()?;
        let of = match &self.event {
            Some(it) => find_event(&workspace, it)?,
            None => last(&workspace)?,
        };
        let target = stored(&workspace, of)?;
        if target.retracted {
            bail!("{} is retracted already; nothing was recorded", of.short());
        }
        let why = clean(&self.why, 500).text;
        if why.is_empty() {
            bail!("--why: say why, for those who read the log later; nothing was recorded");
        }
        let mut event = Event::new(
            ctx.clock.id()?,
            ctx.clock.now,
            target.event.skill.clone(),
            Kind::Retraction,
        );
        event.of = Some(of);
        event.why = Some(why.into());
        let what = subject(&target.event);
        let text = format!(
            "{} of {} ({what}, {}) no longer counts",
            target.event.kind.word(),
            target.event.skill,
            target.event.at
        );
        finish(ctx, &workspace, event, &self.how, &text)
    }
}

impl Rename {
    pub fn run(self, ctx: &mut Ctx<'_>) -> Result<Exit> {
        let workspace = ctx.open()?;
        let mut fold = workspace.store.fold_fresh()?;
        if !is_id(&self.new) || self.new.len() > 160 {
            bail!(
                "`{}` is no id: use lower-case words joined by hyphens, such as `{}`",
                self.new,
                crate::markdown::slug(&self.new)
            );
        }
        refuse_secret(&self.new)?;
        let skill = self.skill.skill.as_deref();
        let found =
            workspace.named(&self.old, EntryKind::Pitfall, skill, &mut fold).or_else(|err| {
                workspace.named(&self.old, EntryKind::Pattern, skill, &mut fold).map_err(|_| err)
            })?;
        if found.id == self.new {
            bail!("it is called `{}` already", self.new);
        }
        let mut event =
            Event::new(ctx.clock.id()?, ctx.clock.now, found.skill.clone(), Kind::Rename);
        event.from = Some(found.id.clone().into());
        event.to = Some(self.new.clone().into());
        let text = format!(
            "{} of {} is now {}; the old name goes on working",
            found.id, found.skill, self.new
        );
        finish(ctx, &workspace, event, &self.how, &text)
    }
}

impl Confirm {
    pub fn run(self, ctx: &mut Ctx<'_>) -> Result<Exit> {
        let workspace = ctx.open()?;
        let of = find_event(&workspace, &self.event)?;
        let target = stored(&workspace, of)?;
        if !target.event.proposed {
            bail!("{} is no proposal: it counts already; nothing was recorded", of.short());
        }
        if target.retracted {
            bail!("{} is retracted; record it anew if it happened", of.short());
        }
        if target.confirmed {
            bail!("{} is confirmed already; nothing was recorded", of.short());
        }
        let skill = target.event.skill.clone();
        let mut event = Event::new(ctx.clock.id()?, ctx.clock.now, skill, Kind::Confirmation);
        event.of = Some(of);
        let text = format!("{} of {} counts now", subject(&target.event), target.event.at.date());
        finish(ctx, &workspace, event, &self.how, &text)
    }
}

impl Adopt {
    pub fn run(self, ctx: &mut Ctx<'_>) -> Result<Exit> {
        let workspace = ctx.open()?;
        let mut fold = workspace.store.fold()?;
        let skill = self.skill.skill.as_deref();
        let found = workspace.named(&self.pitfall, EntryKind::Pitfall, skill, &mut fold)?;
        let at = time_arg("--at", self.at.as_deref(), ctx)?.unwrap_or(ctx.clock.now);
        let mut texts = Texts::default();
        let Some(prevention) = texts.add("prevention", &self.prevention, NOTE) else {
            bail!("--prevention: say what is in place; nothing was recorded");
        };
        let mut event = Event::new(ctx.clock.id()?, at, found.skill.clone(), Kind::Adoption);
        event.pitfall = Some(found.id.clone().into());
        event.prevention = Some(prevention.into());
        let mut text = format!("a prevention of {} is in place since {at}", found.id);
        for it in &texts.remarks {
            text = format!("{text}; {it}");
        }
        finish(ctx, &workspace, event, &self.how, &text)
    }
}

impl Mute {
    pub fn run(self, ctx: &mut Ctx<'_>) -> Result<Exit> {
        let workspace = ctx.open()?;
        let mut fold = workspace.store.fold()?;
        let found = workspace.named(
            &self.pitfall,
            EntryKind::Pitfall,
            self.skill.skill.as_deref(),
            &mut fold,
        )?;
        let mut event = Event::new(ctx.clock.id()?, ctx.clock.now, found.skill.clone(), Kind::Mute);
        event.pitfall = Some(found.id.clone().into());
        event.muted = Some(!self.off);
        let text = if self.off {
            format!("{} of {} speaks again", found.id, found.skill)
        } else {
            format!(
                "{} of {} stays out of context and report, and goes on counting",
                found.id, found.skill
            )
        };
        finish(ctx, &workspace, event, &self.how, &text)
    }
}

fn finish(
    ctx: &mut Ctx<'_>,
    workspace: &Workspace,
    mut event: Event<'static>,
    how: &How,
    text: &str,
) -> Result<Exit> {
    event.by = Some(By::Hand);
    let mut done = commit::Done::default();
    if !how.dry_run {
        let mut fold = workspace.store.fold()?;
        match workspace.skills.iter().find(|it| it.key == event.skill) {
            Some(folder) => done = commit::commit(ctx, workspace, &mut fold, &mut event, folder)?,
            // The skill is gone from the project; its history is not.
            None => workspace.append(&mut fold, &event)?,
        }
    }
    if how.json {
        let files = done.changed(workspace);
        writeln!(
            ctx.out,
            "{}",
            json!({ "recorded": !how.dry_run, "event": event, "files": files })
        )?;
    } else {
        let verb = if how.dry_run { "would record" } else { "recorded" };
        writeln!(
            ctx.out,
            "{}{verb}{}: {text} (event {})",
            say::GREEN,
            say::RESET,
            event.id.short()
        )?;
        done.print(ctx, workspace, &[], how)?;
    }
    done.warn(ctx);
    Ok(Exit::Clean)
}

/// What an event is about, in a word.
pub fn subject(event: &Event<'_>) -> String {
    let first = event.pitfall.as_deref().or(event.pattern.as_deref()).or(event.metric.as_deref());
    let first =
        first.or(event.outcome.map(crate::event::Outcome::word)).or(event.command.as_deref());
    match (first, event.of, &event.from, &event.to) {
        (Some(it), ..) => it.to_owned(),
        (None, Some(of), ..) => of.short(),
        (None, None, Some(from), Some(to)) => format!("{from} → {to}"),
        _ => String::new(),
    }
}

fn stored(workspace: &Workspace, id: Id) -> Result<Selected> {
    let found = workspace.store.ask(|journal, _| journal.select(|it| it.event.id == id).pop())?;
    found.with_context(|| format!("there is no event {id}; `learn log` lists them"))
}

/// Returns the newest event this clone wrote: the loose files that git does not know come first.
fn last(workspace: &Workspace) -> Result<Id> {
    let written = workspace.store.written_here()?;
    let found = workspace.store.ask(|journal, _| {
        journal.select(|it| {
            !it.retracted && it.event.kind != Kind::Retraction && written.contains(&it.event.id)
        })
    })?;
    let newest = found.iter().map(|it| it.event.id).max();
    newest.context(
        "this clone has written no event that still counts; name one by its id (`learn log`)",
    )
}

/// Returns the newest occurrence of which nobody said that it is over.
fn newest_open(workspace: &Workspace) -> Result<Id> {
    let open = workspace.store.ask(|journal, _| {
        journal.select(|it| {
            let over = it.resolved_at.or(it.event.resolved_at);
            it.event.kind == Kind::Occurrence && it.counts() && over.is_none()
        })
    })?;
    let newest = open.iter().max_by_key(|it| (it.event.when(), it.event.id));
    let newest = newest.map(|it| it.event.id);
    newest.context("no occurrence is open; name one by its id (`learn log --kind occurrence`)")
}
