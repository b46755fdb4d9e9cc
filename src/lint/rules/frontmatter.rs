//! The YAML head as YAML: there, closed, valid, with known fields of the right type.

use super::{Check, Rule, SkillLook};
use crate::lint::head::{Field, ValueKind};
use crate::lint::settings::Profile;
use crate::lint::walk::Page;
use crate::lint::{Level, Sink};
use crate::text::Span;

const SPEC: &str = "https://agentskills.io/specification";

/// What a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Type {
    Text,
    /// Text, or a list that clients join.
    TextOrList,
    Boolean,
    Map,
    Any,
}

/// Fields of the specification, which every client takes. Source: agentskills.io/specification, 2026-11.
const PORTABLE: [(&str, Type); 6] = [
    ("name", Type::Text),
    ("description", Type::Text),
    ("license", Type::Text),
    ("compatibility", Type::Text),
    ("metadata", Type::Map),
    ("allowed-tools", Type::TextOrList),
];

/// Further fields of Claude Code. Source: code.claude.com/docs/en/skills, 2.1.240.
const CLAUDE_CODE: [(&str, Type); 17] = [
    ("when_to_use", Type::Text),
    ("argument-hint", Type::TextOrList),
    ("arguments", Type::TextOrList),
    ("disable-model-invocation", Type::Boolean),
    ("user-invocable", Type::Boolean),
    ("disallowed-tools", Type::TextOrList),
    ("model", Type::Text),
    ("effort", Type::Text),
    ("context", Type::Text),
    ("agent", Type::Text),
    ("background", Type::Boolean),
    ("hooks", Type::Any),
    ("paths", Type::TextOrList),
    ("shell", Type::Text),
    // Named by its changelog 2.1.186 only.
    ("display-name", Type::Text),
    ("default-enabled", Type::Boolean),
    ("fallback", Type::Any),
];

/// Fields that other clients and catalogues read; no mistake, but nothing for this client.
const ELSEWHERE: [&str; 14] = [
    "version",
    "author",
    "tags",
    "category",
    "globs",
    "alwaysApply",
    "mode",
    "title",
    "color",
    "triggers",
    "keywords",
    "risk",
    "source",
    "date_added",
];

fn type_of(key: &str, profile: Profile) -> Option<Type> {
    let own: &[(&str, Type)] = if profile == Profile::ClaudeCode { &CLAUDE_CODE } else { &[] };
    PORTABLE.iter().chain(own).find(|it| it.0 == key).map(|it| it.1)
}

pub const MISSING_FRONTMATTER: Rule = Rule {
    name: "missing-frontmatter",
    group: "frontmatter",
    level: Level::Error,
    what: "A SKILL.md without a YAML head.",
    why: "Without name and description no agent knows when to load the skill.",
    example: &[("SKILL.md", "# Ship\n\nRun the release.\n")],
    instead: &[(
        "SKILL.md",
        "---\nname: ship\ndescription: Ships a release. Use when releasing.\n---\n# Ship\n\nRun the release.\n",
    )],
    source: SPEC,
    check: Check::Skill(missing_frontmatter),
};

fn missing_frontmatter(_: &SkillLook<'_>, page: &Page, sink: &mut Sink<'_>) {
    if page.head.inner.is_none() && page.unread.is_none() {
        sink.add(page.head.top(&page.text), "SKILL.md does not begin with a YAML head")
            .help("begin the file with `---`, `name: …`, `description: …` and `---`, each on its own line");
    }
}

pub const UNCLOSED_FRONTMATTER: Rule = Rule {
    name: "unclosed-frontmatter",
    group: "frontmatter",
    level: Level::Error,
    what: "A YAML head whose second `---` is missing.",
    why: "The whole file is then a head, or none of it is.",
    example: &[(
        "SKILL.md",
        "---\nname: ship\ndescription: Ships a release. Use when releasing.\n\n# Ship\n\nRun it.\n",
    )],
    instead: &[(
        "SKILL.md",
        "---\nname: ship\ndescription: Ships a release. Use when releasing.\n---\n\n# Ship\n\nRun it.\n",
    )],
    source: SPEC,
    check: Check::Skill(unclosed_frontmatter),
};

fn unclosed_frontmatter(_: &SkillLook<'_>, page: &Page, sink: &mut Sink<'_>) {
    if let Some(inner) = page.head.inner.filter(|_| !page.head.closed) {
        let end = if page.text.contains("\r\n") { "---\r\n" } else { "---\n" };
        let found = sink.add(page.head.top(&page.text), "this YAML head is never closed");
        found.help("put a line `---` behind the last field");
        if page.text[..inner.end].ends_with('\n') {
            found.fix(Span::new(inner.end, inner.end), end);
        }
    }
}

