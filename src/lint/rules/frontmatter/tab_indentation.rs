use crate::lint::rules::{Check, Rule, SkillLook};
use crate::lint::walk::Page;
use crate::lint::{Level, Sink};

pub const RULE: Rule = Rule {
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
