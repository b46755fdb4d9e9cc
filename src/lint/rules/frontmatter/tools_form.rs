use crate::lint::Level;
use crate::lint::head::ValueKind;
use crate::lint::rules::{Check, Rule, SPEC};
use crate::lint::settings::Profile;

/// What its fix does.
pub const FIX: &str = "Parts the tools by spaces.";

pub const RULE: Rule = Rule {
    name: "tools-form",
    group: "frontmatter",
    level: Level::Warning,
    what: "`allowed-tools` in a form that the client does not read.",
    why: "The specification knows names parted by spaces; Claude Code takes commas and lists too.",
    example: &[(
        "SKILL.md",
        "---\nname: ship\ndescription: Ships a release. Use when releasing.\nallowed-tools: Read; Write\n---\n# Ship\n\nRun it.\n",
    )],
    instead: &[(
        "SKILL.md",
        "---\nname: ship\ndescription: Ships a release. Use when releasing.\nallowed-tools: Read Write\n---\n# Ship\n\nRun it.\n",
    )],
    source: SPEC,
    check: Check::Skill(|look, page, sink| {
        let field = page.head.field("allowed-tools");
        let Some(it) = field.filter(|_| !page.head.recovered) else { return };
        let span = it.value.span;
        let outside = it.value.text().map(outside_parentheses).unwrap_or_default();
        if outside.contains(';') || outside.contains('|') {
            let found = sink.add(span, "tools are parted by neither `;` nor `|`");
            found.help("part them by spaces");
            if let Some(text) = by_spaces(span.of(&page.text), &[';', '|', ',']) {
                found.fix(span, text);
            }
        } else if look.settings.profile != Profile::ClaudeCode {
            let form = match &it.value.kind {
                ValueKind::List(_) => "a list",
                _ if outside.contains(',') => "parted by commas",
                _ => return,
            };
            let found = sink.add(
                span,
                format!("the specification has tools parted by spaces, here they are {form}"),
            );
            found.help("part them by spaces");
            let source = span.of(&page.text);
            let inner = source.strip_prefix('[').and_then(|it| it.strip_suffix(']'));
            if let Some(text) = by_spaces(inner.unwrap_or(source), &[',']) {
                found.fix(span, text);
            }
        }
    }),
};

fn outside_parentheses(text: &str) -> String {
    let mut depth = 0_usize;
    let keep = |it: &char| {
        match it {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => return depth == 0,
        }
        false
    };
    text.chars().filter(keep).collect()
}

/// Returns tools on one line, parted by spaces; `None` where it is not plain what is a tool.
fn by_spaces(source: &str, separators: &[char]) -> Option<String> {
    let mut depth = 0_usize;
    let is_separator = |it: char| {
        match it {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => return depth == 0 && separators.contains(&it),
        }
        false
    };
    let tools: Vec<&str> = source.split(is_separator).map(str::trim).collect();
    let is_tool = |it: &&str| {
        let name = it.split('(').next().unwrap_or(it);
        let plain = |it: char| it.is_ascii_alphanumeric() || matches!(it, '_' | '-' | '*' | '.');
        let closed = it.len() == name.len() || it.ends_with(')') && it.matches('(').count() == 1;
        name.starts_with(|it: char| it.is_ascii_alphabetic()) && name.chars().all(plain) && closed
    };
    let unsafe_in_yaml =
        source.contains(['\n', '"', '\'', '#', ']', '[', '{']) || source.contains(": ");
    (!unsafe_in_yaml && tools.iter().all(is_tool)).then(|| tools.join(" "))
}
