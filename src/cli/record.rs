//! `learn record` and `learn use`: one fact, stored for good, and the file that says so.

use anyhow::{Result, bail};
use clap::Args;
use serde_json::json;

use crate::cli::commit::{is_recorded, repeated};
use crate::cli::options::{
    How, NAME, NOTE, Texts, find_event, key_arg, note_arg, refuse_secret, time_arg, word,
};
use crate::cli::{Ctx, Exit, SkillArg, commit, say};
use crate::deploy::{self, Deployment};
use crate::event::{By, DetectedBy, Event, Id, Impact, Kind, Role, Worked};
use crate::learnings::{EntryKind, cells};
use crate::markdown::slug;
use crate::resolve::{Candidate, Resolved};
use crate::store::cache::Fold;
use crate::workspace::Workspace;

/// Record that a pitfall happened
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  learn record rollback --cause \"DATABASE_URL was missing\" --feature checkout-v2\n  learn record rollback --version v1.4.0 --cause missing-production-config\n  learn record cache-stampede --new --impact high --skill production-deployment-phase\n  git log -1 --format=%B | learn record rollback --note -"
)]
pub struct Record {
    /// Id, title, alias or a unique part of one: `rollback` is rollback-needed
    pitfall: String,
    /// The feature it happened in
    #[arg(long, value_name = "NAME")]
    feature: Option<String>,
    /// The version that was deployed
    #[arg(long, value_name = "VERSION")]
    version: Option<String>,
    /// The service it happened to
    #[arg(long, value_name = "NAME")]
    service: Option<String>,
    /// Why: the id of another pitfall, which then counts too, or a sentence
    #[arg(long, value_name = "ID|TEXT")]
    cause: Option<String>,
    /// More about it; `-` reads it from the input
    #[arg(long, value_name = "TEXT|-")]
    note: Option<String>,
    /// When it happened: a day (00:00 UTC) or a time with its zone [default: when it was noticed, else now]
    #[arg(long, value_name = "DATE|TIME")]
    at: Option<String>,
    /// The deployment it belongs to: id of an event
    #[arg(long, value_name = "DEPLOY")]
    of: Option<String>,
    /// Who noticed: alert, watch, user, agent or hand
    #[arg(long, value_name = "WHO")]
    detected_by: Option<String>,
    /// When it was noticed
    #[arg(long, value_name = "TIME")]
    detected_at: Option<String>,
    /// When it was over
    #[arg(long, value_name = "TIME")]
    resolved_at: Option<String>,
    /// Of the events with one key only the earliest counts; for scripts that may run twice
    #[arg(long, value_name = "KEY")]
    key: Option<String>,
    /// Add a pitfall that no skill knows yet
    #[arg(long, requires = "impact")]
    new: bool,
    /// How bad the new pitfall is: critical, high, medium or low
    #[arg(long, value_name = "LEVEL", requires = "new")]
    impact: Option<String>,
    #[command(flatten)]
    skill: SkillArg,
    #[command(flatten)]
    how: How,
}

/// Record that a pattern was used
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  learn use safe-production-deployment --feature checkout-v2\n  learn use safe-production-deployment --failed --note \"the canary saw nothing\""
)]
pub struct Use {
    /// Id, title, alias or a unique part of one
    pattern: String,
    /// It did not help
    #[arg(long)]
    failed: bool,
    /// The feature it was used in
    #[arg(long, value_name = "NAME")]
    feature: Option<String>,
    /// The version that was deployed
    #[arg(long, value_name = "VERSION")]
    version: Option<String>,
    /// More about it; `-` reads it from the input
    #[arg(long, value_name = "TEXT|-")]
    note: Option<String>,
    /// When: a day (00:00 UTC) or a time with its zone [default: now]
    #[arg(long, value_name = "DATE|TIME")]
    at: Option<String>,
    /// Of the events with one key only the earliest counts
    #[arg(long, value_name = "KEY")]
    key: Option<String>,
    #[command(flatten)]
    skill: SkillArg,
    #[command(flatten)]
    how: How,
}

