//! `learn detect`: what deployments left behind, and the facts of it that may be recorded.

use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::Args;
use serde_json::json;

use crate::cli::commit::is_recorded;
use crate::cli::deploy::skill_of;
use crate::cli::{Ctx, Exit, SkillArg, commit, say};
use crate::detect::{self, Evidence, Fact, Finding, Rule, Source, Verdict};
use crate::event::By;
use crate::learnings::EntryKind;
use crate::resolve::Resolved;
use crate::store::cache::Fold;
use crate::store::skills::SkillFolder;
use crate::store::slashed;
use crate::workspace::{Workspace, text_of};

/// How many quotes of a finding are printed.
const QUOTES: usize = 3;
/// Two reports this many seconds apart may be of one deployment.
const NEAR: i64 = 2 * 3600;

/// Find what deployments left behind: failures, rollbacks, missing plans
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  learn detect\n  learn detect checkout --record\n  gh run view 1234567 --json databaseId,status,conclusion,createdAt,startedAt,updatedAt,headSha,event,jobs,url > run.json\n  learn detect 003-checkout --run-json run.json\n\nReads only, needs no network. Exit code 1 when a problem is found; with --strict 3 when nothing can be told."
)]
pub struct Detect {
    /// Feature folders, with or without their number [default: all]
    #[arg(value_name = "FEATURE")]
    features: Vec<String>,
    /// Where the feature folders are
    #[arg(long, value_name = "DIR", default_value = "specs")]
    specs: PathBuf,
    /// Answers of `gh run view --json` about the deployments of one feature
    #[arg(long, value_name = "FILE")]
    run_json: Vec<PathBuf>,
    /// What the deployment of one feature printed; `-` reads it from the input
    #[arg(long, value_name = "FILE|-")]
    transcript: Option<PathBuf>,
    /// Record the facts that are not recorded yet
    #[arg(long)]
    record: bool,
    /// Exit with 3 when nothing can be told
    #[arg(long)]
    strict: bool,
    /// With `--record`: say what would be recorded and write nothing
    #[arg(long, requires = "record")]
    dry_run: bool,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    skill: SkillArg,
}

/// What became of a fact.
pub struct Recorded {
    pub fact: Fact,
    /// Why not, if it was not recorded.
    pub why_not: Option<String>,
}

/// How facts are recorded.
pub struct Recording {
    /// A fact without a time happened now; else it is not recorded.
    pub is_now: bool,
    pub dry_run: bool,
}

impl Detect {
    pub fn run(self, ctx: &mut Ctx<'_>) -> Result<Exit> {
        let workspace = ctx.open()?;
        let mut fold = workspace.store.fold()?;
        let history = workspace.history(&mut fold)?;
        let mut findings = Vec::new();
        let dirs = self.dirs(&workspace)?;
        let is_asked = !self.run_json.is_empty() || self.transcript.is_some();
        if is_asked && dirs.len() != 1 {
            bail!("--run-json and --transcript are about one feature: name it");
        }
        for dir in &dirs {
            let mut evidence = workspace.evidence(dir, history.clone())?;
            self.add_extra(ctx, &mut evidence)?;
            findings.extend(detect::feature(&evidence));
        }
        findings.extend(detect::project(&history));
        let facts: Vec<Fact> = findings.iter().flat_map(|it| it.facts.clone()).collect();
        let recorded = match self.record {
            true => {
                let folder = skill_of(&workspace, self.skill.skill.as_deref(), None)?;
                // What a command just printed happened just now.
                let how = Recording { is_now: self.transcript.is_some(), dry_run: self.dry_run };
                record(ctx, &workspace, &mut fold, folder, facts, &how)?
            }
            false => Vec::new(),
        };
        if self.json {
            self.print_json(ctx, &findings, &recorded)?;
        } else {
            self.print(ctx, &findings, &recorded)?;
        }
        ctx.warn_damage(&fold);
        Ok(exit(&findings, self.strict))
    }

