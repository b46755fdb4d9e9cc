//! `learn lint --fix`: writes what the user owns, shows the rest as a patch.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use serde_json::{Value, json};

use super::Lint;
use crate::cli::{Ctx, Exit, say};
use crate::lint::Level;
use crate::lint::fix::{Done, Fixed, FixedFile, TakenBack, fix};
use crate::lint::project::{Project, TextFile};
use crate::lint::rules::learnings::stale_projection;
use crate::lint::settings::Settings;
use crate::lint::shown_path;
use crate::lint::walk::{self, Page, Skill};
use crate::store::Store;
use crate::store::write::{Lock, Replaced, refuse_copies};
use crate::text::LineCol;
use crate::workspace::{FileReport, Workspace};

/// What became of the files.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    /// Files that were written.
    written: Vec<FixedFile>,
    /// Files that belong to a package, or that were only looked at.
    shown: Vec<FixedFile>,
    pub(super) failed: bool,
}

impl Lint {
    /// Shows what the fixes change; exit code 1 where that is anything.
    pub(super) fn show_fixes(
        &self,
        ctx: &mut Ctx<'_>,
        paths: &[PathBuf],
        settings: &Settings,
    ) -> Result<Exit> {
        let mut outcome = Outcome::default();
        for folder in self.folders(paths)? {
            let fixed = fix(&mut walk::read(&folder), settings, ctx.clock.now, |_| true);
            warn_taken_back(ctx, &fixed.taken_back);
            outcome.shown.extend(fixed.files);
        }
        self.sync_stale(ctx, paths, settings, &mut outcome, false)?;
        let is_empty = outcome.shown.is_empty();
        if self.is_json() {
            writeln!(ctx.out, "{}", Value::Object(outcome.json()))?;
        } else if self.diff {
            patches(ctx, &outcome.shown)?;
        } else {
            for file in &outcome.shown {
                list(ctx, file, "would fix")?;
            }
            summary(ctx, &outcome)?;
        }
        Ok(if is_empty { Exit::Clean } else { Exit::Findings })
    }

    /// Fixes what may be written.
    pub(super) fn fix(
        &self,
        ctx: &mut Ctx<'_>,
        paths: &[PathBuf],
        settings: &Settings,
    ) -> Result<Outcome> {
        let mut outcome = Outcome::default();
        for folder in self.folders(paths)? {
            let mut skill = walk::read(&folder);
            let now = ctx.clock.now;
            let own = fix(&mut skill, settings, now, |it| self.author || it.is_learnings());
            warn_taken_back(ctx, &own.taken_back);
            outcome.write(ctx, &skill, own)?;
            let others = fix(&mut skill, settings, now, |it| !self.author && !it.is_learnings());
            warn_taken_back(ctx, &others.taken_back);
            outcome.shown.extend(others.files);
        }
        self.sync_stale(ctx, paths, settings, &mut outcome, true)?;
        Ok(outcome)
    }

    /// Syncs each learnings.md that does not say what the journal says, or shows what a sync would change.
    fn sync_stale(
        &self,
        ctx: &mut Ctx<'_>,
        paths: &[PathBuf],
        settings: &Settings,
        outcome: &mut Outcome,
        write: bool,
    ) -> Result<()> {
        let folders = walk::find(paths)?;
        for project in Project::all(paths, &folders, ctx.clock.now) {
            self.sync_project(ctx, &project, settings, outcome, write)?;
        }
        Ok(())
    }

