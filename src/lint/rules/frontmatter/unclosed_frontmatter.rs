use crate::lint::rules::{Check, Rule, SPEC, SkillLook};
use crate::lint::walk::Page;
use crate::lint::{Level, Sink};
use crate::text::Span;

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
        let end = if page.text.contains("\r\n") { "---\r\n" } else { "---\n" };
        let found = sink.add(page.head.top(&page.text), "this YAML head is never closed");
        found.help("put a line `---` behind the last field");
        if page.text[..inner.end].ends_with('\n') {
            found.fix(Span::new(inner.end, inner.end), end);
        }
    }
}
