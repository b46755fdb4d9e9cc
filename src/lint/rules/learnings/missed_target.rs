use super::learnings;
use crate::learnings::LearningsDoc;
use crate::lint::Level;
use crate::lint::project::{Found, Project};
use crate::lint::rules::{Check, Rule};
use crate::measure::measure;
use crate::metric::verdict::Verdict;

pub const RULE: Rule = Rule {
    name: "missed-target",
    group: "learnings.md",
    level: Level::Info,
    what: "A metric whose numbers miss its target.",
    why: "Something has to change, or the target has.",
    example: &[],
    instead: &[],
    source: "docs/metrics.md",
    check: Check::Project(missed_target),
};

fn missed_target(project: &Project) -> Vec<Found> {
    let mut res = Vec::new();
    let rules = project.workspace.config.style().metrics;
    for (skill, file) in learnings(project) {
        let doc = LearningsDoc::parse(&file.text);
        for row in &doc.rows {
            let (name, target) = (row.name.of(&doc.text), row.target.of(&doc.text));
            let mut fold = project.fold.borrow_mut();
            let Some(it) = measure(name, target, fold.skill(&skill.key), rules) else { continue };
            if it.judgement.is_some_and(|it| it.verdict == Verdict::Missed) {
                let message = format!("`{name}` misses `{target}`: {}, n = {}", it.current, it.n);
                let help = "`learn explain metric` says which events make the number";
                res.push(Found::new(&file, row.target, message, help));
            }
        }
    }
    res
}
