//! `learn import`: deployments that other programs know of.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use anyhow::{Context, Result, bail};
use clap::Args;
use serde_json::{Value, json};

use crate::clean::clean;
use crate::cli::commit::{Batch, Done};
use crate::cli::deploy::skill_of;
use crate::cli::record::{How, NAME, NOTE, Texts, is_recorded};
use crate::cli::{Ctx, Exit, SkillArg, say};
use crate::deploy::ROLLBACK;
use crate::event::{Event, Id, Impact, Kind, Outcome, Role, Timestamp};
use crate::import::{self, Found, Options, Refused, Source};
use crate::learnings::EntryKind;
use crate::resolve::Resolved;
use crate::store::cache::Fold;
use crate::store::skills::SkillFolder;
use crate::store::utf8;
use crate::workspace::Workspace;

/// Import deployments that other programs know of
#[derive(Debug, Args)]
#[command(
    after_help = "Reads what GitHub's program prints, and lists. What was imported before is not imported again (docs/import.md).\n\nExamples:\n  gh run list --workflow deploy.yml --limit 500 --json databaseId,attempt,workflowName,status,conclusion,startedAt,updatedAt,headSha,headBranch | learn import -\n  gh release list --limit 500 --json tagName,publishedAt,isDraft,isPrerelease | learn import -\n  learn import deployments.csv --dry-run"
)]
pub struct Import {
    /// A file, or `-` for the input
    #[arg(value_name = "FILE|-")]
    file: String,
    /// What the file is [default: what it looks like]: runs, releases, csv or json-lines
    #[arg(long, value_name = "WHAT")]
    from: Option<String>,
    /// The workflow whose runs are deployments; may be given several times
    #[arg(long, value_name = "NAME")]
    workflow: Vec<String>,
    /// The environment of those that name none [default: production]
    #[arg(long, value_name = "NAME")]
    env: Option<String>,
    /// The service of those that name none
    #[arg(long, value_name = "NAME")]
    service: Option<String>,
    #[command(flatten)]
    skill: SkillArg,
    #[command(flatten)]
    how: How,
}

/// Events of a source that are ready to be stored.
struct Plan {
    events: Vec<Event<'static>>,
    /// How many are known already.
    known: usize,
}

impl Import {
    pub fn run(self, ctx: &mut Ctx<'_>) -> Result<Exit> {
        let workspace = ctx.open()?;
        let (name, text) = self.text(ctx)?;
        let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
        let source = self.source(text)?;
        let mut texts = Texts::default();
        let mut option =
            |what, it: &Option<String>| it.as_deref().and_then(|it| texts.add(what, it, NAME));
        let options = Options {
            env: option("environment", &self.env),
            service: option("service", &self.service),
            workflows: self.workflow.clone(),
            latest: Timestamp(ctx.clock.now.0 + 86_400),
        };
        let refused = |it: Refused| {
            let place = it.place(text);
            anyhow::anyhow!(
                "`{name}`:{}:{}: {}; nothing was recorded",
                place.line,
                place.col,
                it.what
            )
        };
        let mut import = import::read(text, source, &options).map_err(refused)?;
        let mut folders: Vec<&SkillFolder> = Vec::new();
        for found in &mut import.found {
            let prepared = clean_texts(&mut found.event, &mut texts)
                .map_err(anyhow::Error::msg)
                .and_then(|()| self.folder(&workspace, &found.event));
            let folder = match prepared {
                Ok(it) => it,
                Err(it) => {
                    return Err(refused(Refused { offset: found.offset, what: format!("{it:#}") }));
                }
            };
            found.event.skill = folder.key.clone().into();
            if !folders.iter().any(|it| it.key == folder.key) {
                folders.push(folder);
            }
        }
        let remarks: BTreeSet<String> = texts.remarks.into_iter().collect();
        let mut fold = workspace.store.fold()?;
        let (plan, done) = if self.how.dry_run || folders.is_empty() {
            (self.plan(ctx, &workspace, &mut fold, import.found)?, Done::default())
        } else {
            let batch = Batch::begin(ctx, &workspace, &mut fold, &folders)?;
            let plan = self.plan(ctx, &workspace, &mut fold, import.found)?;
            let done = batch.store(ctx, &workspace, &mut fold, &plan.events, &folders)?;
            (plan, done)
        };
        let remarks: Vec<String> =
            remarks.into_iter().chain(remarks_of(&import.left_out, &import.unread)).collect();
        if self.how.json {
            let files: Vec<String> = done
                .reports
                .iter()
                .filter(|it| it.changes())
                .map(|it| workspace.store.shown(&it.path))
                .collect();
            let value: Value = json!({
                "recorded": !self.how.dry_run,
                "events": plan.events,
                "known": plan.known,
                "left_out": import.left_out,
                "unread": import.unread,
                "files": files,
                "remarks": remarks,
            });
            writeln!(ctx.out, "{value}")?;
        } else {
            self.print(ctx, &name, &plan)?;
            done.print(ctx, &workspace, &remarks, &self.how)?;
        }
        done.warn(ctx);
        ctx.warn_damage(&fold);
        Ok(Exit::Clean)
    }

