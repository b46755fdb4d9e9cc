//! `learn report`: what the journals of one or several repositories add up to.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use clap::Args;

use crate::cli::options::time_arg;
use crate::cli::{Ctx, Exit, SkillArg};
use crate::report::{self, Part, STALE_DAYS, Scope, effect};
use crate::store::write::Page;
use crate::workspace::Workspace;

/// How wide the report is where nobody says otherwise, in columns.
const WIDTH: usize = 80;
/// After how many milliseconds a terminal is told what is being read.
const PATIENCE: u64 = 1000;

/// Report pitfalls, metrics, deployments and preventions, of several repositories if wanted
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  learn report\n  learn report --html report.html --since 2026-01-01\n  learn report --root ../shop --root ../billing --markdown >> \"$GITHUB_STEP_SUMMARY\"\n  learn report --openmetrics > /var/lib/node_exporter/learn.prom"
)]
pub struct Report {
    /// Write a page to look at in a browser, which needs nothing but itself
    #[arg(long, value_name = "FILE", group = "as")]
    html: Option<PathBuf>,
    /// Print Markdown, for a pull request or a step summary
    #[arg(long, group = "as")]
    markdown: bool,
    /// Print JSON
    #[arg(long, group = "as")]
    json: bool,
    /// Print CSV, one number a line
    #[arg(long, group = "as")]
    csv: bool,
    /// Print OpenMetrics, as Prometheus reads it from a text file
    #[arg(long, group = "as")]
    openmetrics: bool,
    #[command(flatten)]
    skill: SkillArg,
    /// Leave out occurrences and deployments before this time; metrics keep their windows
    #[arg(long, value_name = "DATE|TIME")]
    since: Option<String>,
    /// Days after which a lesson that was not met is stale
    #[arg(long, value_name = "N", default_value_t = STALE_DAYS, value_parser = clap::value_parser!(i64).range(1..=36_500))]
    stale_days: i64,
    /// With --html, say what would be written and write nothing
    #[arg(long, requires = "html")]
    dry_run: bool,
}

impl Report {
    pub fn run(self, ctx: &mut Ctx<'_>) -> Result<Exit> {
        let roots = ctx.roots.clone();
        // Those before the command give way to those after it, and nobody would see it.
        let is_root = |it: &&std::ffi::OsString| {
            it.to_str().is_some_and(|it| it == "--root" || it.starts_with("--root="))
        };
        if ctx.world.args.iter().filter(is_root).count() > roots.len() {
            bail!("write every `--root` behind `report`");
        }
        let scope = Scope {
            now: ctx.clock.now,
            since: time_arg("--since", self.since.as_deref(), ctx)?,
            stale_days: self.stale_days,
        };
        let page = self.html.as_deref().map(|it| Page::at(&ctx.world.cwd.join(it))).transpose()?;
        let workspaces = open(ctx, &roots)?;
        warn_clones(ctx, &workspaces)?;
        let parts = read(ctx, &workspaces, self.skill.skill.as_deref(), &scope)?;
        let names = workspaces.into_iter().map(|it| it.0).collect();
        let report = report::Report::of(names, parts, &scope);
        if let Some(page) = page {
            let text = report::html::render(&report);
            if self.dry_run {
                let size = text.len().div_ceil(1024);
                writeln!(ctx.out, "would write {} ({size} KiB)", page.path().display())?;
            } else {
                page.write(&text)?;
                writeln!(ctx.out, "wrote {}", page.path().display())?;
            }
        } else if self.markdown {
            write!(ctx.out, "{}", report::markdown::render(&report))?;
        } else if self.json {
            writeln!(ctx.out, "{}", report::json::render(&report)?)?;
        } else if self.csv {
            write!(ctx.out, "{}", report::csv::render(&report)?)?;
        } else if self.openmetrics {
            write!(ctx.out, "{}", report::openmetrics::render(&report))?;
        } else {
            let width = (ctx.world.columns)().unwrap_or(WIDTH);
            write!(ctx.out, "{}", report::terminal::render(&report, width))?;
        }
        Ok(Exit::Clean)
    }
}

