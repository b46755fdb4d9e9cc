use super::{is_near, learnings_of};
use crate::learnings::EntryKind;
use crate::lint::Level;
use crate::lint::rules::{Check, FORMAT, Rule};

pub const RULE: Rule = Rule {
    name: "untracked-pitfall",
    group: "SKILL.md and learnings.md",
    level: Level::Warning,
    what: "A pitfall of SKILL.md that links to learnings.md and has no entry there.",
    why: "It is counted nowhere.",
    example: &[
        (
            "SKILL.md",
            "---\nname: ship\ndescription: Ships a release. Use when releasing.\n---\n# Ship\n\n## Common Pitfalls\n\n### Lost Key\n\n**Impact**: High\n\nCounts: [learnings](learnings.md)\n\n### Late Alert\n\n**Impact**: High\n",
        ),
        (
            "learnings.md",
            "# L\n\n## Common Pitfalls\n\n### late-alert\n**Frequency**: 0/5 ⭐☆☆☆☆\n**Last seen**: Never\n**Impact**: High\n**Instances**: []\n",
        ),
    ],
    instead: &[
        (
            "SKILL.md",
            "---\nname: ship\ndescription: Ships a release. Use when releasing.\n---\n# Ship\n\n## Common Pitfalls\n\n### Late Alert\n\n**Impact**: High\n\nCounts: [learnings](learnings.md#late-alert)\n",
        ),
        (
            "learnings.md",
            "# L\n\n## Common Pitfalls\n\n### late-alert\n**Frequency**: 0/5 ⭐☆☆☆☆\n**Last seen**: Never\n**Impact**: High\n**Instances**: []\n",
        ),
    ],
    source: FORMAT,
    check: Check::Skill(|look, page, sink| {
        let Some(doc) = learnings_of(look.skill) else { return };
        let own = page.as_learnings();
        let described = page.described();
        let pairs = own.entries.iter().zip(&described.topics);
        for (entry, topic) in pairs.filter(|it| it.0.kind == EntryKind::Pitfall) {
            let known = |id: &str| doc.entries.iter().any(|it| it.id == id);
            // A link to an entry that is gone has its own finding.
            // `### Title {#id}` names the entry too.
            let at = page.md.headings.iter().position(|it| {
                it.span.start <= entry.heading.start && entry.heading.end <= it.span.end
            });
            let named = at.is_some_and(|it| known(&page.md.anchors()[it]));
            let linked = page.text[entry.span.start..entry.span.end].contains("learnings.md#");
            if !known(&topic.id) && !known(&entry.id) && !linked && !named {
                let near = doc.entries.iter().find(|it| is_near(&it.id, &topic.id));
                let help = match near {
                    Some(near) => format!("did you mean `{}`? link to it", near.id),
                    None => format!(
                        "add `### {}` to learnings.md, or link to the entry that counts it",
                        topic.id
                    ),
                };
                sink.add(entry.heading, format!("learnings.md has no entry `{}`", topic.id))
                    .help(help);
            }
        }
    }),
};
