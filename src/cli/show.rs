//! `learn show`: what the journal says now.

use anyhow::Result;
use clap::Args;
use serde_json::{Value, json};

use crate::cli::{Ctx, Exit, SkillArg, say};
use crate::learnings::cells::{self, Dialect};
use crate::learnings::{EntryKind, FieldName, LearningsDoc};
use crate::projection::{SkillTally, Tally};
use crate::resolve::Resolved;
use crate::skill::SkillDoc;
use crate::store::cache::Fold;
use crate::store::skills::SkillFolder;
use crate::workspace::Workspace;

/// Show pitfalls, patterns and metrics
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  learn show\n  learn show production-deployment-phase\n  learn show rollback"
)]
pub struct Show {
    /// A skill, or a pitfall or pattern of one
    #[arg(value_name = "PITFALL|SKILL")]
    name: Option<String>,
    #[command(flatten)]
    skill: SkillArg,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// What files and journal know of one pitfall or pattern.
struct Line {
    kind: EntryKind,
    id: String,
    title: String,
    impact: String,
    tally: Tally,
    muted: bool,
    prevention: Vec<String>,
}

impl Show {
    pub fn run(self, ctx: &mut Ctx<'_>) -> Result<Exit> {
        let workspace = ctx.open()?;
        let mut fold = workspace.store.fold()?;
        let is_skill = |it: &str| workspace.skills.iter().any(|s| s.key == it);
        let (skill, name) = match (&self.skill.skill, &self.name) {
            (None, Some(name)) if is_skill(name) => (Some(name.clone()), None),
            (skill, name) => (skill.clone(), name.clone()),
        };
        if let Some(name) = &name {
            return self.one(ctx, &workspace, &mut fold, name, skill.as_deref());
        }
        let mut all = Vec::new();
        for folder in workspace.chosen(skill.as_deref())? {
            let doc = folder.doc()?;
            let source = workspace.learnings(folder)?;
            let learnings = &source.doc;
            let lines = lines(fold.skill(&folder.key), doc, learnings);
            if self.json {
                all.push(skill_json(folder, &lines, learnings, fold.skill(&folder.key)));
            } else if !lines.is_empty() || !learnings.rows.is_empty() {
                print_skill(ctx, &workspace, folder, &lines, learnings)?;
            }
        }
        if self.json {
            writeln!(ctx.out, "{}", json!({ "skills": all }))?;
        }
        ctx.warn_damage(&fold);
        Ok(Exit::Clean)
    }