    /// Returns the folders of the features that were named, or of all.
    fn dirs(&self, workspace: &Workspace) -> Result<Vec<PathBuf>> {
        let specs = workspace.store.root.join(&self.specs);
        let all = workspace.features(&specs)?;
        if self.features.is_empty() {
            return Ok(all);
        }
        let mut res = Vec::new();
        for name in &self.features {
            let wanted = name.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
            let fits = |it: &&PathBuf| {
                let own = it.file_name().map(|it| it.to_string_lossy()).unwrap_or_default();
                own == wanted || detect::canonical(&own) == wanted
            };
            match all.iter().find(fits) {
                Some(it) => res.push(it.clone()),
                // A deployment that failed may have left no folder at all.
                None if self.transcript.is_some() || !self.run_json.is_empty() => {
                    res.push(specs.join(wanted));
                }
                None => bail!(
                    "no feature folder `{name}` in `{}`; name another with `--specs`",
                    workspace.store.shown(&specs)
                ),
            }
        }
        Ok(res)
    }

    fn add_extra(&self, ctx: &mut Ctx<'_>, evidence: &mut Evidence) -> Result<()> {
        for path in &self.run_json {
            let text = text_of(&ctx.world.cwd.join(path))?;
            serde_json::from_str::<serde_json::Value>(&text)
                .with_context(|| format!("`{}` is no JSON", path.display()))?;
            evidence.runs.push(Source { path: slashed(path), text });
        }
        let Some(path) = &self.transcript else { return Ok(()) };
        let text = if path == Path::new("-") {
            let mut bytes = Vec::new();
            let input = &mut *ctx.stdin;
            input.take(1 << 20).read_to_end(&mut bytes).context("cannot read the input")?;
            String::from_utf8_lossy(&bytes).into_owned()
        } else {
            text_of(&ctx.world.cwd.join(path))?
        };
        evidence.transcript = Some(Source { path: slashed(path), text });
        Ok(())
    }

    fn print(&self, ctx: &mut Ctx<'_>, findings: &[Finding], recorded: &[Recorded]) -> Result<()> {
        let mut feature = None;
        for it in findings {
            if feature != Some(&it.feature) {
                let title = it.feature.as_deref().unwrap_or("the project");
                writeln!(ctx.out, "{}{title}{}", say::BOLD, say::RESET)?;
                feature = Some(&it.feature);
            }
            print_finding(ctx, it)?;
        }
        for it in recorded {
            print_recorded(ctx, it, self.dry_run)?;
        }
        let problems = findings.iter().filter(|it| it.is_problem()).count();
        let open: usize = findings.iter().map(|it| it.facts.len()).sum();
        let hint = if open > 0 && !self.record {
            format!("; {} for `learn detect --record`", say::plural(open, "fact"))
        } else {
            String::new()
        };
        writeln!(ctx.out, "{}{hint}", say::plural(problems, "problem"))?;
        Ok(())
    }

    fn print_json(
        &self,
        ctx: &mut Ctx<'_>,
        findings: &[Finding],
        recorded: &[Recorded],
    ) -> Result<()> {
        let row = |it: &Recorded| {
            json!({
                "key": it.fact.key,
                "recorded": it.why_not.is_none() && !self.dry_run,
                "reason": it.why_not,
            })
        };
        let value = json!({
            "findings": findings,
            "recorded": recorded.iter().map(row).collect::<Vec<_>>(),
        });
        writeln!(ctx.out, "{value}")?;
        Ok(())
    }
}

/// Records the facts that the journal does not have, oldest first; each once for ever.
///
/// # Errors
/// When an event cannot be stored or a file not be read.
pub fn record(
    ctx: &mut Ctx<'_>,
    workspace: &Workspace,
    fold: &mut Fold,
    folder: &SkillFolder,
    mut facts: Vec<Fact>,
    how: &Recording,
) -> Result<Vec<Recorded>> {
    facts.sort_by_key(|it| (it.at.or(it.finished), it.what));
    let mut res = Vec::new();
    for fact in facts {
        let why_not = why_not(ctx, workspace, fold, folder, &fact, how)?;
        if why_not.is_none() {
            let mut event = fact.event(ctx.clock.id()?, ctx.clock.now, &folder.key);
            let done = if how.dry_run {
                commit::rehearse(workspace, fold, &event, folder)?
            } else {
                commit::commit(ctx, workspace, fold, &mut event, folder)?
            };
            done.warn(ctx);
        }
        res.push(Recorded { fact, why_not });
    }
    Ok(res)
}