    /// Returns the name of the source for messages, and its text.
    fn text(&self, ctx: &mut Ctx<'_>) -> Result<(String, String)> {
        let (name, bytes) = if self.file == "-" {
            let mut bytes = Vec::new();
            ctx.stdin.read_to_end(&mut bytes).context("cannot read the input")?;
            ("input".to_owned(), bytes)
        } else {
            let path = ctx.world.cwd.join(&self.file);
            let bytes =
                std::fs::read(&path).with_context(|| format!("cannot read `{}`", self.file))?;
            (self.file.clone(), bytes)
        };
        let text = utf8(bytes, &name)?;
        Ok((name, text))
    }

    fn source(&self, text: &str) -> Result<Source> {
        match self.from.as_deref() {
            None => Ok(Source::of(text)),
            Some("runs") => Ok(Source::Runs),
            Some("releases") => Ok(Source::Releases),
            Some("csv") => Ok(Source::Csv),
            Some("json-lines") => Ok(Source::JsonLines),
            Some(other) => bail!(
                "--from: `{other}` is none of runs, releases, csv, json-lines; nothing was recorded"
            ),
        }
    }

    fn folder<'a>(&self, workspace: &'a Workspace, event: &Event<'_>) -> Result<&'a SkillFolder> {
        skill_of(workspace, self.skill.skill.as_deref(), event.env.as_deref())
    }

    /// Gives the events that are not known yet their ids, and adds those of the rollbacks.
    fn plan(
        &self,
        ctx: &Ctx<'_>,
        workspace: &Workspace,
        fold: &mut Fold,
        found: Vec<Found>,
    ) -> Result<Plan> {
        let mut res = Plan { events: Vec::new(), known: 0 };
        let mut keys = HashSet::new();
        let mut pitfalls: BTreeMap<String, (String, bool)> = BTreeMap::new();
        for Found { mut event, rolled_back, .. } in found {
            let key = event.key.as_deref().unwrap_or_default().to_owned();
            let skill = event.skill.to_string();
            let floor = fold.skill(&skill).newest_baseline();
            event.id = ctx.clock.id_after(floor)?;
            let rollback = rolled_back.map(|at| rollback(&event, at, &key));
            let is_known = !keys.insert(key.clone()) || is_recorded(workspace, fold, &key)?;
            let of = if is_known && rollback.is_some() {
                event_with(workspace, &key)?
            } else {
                Some(event.id)
            };
            if is_known {
                res.known += 1;
            } else {
                res.events.push(event);
            }
            let Some(mut rollback) = rollback else { continue };
            let key = rollback.key.as_deref().unwrap_or_default().to_owned();
            if !keys.insert(key.clone()) || is_recorded(workspace, fold, &key)? {
                res.known += 1;
                continue;
            }
            if !pitfalls.contains_key(&skill) {
                pitfalls.insert(skill.clone(), rollback_pitfall(workspace, fold, &skill)?);
            }
            let (id, is_new) = &pitfalls[&skill];
            rollback.id = ctx.clock.id_after(floor)?;
            rollback.of = of;
            rollback.pitfall = Some(id.clone().into());
            rollback.impact = is_new.then_some(Impact::Critical);
            res.events.push(rollback);
        }
        Ok(res)
    }

