use std::path::Path;

use crate::lint::Level;
use crate::lint::rules::links::{file_links, normal};
use crate::lint::rules::{Check, FORMAT, Rule};

pub const RULE: Rule = Rule {
    name: "unresolved-learnings-anchor",
    group: "SKILL.md and learnings.md",
    level: Level::Warning,
    what: "A link to an entry of learnings.md that is not there.",
    why: "The pitfall is then counted under an id that nobody sees.",
    example: &[
        (
            "SKILL.md",
            "---\nname: ship\ndescription: Ships a release. Use when releasing.\n---\n# Ship\n\nSee [it](learnings.md#lost-key).\n",
        ),
        (
            "learnings.md",
            "# L\n\n## Common Pitfalls\n\n### late-alert\n**Frequency**: 0/5 ⭐☆☆☆☆\n**Last seen**: Never\n**Impact**: High\n**Instances**: []\n",
        ),
    ],
    instead: &[
        (
            "SKILL.md",
            "---\nname: ship\ndescription: Ships a release. Use when releasing.\n---\n# Ship\n\nSee [it](learnings.md#late-alert).\n",
        ),
        (
            "learnings.md",
            "# L\n\n## Common Pitfalls\n\n### late-alert\n**Frequency**: 0/5 ⭐☆☆☆☆\n**Last seen**: Never\n**Impact**: High\n**Instances**: []\n",
        ),
    ],
    source: FORMAT,
    check: Check::Page(|look, page, sink| {
        let Some(learnings) = look.skill.pages.iter().find(|it| it.is_learnings()) else { return };
        for link in file_links(page) {
            let Some(anchor) = link.anchor.as_ref().filter(|it| !it.is_empty()) else { continue };
            let folder = Path::new(&page.relative).parent().unwrap_or(Path::new(""));
            if normal(&folder.join(&link.path)) != Path::new(&learnings.relative)
                || learnings.md.has_anchor(&anchor.to_lowercase())
            {
                continue;
            }
            let known =
                learnings.learnings.iter().flat_map(|it| &it.entries).any(|it| it.id == *anchor);
            if !known {
                sink.add(link.span, format!("learnings.md has no entry `{anchor}`"));
            }
        }
    }),
};
