use crate::lint::rules::{Check, Rule, SkillLook};
use crate::lint::walk::Page;
use crate::lint::{Level, Sink};

/// What its fix does.
pub const FIX: &str =
    "Quotes a value with an unquoted `: `, where the parser then reads what was written.";

pub const RULE: Rule = Rule {
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
