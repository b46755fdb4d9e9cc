//! `learn sync`: makes learnings.md say what the journal says.

use anyhow::{Result, bail};
use clap::Args;
use serde_json::json;

use crate::cli::{Ctx, Exit, SkillArg, say};
use crate::learnings::{LearningsDoc, restore};
use crate::store::skills::{self, SkillFolder};
use crate::store::{git, read_text};
use crate::sync::{Plan, State, plan};
use crate::workspace::{FileReport, Workspace};

/// Make every learnings.md say what the journal says
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  learn sync\n  learn sync --check        # in CI: exit code 1 when a file is stale\n  learn sync --diff --check\n  learn sync --restore production-deployment-phase"
)]
pub struct Sync {
    /// Write nothing; exit with 1 when a file is stale
    #[arg(long, visible_alias = "dry-run")]
    check: bool,
    /// Show what changes
    #[arg(long)]
    diff: bool,
    /// Bring back the text a skill's learnings.md had before an update
    #[arg(long, value_name = "SKILL", conflicts_with = "skill")]
    restore: Option<String>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    skill: SkillArg,
}

impl Sync {
    pub fn run(self, ctx: &mut Ctx<'_>) -> Result<Exit> {
        let workspace = ctx.open()?;
        let chosen: Vec<SkillFolder> = workspace
            .chosen(self.restore.as_deref().or(self.skill.skill.as_deref()))?
            .into_iter()
            .cloned()
            .collect();
        if !workspace.store.exists() && self.restore.is_none() {
            if !self.json {
                writeln!(
                    ctx.out,
                    "nothing is recorded yet; `learn init` takes over the counts of existing files"
                )?;
            } else {
                self.print_json(ctx, &workspace, &[])?;
            }
            return Ok(Exit::Clean);
        }
        if let Some(hold) = workspace.branch_hold() {
            writeln!(ctx.out, "{hold}")?;
            return Ok(Exit::Clean);
        }
        let (reports, failed) = if self.check {
            self.look(ctx, &workspace, &chosen)?
        } else {
            self.write(ctx, &workspace, &chosen)?
        };
        if self.json {
            self.print_json(ctx, &workspace, &reports)?;
        } else {
            self.print(ctx, &workspace, &reports)?;
        }
        let stale = reports.iter().any(|it| it.changes() || !it.adopted.is_empty());
        let conflicts = reports.iter().any(|it| !it.plan.conflicts.is_empty());
        Ok(match () {
            () if failed || (conflicts && !self.check) => Exit::Error,
            () if self.check && (stale || conflicts) => Exit::Findings,
            () => Exit::Clean,
        })
    }

    fn look(
        &self,
        ctx: &mut Ctx<'_>,
        workspace: &Workspace,
        chosen: &[SkillFolder],
    ) -> Result<(Vec<FileReport>, bool)> {
        let mut fold = workspace.store.fold_fresh()?;
        ctx.warn_damage(&fold);
        let mut reports = Vec::new();
        let mut failed = false;
        for skill in chosen {
            for path in workspace.files(skill) {
                let tally = fold.skill(&skill.key);
                if !path.exists() && tally.newest.is_none() {
                    continue;
                }
                let res = workspace.read(&path).and_then(|source| {
                    let adopted =
                        workspace.by_hand(&path, source.as_deref(), tally, tally.has_counts())?;
                    // What a sync would adopt counts in what it would write.
                    for it in &adopted {
                        let _: Result<(), _> =
                            tally.add(&it.event(ctx.clock.id()?, ctx.clock.now, &skill.key));
                    }
                    let report = workspace.plan(skill, &path, tally)?;
                    Ok(FileReport { adopted, ..report })
                });
                match res {
                    Ok(it) => reports.push(it),
                    Err(it) => {
                        failed = true;
                        ctx.warn(&format!("{it:#}"));
                    }
                }
            }
        }
        Ok((reports, failed))
    }

    fn write(
        &self,
        ctx: &mut Ctx<'_>,
        workspace: &Workspace,
        chosen: &[SkillFolder],
    ) -> Result<(Vec<FileReport>, bool)> {
        let Some(lock) = workspace.store.lock(ctx.patience)? else {
            bail!("another `learn` has been writing for more than 2 seconds; try again");
        };
        for line in workspace.mend(&lock)? {
            ctx.warn(&line);
        }
        let mut fold = workspace.store.fold_fresh()?;
        ctx.warn_damage(&fold);
        let mut reports = Vec::new();
        let mut failed = false;
        for skill in chosen {
            let restored = if self.restore.is_some() {
                Some(self.bring_back(workspace, &lock, skill, &mut fold)?)
            } else {
                None
            };
            match workspace.sync_skill(&lock, skill, &mut fold, &ctx.clock) {
                Ok(mut it) => {
                    if let Some(first) = restored {
                        it.retain(|it| it.changes() || !it.adopted.is_empty());
                        reports.extend(first);
                    }
                    reports.extend(it);
                }
                // One file that cannot be written does not keep the others from being right.
                Err(it) => {
                    failed = true;
                    ctx.warn(&format!("{it:#}"));
                }
            }
        }
        workspace.store.keep_fold(&lock, &mut fold)?;
        skills::keep(&lock, &workspace.skills)?;
        super::pack::when_due(workspace, &lock, &fold, ctx.clock.now)?;
        Ok((reports, failed))
    }

