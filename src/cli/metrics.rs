//! `learn metrics` and `learn explain metric`: the metrics tables, and where each number comes from.

use anyhow::{Result, bail};
use clap::{Args, Subcommand};
use serde_json::{Value, json};

use crate::clean::printable;
use crate::cli::lint::ExplainRule;
use crate::cli::{Ctx, Exit, SkillArg, say};
use crate::deploy::Deployment;
use crate::event::{Id, Role};
use crate::markdown::slug;
use crate::measure::{self, Measured, WINDOW, cases, measure};
use crate::metric::verdict::Verdict;
use crate::store::cache::Fold;
use crate::workspace::Workspace;

/// Show the metrics tables with verdicts
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  learn metrics\n  learn metrics --json\n  learn metrics --fail-on missed    # in CI: exit code 1 when a target is missed"
)]
pub struct Metrics {
    #[command(flatten)]
    skill: SkillArg,
    /// Exit with 1 when a metric has this verdict; too few to tell is none
    #[arg(long, value_name = "VERDICT", value_parser = ["missed"])]
    fail_on: Option<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Say where a number comes from, or what a rule of `learn lint` means
#[derive(Debug, Args)]
#[command(
    args_conflicts_with_subcommands = true,
    arg_required_else_help = true,
    after_help = "Examples:\n  learn explain metric \"Rollback frequency\"\n  learn explain broken-link"
)]
pub struct Explain {
    #[command(subcommand)]
    what: Option<What>,
    /// A rule of `learn lint`
    #[arg(value_name = "RULE")]
    rule: Option<String>,
}

#[derive(Debug, Subcommand)]
enum What {
    Metric(ExplainMetric),
    Rule(ExplainRule),
}

/// Which events, which window and which formula make a number
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  learn explain metric \"Rollback frequency\"\n  learn explain metric success --skill production-deployment-phase"
)]
struct ExplainMetric {
    /// The name of a row of a metrics table, or a part that only one has
    name: String,
    #[command(flatten)]
    skill: SkillArg,
}

/// A row of a metrics table.
pub struct Row {
    pub skill: String,
    pub name: String,
    target: String,
    measured: Option<Measured>,
}

impl Row {
    fn verdict(&self) -> Option<Verdict> {
        Some(self.measured.as_ref()?.judgement?.verdict)
    }

    /// Returns the row in a few words; `None` when nothing is known of it.
    pub fn in_a_word(&self) -> Option<String> {
        let current = &self.measured.as_ref()?.current;
        let verdict = self.verdict().map(|it| format!(", {it}")).unwrap_or_default();
        Some(format!("{} {current} of {}{verdict}", self.name, self.target))
    }

    fn json(&self) -> Value {
        let it = self.measured.as_ref();
        let interval = it.and_then(|it| it.interval).map(|it| [it.low, it.high]);
        let services = it.map_or(&[][..], |it| &it.services);
        let services: serde_json::Map<String, Value> = services
            .iter()
            .map(|(service, it)| {
                let verdict = it.judgement.map(|it| it.verdict);
                let it = json!({ "current": it.current, "trend": it.trend, "verdict": verdict, "n": it.n });
                (service.clone(), it)
            })
            .collect();
        json!({
            "skill": self.skill,
            "metric": self.name,
            "target": self.target,
            "services": services,
            "means": it.map(|it| &it.metric),
            "current": it.map(|it| &it.current),
            "trend": it.map(|it| &it.trend),
            "verdict": self.verdict(),
            "on_target": it.and_then(|it| it.judgement).and_then(|it| it.which_side),
            "n": it.map_or(0, |it| it.n),
            "interval": interval,
            "formula": it.map(|it| &it.formula),
            "source": it.map(|it| &it.source),
        })
    }
}