    fn print(&self, ctx: &mut Ctx<'_>, name: &str, plan: &Plan) -> Result<()> {
        if self.how.dry_run {
            let rows: Vec<Vec<String>> = plan.events.iter().map(row).collect();
            say::table(ctx.out, "  ", &rows)?;
        }
        let verb = if self.how.dry_run { "would import" } else { "imported" };
        let deploys = plan.events.iter().filter(|it| it.kind == Kind::Deploy);
        let count = deploys.clone().count();
        let mut parts: Vec<String> = Vec::new();
        for outcome in [Outcome::Succeeded, Outcome::Failed, Outcome::Blocked, Outcome::Unknown] {
            let n = deploys.clone().filter(|it| it.outcome == Some(outcome)).count();
            if n > 0 {
                parts.push(format!("{n} {}", outcome.word()));
            }
        }
        let outcomes =
            if parts.is_empty() { String::new() } else { format!(" ({})", parts.join(", ")) };
        let rollbacks = match plan.events.len() - count {
            0 => String::new(),
            n => format!(" and {}", say::plural(n, "rollback")),
        };
        let known = match plan.known {
            0 => String::new(),
            n => format!("; {} known already", say::plural(n, "event")),
        };
        writeln!(
            ctx.out,
            "{}{verb}{} {}{outcomes}{rollbacks} from {}{known}",
            say::GREEN,
            say::RESET,
            say::plural(count, "deployment"),
            crate::clean::printable(name)
        )?;
        Ok(())
    }
}

/// Makes the texts of an event fit to be stored.
fn clean_texts(event: &mut Event<'static>, texts: &mut Texts) -> Result<(), String> {
    let key = event.key.as_deref().unwrap_or_default();
    if clean(key, 200).text != key {
        return Err(format!(
            "`{}` is no key: up to 200 visible characters, no secret",
            clean(key, 200).text
        ));
    }
    let fields = [
        ("version", &mut event.version, NAME),
        ("environment", &mut event.env, NAME),
        ("service", &mut event.service, NAME),
        ("feature", &mut event.feature, NAME),
        ("run", &mut event.run, NAME),
        ("note", &mut event.note, NOTE),
    ];
    for (what, field, cap) in fields {
        *field = field.take().and_then(|it| texts.add(what, &it, cap)).map(Into::into);
    }
    Ok(())
}

/// Makes the event of a rollback; the caller gives it an id, a deployment and a pitfall.
fn rollback(deployment: &Event<'static>, at: Timestamp, key: &str) -> Event<'static> {
    let skill = deployment.skill.clone();
    let mut res = Event::new(Id::default(), at, skill, Kind::Occurrence);
    res.role = Some(Role::Rollback);
    (res.version, res.feature) = (deployment.version.clone(), deployment.feature.clone());
    (res.service, res.by) = (deployment.service.clone(), deployment.by);
    res.key = Some(format!("rollback:{key}").into());
    res
}

/// Returns the pitfall that stands for a rollback in a skill, and whether it is new there.
fn rollback_pitfall(workspace: &Workspace, fold: &mut Fold, skill: &str) -> Result<(String, bool)> {
    let found = workspace.find_named(ROLLBACK, EntryKind::Pitfall, Some(skill), fold)?;
    Ok(match found {
        Resolved::One(it) => (it.id, false),
        _ => (ROLLBACK.to_owned(), true),
    })
}

/// Returns the id of the event that has a key.
fn event_with(workspace: &Workspace, key: &str) -> Result<Option<Id>> {
    let found = workspace
        .store
        .ask(|journal, _| journal.select(|it| it.event.key.as_deref() == Some(key)))?;
    Ok(found.first().map(|it| it.event.id))
}

fn remarks_of(left_out: &BTreeMap<String, usize>, unread: &BTreeSet<String>) -> Vec<String> {
    let mut res: Vec<String> =
        left_out.iter().map(|(why, n)| format!("left out: {n} {why}")).collect();
    if !unread.is_empty() {
        let names: Vec<String> =
            unread.iter().map(|it| format!("`{}`", clean(it, NAME).text)).collect();
        res.push(format!("not read: {}", names.join(", ")));
    }
    res
}

fn row(event: &Event<'_>) -> Vec<String> {
    let words = [&event.env, &event.service, &event.feature, &event.note];
    let what = match event.outcome {
        Some(it) => it.word(),
        None => "rolled back",
    };
    let name = event.version.as_deref().or(event.run.as_deref()).or(event.sha.as_deref());
    vec![
        event.at.to_string(),
        what.to_owned(),
        name.unwrap_or("-").to_owned(),
        event.key.as_deref().unwrap_or_default().to_owned(),
        words.into_iter().flatten().map(ToString::to_string).collect::<Vec<_>>().join(", "),
    ]
}
