//! `learn catalog`: pitfalls that are known elsewhere, and how one becomes yours.

use anyhow::{Result, bail};
use clap::{Args, Subcommand};
use serde_json::json;

use crate::catalog::{self, Known};
use crate::cli::commit::is_recorded;
use crate::cli::options::How;
use crate::cli::{Ctx, Exit, SkillArg, commit, say};
use crate::event::{By, Event, Kind};
use crate::learnings::EntryKind;
use crate::resolve::{Candidate, Resolved, resolve};
use crate::store::cache::Fold;
use crate::store::skills::SkillFolder;
use crate::workspace::Workspace;

/// Known pitfalls of production deployments, to read or to take over
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  learn catalog list\n  learn catalog show irreversible-migration\n  learn catalog add irreversible-migration"
)]
pub struct Catalog {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    List(List),
    Show(Show),
    Add(Add),
}

/// List all of them
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  learn catalog list")]
struct List {
    /// Print one JSON array
    #[arg(long)]
    json: bool,
}

/// Show what is known of one: detection, prevention, source
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  learn catalog show migration")]
struct Show {
    /// Id, title or a unique part of one
    id: String,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Add one to a skill's learnings.md; what you wrote about it yourself stays
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  learn catalog add missing-production-config\n  learn catalog add no-bake-time --skill staging-deployment-phase"
)]
struct Add {
    /// Id, title or a unique part of one
    id: String,
    #[command(flatten)]
    skill: SkillArg,
    #[command(flatten)]
    how: How,
}

impl Catalog {
    pub fn run(self, ctx: &mut Ctx<'_>) -> Result<Exit> {
        match self.command {
            Command::List(it) => it.run(ctx),
            Command::Show(it) => it.run(ctx),
            Command::Add(it) => it.run(ctx),
        }
    }
}

impl List {
    fn run(self, ctx: &mut Ctx<'_>) -> Result<Exit> {
        if self.json {
            writeln!(ctx.out, "{}", json!(catalog::all()))?;
            return Ok(Exit::Clean);
        }
        let row = |it: &Known| {
            vec![it.id.clone(), it.impact.title().to_owned(), it.stage.clone(), it.title.clone()]
        };
        let rows: Vec<Vec<String>> = catalog::all().iter().map(row).collect();
        say::table(ctx.out, "", &rows)?;
        Ok(Exit::Clean)
    }
}

impl Show {
    fn run(self, ctx: &mut Ctx<'_>) -> Result<Exit> {
        let it = known(&self.id)?;
        if self.json {
            writeln!(ctx.out, "{}", json!(it))?;
            return Ok(Exit::Clean);
        }
        writeln!(ctx.out, "{}{}{} ({})", say::BOLD, it.title, say::RESET, it.id)?;
        writeln!(ctx.out, "  {}, {} the deploy", it.impact.title(), it.stage)?;
        writeln!(ctx.out, "  sign: {}", it.detection)?;
        writeln!(ctx.out, "  to prevent it:")?;
        for (number, step) in it.prevention.iter().enumerate() {
            writeln!(ctx.out, "    {}. {step}", number + 1)?;
        }
        writeln!(ctx.out, "  source: {}", it.source)?;
        Ok(Exit::Clean)
    }
}

impl Add {
    fn run(self, ctx: &mut Ctx<'_>) -> Result<Exit> {
        let it = known(&self.id)?;
        let workspace = ctx.open()?;
        let mut fold = workspace.store.fold()?;
        let folder = self.folder(&workspace)?;
        let key = format!("catalog:{}:{}", folder.key, it.id);
        let is_there = is_there(&workspace, &mut fold, folder, it)?;
        if is_there || is_recorded(&workspace, &mut fold, &key)? {
            return self.there_already(ctx, folder, it);
        }
        // A total of zero: the entry is there, survives updates, and counts nothing.
        let mut event =
            Event::new(ctx.clock.id()?, ctx.clock.now, folder.key.clone(), Kind::Baseline);
        event.pitfall = Some(it.id.as_str().into());
        event.count = Some(0);
        event.title = Some(it.title.as_str().into());
        event.impact = Some(it.impact);
        event.by = Some(By::Hand);
        event.key = Some(key.into());
        let done = if self.how.dry_run {
            commit::rehearse(&workspace, &mut fold, &event, folder)?
        } else {
            commit::commit(ctx, &workspace, &mut fold, &mut event, folder)?
        };
        if self.how.json {
            let value = json!({ "recorded": !self.how.dry_run, "event": event });
            writeln!(ctx.out, "{value}")?;
        } else {
            let verb = if self.how.dry_run { "would add" } else { "added" };
            writeln!(ctx.out, "{}{verb}{} {} to {}", say::GREEN, say::RESET, it.id, folder.key)?;
            done.print(ctx, &workspace, &[], &self.how)?;
        }
        done.warn(ctx);
        ctx.warn_damage(&fold);
        Ok(Exit::Clean)
    }

    /// Returns the skill that is named, else the one of production, else the only one.
    fn folder<'a>(&self, workspace: &'a Workspace) -> Result<&'a SkillFolder> {
        match (&self.skill.skill, &*workspace.skills) {
            (None, [only]) => Ok(only),
            (named, _) => super::deploy::skill_of(workspace, named.as_deref(), None),
        }
    }

    fn there_already(&self, ctx: &mut Ctx<'_>, folder: &SkillFolder, it: &Known) -> Result<Exit> {
        if self.how.json {
            let value = json!({ "recorded": false, "reason": "there", "pitfall": it.id });
            writeln!(ctx.out, "{value}")?;
        } else {
            writeln!(ctx.out, "{} has {} already; your text stays", folder.key, it.id)?;
        }
        Ok(Exit::Clean)
    }
}

/// Says whether a skill has the pitfall already, in its files or in the journal.
fn is_there(
    workspace: &Workspace,
    fold: &mut Fold,
    folder: &SkillFolder,
    it: &Known,
) -> Result<bool> {
    let found = workspace.find_named(&it.id, EntryKind::Pitfall, Some(&folder.key), fold)?;
    Ok(matches!(found, Resolved::One(found) if found.id == it.id))
}

/// Finds the pitfall that a name stands for.
fn known(name: &str) -> Result<&'static Known> {
    let candidate = |it: &Known| Candidate {
        skill: String::new(),
        kind: EntryKind::Pitfall,
        id: it.id.clone(),
        names: vec![it.title.clone()],
    };
    let candidates: Vec<Candidate> = catalog::all().iter().map(candidate).collect();
    let list = |all: &[Candidate]| {
        all.iter().map(|it| format!("`{}`", it.id)).collect::<Vec<_>>().join(", ")
    };
    match resolve(name, &candidates, &std::collections::BTreeMap::new()) {
        Resolved::One(found) => match catalog::get(&found.id) {
            Some(it) => Ok(it),
            None => bail!("the catalogue has no `{}`", found.id),
        },
        Resolved::Several(all) => bail!("`{name}` could be several: {}", list(&all)),
        Resolved::None(near) if near.is_empty() => {
            bail!("the catalogue has no `{name}`; `learn catalog list` shows what it has")
        }
        Resolved::None(near) => {
            bail!("the catalogue has no `{name}`; did you mean {}?", list(&near))
        }
    }
}
