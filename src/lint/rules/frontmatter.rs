//! What the fields of the head say: name, description, tools.
//! The YAML head as YAML: there, closed, valid, with known fields of the right type.

use super::SkillLook;
use crate::lint::head::ValueKind;
use crate::lint::settings::Profile;
use crate::lint::walk::Page;
use crate::lint::{Level, Sink};
use crate::text::Span;

pub mod bad_name;
pub mod duplicate_key;
pub mod empty_description;
pub mod first_person_description;
pub mod invalid_yaml;
pub mod long_compatibility;
pub mod long_description;
pub mod long_name;
pub mod markup_in_description;
pub mod miscased_skill_file;
pub mod missing_description;
pub mod missing_frontmatter;
pub mod missing_name;
pub mod misspelled_field;
pub mod name_folder_mismatch;
pub mod no_trigger_cue;
pub mod reserved_name;
pub mod tab_indentation;
pub mod tools_form;
pub mod truncated_listing;
pub mod unbalanced_tool_rule;
pub mod unclosed_frontmatter;
pub mod unknown_field;
pub mod unknown_tool;
pub mod vague_description;
pub mod wrong_field_type;

const GOOD: &[(&str, &str)] = &[(
    "SKILL.md",
    "---\nname: ship\ndescription: Ships a release. Use when releasing.\n---\n# Ship\n\nRun it.\n",
)];

fn strict(look: &SkillLook<'_>) -> Level {
    if look.settings.profile == Profile::ClaudeCode { Level::Warning } else { Level::Error }
}

fn missing(key: &str, look: &SkillLook<'_>, page: &Page, sink: &mut Sink<'_>) {
    let head = &page.head;
    let similar = |it: &str| strsim::damerau_levenshtein(&it.to_ascii_lowercase(), key) <= 1;
    if head.inner.is_some() && !head.fields.iter().any(|it| similar(&it.key)) {
        sink.add_at(strict(look), head.top(&page.text), format!("the head has no `{key}`"))
            .help(format!("add `{key}: …`"));
    }
}

fn too_long(key: &str, most: usize, page: &Page, sink: &mut Sink<'_>) {
    let Some((text, span)) = page.head.text(key) else { return };
    let count = text.trim().chars().count();
    if count > most {
        sink.add(span, format!("`{key}` has {count} characters, {most} are allowed"))
            .help(format!("shorten it by {}", count - most));
    }
}

/// Returns the tool rules of `allowed-tools` and `disallowed-tools`, each with its place.
fn tool_rules(page: &Page) -> Vec<(String, Span)> {
    let mut res = Vec::new();
    for key in ["allowed-tools", "disallowed-tools"] {
        let Some(it) = page.head.field(key) else { continue };
        match &it.value.kind {
            ValueKind::List(items) => {
                res.extend(items.iter().filter_map(|it| Some((it.text()?.to_owned(), it.span))));
            }
            _ if it.value.text().is_some() => {
                let source = it.value.span.of(&page.text);
                let mut from = 0;
                let mut depth = 0_usize;
                for (at, ch) in source.char_indices().chain([(source.len(), ' ')]) {
                    match ch {
                        '(' => depth += 1,
                        ')' => depth = depth.saturating_sub(1),
                        ',' | ' ' | '\n' | '\r' | '\t' if depth == 0 || at == source.len() => {
                            if at > from {
                                let span =
                                    Span::new(it.value.span.start + from, it.value.span.start + at);
                                res.push((
                                    source[from..at].trim_matches(['"', '\'']).to_owned(),
                                    span,
                                ));
                            }
                            from = at + 1;
                        }
                        _ => {}
                    }
                }
            }
            _ => {}
        }
    }
    res
}

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

/// Returns the known field that a key is a slip of: other separators or case, or one letter of a long word.
fn misspelled(key: &str, profile: Profile) -> Option<&'static str> {
    if type_of(key, profile).is_some() || ELSEWHERE.contains(&key) {
        return None;
    }
    let folded = |it: &str| it.to_ascii_lowercase().replace(['_', ' ', '-'], "");
    let own: &[(&str, Type)] = if profile == Profile::ClaudeCode { &CLAUDE_CODE } else { &[] };
    let typed = folded(key);
    let known = PORTABLE.iter().chain(own).map(|it| (it.0, folded(it.0)));
    // One slip adds or takes away one character, four bytes at most.
    let known: Vec<_> = known.filter(|it| it.1.len().abs_diff(typed.len()) < 5).collect();
    // One letter makes another word of a short one; letters out of order do not.
    let slip = |it: &&(&str, String)| {
        strsim::damerau_levenshtein(&it.1, &typed) == 1
            && (it.0.len() > 4 || letters(it.0) == letters(key))
    };
    known.iter().find(|it| it.1 == typed).or_else(|| known.iter().find(slip)).map(|it| it.0)
}

fn letters(word: &str) -> Vec<char> {
    let mut res: Vec<char> = word.chars().collect();
    res.sort_unstable();
    res
}

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
