//! `learn context`: the lessons for a command or skill, for an agent to read.

use anyhow::{Result, bail};
use clap::Args;
use serde_json::json;

use crate::cli::metrics::{Row, rows};
use crate::cli::options::moment;
use crate::cli::{Ctx, Exit, say};
use crate::event::{Outcome, Role, Timestamp};
use crate::lessons::{self, Lesson};
use crate::projection::SkillTally;
use crate::store::cache::Fold;
use crate::store::skills::SkillFolder;
use crate::workspace::Workspace;

/// How many metrics the line of metrics names.
const METRICS: usize = 4;

/// Print the lessons that matter for a command or skill
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  learn context phase-2-ship\n  learn context production-deployment-phase --tokens 300"
)]
pub struct Context {
    /// A slash command of the agent or a skill [default: all skills]
    about: Option<String>,
    /// Size of the answer, estimated as a third of its bytes; at most 2000 are taken
    #[arg(long, value_name = "N", default_value_t = lessons::TOKENS)]
    tokens: usize,
    /// The day that ages are counted to [default: now]
    #[arg(long, value_name = "DATE|TIME")]
    now: Option<String>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

impl Context {
    pub fn run(self, ctx: &mut Ctx<'_>) -> Result<Exit> {
        let workspace = ctx.open()?;
        let now = self.now.as_deref().map(|it| moment("--now", it)).transpose()?;
        let now = now.unwrap_or(ctx.clock.now);
        let folders = match &self.about {
            Some(about) => named(&workspace, about)?,
            None => workspace.skills.iter().collect(),
        };
        let mut fold = workspace.store.fold()?;
        let about = self.about.as_deref().unwrap_or("all skills");
        let told = tell(&workspace, &mut fold, about, &folders, now, self.tokens)?;
        if self.json {
            let skills: Vec<&str> = folders.iter().map(|it| it.key.as_str()).collect();
            let lessons: Vec<_> =
                told.told.iter().map(|it| json!({ "skill": it.0, "pitfall": it.1 })).collect();
            writeln!(
                ctx.out,
                "{}",
                json!({
                    "skills": skills,
                    "text": told.text,
                    "tokens": lessons::tokens(&told.text),
                    "lessons": lessons,
                    "left_out": told.left_out,
                })
            )?;
        } else if told.text.is_empty() {
            writeln!(
                ctx.out,
                "nothing was recorded yet; `learn detect` looks at what earlier deployments left behind, `learn catalog list` names pitfalls that others met"
            )?;
        } else {
            write!(ctx.out, "{}", told.text)?;
        }
        ctx.warn_damage(&fold);
        Ok(Exit::Clean)
    }
}

/// Returns the skill of a name, or the skills of a slash command.
fn named<'a>(workspace: &'a Workspace, about: &str) -> Result<Vec<&'a SkillFolder>> {
    if let Some(skill) = workspace.skills.iter().find(|it| it.key == about) {
        return Ok(vec![skill]);
    }
    let folders = workspace.of_command(about)?;
    if folders.is_empty() {
        bail!(
            "`{about}` is no skill, and no skill names the command `/{}`; {}",
            about.trim_start_matches('/'),
            workspace.known_skills()
        );
    }
    Ok(folders)
}

/// Returns what is to be told about some skills.
///
/// # Errors
/// When a file cannot be read.
pub fn tell(
    workspace: &Workspace,
    fold: &mut Fold,
    about: &str,
    folders: &[&SkillFolder],
    now: Timestamp,
    tokens: usize,
) -> Result<lessons::Context> {
    let mut all: Vec<Lesson> = Vec::new();
    let mut facts = Vec::new();
    for folder in folders {
        let source = workspace.learnings(folder)?;
        let tally = fold.skill(&folder.key);
        all.extend(lessons::rank(&folder.key, folder.doc()?, &source.doc, tally, now));
        facts.extend(deployments(tally));
        let rows = rows(workspace, fold, Some(&folder.key))?;
        let told: Vec<String> = rows.iter().filter_map(Row::in_a_word).take(METRICS).collect();
        if !told.is_empty() {
            facts.push(format!("Metrics: {}", told.join("; ")));
        }
    }
    lessons::sort(&mut all);
    Ok(lessons::tell(about, &all, &facts, tokens))
}

/// Returns one line about the deployments, if there are any.
fn deployments(tally: &SkillTally) -> Option<String> {
    let all = tally.deployments();
    let newest = all.last()?;
    let count = |outcome| all.iter().filter(|it| it.outcome == outcome).count();
    let rollbacks = tally.links.iter().filter(|it| it.1.role == Some(Role::Rollback)).count();
    Some(format!(
        "Deployments: {} ({} failed, {} with unknown end), {} recorded; newest {} {} on {}",
        all.len(),
        count(Outcome::Failed),
        count(Outcome::Unknown),
        say::plural(rollbacks, "rollback"),
        newest.name(),
        newest.outcome.word(),
        newest.start.date()
    ))
}
