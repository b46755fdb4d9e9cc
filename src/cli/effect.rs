//! `learn effect`: whether a pitfall was met less often after it was shown or a prevention was adopted.

use std::collections::BTreeMap;

use anyhow::Result;
use clap::Args;
use serde_json::json;

use crate::cli::{Ctx, Exit, SkillArg, say};
use crate::event::{Kind, Timestamp};
use crate::journal::{Renames, Selected};

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

/// What happened to one pitfall. A moment splits its occurrences: those at the moment are before it.
#[derive(Debug, Default)]
struct History {
    times: Vec<Timestamp>,
    shown: Vec<Timestamp>,
    adopted: Vec<Timestamp>,
}

impl History {
    /// Returns the first moment of a kind, and the occurrences before and after it.
    fn split(&self, moments: &[Timestamp]) -> Option<(Timestamp, usize, usize)> {
        let first = *moments.iter().min()?;
        let before = self.times.iter().filter(|it| **it <= first).count();
        Some((first, before, self.times.len() - before))
    }
}

impl Effect {
    pub fn run(self, ctx: &mut Ctx<'_>) -> Result<Exit> {
        let workspace = ctx.open()?;
        if let Some(name) = &self.skill.skill {
            workspace.chosen(Some(name))?;
        }
        let all = workspace.store.ask(|journal, _| {
            let events = journal.select(|it| {
                let kinds = [Kind::Occurrence, Kind::Shown, Kind::Adoption];
                it.counts()
                    && kinds.contains(&it.event.kind)
                    && self.skill.skill.as_ref().is_none_or(|skill| it.event.skill == *skill)
            });
            histories(&events, &journal.renames)
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
                        "shown": side(it.split(&it.shown)),
                        "times_shown": it.shown.len(),
                        "adopted": side(it.split(&it.adopted)),
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
            for moments in [&it.shown, &it.adopted] {
                row.extend(match it.split(moments) {
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

/// Returns the histories by skill and present id.
fn histories(events: &[Selected], renames: &Renames) -> BTreeMap<(String, String), History> {
    let mut res: BTreeMap<(String, String), History> = BTreeMap::new();
    for it in events {
        let event = &it.event;
        let mut of = |id: &str| {
            let id = renames.current(&event.skill, id).to_owned();
            res.entry((event.skill.to_string(), id)).or_default().of(event.kind, event.when());
        };
        let cause = event.cause.as_deref().filter(|_| event.kind == Kind::Occurrence);
        event.pitfall.as_deref().into_iter().chain(cause).for_each(&mut of);
        event.pitfalls.iter().for_each(|it| of(it));
    }
    res
}

impl History {
    fn of(&mut self, kind: Kind, at: Timestamp) {
        match kind {
            Kind::Shown => self.shown.push(at),
            Kind::Adoption => self.adopted.push(at),
            _ => self.times.push(at),
        }
    }
}
