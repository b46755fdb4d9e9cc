use crate::lint::rules::{Check, Rule, SPEC, SkillLook};
use crate::lint::walk::Page;
use crate::lint::{Level, Sink};
use crate::text::{Span, line_ending};

/// What its fix does.
pub const FIX: &str =
    "Closes the head before the blank line and the heading that follow its fields.";

pub const RULE: Rule = Rule {
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
        let found = sink.add(page.head.top(&page.text), "this YAML head is never closed");
        found.help("put a line `---` behind the last field");
        // A field may stand behind a blank line too; a heading is where the body begins.
        let body = page.text[inner.end..].trim_start().starts_with("# ");
        if body && page.head.errors.is_empty() && page.text[..inner.end].ends_with('\n') {
            found.fix(Span::new(inner.end, inner.end), format!("---{}", line_ending(&page.text)));
        }
    }
}
