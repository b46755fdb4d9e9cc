use crate::lint::Level;
use crate::lint::head::ValueKind;
use crate::lint::rules::{Check, Rule, SPEC};
use crate::lint::settings::Profile;

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
        let Some(it) = page.head.field("allowed-tools") else { return };
        let span = it.value.span;
        let outside = it.value.text().map(outside_parentheses).unwrap_or_default();
        if outside.contains(';') || outside.contains('|') {
            sink.add(span, "tools are parted by neither `;` nor `|`").help("part them by spaces");
        } else if look.settings.profile != Profile::ClaudeCode {
            let form = match &it.value.kind {
                ValueKind::List(_) => "a list",
                _ if outside.contains(',') => "parted by commas",
                _ => return,
            };
            sink.add(
                span,
                format!("the specification has tools parted by spaces, here they are {form}"),
            );
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