pub const INVALID_YAML: Rule = Rule {
    name: "invalid-yaml",
    group: "frontmatter",
    level: Level::Error,
    what: "A head that is not valid YAML.",
    why: "Clients then load the skill without name and description, or not at all. An unquoted `: ` in a description is the usual cause.",
    example: &[(
        "SKILL.md",
        "---\nname: ship\ndescription: Ships a release. Use when: releasing.\n---\n# Ship\n\nRun it.\n",
    )],
    instead: &[(
        "SKILL.md",
        "---\nname: ship\ndescription: 'Ships a release. Use when: releasing.'\n---\n# Ship\n\nRun it.\n",
    )],
    source: "https://yaml.org/spec/1.2.2/#733-plain-style",
    check: Check::Skill(invalid_yaml),
};

fn invalid_yaml(_: &SkillLook<'_>, page: &Page, sink: &mut Sink<'_>) {
    for it in page.head.errors.iter().filter(|it| !it.tab) {
        match &it.fix {
            Some(fix) => {
                sink.add(it.span, it.message.clone())
                    .help("quote the whole value")
                    .fix(fix.span, fix.text.clone());
            }
            None => {
                sink.add(it.span, format!("the head is not valid YAML: {}", it.message));
            }
        }
    }
}

pub const TAB_INDENTATION: Rule = Rule {
    name: "tab-indentation",
    group: "frontmatter",
    level: Level::Error,
    what: "A line of the head that is indented with a tab.",
    why: "YAML allows spaces only, and its error messages rarely say so.",
    example: &[(
        "SKILL.md",
        "---\nname: ship\ndescription: Ships a release. Use when releasing.\nmetadata:\n\tteam: a\n\towner: b\n---\n# Ship\n\nRun it.\n",
    )],
    instead: &[(
        "SKILL.md",
        "---\nname: ship\ndescription: Ships a release. Use when releasing.\nmetadata:\n  team: a\n  owner: b\n---\n# Ship\n\nRun it.\n",
    )],
    source: "https://yaml.org/spec/1.2.2/#61-indentation-spaces",
    check: Check::Skill(tab_indentation),
};

fn tab_indentation(_: &SkillLook<'_>, page: &Page, sink: &mut Sink<'_>) {
    if let Some(it) = page.head.errors.iter().find(|it| it.tab) {
        sink.add(it.span, "this line of the head is indented with a tab")
            .help("indent with spaces");
    }
}

pub const DUPLICATE_KEY: Rule = Rule {
    name: "duplicate-key",
    group: "frontmatter",
    level: Level::Error,
    what: "A field that the head has twice.",
    why: "Some clients take the first, some the last, some refuse the file.",
    example: &[(
        "SKILL.md",
        "---\nname: ship\ndescription: Ships a release. Use when releasing.\nname: ship\n---\n# Ship\n\nRun it.\n",
    )],
    instead: &[(
        "SKILL.md",
        "---\nname: ship\ndescription: Ships a release. Use when releasing.\n---\n# Ship\n\nRun it.\n",
    )],
    source: "https://yaml.org/spec/1.2.2/#3213-node-comparison",
    check: Check::Skill(|_, page, sink| duplicates(&page.head.fields, page, sink)),
};

fn duplicates(fields: &[Field], page: &Page, sink: &mut Sink<'_>) {
    let mut seen: std::collections::HashMap<&str, Span> = std::collections::HashMap::new();
    for it in fields.iter().filter(|it| !it.key.is_empty()) {
        match seen.get(it.key.as_str()) {
            Some(first) => {
                let line = crate::text::line_col(&page.text, first.start).line;
                sink.add(it.key_span, format!("`{}` is given twice, first in line {line}", it.key))
                    .help("keep one of the two");
            }
            None => {
                seen.insert(&it.key, it.key_span);
            }
        }
        if let ValueKind::Map(inner) = &it.value.kind {
            duplicates(inner, page, sink);
        }
    }
}

