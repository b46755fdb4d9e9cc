use super::{ELSEWHERE, misspelled, type_of};
use crate::lint::rules::{Check, Rule, SkillLook};
use crate::lint::settings::Profile;
use crate::lint::walk::Page;
use crate::lint::{Level, Sink};

pub const RULE: Rule = Rule {
    name: "unknown-field",
    group: "frontmatter",
    level: Level::Warning,
    what: "A field that the client does not know.",
    why: "It has no effect here; `portable` takes it for an error, because uploads refuse it.",
    example: &[(
        "SKILL.md",
        "---\nname: ship\ndescription: Ships a release. Use when releasing.\nspeed: fast\n---\n# Ship\n\nRun it.\n",
    )],
    instead: &[(
        "SKILL.md",
        "---\nname: ship\ndescription: Ships a release. Use when releasing.\nmetadata:\n  speed: fast\n---\n# Ship\n\nRun it.\n",
    )],
    source: "https://code.claude.com/docs/en/skills#frontmatter-reference",
    check: Check::Skill(unknown_field),
};

fn unknown_field(look: &SkillLook<'_>, page: &Page, sink: &mut Sink<'_>) {
    let profile = look.settings.profile;
    for it in &page.head.fields {
        if type_of(&it.key, profile).is_some()
            || it.key.is_empty()
            || misspelled(&it.key, profile).is_some()
        {
            continue;
        }
        let elsewhere =
            ELSEWHERE.contains(&it.key.as_str()) || type_of(&it.key, Profile::ClaudeCode).is_some();
        let level = match profile {
            Profile::Portable => Level::Error,
            _ if elsewhere => Level::Info,
            _ => Level::Warning,
        };
        let message = match profile {
            Profile::ClaudeCode => format!("Claude Code does not read the field `{}`", it.key),
            _ => format!("the specification has no field `{}`", it.key),
        };
        sink.add_at(level, it.key_span, message)
            .help("put it below `metadata:` if a person or another tool reads it");
    }
}
