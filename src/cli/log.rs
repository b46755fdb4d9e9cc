//! `learn log`: what was recorded, newest last.

use anyhow::Result;
use clap::Args;

use crate::cli::options::{time_arg, word};
use crate::cli::undo::subject;
use crate::cli::{Ctx, Exit, SkillArg, say};
use crate::event::{Event, Kind};
use crate::journal::{Renames, Selected};

/// List the events
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  learn log --since 2026-11-01\n  learn log --pitfall rollback-needed --json"
)]
pub struct Log {
    #[command(flatten)]
    skill: SkillArg,
    /// Only this pitfall, as occurrence or as cause
    #[arg(long, value_name = "ID")]
    pitfall: Option<String>,
    /// Only events of this kind
    #[arg(long, value_name = "KIND")]
    kind: Option<String>,
    /// Only events with this key
    #[arg(long, value_name = "KEY")]
    key: Option<String>,
    /// Only events from this time on
    #[arg(long, value_name = "DATE|TIME")]
    since: Option<String>,
    /// Only weak evidence that waits for `learn confirm`
    #[arg(long)]
    proposed: bool,
    /// Leave out what was retracted
    #[arg(long)]
    counting: bool,
    /// One JSON line an event, as stored
    #[arg(long)]
    json: bool,
}

impl Log {
    pub fn run(self, ctx: &mut Ctx<'_>) -> Result<Exit> {
        let workspace = ctx.open()?;
        let since = time_arg("--since", self.since.as_deref(), ctx)?;
        let kind = self
            .kind
            .as_deref()
            .map(|it| word("--kind", it, Kind::parse, Kind::WORDS))
            .transpose()?;
        let (events, problems) = workspace.store.ask(|journal, _| {
            let events = journal.select(|it| {
                let event = it.event;
                self.skill.skill.as_ref().is_none_or(|s| event.skill == *s)
                    && self
                        .pitfall
                        .as_deref()
                        .is_none_or(|id| is_about(event, id, &journal.renames))
                    && kind.is_none_or(|k| event.kind == k)
                    && self.key.as_deref().is_none_or(|k| event.key.as_deref() == Some(k))
                    && since.is_none_or(|s| event.when() >= s)
                    && (!self.proposed || (!it.confirmed && !it.retracted))
                    && (!self.counting || it.counts())
            });
            (events, journal.problems.len())
        })?;
        if self.json {
            for it in &events {
                writeln!(ctx.out, "{}", it.line)?;
            }
        } else {
            let rows: Vec<Vec<String>> = events.iter().map(row).collect();
            say::table(ctx.out, "", &rows)?;
        }
        if problems > 0 {
            let count = say::plural(problems, "problem");
            ctx.warn(&format!("{count} in `.learn/`; `learn doctor` names them"));
        }
        Ok(Exit::Clean)
    }
}

fn is_about(event: &Event<'_>, id: &str, renames: &Renames) -> bool {
    let current = |it: &str| renames.current(&event.skill, it).to_owned();
    let named = [&event.pitfall, &event.pattern, &event.cause].into_iter().flatten();
    named.into_iter().any(|it| current(it) == current(id))
}

fn row(it: &Selected) -> Vec<String> {
    let event = &it.event;
    let state = match (it.retracted, it.confirmed, it.resolved_at) {
        (true, ..) => " (retracted)".to_owned(),
        (_, false, _) => " (proposed)".to_owned(),
        (.., Some(at)) => format!(" (over {at})"),
        _ => String::new(),
    };
    let mut about = subject(event);
    if event.worked == Some(crate::event::Worked::Once(false)) {
        about += " failed";
    }
    if let Some(count) = event.count {
        about += &format!(" {count}");
    }
    if let Some(value) = event.value {
        about += &format!(" {value}{}", event.unit.as_deref().unwrap_or(""));
    }
    about += &state;
    let mut words: Vec<String> = Vec::new();
    words.extend(event.feature.as_deref().map(|it| format!("[{it}]")));
    words.extend(event.version.as_deref().map(str::to_owned));
    words.extend(event.cause.as_deref().map(|it| format!("cause: {it}")));
    let texts = [&event.cause_text, &event.note, &event.why, &event.prevention];
    words.extend(texts.into_iter().flatten().map(|it| format!("“{it}”")));
    vec![
        event.id.short(),
        event.at.to_string().replace('T', " ").trim_end_matches('Z').to_owned(),
        event.kind.word().to_owned(),
        event.skill.to_string(),
        about,
        words.join(" "),
    ]
}