impl Metrics {
    pub fn run(self, ctx: &mut Ctx<'_>) -> Result<Exit> {
        let workspace = ctx.open()?;
        let mut fold = workspace.store.fold()?;
        let rows = rows(&workspace, &mut fold, self.skill.skill.as_deref())?;
        let open = open_failures(&workspace, &mut fold, self.skill.skill.as_deref())?;
        if self.json {
            let all: Vec<Value> = rows.iter().map(Row::json).collect();
            let open: Vec<Value> = open.iter().map(Open::json).collect();
            writeln!(ctx.out, "{}", json!({ "metrics": all, "open": open }))?;
        } else {
            print(ctx, &rows)?;
            for it in &open {
                writeln!(ctx.out, "{}open{}: {}", say::YELLOW, say::RESET, it.line())?;
            }
        }
        ctx.warn_damage(&fold);
        let missed = rows.iter().any(|it| it.verdict() == Some(Verdict::Missed));
        Ok(if missed && self.fail_on.is_some() { Exit::Findings } else { Exit::Clean })
    }
}

impl Explain {
    pub fn run(self, ctx: &mut Ctx<'_>) -> Result<Exit> {
        let it = match self.what {
            Some(What::Metric(it)) => it,
            Some(What::Rule(it)) => return it.run(ctx),
            None => return ExplainRule::new(self.rule.unwrap_or_default()).run(ctx),
        };
        let workspace = ctx.open()?;
        let mut fold = workspace.store.fold()?;
        let rows = rows(&workspace, &mut fold, it.skill.skill.as_deref())?;
        let row = named(&it.name, &rows)?;
        writeln!(
            ctx.out,
            "{}{}{} of {}, target {}",
            say::BOLD,
            printable(&row.name),
            say::RESET,
            row.skill,
            printable(&row.target)
        )?;
        let Some(it) = &row.measured else {
            writeln!(ctx.out, "  nothing is recorded, so the row keeps what it says")?;
            return Ok(Exit::Clean);
        };
        writeln!(ctx.out, "  current   {}\n  trend     {}", it.current, it.trend)?;
        if let Some(verdict) = row.verdict() {
            writeln!(ctx.out, "  verdict   {verdict}")?;
        }
        if let Some(interval) = it.interval {
            let (low, high) = (interval.low * 100.0, interval.high * 100.0);
            writeln!(ctx.out, "  interval  {low:.0}% to {high:.0}% (Wilson, 95%)")?;
        }
        let window = workspace.config.metrics.window.unwrap_or(WINDOW);
        writeln!(ctx.out, "  metric    {}\n  formula   {}", it.metric, it.formula)?;
        writeln!(ctx.out, "  source    {}", it.source)?;
        writeln!(ctx.out, "  window    the newest {window}; n={}", it.n)?;
        for (service, it) in &it.services {
            let verdict = it.judgement.map(|it| format!(", {}", it.verdict)).unwrap_or_default();
            writeln!(ctx.out, "  service   {service}: {}{verdict}; n={}", it.current, it.n)?;
        }
        if it.metric == "recovery-time" {
            for it in open_failures(&workspace, &mut fold, Some(&row.skill))? {
                writeln!(ctx.out, "  open      {}", it.line())?;
            }
        }
        let ids: Vec<String> = it.events.iter().map(|it| it.short()).collect();
        if !ids.is_empty() {
            writeln!(ctx.out, "  events    {}", ids.join(" "))?;
        }
        ctx.warn_damage(&fold);
        Ok(Exit::Clean)
    }
}

/// A deployment that failed and is not known to be mended.
struct Open {
    skill: String,
    deployment: Deployment,
    /// The incident that is not over; none where the deployment itself failed.
    incident: Option<Id>,
}

