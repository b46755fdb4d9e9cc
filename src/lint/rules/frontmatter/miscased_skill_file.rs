use crate::lint::Level;
use crate::lint::rules::{Check, Rule, SPEC};

pub const RULE: Rule = Rule {
    name: "miscased-skill-file",
    group: "frontmatter",
    level: Level::Error,
    what: "A skill file that is not named exactly `SKILL.md`.",
    why: "Where case counts, as on Linux, no client finds it.",
    example: &[(
        "skill.md",
        "---\nname: ship\ndescription: Ships a release. Use when releasing.\n---\n# Ship\n\nRun it.\n",
    )],
    instead: &[(
        "SKILL.md",
        "---\nname: ship\ndescription: Ships a release. Use when releasing.\n---\n# Ship\n\nRun it.\n",
    )],
    source: SPEC,
    check: Check::Skill(|_, page, sink| {
        if page.relative != "SKILL.md" {
            sink.add(page.head.top(&page.text), format!("the file is named `{}`", page.relative))
                .help("rename it to `SKILL.md`");
        }
    }),
};
