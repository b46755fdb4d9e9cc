//! `learn lint`: what is wrong with skill folders.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail};
use clap::Args;
use serde_json::{Value, json};

use crate::cli::{Ctx, Exit, say};
use crate::lint::settings::{Profile, Settings, Typed, known};
use crate::lint::{Level, Report, baseline, check, output, rules, walk};
use crate::store::{Store, git};

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
    /// Only skills in which a file changed since this commit, branch or tag
    #[arg(long, value_name = "REF")]
    since: Option<String>,
    /// Lint the text on the standard input
    #[arg(long, requires = "stdin_filename", conflicts_with_all = ["paths", "since", "fix", "diff", "dry_run"])]
    stdin: bool,
    /// Which file of a skill the standard input is
    #[arg(long, value_name = "FILE", requires = "stdin")]
    stdin_filename: Option<PathBuf>,
    /// Leave out the findings that this file knows
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,
    /// Print a baseline of all findings: `learn lint --write-baseline > FILE`
    #[arg(long, conflicts_with_all = ["baseline", "fix", "diff", "dry_run"])]
    write_baseline: bool,
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
    /// For code scanning: SARIF 2.1.0
    Sarif,
    /// Annotations of GitHub Actions
    Github,
    /// JUnit XML
    Junit,
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
        let mut report = self.report(ctx, &paths, &settings)?;
        if self.write_baseline {
            write!(ctx.out, "{}", baseline::text(&report))?;
            return Ok(Exit::Clean);
        }
        if let Some(path) = &self.baseline {
            self.take_out_known(ctx, &mut report, path)?;
        }
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
                Format::Sarif => output::sarif::write(ctx.out, &report)?,
                Format::Github => output::github::write(ctx.out, &report)?,
                Format::Junit => output::junit::write(ctx.out, &report)?,
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

    /// Lints what was asked for.
    fn report(&self, ctx: &mut Ctx<'_>, paths: &[PathBuf], settings: &Settings) -> Result<Report> {
        if let Some(path) = &self.stdin_filename {
            if path.extension().is_none_or(|it| !it.eq_ignore_ascii_case("md")) {
                bail!("--stdin-filename: `{}` is no Markdown file", path.display());
            }
            let mut bytes = Vec::new();
            ctx.stdin
                .take(walk::LARGEST + 1)
                .read_to_end(&mut bytes)
                .context("cannot read the standard input")?;
            if bytes.len() as u64 > walk::LARGEST {
                bail!("the standard input has more than {} MiB", walk::LARGEST >> 20);
            }
            let text = crate::store::utf8(bytes, "standard input")?;
            let folder = walk::Folder { text: Some(text), ..walk::around(path) };
            return Ok(check(std::slice::from_ref(path), &[folder], settings, ctx.clock.now));
        }
        let mut found = walk::find(paths)?;
        if let Some(commit) = &self.since {
            let dir = walk::absolute(&paths[0]);
            let dir = if dir.is_dir() { &*dir } else { dir.parent().unwrap_or(&dir) };
            let changed = git::changed_since(dir, commit).ok_or_else(|| {
                anyhow!("--since: git knows no commit `{commit}` in `{}`", dir.display())
            })?;
            found.retain(|it| {
                let dir = walk::absolute(&it.dir);
                changed.iter().any(|it| it.starts_with(&dir))
            });
        }
        Ok(check(paths, &found, settings, ctx.clock.now))
    }

    /// Takes out of a report what a baseline knows, and says what it knows for nothing.
    fn take_out_known(&self, ctx: &mut Ctx<'_>, report: &mut Report, path: &Path) -> Result<()> {
        let text = crate::store::read_text(path)?.ok_or_else(|| {
            anyhow!("`{}` is not there; `learn lint --write-baseline` prints one", path.display())
        })?;
        let gone = baseline::apply(report, &text).map_err(|it| {
            anyhow!("`{}`: {it}; `learn lint --write-baseline` prints a new one", path.display())
        })?;
        // A part of the skills says nothing about the others.
        if gone > 0 && self.since.is_none() && self.paths.is_empty() && !self.stdin {
            ctx.warn(&format!(
                "{} of `{}` {} gone: write it anew",
                say::plural(gone, "finding"),
                path.display(),
                if gone == 1 { "is" } else { "are" }
            ));
        }
        Ok(())
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

/// What a rule of `learn lint` finds, why, and what to write instead
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  learn explain rule swallowed-failure")]
pub struct ExplainRule {
    /// A rule's name; `learn lint --rules` lists them
    name: String,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

impl ExplainRule {
    pub fn new(name: String) -> Self {
        Self { name, json: false }
    }

    pub fn run(self, ctx: &mut Ctx<'_>) -> Result<Exit> {
        let Some(rule) = rules::named(&self.name) else {
            return Err(anyhow!(
                known(&self.name).err().unwrap_or_else(|| "name one rule".to_owned())
            ));
        };
        let fix = rules::fix_of(rule.name);
        if self.json {
            let files = |all: &[(&str, &str)]| -> Value {
                all.iter().map(|(path, text)| json!({ "path": path, "text": text })).collect()
            };
            let res = json!({
                "rule": rule.name, "group": rule.group, "severity": rule.level.word(),
                "what": rule.what, "why": rule.why, "fix": fix, "source": rule.source,
                "example": files(rule.example), "instead": files(rule.instead),
            });
            writeln!(ctx.out, "{res}")?;
            return Ok(Exit::Clean);
        }
        let (bold, reset) = (say::BOLD, say::RESET);
        writeln!(ctx.out, "{bold}{}{reset} ({}, {})\n", rule.name, rule.group, rule.level.word())?;
        writeln!(ctx.out, "{}\n{}", rule.what, rule.why)?;
        for (title, files) in [("Example", rule.example), ("Instead", rule.instead)] {
            for (path, text) in files {
                writeln!(ctx.out, "\n{title}, {path}:\n")?;
                for line in text.lines() {
                    writeln!(ctx.out, "    {}", crate::clean::printable(line))?;
                }
            }
        }
        if let Some(fix) = fix {
            writeln!(ctx.out, "\n--fix: {fix}")?;
        }
        if !rule.source.is_empty() {
            writeln!(ctx.out, "\nSource: {}", rule.source)?;
        }
        writeln!(
            ctx.out,
            "\nTo allow it in one place: <!-- learn-ignore: {} why it is right here -->",
            rule.name
        )?;
        Ok(Exit::Clean)
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
    let row = |(rule, count): (&str, usize)| vec![count.to_string(), rule.to_owned()];
    let rows: Vec<Vec<String>> = report.by_rule().into_iter().map(row).collect();
    say::table(ctx.out, "", &rows)?;
    Ok(())
}