impl Open {
    fn line(&self) -> String {
        let it = &self.deployment;
        let service = it.service.as_ref().map(|it| format!(" of {it}")).unwrap_or_default();
        let id = it.ids.first().map(|it| it.short()).unwrap_or_default();
        let (what, over) = match self.incident {
            Some(event) => ("had an incident", format!("`learn resolve {}`", event.short())),
            None => ("failed", "`learn record rollback`".to_owned()),
        };
        printable(&format!(
            "{}{service} {what}, ended {}, and nothing says when that was over: `learn deploy succeeded --recovers {id}` or {over}",
            it.name(),
            it.end()
        ))
        .into_owned()
    }

    fn json(&self) -> Value {
        json!({
            "skill": self.skill,
            "deployment": self.deployment.ids.first(),
            "name": self.deployment.name(),
            "service": self.deployment.service,
            "since": self.deployment.end(),
            "incident": self.incident,
        })
    }
}

fn open_failures(workspace: &Workspace, fold: &mut Fold, skill: Option<&str>) -> Result<Vec<Open>> {
    let mut res = Vec::new();
    for folder in workspace.chosen(skill)? {
        let all = cases(fold.skill(&folder.key));
        for it in measure::open(&all) {
            let incident = it.links.iter().find(|it| it.1.role == Some(Role::Incident));
            res.push(Open {
                skill: folder.key.clone(),
                deployment: it.deployment.clone(),
                incident: incident.map(|it| it.0.1),
            });
        }
    }
    Ok(res)
}

/// Returns the rows of the skills' learnings.md, then what only their SKILL.md lists.
///
/// # Errors
/// When a file cannot be read or there is no such skill.
pub fn rows(workspace: &Workspace, fold: &mut Fold, skill: Option<&str>) -> Result<Vec<Row>> {
    let mut res = Vec::new();
    for folder in workspace.chosen(skill)? {
        let source = workspace.learnings(folder)?;
        for (name, target) in folder.doc()?.metrics_with(&source.doc) {
            let rules = workspace.config.style().metrics;
            res.push(Row {
                skill: folder.key.clone(),
                name: name.to_owned(),
                target: target.to_owned(),
                measured: measure(name, target, fold.skill(&folder.key), rules),
            });
        }
    }
    Ok(res)
}

/// Finds the row that a name stands for: exactly, without regard to case, else by a part of the name.
///
/// # Errors
/// When none or several fit: the message lists them.
pub fn named<'a>(name: &str, rows: &'a [Row]) -> Result<&'a Row> {
    let wanted = slug(name);
    let steps: [&dyn Fn(&Row) -> bool; 3] =
        [&|it| it.name == name, &|it| slug(&it.name) == wanted, &|it| {
            !wanted.is_empty() && slug(&it.name).contains(&wanted)
        }];
    for step in steps {
        let found: Vec<&Row> = rows.iter().filter(|it| step(it)).collect();
        match &*found {
            [] => {}
            [only] => return Ok(only),
            _ => {
                let list: Vec<String> = found
                    .iter()
                    .map(|it| format!("  {:?} --skill {}", it.name, it.skill))
                    .collect();
                bail!("`{name}` could be several metrics; type one of\n{}", list.join("\n"));
            }
        }
    }
    let all: Vec<String> = rows.iter().map(|it| format!("`{}`", it.name)).collect();
    bail!("no metrics table has a row `{name}`; there are {}", all.join(", "))
}

fn print(ctx: &mut Ctx<'_>, rows: &[Row]) -> Result<()> {
    let mut skill = "";
    for row in rows {
        if row.skill != skill {
            skill = &row.skill;
            writeln!(ctx.out, "{}{skill}{}", say::BOLD, say::RESET)?;
        }
        let name = printable(&row.name);
        let target = printable(&row.target);
        match &row.measured {
            Some(it) => {
                let verdict = row.verdict().map(|it| format!(", {it}")).unwrap_or_default();
                writeln!(ctx.out, "  {name} ({target}): {}{verdict}, {}", it.current, it.trend)?;
            }
            None => writeln!(ctx.out, "  {name} ({target}): nothing recorded")?,
        }
    }
    Ok(())
}
