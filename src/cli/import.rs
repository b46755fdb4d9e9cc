//! `learn import`: deployments that other programs know of.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result, anyhow, bail};
use clap::Args;
use serde_json::{Value, json};

use crate::clean::clean;
use crate::cli::commit::{Batch, Done};
use crate::cli::deploy::skill_of;
use crate::cli::options::{How, NAME, NOTE, Texts};
use crate::cli::{Ctx, Exit, SkillArg, say};
use crate::event::{Event, Kind, Outcome};
use crate::import::history::History;
use crate::import::{self, Found, Options, Source, tags};
use crate::store::skills::SkillFolder;
use crate::store::{git, utf8};
use crate::text::line_col;
use crate::workspace::Workspace;

mod plan;

use plan::{Plan, plan};

/// Import deployments that other programs know of
#[derive(Debug, Args)]
#[command(
    after_help = "Reads what GitHub's program prints, and lists. What was imported before is not imported again (docs/import.md).\n\nExamples:\n  gh run list --workflow deploy.yml --limit 500 --json databaseId,attempt,workflowName,status,conclusion,startedAt,updatedAt,headSha,headBranch | learn import -\n  gh release list --limit 500 --json tagName,publishedAt,isDraft,isPrerelease | learn import -\n  learn import deployments.csv --dry-run\n  learn import --git --dry-run"
)]
pub struct Import {
    /// A file, or `-` for the input
    #[arg(value_name = "FILE|-", required_unless_present = "git")]
    file: Option<String>,
    /// Read the tags and reverts of the project's git repository
    #[arg(long, conflicts_with_all = ["file", "from", "workflow"])]
    git: bool,
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

/// A source that was read.
struct Input {
    /// For messages.
    name: String,
    text: String,
    import: import::Import,
    history: Option<History>,
}

impl Import {
    pub fn run(self, ctx: &mut Ctx<'_>) -> Result<Exit> {
        let workspace = ctx.open()?;
        let mut texts = Texts::default();
        let mut option =
            |what, it: &Option<String>| it.as_deref().and_then(|it| texts.add(what, it, NAME));
        let options = Options {
            env: option("environment", &self.env),
            service: option("service", &self.service),
            workflows: self.workflow.clone(),
            latest: ctx.clock.latest(),
        };
        let Input { name, text, mut import, history } = self.read(ctx, &workspace, &options)?;
        let mut folders: Vec<&SkillFolder> = Vec::new();
        for found in &mut import.found {
            let folder = clean_texts(found, &mut texts)
                .and_then(|()| self.folder(&workspace, &found.event))
                .with_context(|| place(&name, &text, found.offset))?;
            found.event.skill = folder.key.clone().into();
            if !folders.iter().any(|it| it.key == folder.key) {
                folders.push(folder);
            }
        }
        let remarks: BTreeSet<String> = texts.remarks.into_iter().collect();
        let mut fold = workspace.store.fold()?;
        let (plan, done) = if self.how.dry_run || folders.is_empty() {
            (plan(ctx, &workspace, &mut fold, import.found, history)?, Done::default())
        } else {
            let batch = Batch::begin(ctx, &workspace, &mut fold, &folders)?;
            let plan = plan(ctx, &workspace, &mut fold, import.found, history)?;
            let done = batch.store(ctx, &workspace, &mut fold, &plan.events, &folders)?;
            (plan, done)
        };
        let remarks: Vec<String> =
            remarks.into_iter().chain(remarks_of(&import.left_out, &import.unread)).collect();
        if self.how.json {
            let value: Value = json!({
                "recorded": !self.how.dry_run,
                "events": plan.events,
                "known": plan.known,
                "left_out": import.left_out,
                "unread": import.unread,
                "files": done.changed(&workspace),
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

    fn read(&self, ctx: &mut Ctx<'_>, workspace: &Workspace, options: &Options) -> Result<Input> {
        let Some(file) = self.file.as_deref() else {
            let repository = git::repository(&workspace.store.root).with_context(|| {
                format!("git knows no commits of `{}`", workspace.store.root.display())
            })?;
            let import = tags::read(&repository, options)
                .map_err(|it| anyhow!("{it}; nothing was recorded"))?;
            let history = Some(repository.history);
            return Ok(Input { name: "git".to_owned(), text: String::new(), import, history });
        };
        let (name, bytes) = if file == "-" {
            let mut bytes = Vec::new();
            ctx.stdin.read_to_end(&mut bytes).context("cannot read the input")?;
            ("input", bytes)
        } else {
            let path = ctx.world.cwd.join(file);
            (file, std::fs::read(&path).with_context(|| format!("cannot read `{file}`"))?)
        };
        let text = utf8(bytes, name)?;
        let text = text.strip_prefix('\u{feff}').unwrap_or(&text).to_owned();
        let source = self.source(&text)?;
        let import = import::read(&text, source, options).map_err(|it| {
            anyhow!("{}: {}; nothing was recorded", place(name, &text, it.offset), it.what)
        })?;
        Ok(Input { name: name.to_owned(), text, import, history: None })
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

/// `deploys.csv`:3:8
fn place(name: &str, text: &str, offset: usize) -> String {
    let place = line_col(text, offset);
    format!("`{name}`:{}:{}", place.line, place.col)
}

/// Makes the texts of an event fit to be stored.
fn clean_texts(found: &mut Found, texts: &mut Texts) -> Result<()> {
    let event = &mut found.event;
    if let Some(key) = event.key.as_deref() {
        let cleaned = clean(key, 200).text;
        if cleaned != key {
            bail!(
                "`{cleaned}` is no key: up to 200 visible characters, no secret; nothing was recorded"
            );
        }
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
    if let Some(it) = &mut found.rolled_back {
        it.why = it.why.take().and_then(|it| texts.add("cause", &it, NOTE));
    }
    Ok(())
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