impl Record {
    pub fn run(self, ctx: &mut Ctx<'_>) -> Result<Exit> {
        let workspace = ctx.open()?;
        // Whoever pipes the note may take their time: before the lock.
        let note = note_arg(self.note.as_deref(), ctx)?;
        let mut fold = self.how.fold(&workspace)?;
        let impact = self
            .impact
            .as_deref()
            .map(|it| word("--impact", it, Impact::parse, Impact::WORDS))
            .transpose()?;
        let (candidate, is_new) = self.pitfall(&workspace, &mut fold)?;
        let mut text = Texts::default();
        let detected_at = time_arg("--detected-at", self.detected_at.as_deref(), ctx)?;
        let at = time_arg("--at", self.at.as_deref(), ctx)?.or(detected_at);
        let at = at.unwrap_or(ctx.clock.now);
        let mut event = Event::new(ctx.clock.id()?, at, candidate.skill.clone(), Kind::Occurrence);
        event.pitfall = Some(candidate.id.clone().into());
        if is_new {
            let title = text.add("title", &self.pitfall, NAME);
            event.title = title.filter(|it| *it != candidate.id).map(Into::into);
            event.impact = impact;
        }
        event.feature =
            self.feature.as_deref().and_then(|it| text.add("feature", it, NAME)).map(Into::into);
        event.version =
            self.version.as_deref().and_then(|it| text.add("version", it, NAME)).map(Into::into);
        event.service =
            self.service.as_deref().and_then(|it| text.add("service", it, NAME)).map(Into::into);
        if let Some(cause) = &self.cause {
            match workspace.find_named(
                cause,
                EntryKind::Pitfall,
                Some(&candidate.skill),
                &mut fold,
            )? {
                // A sentence that happens to hold a word of an id stays a sentence.
                Resolved::One(it) if is_name(cause) => event.cause = Some(it.id.into()),
                _ => event.cause_text = text.add("cause", cause, NOTE).map(Into::into),
            }
        }
        event.note = note.and_then(|it| text.add("note", &it, NOTE)).map(Into::into);
        event.of = self.of.as_deref().map(|it| find_event(&workspace, it)).transpose()?;
        // What somebody noticed hurt somebody; a gap that only came to light did not.
        let noticed = self.detected_by.is_some() || detected_at.is_some();
        if candidate.id == deploy::ROLLBACK {
            event.role = Some(Role::Rollback);
        } else if noticed {
            event.role = Some(Role::Incident);
        }
        if let Some(id) = event.of {
            check_deployment(&workspace, id)?;
        }
        if event.role.is_some() {
            let deployment = deployment_of(&mut fold, &event);
            text.remarks.extend(which_deployment(&mut fold, &event, deployment.as_ref()));
            event.of = deployment.and_then(|it| it.ids.first().copied()).or(event.of);
        }
        event.detected_by = self
            .detected_by
            .as_deref()
            .map(|it| word("--detected-by", it, DetectedBy::parse, DetectedBy::WORDS))
            .transpose()?;
        event.detected_at = detected_at;
        event.resolved_at = time_arg("--resolved-at", self.resolved_at.as_deref(), ctx)?;
        if let (Some(from), Some(to)) = (event.detected_at, event.resolved_at)
            && to < from
        {
            bail!("--resolved-at ({to}) lies before --detected-at ({from}); nothing was recorded");
        }
        event.by = Some(By::Hand);
        event.key = key_arg(self.key.as_deref())?.map(Into::into);
        store_fact(ctx, &workspace, fold, &mut event, &candidate, &text, &self.how)
    }

    /// Returns the pitfall that is meant, and whether it is new.
    fn pitfall(&self, workspace: &Workspace, fold: &mut Fold) -> Result<(Candidate, bool)> {
        let kind = EntryKind::Pitfall;
        let skill = self.skill.skill.as_deref();
        if !self.new {
            return Ok((workspace.named(&self.pitfall, kind, skill, fold)?, false));
        }
        refuse_secret(&self.pitfall)?;
        let id = slug(&self.pitfall);
        if id.is_empty() || id.len() > 2 * NAME {
            bail!("`{}` makes no id: use words of letters and digits", self.pitfall);
        }
        let skill = match (skill, &*workspace.skills) {
            (Some(name), _) => workspace.chosen(Some(name))?[0].key.clone(),
            (None, [only]) => only.key.clone(),
            (None, _) => bail!(
                "name the skill of the new pitfall with `--skill`; {}",
                workspace.known_skills()
            ),
        };
        if let Resolved::One(it) = workspace.find_named(&id, kind, Some(&skill), fold)?
            && it.id == id
        {
            bail!("`{id}` is there already; record it without `--new`");
        }
        Ok((Candidate { skill, kind, id, names: Vec::new() }, true))
    }
}

