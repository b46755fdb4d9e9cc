use super::{GOOD, strict};
use crate::lint::Level;
use crate::lint::rules::{Check, Rule, SPEC};

pub const RULE: Rule = Rule {
    name: "name-folder-mismatch",
    group: "frontmatter",
    level: Level::Warning,
    what: "A name other than the folder's.",
    why: "The specification requires them to be equal; Claude Code calls the skill by its folder. An error with `spec` and `portable`.",
    example: &[(
        "SKILL.md",
        "---\nname: release\ndescription: Ships a release. Use when releasing.\n---\n# Ship\n\nRun it.\n",
    )],
    instead: GOOD,
    source: SPEC,
    check: Check::Skill(|look, page, sink| {
        let Some((name, span)) = page.head.text("name").filter(|it| !it.0.trim().is_empty()) else {
            return;
        };
        let Some(key) = look.skill.key.as_deref() else { return };
        // A name of wrong form has its own finding, unless it would be wrong in the right form too.
        if name != key && crate::markdown::slug(name) != *key {
            sink.add_at(strict(look), span, format!("the name is `{name}`, the folder `{key}`"))
                .help("give both the same name");
        }
    }),
};
