use super::misspelled;
use crate::lint::head::Field;
use crate::lint::rules::{Check, Rule, SkillLook};
use crate::lint::walk::Page;
use crate::lint::{Level, Sink};

/// What its fix does.
pub const FIX: &str = "Renames the field, where the right one is not there.";

pub const RULE: Rule = Rule {
    name: "misspelled-field",
    group: "frontmatter",
    level: Level::Warning,
    what: "A field that is one slip away from a known one.",
    why: "The client does not read it, and nothing says so.",
    example: &[(
        "SKILL.md",
        "---\nname: ship\ndescription: Ships a release. Use when releasing.\nallowed_tools: Read\n---\n# Ship\n\nRun it.\n",
    )],
    instead: &[(
        "SKILL.md",
        "---\nname: ship\ndescription: Ships a release. Use when releasing.\nallowed-tools: Read\n---\n# Ship\n\nRun it.\n",
    )],
    source: "https://code.claude.com/docs/en/skills#frontmatter-reference",
    check: Check::Skill(misspelled_field),
};

fn misspelled_field(look: &SkillLook<'_>, page: &Page, sink: &mut Sink<'_>) {
    for it in &page.head.fields {
        let Some(right) = misspelled(&it.key, look.settings.profile) else { continue };
        let found =
            sink.add(it.key_span, format!("unknown field `{}`; did you mean `{right}`?", it.key));
        let same = |of: &&Field| misspelled(&of.key, look.settings.profile) == Some(right);
        let only = page.head.fields.iter().filter(same).count() == 1;
        if only && page.head.field(right).is_none() && !page.head.recovered {
            found.help(format!("write `{right}`")).fix(it.key_span, right);
        }
    }
}
