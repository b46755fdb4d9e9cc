use super::{SHIP, learnings};
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
    example: &[
        SHIP,
        (
            "/.learn/events/2026-11/01M6B1YQ000000000000000001.json",
            "{\"v\":1,\"id\":\"01M6B1YQ000000000000000001\",\"at\":\"2026-11-01T08:00:00Z\",\"skill\":\"ship\",\"kind\":\"deploy\",\"outcome\":\"failed\",\"version\":\"v1.0\",\"started\":\"2026-11-01T07:00:00Z\",\"finished\":\"2026-11-01T07:30:00Z\",\"crc\":\"1fa9dae9\"}\n",
        ),
        (
            "/.learn/events/2026-11/01M6BFP5G00000000000000002.json",
            "{\"v\":1,\"id\":\"01M6BFP5G00000000000000002\",\"at\":\"2026-11-01T12:00:00Z\",\"skill\":\"ship\",\"kind\":\"deploy\",\"outcome\":\"failed\",\"version\":\"v1.1\",\"started\":\"2026-11-01T11:00:00Z\",\"finished\":\"2026-11-01T11:30:00Z\",\"crc\":\"6170ccca\"}\n",
        ),
        (
            "/.learn/events/2026-11/01M6DMBE000000000000000003.json",
            "{\"v\":1,\"id\":\"01M6DMBE000000000000000003\",\"at\":\"2026-11-02T08:00:00Z\",\"skill\":\"ship\",\"kind\":\"deploy\",\"outcome\":\"failed\",\"version\":\"v1.2\",\"started\":\"2026-11-02T07:00:00Z\",\"finished\":\"2026-11-02T07:30:00Z\",\"crc\":\"ddb6fac6\"}\n",
        ),
        (
            "learnings.md",
            "# L\n\n## Metrics\n\n| Metric | Target | Current | Trend |\n|---|---|---|---|\n| Deploy success | ≥98% | 0% (0/3) | · n=3 |\n",
        ),
    ],
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
