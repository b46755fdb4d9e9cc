//! `learn effect`: whether a pitfall was met less often after it was shown or a prevention was adopted.

use anyhow::Result;
use clap::Args;
use serde_json::json;

use crate::cli::{Ctx, Exit, SkillArg, say};
use crate::event::Timestamp;
use crate::report::effect::{self, History};

/// Compare how often pitfalls happened before and after they were shown or a prevention was adopted
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  learn effect --skill production-deployment-phase")]
pub struct Effect {
    #[command(flatten)]
    skill: SkillArg,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

impl Effect {
    pub fn run(self, ctx: &mut Ctx<'_>) -> Result<Exit> {
        let workspace = ctx.open()?;
        if let Some(name) = &self.skill.skill {
            workspace.chosen(Some(name))?;
        }
        let all = workspace.store.ask(|journal, _| {
            let events = journal.select(|it| {
                effect::is_told(it)
                    && self.skill.skill.as_ref().is_none_or(|skill| it.event.skill == *skill)
            });
            effect::histories(&events, &journal.renames)
        })?;
        let told = all.iter().filter(|it| !it.1.shown.is_empty() || !it.1.adopted.is_empty());
        if self.json {
            let side = |it: Option<(Timestamp, usize, usize)>| {
                it.map(|it| json!({ "since": it.0, "before": it.1, "after": it.2 }))
            };
            let all: Vec<_> = told
                .map(|((skill, id), it)| {
                    json!({
                        "skill": skill,
                        "pitfall": id,
                        "shown": side(shown(it)),
                        "times_shown": it.shown.len(),
                        "adopted": side(adopted(it)),
                    })
                })
                .collect();
            writeln!(ctx.out, "{}", json!({ "pitfalls": all }))?;
            return Ok(Exit::Clean);
        }
        let head = ["pitfall", "first shown", "before", "after", "adopted", "before", "after"];
        let mut table: Vec<Vec<String>> = vec![head.map(str::to_owned).to_vec()];
        for ((_, id), it) in told {
            let mut row = vec![id.clone()];
            for side in [shown(it), adopted(it)] {
                row.extend(match side {
                    Some((at, before, after)) => [at.date(), before.to_string(), after.to_string()],
                    None => ["never", "", ""].map(str::to_owned),
                });
            }
            table.push(row);
        }
        if table.len() == 1 {
            writeln!(
                ctx.out,
                "no pitfall was shown to an agent and no prevention was adopted yet: `learn hooks install`, `learn adopt PITFALL --prevention TEXT`"
            )?;
            return Ok(Exit::Clean);
        }
        say::table(ctx.out, "", &table)?;
        writeln!(ctx.out, "counts, not proof: what else changed meanwhile is not known here")?;
        Ok(Exit::Clean)
    }
}

/// Returns the first of some moments, and the occurrences before and after it.
fn split(
    it: &History,
    mut moments: impl Iterator<Item = Timestamp>,
) -> Option<(Timestamp, usize, usize)> {
    let first = moments.next()?;
    Some((first, it.met_between(None, Some(first)), it.met_between(Some(first), None)))
}

fn shown(it: &History) -> Option<(Timestamp, usize, usize)> {
    split(it, it.shown.iter().copied())
}

fn adopted(it: &History) -> Option<(Timestamp, usize, usize)> {
    split(it, it.adopted.iter().map(|it| it.0))
}