pub const WRONG_FIELD_TYPE: Rule = Rule {
    name: "wrong-field-type",
    group: "frontmatter",
    level: Level::Error,
    what: "A field whose value is of another type than its clients read.",
    why: "`name: 123` is a number for YAML; a client that expects text drops it or fails.",
    example: &[(
        "SKILL.md",
        "---\nname: ship\ndescription: Ships a release. Use when releasing.\nmetadata: internal\n---\n# Ship\n\nRun it.\n",
    )],
    instead: &[(
        "SKILL.md",
        "---\nname: ship\ndescription: Ships a release. Use when releasing.\nmetadata:\n  audience: internal\n---\n# Ship\n\nRun it.\n",
    )],
    source: SPEC,
    check: Check::Skill(wrong_field_type),
};

fn wrong_field_type(look: &SkillLook<'_>, page: &Page, sink: &mut Sink<'_>) {
    if page.head.recovered {
        return;
    }
    for it in &page.head.fields {
        let Some(wanted) = type_of(&it.key, look.settings.profile) else { continue };
        let Some(other) = it.value.other_type() else {
            let text = it.value.text().unwrap_or("");
            if wanted == Type::Boolean && !is_boolean(text) {
                sink.add(it.value.span, format!("`{}` is true or false", it.key));
            } else if wanted == Type::Map {
                sink.add(it.value.span, format!("`{}` is a map, here it is text", it.key))
                    .help("write `key: value` lines, indented, below it");
            }
            continue;
        };
        let span =
            if it.value.span.start == it.value.span.end { it.key_span } else { it.value.span };
        let plain = it.value.text().map(|text| (text, it.value.span));
        match wanted {
            // `description:` with nothing behind it is the matter of empty-description.
            Type::Text if other == "empty" && it.key == "description" => {}
            Type::Text if other == "empty" => {
                sink.add(span, format!("`{}` is empty", it.key))
                    .help(format!("give `{}` a value or take the line out", it.key));
            }
            Type::Text => {
                let found = sink.add(span, format!("`{}` is text, here it is {other}", it.key));
                if let Some((text, span)) = plain {
                    found.help("put it in quotes").fix(span, format!("\"{text}\""));
                }
            }
            Type::TextOrList if other == "a map" => {
                sink.add(span, format!("`{}` is text or a list, here it is a map", it.key));
            }
            Type::Boolean
                if !matches!(other, "a boolean") && !plain.is_some_and(|it| is_boolean(it.0)) =>
            {
                sink.add(span, format!("`{}` is true or false, here it is {other}", it.key));
            }
            Type::Map if !matches!(other, "a map" | "empty") => {
                sink.add(span, format!("`{}` is a map, here it is {other}", it.key))
                    .help("write `key: value` lines, indented, below it");
            }
            _ => {}
        }
    }
}

/// The words that Claude Code takes since 2.1.218.
fn is_boolean(text: &str) -> bool {
    let word = text.to_ascii_lowercase();
    matches!(word.as_str(), "true" | "false" | "yes" | "no" | "on" | "off" | "1" | "0")
}

pub const UNKNOWN_FIELD: Rule = Rule {
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

pub const MISSPELLED_FIELD: Rule = Rule {
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
        if page.head.field(right).is_none() && !page.head.recovered {
            found.help(format!("write `{right}`")).fix(it.key_span, right);
        }
    }
}

/// Returns the known field that a key is a slip of: other separators or case, or one letter of a long word.
fn misspelled(key: &str, profile: Profile) -> Option<&'static str> {
    if type_of(key, profile).is_some() || ELSEWHERE.contains(&key) {
        return None;
    }
    let folded = |it: &str| it.to_ascii_lowercase().replace(['_', ' ', '-'], "");
    let own: &[(&str, Type)] = if profile == Profile::ClaudeCode { &CLAUDE_CODE } else { &[] };
    let known = || PORTABLE.iter().chain(own).map(|it| it.0);
    known().find(|it| folded(it) == folded(key)).or_else(|| {
        known()
            .find(|it| it.len() > 4 && strsim::damerau_levenshtein(&folded(it), &folded(key)) == 1)
    })
}

pub const MISCASED_SKILL_FILE: Rule = Rule {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_told_from_other_fields() {
        let of = |key| misspelled(key, Profile::ClaudeCode);
        assert_eq!(of("allowed_tools"), Some("allowed-tools"));
        assert_eq!(of("desciption"), Some("description"));
        assert_eq!(
            (of("names"), of("model"), of("version"), of("paths2x")),
            (None, None, None, None)
        );
    }

    #[test]
    fn the_head_of_the_examples_is_complete() {
        assert_eq!(crate::lint::head::read(super::super::HEAD).fields.len(), 2);
    }
}
