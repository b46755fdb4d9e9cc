use crate::lint::rules::{Check, Rule, SPEC, SkillLook};
use crate::lint::walk::Page;
use crate::lint::{Level, Sink};

pub const RULE: Rule = Rule {
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