    fn one(
        &self,
        ctx: &mut Ctx<'_>,
        workspace: &Workspace,
        fold: &mut Fold,
        name: &str,
        skill: Option<&str>,
    ) -> Result<Exit> {
        let pitfall = workspace.find_named(name, EntryKind::Pitfall, skill, fold)?;
        let found = match pitfall {
            Resolved::One(it) => it,
            other => match workspace.find_named(name, EntryKind::Pattern, skill, fold)? {
                Resolved::One(it) => it,
                _ => anyhow::bail!("{}", workspace.not_one(name, EntryKind::Pitfall, &other)),
            },
        };
        let folder = workspace.chosen(Some(&found.skill))?[0].clone();
        let doc = folder.doc()?;
        let source = workspace.learnings(&folder)?;
        let lines = lines(fold.skill(&folder.key), doc, &source.doc);
        let Some(line) = lines.into_iter().find(|it| it.id == found.id && it.kind == found.kind)
        else {
            anyhow::bail!("`{}` has nothing to show", found.id);
        };
        if self.json {
            writeln!(ctx.out, "{}", line_json(&line))?;
            return Ok(Exit::Clean);
        }
        writeln!(
            ctx.out,
            "{}{}{} in {} ({})",
            say::BOLD,
            line.id,
            say::RESET,
            folder.key,
            line.title
        )?;
        let muted = if line.muted { ", muted" } else { "" };
        writeln!(ctx.out, "  impact {}{muted}", line.impact)?;
        writeln!(ctx.out, "  {}", number_of(workspace, &line))?;
        let instances = line.tally.instances();
        if !instances.is_empty() {
            writeln!(ctx.out, "  met in {}", instances.join(", "))?;
        }
        for cause in &line.tally.causes {
            let feature = cause.feature.as_ref().map(|it| format!(" ({it})")).unwrap_or_default();
            writeln!(
                ctx.out,
                "  {}{feature}: {}",
                cause.stamp.0.date(),
                crate::clean::printable(&cause.text)
            )?;
        }
        if line.tally.proposed > 0 {
            writeln!(
                ctx.out,
                "  {} not confirmed: `learn log --proposed`",
                say::plural(line.tally.proposed as usize, "proposal")
            )?;
        }
        if !line.prevention.is_empty() {
            writeln!(ctx.out, "  to prevent it (SKILL.md):")?;
            for (number, step) in line.prevention.iter().enumerate() {
                writeln!(ctx.out, "    {}. {}", number + 1, crate::clean::printable(step))?;
            }
        }
        Ok(Exit::Clean)
    }
}

fn number_of(workspace: &Workspace, line: &Line) -> String {
    let count = line.tally.count();
    match line.kind {
        EntryKind::Pitfall => {
            let seen = line.tally.last_seen().map(|it| match it.1 {
                Some(feature) => format!("{} ({feature})", it.0),
                None => it.0,
            });
            let frequency =
                cells::frequency(count, Dialect::Number, workspace.config.style().stars);
            format!("{frequency}, last seen {}", seen.unwrap_or_else(|| "never".to_owned()))
        }
        EntryKind::Pattern => {
            let first = line.tally.first_used().unwrap_or_else(|| "never".to_owned());
            format!(
                "used {count} times, first {first}, success rate {}",
                cells::success_rate(line.tally.success())
            )
        }
    }
}

/// Puts together what SKILL.md, learnings.md and the journal know, the most frequent first.
fn lines(tally: &SkillTally, doc: &SkillDoc, learnings: &LearningsDoc) -> Vec<Line> {
    let mut res: Vec<Line> = Vec::new();
    let mut add = |kind: EntryKind, id: &str| {
        let id = tally.current(id);
        if res.iter().any(|it| it.kind == kind && it.id == id) {
            return;
        }
        let known = match kind {
            EntryKind::Pitfall => tally.pitfalls.get(id),
            EntryKind::Pattern => tally.patterns.get(id),
        };
        let known = known.cloned().unwrap_or_default();
        let topic = doc.topics.iter().find(|it| it.kind == kind && tally.current(&it.id) == id);
        let entry =
            learnings.entries.iter().find(|it| it.kind == kind && tally.current(&it.id) == id);
        let written = entry
            .and_then(|it| it.field(FieldName::Impact))
            .map(|it| learnings.value(it).to_owned());
        let impact = topic.and_then(|it| it.impact.clone()).or(written);
        let impact = impact.or_else(|| known.impact.map(|it| it.1.title().to_owned()));
        let title = topic.map(|it| it.title.clone()).or_else(|| known.title.clone().map(|it| it.1));
        res.push(Line {
            kind,
            id: id.to_owned(),
            title: title.unwrap_or_else(|| id.replace('-', " ")),
            impact: impact.unwrap_or_else(|| "-".to_owned()),
            muted: tally.is_muted(id),
            prevention: topic.map(|it| it.prevention.clone()).unwrap_or_default(),
            tally: known,
        });
    };
    for it in &learnings.entries {
        add(it.kind, &it.id);
    }
    for it in &doc.topics {
        add(it.kind, &it.id);
    }
    for (id, it) in tally.pitfalls.iter().filter(|it| !it.1.is_empty() || it.1.proposed > 0) {
        let _: &Tally = it;
        add(EntryKind::Pitfall, id);
    }
    for id in tally.patterns.iter().filter(|it| !it.1.is_empty()).map(|it| it.0) {
        add(EntryKind::Pattern, id);
    }
    res.sort_by_key(|it| (it.kind, std::cmp::Reverse(it.tally.count())));
    res
}

fn print_skill(
    ctx: &mut Ctx<'_>,
    workspace: &Workspace,
    folder: &SkillFolder,
    lines: &[Line],
    learnings: &LearningsDoc,
) -> Result<()> {
    writeln!(ctx.out, "{}{}{}", say::BOLD, folder.key, say::RESET)?;
    let stars = |it: u64| {
        let filled = workspace.config.style().stars.of(it);
        format!("{}{}", "★".repeat(filled), "☆".repeat(5 - filled))
    };
    let pitfalls: Vec<Vec<String>> = lines
        .iter()
        .filter(|it| it.kind == EntryKind::Pitfall)
        .map(|it| {
            let seen = it.tally.last_seen().map_or_else(|| "never".to_owned(), |it| it.0);
            let cause = it.tally.causes.first().map_or("", |it| it.text.as_str());
            let id = if it.muted { format!("{} (muted)", it.id) } else { it.id.clone() };
            vec![
                stars(it.tally.count()),
                it.tally.count().to_string(),
                id,
                it.impact.clone(),
                seen,
                say::cut(cause, 40),
            ]
        })
        .collect();
    section(ctx, "pitfalls", &["", "seen", "id", "impact", "last", "latest cause"], pitfalls)?;
    let patterns: Vec<Vec<String>> = lines
        .iter()
        .filter(|it| it.kind == EntryKind::Pattern)
        .map(|it| {
            let first = it.tally.first_used().unwrap_or_else(|| "never".to_owned());
            vec![
                it.tally.count().to_string(),
                it.id.clone(),
                first,
                cells::success_rate(it.tally.success()).replace("null", "-"),
            ]
        })
        .collect();
    section(ctx, "patterns", &["used", "id", "first", "worked"], patterns)?;
    let text = &learnings.text;
    let cell = |it: Option<crate::text::Span>| it.map_or("", |it| it.of(text)).replace("null", "-");
    let metrics = learnings
        .rows
        .iter()
        .map(|it| {
            vec![
                it.name.of(text).to_owned(),
                it.target.of(text).to_owned(),
                cell(it.current),
                cell(it.trend),
            ]
        })
        .collect();
    section(ctx, "metrics", &["metric", "target", "current", "trend"], metrics)?;
    writeln!(ctx.out)?;
    Ok(())
}

fn section(ctx: &mut Ctx<'_>, title: &str, header: &[&str], rows: Vec<Vec<String>>) -> Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    writeln!(ctx.out, "  {}{title}{}", say::DIM, say::RESET)?;
    let header = header.iter().map(|it| (*it).to_owned()).collect();
    let rows: Vec<Vec<String>> = std::iter::once(header).chain(rows).collect();
    say::table(ctx.out, "    ", &rows)?;
    Ok(())
}

fn line_json(line: &Line) -> Value {
    let causes: Vec<Value> = line
        .tally
        .causes
        .iter()
        .map(|it| json!({ "date": it.stamp.0.date(), "feature": it.feature, "text": it.text }))
        .collect();
    let seen = line.tally.last_seen();
    json!({
        "kind": if line.kind == EntryKind::Pitfall { "pitfall" } else { "pattern" },
        "id": line.id,
        "title": line.title,
        "impact": line.impact.to_lowercase(),
        "count": line.tally.count(),
        "proposed": line.tally.proposed,
        "muted": line.muted,
        "last_seen": seen.as_ref().map(|it| &it.0),
        "last_feature": seen.as_ref().and_then(|it| it.1.as_ref()),
        "first_used": if line.kind == EntryKind::Pattern { line.tally.first_used() } else { None },
        "success": line.tally.success().map(|it| json!({ "worked": it.0, "of": it.1 })),
        "instances": line.tally.instances(),
        "causes": causes,
        "prevention": line.prevention,
    })
}

fn skill_json(
    folder: &SkillFolder,
    lines: &[Line],
    learnings: &LearningsDoc,
    tally: &SkillTally,
) -> Value {
    let text = &learnings.text;
    let metrics: Vec<Value> = learnings
        .rows
        .iter()
        .map(|it| {
            let cell = |it: Option<crate::text::Span>| it.map(|it| it.of(text).to_owned());
            json!({ "metric": it.name.of(text), "target": it.target.of(text), "current": cell(it.current), "trend": cell(it.trend) })
        })
        .collect();
    json!({
        "skill": folder.key,
        "features": tally.features.len(),
        "entries": lines.iter().map(line_json).collect::<Vec<_>>(),
        "metrics": metrics,
    })
}