/// Returns why a fact is not recorded.
fn why_not(
    ctx: &Ctx<'_>,
    workspace: &Workspace,
    fold: &mut Fold,
    folder: &SkillFolder,
    fact: &Fact,
    how: &Recording,
) -> Result<Option<String>> {
    if is_recorded(workspace, fold, &fact.key)? {
        return Ok(Some("already recorded".to_owned()));
    }
    if !fact.has_time() && !how.is_now {
        return Ok(Some("nothing tells when it happened: record it by hand".to_owned()));
    }
    if fact.at.or(fact.finished).is_some_and(|it| it > ctx.clock.latest()) {
        return Ok(Some("its time lies in the future".to_owned()));
    }
    if fact.what.outcome().is_some() {
        let known = is_known(fold, folder, fact, ctx);
        return Ok(known.then(|| "the deployment is known already".to_owned()));
    }
    let pitfall = fact.what.pitfall();
    let found = workspace.find_named(pitfall, EntryKind::Pitfall, Some(&folder.key), fold)?;
    if matches!(found, Resolved::One(it) if it.id == pitfall) {
        return Ok(None);
    }
    Ok(Some(format!(
        "{} has no pitfall `{pitfall}`; `learn record {pitfall} --new --impact critical` adds it",
        folder.key
    )))
}

/// Says whether the journal has the deployment from somebody else, or from a detector that knew less.
fn is_known(fold: &mut Fold, folder: &SkillFolder, fact: &Fact, ctx: &Ctx<'_>) -> bool {
    let when = fact.finished.or(fact.at).unwrap_or(ctx.clock.now);
    fold.skill(&folder.key).deploys.iter().map(|it| &it.1).any(|it| {
        let differs = matches!((&it.run, &fact.run), (Some(a), Some(b)) if a != b);
        let same_run = it.run.is_some() && it.run == fact.run;
        let same_version = it.version.is_some() && it.version == fact.version;
        let outcome = fact.what.outcome() == Some(it.outcome);
        let near = (it.when.0 - when.0).abs() <= NEAR || it.by == Some(By::Detect);
        outcome && !differs && (same_run || (same_version && near))
    })
}

fn print_finding(ctx: &mut Ctx<'_>, it: &Finding) -> Result<()> {
    let style = match it.verdict {
        Verdict::Present if it.is_problem() => say::RED,
        Verdict::Present => say::GREEN,
        _ => say::DIM,
    };
    writeln!(
        ctx.out,
        "  {style}{:7}{} {}: {} ({})",
        it.verdict.word(),
        say::RESET,
        it.rule.word(),
        it.message,
        it.confidence.word()
    )?;
    for quote in it.evidence.iter().take(QUOTES) {
        let place = match quote.line {
            0 => quote.path.clone(),
            line => format!("{}:{line}:{}", quote.path, quote.column),
        };
        writeln!(ctx.out, "          {}{place}:{} {}", say::DIM, say::RESET, quote.text)?;
    }
    if let Some(more) = it.evidence.len().checked_sub(QUOTES).filter(|it| *it > 0) {
        writeln!(ctx.out, "          and {more} more")?;
    }
    Ok(())
}

fn print_recorded(ctx: &mut Ctx<'_>, it: &Recorded, dry_run: bool) -> Result<()> {
    let what = it.fact.what.word();
    let name = it.fact.version.as_deref().unwrap_or("no version");
    let line = match &it.why_not {
        Some(why) => format!("not recorded: {what} ({name}): {why}"),
        None if dry_run => format!("would record: {what} ({name})"),
        None => format!("recorded: {what} ({name})"),
    };
    writeln!(ctx.out, "{line}")?;
    Ok(())
}

fn exit(findings: &[Finding], strict: bool) -> Exit {
    if findings.iter().any(Finding::is_problem) {
        return Exit::Findings;
    }
    let asked = findings.iter().filter(|it| it.rule <= Rule::InsufficientMonitoring);
    let mut told = asked.filter(|it| it.verdict != Verdict::Unknown);
    if strict && told.next().is_none() { Exit::Inconclusive } else { Exit::Clean }
}