    fn sync_project(
        &self,
        ctx: &mut Ctx<'_>,
        project: &Project,
        settings: &Settings,
        outcome: &mut Outcome,
        write: bool,
    ) -> Result<()> {
        let workspace = &project.workspace;
        let stale = stale_projection::stale(project).into_iter();
        let stale: Vec<_> = stale
            .filter(|it| settings.level(&stale_projection::RULE, &it.file.path) != Level::Off)
            .collect();
        if stale.is_empty() {
            return Ok(());
        }
        let done =
            || vec![Done { rule: stale_projection::RULE.name, place: LineCol { line: 1, col: 1 } }];
        if !write {
            outcome.shown.extend(stale.into_iter().map(|it| {
                let TextFile { path, text } = it.file;
                FixedFile { path, old: text.to_string(), new: it.plan.text, done: done() }
            }));
            return Ok(());
        }
        if let Some(hold) = workspace.branch_hold() {
            ctx.warn(&hold);
            return Ok(());
        }
        let Some(lock) = workspace.store.lock(ctx.patience)? else {
            bail!("another `learn` has been writing for more than 2 seconds; try again");
        };
        for line in workspace.mend(&lock)? {
            ctx.warn(&line);
        }
        let mut fold = workspace.store.fold()?;
        for it in stale {
            let reports = workspace.sync_skill(&lock, it.skill, &mut fold, &ctx.clock)?;
            let own = |report: &&FileReport| {
                walk::absolute(&report.path) == walk::absolute(&it.file.path)
            };
            if let Some(report) = reports.iter().find(own).filter(|it| it.changes()) {
                let (old, new) = (it.file.text.to_string(), report.plan.text.clone());
                outcome.written.push(FixedFile {
                    path: it.file.path.clone(),
                    old,
                    new,
                    done: done(),
                });
            }
        }
        Ok(())
    }

    /// Finds the skills; for an author, none of them may be a copy.
    fn folders(&self, paths: &[PathBuf]) -> Result<Vec<walk::Folder>> {
        let res = walk::find(paths)?;
        if self.author {
            res.iter().try_for_each(|it| refuse_copies(&walk::absolute(&it.dir)))?;
        }
        Ok(res)
    }
}

impl Outcome {
    /// Writes the files of one skill. A file that cannot be written does not keep the others from it.
    fn write(&mut self, ctx: &mut Ctx<'_>, skill: &Skill, fixed: Fixed) -> Result<()> {
        if fixed.files.is_empty() {
            return Ok(());
        }
        let dir = walk::absolute(&skill.dir);
        // A loose folder is a project of its own.
        let store = Store::find(&dir, ctx.root.as_deref()).unwrap_or_else(|_| Store::at(dir));
        let was_there = store.exists();
        let mut lock = None;
        for file in fixed.files {
            match write_one(ctx, &store, &mut lock, skill, &file) {
                Ok(Replaced::Done) => self.written.push(file),
                Ok(Replaced::Changed) => {
                    let path = shown_path(&file.path);
                    ctx.warn(&format!(
                        "`{path}` was saved by somebody meanwhile and is left as it is"
                    ));
                }
                Err(err) => {
                    self.failed = true;
                    ctx.warn(&format!("{err:#}"));
                }
            }
        }
        if let Some(lock) = lock.filter(|_| !was_there) {
            store.remove_unused(lock);
        }
        Ok(())
    }

    /// Says what was written, and shows the patch of what was not.
    pub(super) fn print(&self, ctx: &mut Ctx<'_>) -> Result<()> {
        for file in &self.written {
            list(ctx, file, "fixed")?;
        }
        if !self.shown.is_empty() {
            writeln!(
                ctx.out,
                "a package owns these files; in the skill's own repository `--fix --author` applies this:"
            )?;
            patches(ctx, &self.shown)?;
        }
        summary(ctx, self)
    }

    pub(super) fn json(&self) -> serde_json::Map<String, Value> {
        let fixed = self.written.iter().flat_map(|file| {
            let path = shown_path(&file.path);
            file.done.iter().map(move |it| finding(&path, it))
        });
        let patches = self.shown.iter().map(|file| {
            let path = shown_path(&file.path);
            let all: Vec<Value> = file.done.iter().map(|it| finding(&path, it)).collect();
            json!({ "path": path, "fixes": all, "text": file.new })
        });
        let mut res = serde_json::Map::new();
        res.insert("fixed".to_owned(), fixed.collect());
        res.insert("patches".to_owned(), patches.collect());
        res
    }
}