impl Use {
    pub fn run(self, ctx: &mut Ctx<'_>) -> Result<Exit> {
        let workspace = ctx.open()?;
        let note = note_arg(self.note.as_deref(), ctx)?;
        let mut fold = self.how.fold(&workspace)?;
        let candidate = workspace.named(
            &self.pattern,
            EntryKind::Pattern,
            self.skill.skill.as_deref(),
            &mut fold,
        )?;
        let mut text = Texts::default();
        let at = time_arg("--at", self.at.as_deref(), ctx)?.unwrap_or(ctx.clock.now);
        let mut event = Event::new(ctx.clock.id()?, at, candidate.skill.clone(), Kind::Use);
        event.pattern = Some(candidate.id.clone().into());
        event.worked = Some(Worked::Once(!self.failed));
        event.feature =
            self.feature.as_deref().and_then(|it| text.add("feature", it, NAME)).map(Into::into);
        event.version =
            self.version.as_deref().and_then(|it| text.add("version", it, NAME)).map(Into::into);
        event.note = note.and_then(|it| text.add("note", &it, NOTE)).map(Into::into);
        event.by = Some(By::Hand);
        event.key = key_arg(self.key.as_deref())?.map(Into::into);
        store_fact(ctx, &workspace, fold, &mut event, &candidate, &text, &self.how)
    }
}

/// Returns the deployment that was rolled back or had an incident: the one that is named by `of` or by its version, else
/// the latest one that had started by then; `None` on a project without deployments.
fn deployment_of(fold: &mut Fold, event: &Event<'_>) -> Option<Deployment> {
    let all = fold.skill(&event.skill).deployments();
    let service = event.service.as_deref();
    let found = all.iter().rev().find(|it| match (event.of, &event.version) {
        (Some(id), _) => it.ids.contains(&id),
        _ if service.is_some() && it.service.as_deref() != service => false,
        (None, Some(version)) => it.version.as_deref() == Some(version) && it.start <= event.at,
        (None, None) => it.start <= event.at,
    });
    found.cloned()
}

/// Checks that `--of` names a deployment.
fn check_deployment(workspace: &Workspace, id: Id) -> Result<()> {
    let found = workspace.store.ask(|journal, _| journal.select(|it| it.event.id == id))?;
    let kind = found.first().map(|it| it.event.kind);
    let what = match kind {
        Some(Kind::Deploy) => return Ok(()),
        Some(it) => format!("is no deployment but of the kind {}", it.word()),
        None => "is not here".to_owned(),
    };
    bail!(
        "--of: event {} {what}; `learn log --kind deploy` lists the deployments, `--version` names one by its version; nothing was recorded",
        id.short()
    )
}

/// Says which deployment an event belongs to, or that none fits on a project that has some.
fn which_deployment(
    fold: &mut Fold,
    event: &Event<'_>,
    found: Option<&Deployment>,
) -> Option<String> {
    if let Some(it) = found {
        let (name, outcome) = (it.name(), it.outcome.word());
        return Some(format!("of deployment {name} ({outcome}), started {}", it.start));
    }
    if event.of.is_some() || fold.skill(&event.skill).deploys.is_empty() {
        return None;
    }
    let which = match (&event.version, &event.service) {
        (Some(version), Some(service)) => format!("of {version} of {service} "),
        (Some(version), None) => format!("of {version} "),
        (None, Some(service)) => format!("of {service} "),
        (None, None) => String::new(),
    };
    let rates = match &event.version {
        Some(_) => "but in the rates only once that deployment is recorded",
        None => "but not in the rates",
    };
    Some(format!(
        "no deployment {which}is known that had started by {}: this counts, {rates} (`learn log --kind deploy` lists those there are)",
        event.at
    ))
}

fn store_fact(
    ctx: &mut Ctx<'_>,
    workspace: &Workspace,
    mut fold: Fold,
    event: &mut Event<'static>,
    candidate: &Candidate,
    text: &Texts,
    how: &How,
) -> Result<Exit> {
    if let Some(key) = event.key.as_deref()
        && is_recorded(workspace, &mut fold, key)?
    {
        return repeated(ctx, key, how);
    }
    let folder = workspace.chosen(Some(&candidate.skill))?[0].clone();
    let doc = folder.doc()?;
    let done = if how.dry_run {
        commit::rehearse(workspace, &mut fold, event, &folder)?
    } else {
        commit::commit(ctx, workspace, &mut fold, event, &folder)?
    };
    let fact = Fact { event, candidate, text, done: &done, doc, dry_run: how.dry_run };
    if how.json {
        fact.json(ctx, workspace, &mut fold)?
    } else {
        fact.print(ctx, workspace, &mut fold)?
    }
    done.warn(ctx);
    ctx.warn_damage(&fold);
    Ok(Exit::Clean)
}

