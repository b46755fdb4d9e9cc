use crate::lint::Level;
use crate::lint::rules::{CLAUDE, Check, Rule};

pub const RULE: Rule = Rule {
    name: "empty-body",
    group: "structure",
    level: Level::Warning,
    what: "A SKILL.md with nothing behind its head.",
    why: "An agent that loads it learns nothing.",
    example: &[(
        "SKILL.md",
        "---\nname: ship\ndescription: Ships a release. Use when releasing.\n---\n",
    )],
    instead: &[(
        "SKILL.md",
        "---\nname: ship\ndescription: Ships a release. Use when releasing.\n---\n# Ship\n\nRun it.\n",
    )],
    source: CLAUDE,
    check: Check::Skill(|_, page, sink| {
        if page.head.inner.is_some() && page.text[page.head.body..].trim().is_empty() {
            sink.add(page.head.top(&page.text), "nothing stands behind the head");
        }
    }),
};
