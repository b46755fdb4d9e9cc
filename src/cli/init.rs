//! `learn init`: finds the skills, makes the journal, takes over what files already count.

use anyhow::{Result, bail};
use clap::Args;
use serde_json::json;

use crate::cli::options::How;
use crate::cli::{Ctx, Exit, SkillArg, say};
use crate::skill::create;
use crate::store::skills::{self, SkillFolder};
use crate::workspace::Workspace;

/// Find the skills, create .learn/ and take over the counts of existing files
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  learn init\n  learn init --dry-run\n  learn init --private      # keep .learn/ out of git"
)]
pub struct Init {
    /// Keep .learn/ out of git, through .git/info/exclude
    #[arg(long)]
    private: bool,
    #[command(flatten)]
    skill: SkillArg,
    #[command(flatten)]
    how: How,
}

/// What init found or did in one skill.
struct Found {
    skill: String,
    dirs: Vec<String>,
    pitfalls: usize,
    patterns: usize,
    adopted: Vec<(String, u64)>,
    created: Vec<String>,
    /// SKILL.md has nothing to count.
    empty: bool,
}

impl Init {
    pub fn run(self, ctx: &mut Ctx<'_>) -> Result<Exit> {
        let workspace = ctx.open()?;
        let chosen: Vec<SkillFolder> =
            workspace.chosen(self.skill.skill.as_deref())?.into_iter().cloned().collect();
        if chosen.is_empty() {
            bail!(
                "{}; add more folders as `skills.paths` in `.learn/config.toml`",
                workspace.known_skills()
            );
        }
        let is_new = !workspace.store.exists();
        let mut all = Vec::new();
        let mut hidden = false;
        // What cannot be read is found before anything is made.
        for skill in &chosen {
            all.push(look(&workspace, skill, ctx)?);
        }
        if !self.how.dry_run {
            workspace.store.create()?;
            if self.private {
                hidden = workspace.store.exclude_from_git("/.learn/")?;
            }
            let Some(lock) = workspace.store.lock(ctx.patience)? else {
                bail!("another `learn` has been writing for more than 2 seconds; try again");
            };
            for line in workspace.mend(&lock)? {
                ctx.warn(&line);
            }
            let mut fold = workspace.store.fold_fresh()?;
            for (skill, found) in chosen.iter().zip(&mut all) {
                found.created.clear();
                let doc = skill.doc()?;
                for path in workspace.files(skill) {
                    if !path.exists() && create::is_worth_it(doc) {
                        workspace.sync_file(&lock, skill, &path, &mut fold)?;
                        found.created.push(workspace.store.shown(&path));
                    }
                }
                found.adopted = workspace
                    .adopt(skill, &mut fold, &ctx.clock, false)?
                    .into_iter()
                    .flat_map(|it| it.by_hand)
                    .map(|it| (it.id, it.count))
                    .collect();
                if workspace.branch_hold().is_none() {
                    workspace.sync_skill(&lock, skill, &mut fold, &ctx.clock)?;
                }
            }
            workspace.store.keep_fold(&lock, &mut fold)?;
            skills::keep(&lock, &workspace.skills)?;
        }
        if self.how.json {
            let skills: Vec<_> = all
                .iter()
                .map(|it| {
                    let adopted: Vec<_> = it.adopted.iter().map(|it| json!({ "id": it.0, "count": it.1 })).collect();
                    json!({ "skill": it.skill, "folders": it.dirs, "pitfalls": it.pitfalls, "patterns": it.patterns, "adopted": adopted, "created": it.created })
                })
                .collect();
            writeln!(
                ctx.out,
                "{}",
                json!({ "root": workspace.store.root, "new": is_new, "dry_run": self.how.dry_run, "skills": skills })
            )?;
            return Ok(Exit::Clean);
        }
        self.print(ctx, &workspace, &all, is_new, hidden)?;
        Ok(Exit::Clean)
    }

    fn print(
        &self,
        ctx: &mut Ctx<'_>,
        workspace: &Workspace,
        all: &[Found],
        is_new: bool,
        hidden: bool,
    ) -> Result<()> {
        let root = workspace.store.root.display();
        match (self.how.dry_run, is_new) {
            (true, true) => writeln!(ctx.out, "would create {root}/.learn/")?,
            (false, true) => writeln!(ctx.out, "created {root}/.learn/")?,
            (_, false) => writeln!(ctx.out, "{root}/.learn/ is there")?,
        }
        if hidden {
            writeln!(ctx.out, "  git leaves it alone in this clone (.git/info/exclude)")?;
        }
        let will = if self.how.dry_run { "would be " } else { "" };
        for it in all {
            let counts = format!(
                "{}, {}",
                say::plural(it.pitfalls, "pitfall"),
                say::plural(it.patterns, "pattern")
            );
            let what = if it.empty { "nothing to count".to_owned() } else { counts };
            writeln!(
                ctx.out,
                "{}{}{}: {what} ({})",
                say::BOLD,
                it.skill,
                say::RESET,
                it.dirs.join(", ")
            )?;
            for path in &it.created {
                writeln!(ctx.out, "  {path} {will}created from SKILL.md")?;
            }
            for (id, count) in &it.adopted {
                writeln!(ctx.out, "  {id}: {count} {will}taken over from the file")?;
            }
        }
        if !self.how.dry_run {
            writeln!(
                ctx.out,
                "next: `learn record PITFALL --cause \"…\"` when something goes wrong, `learn show` to look"
            )?;
        }
        Ok(())
    }
}

fn look(workspace: &Workspace, skill: &SkillFolder, ctx: &Ctx<'_>) -> Result<Found> {
    let doc = skill.doc()?;
    let source = workspace.learnings(skill)?;
    let learnings = &source.doc;
    let mut ids: Vec<_> = doc.topics.iter().map(|it| (it.kind, it.id.clone())).collect();
    ids.extend(learnings.entries.iter().map(|it| (it.kind, it.id.clone())));
    ids.sort();
    ids.dedup();
    let count = |kind| ids.iter().filter(|it| it.0 == kind).count();
    let mut fold = workspace.store.fold()?;
    let mut adopted = Vec::new();
    for path in workspace.files(skill) {
        let Some(source) = workspace.read(&path)? else { continue };
        let tally = fold.skill(&skill.key);
        for it in crate::sync::by_hand(&source, tally) {
            let _: Result<(), _> = tally.add(&it.event(ctx.clock.id()?, ctx.clock.now, &skill.key));
            adopted.push((it.id, it.count));
        }
    }
    let missing =
        workspace.files(skill).into_iter().filter(|it| !it.exists() && create::is_worth_it(doc));
    Ok(Found {
        skill: skill.key.clone(),
        dirs: skill.dirs.iter().map(|it| workspace.store.shown(it)).collect(),
        pitfalls: count(crate::learnings::EntryKind::Pitfall),
        patterns: count(crate::learnings::EntryKind::Pattern),
        adopted,
        created: missing.map(|it| workspace.store.shown(&it)).collect(),
        empty: ids.is_empty() && learnings.rows.is_empty() && doc.metrics.is_empty(),
    })
}