/// A recorded fact and all there is to say about it.
struct Fact<'a> {
    event: &'a Event<'static>,
    candidate: &'a Candidate,
    text: &'a Texts,
    done: &'a commit::Done,
    doc: &'a crate::skill::SkillDoc,
    dry_run: bool,
}

impl Fact<'_> {
    fn print(&self, ctx: &mut Ctx<'_>, workspace: &Workspace, fold: &mut Fold) -> Result<()> {
        let tally = fold.skill(&self.candidate.skill);
        let id = tally.current(&self.candidate.id).to_owned();
        let verb = if self.dry_run { "would record" } else { "recorded" };
        writeln!(
            ctx.out,
            "{}{verb}{} {}{id}{} in {} (event {})",
            say::GREEN,
            say::RESET,
            say::BOLD,
            say::RESET,
            self.candidate.skill,
            self.event.id.short()
        )?;
        let now = match self.candidate.kind {
            EntryKind::Pitfall => {
                let it = tally.pitfalls.get(&id).cloned().unwrap_or_default();
                let frequency = cells::frequency(
                    it.count(),
                    cells::Dialect::Number,
                    workspace.config.style().stars,
                );
                format!(
                    "{frequency}, last seen {}",
                    cells::last_seen(it.last_seen().as_ref()).replace('\\', "")
                )
            }
            EntryKind::Pattern => {
                let it = tally.patterns.get(&id).cloned().unwrap_or_default();
                let first = it.first_used().unwrap_or_else(|| "today".to_owned());
                format!(
                    "used {}, first {first}, success rate {}",
                    times(it.count()),
                    cells::success_rate(it.success())
                )
            }
        };
        writeln!(ctx.out, "  {now}")?;
        if let Some(cause) = &self.event.cause {
            let count =
                tally.pitfalls.get(tally.current(cause)).map_or(0, crate::projection::Tally::count);
            writeln!(ctx.out, "  its cause {cause} counts too: {}", times(count))?;
        }
        for report in &self.done.reports {
            for line in say::file_lines(workspace, report, !self.dry_run) {
                writeln!(ctx.out, "  {line}")?;
            }
        }
        for remark in &self.text.remarks {
            writeln!(ctx.out, "  {remark}")?;
        }
        let steps = self.doc.topic(&id).map_or(&[][..], |it| &it.prevention);
        if !steps.is_empty() && self.candidate.kind == EntryKind::Pitfall {
            writeln!(ctx.out, "  to prevent it (SKILL.md):")?;
            for (number, step) in steps.iter().enumerate() {
                writeln!(ctx.out, "    {}. {}", number + 1, crate::clean::printable(step))?;
            }
        }
        Ok(())
    }

    fn json(&self, ctx: &mut Ctx<'_>, workspace: &Workspace, fold: &mut Fold) -> Result<()> {
        let tally = fold.skill(&self.candidate.skill);
        let id = tally.current(&self.candidate.id).to_owned();
        let it = match self.candidate.kind {
            EntryKind::Pitfall => tally.pitfalls.get(&id),
            EntryKind::Pattern => tally.patterns.get(&id),
        };
        let it = it.cloned().unwrap_or_default();
        let files = self.done.changed(workspace);
        let prevention = self.doc.topic(&id).map_or(&[][..], |it| &it.prevention);
        let value = json!({
            "recorded": !self.dry_run,
            "event": self.event,
            "count": it.count(),
            "stars": workspace.config.style().stars.of(it.count()),
            "last_seen": it.last_seen().map(|it| it.0),
            "files": files,
            "remarks": self.text.remarks,
            "prevention": prevention,
        });
        writeln!(ctx.out, "{value}")?;
        Ok(())
    }
}

fn times(count: u64) -> String {
    if count == 1 { "once".to_owned() } else { format!("{count} times") }
}

/// Says whether a cause is meant as a name and not as a sentence.
fn is_name(cause: &str) -> bool {
    slug(cause) == cause
}
