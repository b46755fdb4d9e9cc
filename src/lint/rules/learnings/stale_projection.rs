use super::{MET, SAID, SHIP, counted};
use crate::lint::Level;
use crate::lint::project::{Found, Project, TextFile};
use crate::lint::rules::{Check, FORMAT, Rule};
use crate::markdown::line_of;
use crate::store::skills::SkillFolder;
use crate::sync::{self, Plan, State};
use crate::text::{Span, floor_char_boundary};

/// What its fix does.
pub const FIX: &str = "Syncs the file with the journal, as `learn sync` does.";

pub const RULE: Rule = Rule {
    name: "stale-projection",
    group: "learnings.md",
    level: Level::Error,
    what: "A learnings.md that does not say what the journal says.",
    why: "Whoever reads the file counts on numbers that an update, a merge or a checkout took back.",
    example: &[
        SHIP,
        MET,
        (
            "learnings.md",
            "# L\n\n## Common Pitfalls\n\n### late-alert\n**Frequency**: 0/5 ⭐☆☆☆☆\n**Last seen**: Never\n**Impact**: High\n**Instances**: []\n",
        ),
    ],
    instead: SAID,
    source: FORMAT,
    check: Check::Project(stale_projection),
};

fn stale_projection(project: &Project) -> Vec<Found> {
    let found = stale(project).into_iter().map(|it| {
        let span = first_change(&it.file.text, &it.plan.text);
        let why = match it.plan.state {
            State::Overwritten => "an update overwrote it",
            State::Older => "it is older than the journal",
            _ => "it does not say what the journal says",
        };
        Found::new(&it.file, span, why.to_owned(), "run `learn sync`")
    });
    found.collect()
}

/// A learnings.md that a sync would change.
#[derive(Debug)]
pub struct Stale<'p> {
    pub skill: &'p SkillFolder,
    pub file: TextFile,
    pub plan: Plan,
}

/// Returns the files that are linted and that a sync would change.
pub fn stale(project: &Project) -> Vec<Stale<'_>> {
    let mut res = Vec::new();
    for (skill, file, path) in counted(project) {
        let mut fold = project.fold.borrow_mut();
        let tally = fold.skill(&skill.key);
        // Counts by hand are a finding of their own; a sync takes them over first.
        let Ok(source) = project.workspace.read(&path) else { continue };
        if source.is_some_and(|it| !sync::by_hand(&it, tally).is_empty()) {
            continue;
        }
        let Ok(report) = project.workspace.plan(skill, &path, tally) else { continue };
        if report.changes() {
            res.push(Stale { skill, file, plan: report.plan });
        }
    }
    res
}

/// Returns the first line that differs.
fn first_change(old: &str, new: &str) -> Span {
    let same = old.bytes().zip(new.bytes()).take_while(|it| it.0 == it.1).count();
    line_of(old, floor_char_boundary(old, same.min(old.len())))
}