/// Opens the projects, each with a name that no other has.
fn open(ctx: &Ctx<'_>, roots: &[PathBuf]) -> Result<Vec<(String, Workspace)>> {
    let mut all: Vec<Workspace> = Vec::new();
    if roots.is_empty() {
        all.push(ctx.open()?);
    }
    for root in roots {
        let workspace = Workspace::open(&ctx.world.cwd, Some(root))?;
        if !workspace.store.exists() && workspace.skills.is_empty() {
            bail!("`{}` has no `.learn` and no skills; name the root of a project", root.display());
        }
        all.push(workspace);
    }
    let real = |it: &Workspace| it.store.root.canonicalize().unwrap_or(it.store.root.clone());
    let mut roots: Vec<PathBuf> = Vec::new();
    all.retain(|it| {
        let root = real(it);
        let is_new = !roots.contains(&root);
        roots.extend(is_new.then_some(root));
        is_new
    });
    let names = names(&roots);
    Ok(names.into_iter().zip(all).collect())
}

/// Names each folder by as many of its last parts as tell it from the others.
fn names(roots: &[PathBuf]) -> Vec<String> {
    let last = |path: &Path, count: usize| {
        let parts: Vec<_> = path.components().map(|it| it.as_os_str().to_string_lossy()).collect();
        parts[parts.len().saturating_sub(count)..].join("/")
    };
    let name = |path: &PathBuf| {
        let is_alone = |count: &usize| {
            roots.iter().filter(|it| last(it, *count) == last(path, *count)).count() == 1
        };
        let most = path.components().count();
        last(path, (1..most).find(is_alone).unwrap_or(most))
    };
    roots.iter().map(name).collect()
}

/// Two clones of one project count everything twice.
fn warn_clones(ctx: &mut Ctx<'_>, all: &[(String, Workspace)]) -> Result<()> {
    let mut known: BTreeMap<String, &str> = BTreeMap::new();
    for (name, workspace) in all {
        let sources = workspace.store.sources()?;
        let other = sources.iter().find_map(|it| known.get(it).copied());
        if let Some(other) = other {
            ctx.warn(&format!(
                "`{other}` and `{name}` hold the same events: clones of one project count twice"
            ));
        }
        known.extend(sources.into_iter().map(|it| (it, name.as_str())));
    }
    Ok(())
}

fn read(
    ctx: &mut Ctx<'_>,
    all: &[(String, Workspace)],
    skill: Option<&str>,
    scope: &Scope,
) -> Result<Vec<Part>> {
    let began = (ctx.world.clock)();
    let has_skill =
        |it: &Workspace| skill.is_none_or(|name| it.skills.iter().any(|s| s.key == name));
    if !all.iter().any(|it| has_skill(&it.1)) {
        all[0].1.chosen(skill)?;
    }
    let mut res = Vec::new();
    for (at, (name, workspace)) in all.iter().enumerate().filter(|it| has_skill(&it.1.1)) {
        let passed = (ctx.world.clock)().saturating_sub(began);
        let is_long = passed > PATIENCE || workspace.store.is_large();
        if is_long {
            ctx.tell(&format!("reading {name} ({} of {})", at + 1, all.len()));
        }
        let mut fold = workspace.store.fold()?;
        let histories = workspace.store.ask(|journal, _| {
            effect::histories(&journal.select(effect::is_told), &journal.renames)
        })?;
        for folder in workspace.chosen(skill)? {
            let source = report::Source {
                repository: name,
                skill: &folder.key,
                doc: folder.doc()?,
                learnings: &workspace.learnings(folder)?.doc,
                tally: fold.skill(&folder.key),
                rules: workspace.config.style().metrics,
                histories: &histories,
            };
            res.push(report::part(&source, scope));
        }
        if is_long {
            ctx.tell("");
        }
        ctx.warn_damage(&fold);
    }
    Ok(res)
}
