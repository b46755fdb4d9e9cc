use super::{Type, type_of};
use crate::lint::head::ValueKind;
use crate::lint::rules::{Check, Rule, SPEC, SkillLook};
use crate::lint::settings::Profile;
use crate::lint::walk::Page;
use crate::lint::{Level, Sink};

/// What its fix does.
pub const FIX: &str = "Quotes a number or a boolean that is to be text.";

pub const RULE: Rule = Rule {
    name: "wrong-field-type",
    group: "frontmatter",
    level: Level::Error,
    what: "A field whose value is of another type than its clients read.",
    why: "`name: 123` is a number for YAML; a client that expects text drops it or fails.",
    example: &[(
        "SKILL.md",
        "---\nname: ship\ndescription: Ships a release. Use when releasing.\ncompatibility: 2026\n---\n# Ship\n\nRun it.\n",
    )],
    instead: &[(
        "SKILL.md",
        "---\nname: ship\ndescription: Ships a release. Use when releasing.\ncompatibility: \"2026\"\n---\n# Ship\n\nRun it.\n",
    )],
    source: SPEC,
    check: Check::Skill(wrong_field_type),
};

fn wrong_field_type(look: &SkillLook<'_>, page: &Page, sink: &mut Sink<'_>) {
    if page.head.recovered {
        return;
    }
    if look.settings.profile != Profile::ClaudeCode {
        metadata_of_texts(page, sink);
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
        let is_name = it.key == "name";
        match wanted {
            // `description:` with nothing behind it is the matter of empty-description.
            Type::Text if other == "empty" && it.key == "description" => {}
            Type::Text if other == "empty" => {
                sink.add(span, format!("`{}` is empty", it.key))
                    .help(format!("give `{}` a value or take the line out", it.key));
            }
            Type::Text => {
                let found = sink.add(span, format!("`{}` is text, here it is {other}", it.key));
                // `1.5` is no name in quotes either.
                let plain =
                    plain.filter(|it| it.0.bytes().all(|it| it.is_ascii_digit()) || !is_name);
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

/// The specification has metadata as a map of texts; Claude Code does not read it.
fn metadata_of_texts(page: &Page, sink: &mut Sink<'_>) {
    let Some(ValueKind::Map(fields)) = page.head.field("metadata").map(|it| &it.value.kind) else {
        return;
    };
    for it in fields {
        let Some(other) = it.value.other_type() else { continue };
        let span =
            if it.value.span.start == it.value.span.end { it.key_span } else { it.value.span };
        let found = sink.add(span, format!("`{}` is text, here it is {other}", it.key));
        if let Some(text) = it.value.text() {
            found.help("put it in quotes").fix(it.value.span, format!("\"{text}\""));
        }
    }
}

/// The words that Claude Code takes since 2.1.218.
fn is_boolean(text: &str) -> bool {
    let word = text.to_ascii_lowercase();
    matches!(word.as_str(), "true" | "false" | "yes" | "no" | "on" | "off" | "1" | "0")
}