    /// Puts the remembered text back, with what is new in the file that is there.
    fn bring_back(
        &self,
        workspace: &Workspace,
        lock: &crate::store::write::Lock,
        skill: &SkillFolder,
        fold: &mut crate::store::cache::Fold,
    ) -> Result<Vec<FileReport>> {
        let mut res = Vec::new();
        for path in workspace.files(skill) {
            let now = read_text(&path)?;
            let remembered =
                workspace.store.remembered(&path)?.filter(|it| Some(it) != now.as_ref());
            let Some(before) = remembered.or_else(|| git::version_with_counts(&path)) else {
                continue;
            };
            let doc = skill.doc()?;
            let tally = fold.skill(&skill.key);
            let base = match &now {
                Some(text) => restore::restore(
                    &LearningsDoc::parse(&before),
                    &LearningsDoc::parse(text),
                    tally,
                ),
                None => before,
            };
            let planned =
                plan(&base.into(), &|_| None, tally, &doc.described(), workspace.config.style());
            let report_plan = Plan { state: State::Overwritten, restored: true, ..planned };
            let mut report = FileReport {
                skill: skill.key.clone(),
                path: path.clone(),
                old: now,
                plan: report_plan,
                adopted: Vec::new(),
                backup: None,
            };
            if report.changes() {
                if let Some(text) = &report.old {
                    report.backup = Some(
                        workspace
                            .store
                            .backup(&format!("{}.shipped", skill.key), text.as_bytes())?,
                    );
                }
                let target = workspace.store.learnings_target(&path)?;
                workspace.store.replace_learnings(
                    lock,
                    &target,
                    report.old.as_ref().map(String::as_bytes),
                    report.plan.text.as_bytes(),
                )?;
            }
            res.push(report);
        }
        if res.is_empty() {
            bail!("no older text of `{}` with counts was found, here or in git", skill.key);
        }
        Ok(res)
    }

    fn print(
        &self,
        ctx: &mut Ctx<'_>,
        workspace: &Workspace,
        reports: &[FileReport],
    ) -> Result<()> {
        let mut quiet = true;
        for report in reports {
            for line in say::file_lines(workspace, report, !self.check) {
                writeln!(ctx.out, "{line}")?;
                quiet = false;
            }
            if self.diff && report.changes() {
                let path = workspace.store.shown(&report.path);
                let old = report.old.as_deref().unwrap_or_default();
                say::patch(ctx.out, &path, old, &report.plan.text)?;
            }
        }
        if quiet {
            writeln!(ctx.out, "{} up to date", say::plural(reports.len(), "file"))?;
        } else if self.check {
            writeln!(ctx.out, "run `learn sync` to mend this")?;
        }
        Ok(())
    }

    fn print_json(
        &self,
        ctx: &mut Ctx<'_>,
        workspace: &Workspace,
        reports: &[FileReport],
    ) -> Result<()> {
        let files: Vec<_> = reports
            .iter()
            .map(|it| {
                let state = match it.plan.state {
                    _ if !it.plan.conflicts.is_empty() => "conflict",
                    State::Overwritten => "overwritten",
                    _ if !it.adopted.is_empty() => "by-hand",
                    State::Current => "current",
                    State::Older => "older",
                    State::Differs => "differs",
                };
                json!({
                    "path": workspace.store.shown(&it.path),
                    "skill": it.skill,
                    "state": state,
                    "changed": it.changes(),
                    "restored": it.plan.restored,
                    "behind": it.plan.behind.iter().map(|it| json!({ "id": it.id, "file": it.file, "journal": it.journal })).collect::<Vec<_>>(),
                    "adopted": it.adopted.iter().map(|it| json!({ "id": it.id, "count": it.count, "journal": it.ever })).collect::<Vec<_>>(),
                    "conflicts": it.plan.conflicts.iter().map(|it| json!({ "first_line": it.first_line, "last_line": it.last_line })).collect::<Vec<_>>(),
                })
            })
            .collect();
        writeln!(ctx.out, "{}", json!({ "written": !self.check, "files": files }))?;
        Ok(())
    }
}