fn finding(path: &str, it: &Done) -> Value {
    let start = json!({ "line": it.place.line, "col": it.place.col });
    json!({ "rule": it.rule, "path": path, "start": start })
}

/// Writes one file, learnings.md in the same way as `sync`.
fn write_one(
    ctx: &mut Ctx<'_>,
    store: &Store,
    lock: &mut Option<Lock>,
    skill: &Skill,
    file: &FixedFile,
) -> Result<Replaced> {
    let path = absolute(&file.path);
    let (old, new) = (file.old.as_bytes(), file.new.as_bytes());
    let page = skill.pages.iter().find(|it| it.path == file.path);
    if page.is_some_and(Page::is_learnings) {
        let target = store.learnings_target(&path)?;
        let lock = locked(ctx, store, lock, skill)?;
        let synced = store.remembered(&path)?.is_some_and(|it| it == file.old);
        let res = store.replace_learnings(lock, &target, Some(old), new)?;
        if synced && res == Replaced::Done {
            store.remember(lock, &target, &file.new)?;
        }
        return Ok(res);
    }
    let target = store.author_target(&path)?;
    let lock = locked(ctx, store, lock, skill)?;
    store.replace_for_author(lock, &target, old, new)
}

/// Returns a path from the root of the system; a file that is a link stays one.
fn absolute(path: &Path) -> PathBuf {
    let dir = walk::absolute(path.parent().unwrap_or(path));
    dir.join(path.file_name().unwrap_or_default())
}

/// Takes the lock before the first file is written, and mends what a killed command left.
fn locked<'l>(
    ctx: &mut Ctx<'_>,
    store: &Store,
    lock: &'l mut Option<Lock>,
    skill: &Skill,
) -> Result<&'l Lock> {
    if let Some(lock) = lock {
        return Ok(lock);
    }
    let Some(taken) = store.lock(ctx.patience)? else {
        bail!("another `learn` has been writing for more than 2 seconds; try again");
    };
    let workspace = Workspace::open(&store.root, Some(&store.root))?;
    let mut targets: Vec<PathBuf> =
        workspace.skills.iter().flat_map(|it| workspace.files(it)).collect();
    targets.extend(skill.pages.iter().map(|it| absolute(&it.path)));
    for line in store.mend(&taken, &targets)? {
        ctx.warn(&line);
    }
    Ok(lock.insert(taken))
}

fn warn_taken_back(ctx: &mut Ctx<'_>, all: &[TakenBack]) {
    for TakenBack { path, finding, brings } in all {
        let (rule, path) = (finding.rule, shown_path(path));
        let why = if rule == *brings {
            "does not take the finding away".to_owned()
        } else {
            format!("brings `{brings}`")
        };
        ctx.warn(&format!(
            "{path}:{}:{}: the fix of `{rule}` {why} and was taken back; this is a bug of `learn`",
            finding.place.line, finding.place.col
        ));
    }
}

fn list(ctx: &mut Ctx<'_>, file: &FixedFile, verb: &str) -> Result<()> {
    let path = shown_path(&file.path);
    for it in &file.done {
        writeln!(ctx.out, "{path}:{}:{}: {verb} {}", it.place.line, it.place.col, it.rule)?;
    }
    Ok(())
}

fn patches(ctx: &mut Ctx<'_>, files: &[FixedFile]) -> Result<()> {
    for file in files {
        let path = shown_path(&file.path);
        let path = path.strip_prefix("./").unwrap_or(&path).trim_start_matches('/');
        say::patch(ctx.out, path, &file.old, &file.new)?;
    }
    Ok(())
}

fn summary(ctx: &mut Ctx<'_>, outcome: &Outcome) -> Result<()> {
    for (files, verb) in [(&outcome.written, "fixed"), (&outcome.shown, "to fix")] {
        let count = files.iter().map(|it| it.done.len()).sum();
        if count > 0 {
            let (findings, files) =
                (say::plural(count, "finding"), say::plural(files.len(), "file"));
            writeln!(ctx.out, "{findings} {verb} in {files}")?;
        }
    }
    Ok(())
}
