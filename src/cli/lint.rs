//! `learn lint`: what is wrong with skill folders.

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::{Result, anyhow};
use clap::Args;

use crate::cli::{Ctx, Exit, say};
use crate::lint::settings::{Profile, Settings, Typed};
use crate::lint::{Level, Report, lint, output, rules};
use crate::store::Store;

mod fix;

/// Check skill folders
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  learn lint\n  learn lint .claude/skills --format json\n  learn lint --select broken-link,broken-anchor\n  learn lint --fail-on warning    # in CI: warnings too give exit code 1\n  learn lint --fix\n  learn lint --fix --author skills    # in the repository that the skills are written in\n  learn lint --rules"
)]
pub struct Lint {
    /// Folders with skills, or files of one [default: the root that was named, else the current folder]
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// For which client the skills are meant
    #[arg(long, value_name = "NAME")]
    profile: Option<Profile>,
    /// Only these rules; `all` is every rule, those that are off by default too
    #[arg(long, value_name = "RULE", value_delimiter = ',')]
    select: Vec<String>,
    /// Not these rules
    #[arg(long, value_name = "RULE", value_delimiter = ',')]
    ignore: Vec<String>,
    /// How bad a rule is: error, warning, info or off
    #[arg(long, value_name = "RULE=LEVEL", value_delimiter = ',')]
    severity: Vec<String>,
    /// The lowest level that gives exit code 1
    #[arg(long, value_name = "LEVEL", default_value = "error", value_parser = ["error", "warning", "info"])]
    fail_on: String,
    /// How findings are printed
    #[arg(long, value_name = "FORM", default_value = "human")]
    format: Format,
    /// How often each rule found something, instead of the findings
    #[arg(long)]
    statistics: bool,
    /// Mend what can be mended: learnings.md is written, of what a package owns the patch is shown
    #[arg(long)]
    fix: bool,
    /// With --fix, in the skill's own repository: write SKILL.md and its other Markdown too
    #[arg(long, requires = "fix")]
    author: bool,
    /// Show what --fix changes and write nothing; exit code 1 where that is anything
    #[arg(long)]
    diff: bool,
    /// List what --fix mends and write nothing; exit code 1 where that is anything
    #[arg(long)]
    dry_run: bool,
    /// List all rules; `fix` stands where --fix can help
    #[arg(long)]
    rules: bool,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Format {
    Human,
    Json,
}

impl Lint {
    pub fn run(self, ctx: &mut Ctx<'_>) -> Result<Exit> {
        if self.rules {
            return list(ctx);
        }
        let settings = self.settings(ctx)?;
        let root = ctx.root.clone().unwrap_or_else(|| ".".into());
        let paths = if self.paths.is_empty() { vec![root] } else { self.paths.clone() };
        if self.diff || self.dry_run {
            return self.show_fixes(ctx, &paths, &settings);
        }
        let fixed = if self.fix { Some(self.fix(ctx, &paths, &settings)?) } else { None };
        let report = lint(&paths, &settings, ctx.clock.now)?;
        if let Some(it) = fixed.as_ref().filter(|_| self.is_human() && !self.statistics) {
            it.print(ctx)?;
        }
        if self.statistics {
            statistics(ctx, &report)?;
        } else {
            match self.format {
                Format::Human => output::human::write(ctx.out, &report)?,
                Format::Json => {
                    let fixed = fixed.as_ref().map(fix::Outcome::json).unwrap_or_default();
                    output::json::write(ctx.out, &report, fixed)?;
                }
            }
        }
        if fixed.is_some_and(|it| it.failed) {
            return Ok(Exit::Error);
        }
        let limit = Level::parse(&self.fail_on).unwrap_or(Level::Error);
        let bad =
            report.counts().iter().enumerate().any(|(at, it)| *it > 0 && at >= limit as usize);
        Ok(if bad { Exit::Findings } else { Exit::Clean })
    }

    fn is_json(&self) -> bool {
        matches!(self.format, Format::Json)
    }

    fn is_human(&self) -> bool {
        matches!(self.format, Format::Human)
    }

    /// Returns what the project chose, with what was typed over it; outside a project only the latter.
    fn settings(&self, ctx: &Ctx<'_>) -> Result<Settings> {
        let mut severity = BTreeMap::new();
        for it in &self.severity {
            let (rule, level) = it
                .split_once('=')
                .ok_or_else(|| anyhow!("--severity: write RULE=LEVEL, not `{it}`"))?;
            severity.insert(rule.to_owned(), level.to_owned());
        }
        let store = Store::find(&ctx.world.cwd, ctx.root.as_deref()).ok();
        let config = store.map(|it| it.config()).transpose()?.unwrap_or_default();
        let stars = config.style().stars.0;
        let (select, ignore) = (self.select.clone(), self.ignore.clone());
        let typed = Typed { select, ignore, severity };
        Settings::new(config.lint, stars, self.profile, typed).map_err(|it| anyhow!(it))
    }
}

fn list(ctx: &mut Ctx<'_>) -> Result<Exit> {
    let row = |it: &&rules::Rule| {
        let fix = if rules::fix_of(it.name).is_some() { "fix" } else { "" };
        vec![it.name.to_owned(), it.level.word().to_owned(), fix.to_owned(), it.what.to_owned()]
    };
    let rows: Vec<Vec<String>> = rules::RULES.iter().map(row).collect();
    say::table(ctx.out, "", &rows)?;
    Ok(Exit::Clean)
}

fn statistics(ctx: &mut Ctx<'_>, report: &Report) -> Result<()> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for it in report.files.iter().flat_map(|it| &it.diagnostics).filter(|it| it.allowed.is_none()) {
        *counts.entry(it.rule).or_default() += 1;
    }
    let mut rows: Vec<(&str, usize)> = counts.into_iter().collect();
    rows.sort_by_key(|it| std::cmp::Reverse(it.1));
    let rows: Vec<Vec<String>> =
        rows.into_iter().map(|it| vec![it.1.to_string(), it.0.to_owned()]).collect();
    say::table(ctx.out, "", &rows)?;
    Ok(())
}
