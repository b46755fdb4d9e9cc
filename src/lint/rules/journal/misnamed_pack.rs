use super::JOURNAL;
use crate::lint::Level;
use crate::lint::project::{Found, Project};
use crate::lint::rules::{Check, FORMAT, Rule};
use crate::store::pack;
use crate::text::Span;

pub const RULE: Rule = Rule {
    name: "misnamed-pack",
    group: "journal",
    level: Level::Error,
    what: "A pack whose name does not fit its content.",
    why: "It was changed or cut: events may be gone from it.",
    example: &[(
        "/.learn/packs/0000000000000000.jsonl",
        "{\"v\":1,\"id\":\"01M7W6C3800000000000000002\",\"at\":\"2026-11-20T10:00:00Z\",\"skill\":\"ship\",\"kind\":\"occurrence\",\"pitfall\":\"late-alert\"}\n",
    )],
    instead: JOURNAL,
    source: FORMAT,
    check: Check::Project(misnamed_pack),
};

fn misnamed_pack(project: &Project) -> Vec<Found> {
    if !project.is_whole || !project.workspace.store.exists() {
        return Vec::new();
    }
    let packs = pack::misnamed(&project.workspace.store).unwrap_or_default();
    let found = packs.into_iter().map(|it| {
        let file = project.lossy(&format!(".learn/{it}"));
        let message = "the content is not what the name says".to_owned();
        Found::new(&file, Span::new(0, 0), message, "take the file from git or from another clone")
    });
    found.collect()
}
