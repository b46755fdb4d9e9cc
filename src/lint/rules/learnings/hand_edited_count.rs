use super::{MET, SAID, SHIP, counted};
use crate::lint::Level;
use crate::lint::project::{Found, Project};
use crate::lint::rules::{Check, FORMAT, Rule};
use crate::sync;

pub const RULE: Rule = Rule {
    name: "hand-edited-count",
    group: "learnings.md",
    level: Level::Warning,
    what: "A count that is larger in learnings.md than in the journal.",
    why: "Somebody counted by hand: the file knows an occurrence that the journal cannot date or explain.",
    example: &[
        SHIP,
        MET,
        (
            "learnings.md",
            "# L\n\n## Common Pitfalls\n\n### late-alert\n**Frequency**: 2/5 ⭐⭐☆☆☆\n**Last seen**: 2026-11-20 (feature: search)\n**Impact**: High\n**Instances**: [search, cart]\n",
        ),
    ],
    instead: SAID,
    source: FORMAT,
    check: Check::Project(hand_edited_count),
};

fn hand_edited_count(project: &Project) -> Vec<Found> {
    let mut res = Vec::new();
    for (skill, file, path) in counted(project) {
        let mut fold = project.fold.borrow_mut();
        let tally = fold.skill(&skill.key);
        let Ok(Some(source)) = project.workspace.read(&path) else { continue };
        for found in sync::by_hand(&source, tally) {
            let entry = source.doc.entries.iter().find(|it| {
                it.kind == found.kind
                    && tally.current(&it.id) == found.id
                    && source.doc.count(it) == Some(found.count)
            });
            let span = entry.and_then(|it| it.counter()).map(|it| it.value).unwrap_or_default();
            let message = format!("the file counts {}, the journal {}", found.count, found.ever);
            let help = "`learn sync` takes it over; next time `learn record` keeps when and why";
            res.push(Found::new(&file, span, message, help));
        }
    }
    res
}
