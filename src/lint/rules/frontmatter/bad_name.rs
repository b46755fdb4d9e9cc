use super::GOOD;
use crate::lint::Level;
use crate::lint::rules::{Check, Rule, SPEC};

pub const RULE: Rule = Rule {
    name: "bad-name",
    group: "frontmatter",
    level: Level::Error,
    what: "A name of other characters than lower-case letters, digits and single hyphens between them.",
    why: "The specification allows no other, and clients make a command of it.",
    example: &[(
        "SKILL.md",
        "---\nname: Ship_It\ndescription: Ships a release. Use when releasing.\n---\n# Ship\n\nRun it.\n",
    )],
    instead: GOOD,
    source: SPEC,
    check: Check::Skill(|_, page, sink| {
        let Some((name, span)) = page.head.text("name").filter(|it| !it.0.trim().is_empty()) else {
            return;
        };
        if page.head.field("name").is_some_and(|it| it.value.other_type().is_some()) {
            return;
        }
        // Letters without case are allowed, as by the reference implementation, skills-ref.
        let allowed = |it: char| it == '-' || (it.is_alphanumeric() && it.to_lowercase().eq([it]));
        let message = match () {
            () if !name.chars().all(allowed) => {
                "other characters than lower-case letters, digits and hyphens"
            }
            () if name.starts_with('-') || name.ends_with('-') => "a hyphen at its end",
            () if name.contains("--") => "two hyphens in a row",
            () => return,
        };
        let slug = crate::markdown::slug(name);
        sink.add(span, format!("the name `{name}` has {message}"))
            .help(format!("write `{slug}`, and name the folder so"));
    }),
};
