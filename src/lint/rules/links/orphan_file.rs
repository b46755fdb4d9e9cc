use super::decode;
use crate::lint::rules::{Check, Rule, SPEC, SkillLook};
use crate::lint::walk::{Page, Skill};
use crate::lint::{Level, Sink};

pub const RULE: Rule = Rule {
    name: "orphan-file",
    group: "links",
    level: Level::Info,
    what: "A file of the skill that no other file names.",
    why: "No agent will find it.",
    example: &[
        (
            "SKILL.md",
            "---\nname: ship\ndescription: Ships a release. Use when releasing.\n---\n# Ship\n\nRun it.\n",
        ),
        ("lost.md", "# Lost\n\nText.\n"),
    ],
    instead: &[
        (
            "SKILL.md",
            "---\nname: ship\ndescription: Ships a release. Use when releasing.\n---\n# Ship\n\nRead [lost.md](lost.md).\n",
        ),
        ("lost.md", "# Lost\n\nText.\n"),
    ],
    source: SPEC,
    check: Check::Skill(orphan_file),
};

fn orphan_file(look: &SkillLook<'_>, page: &Page, sink: &mut Sink<'_>) {
    for file in &look.skill.files {
        let name = file.relative.rsplit('/').next().unwrap_or(&file.relative);
        let known = matches!(
            name,
            "SKILL.md"
                | "skill.md"
                | "learnings.md"
                | "LICENSE"
                | "LICENSE.txt"
                | "LICENSE.md"
                | "README.md"
                | "CHANGELOG.md"
                | "__init__.py"
                | "CREATION-LOG.md"
        );
        let aside = file.relative.split('/').any(|it| {
            it.starts_with('.')
                || matches!(it, "tests" | "test" | "evals" | "node_modules" | "__pycache__")
        });
        if known || aside || name.starts_with("test") || is_named(look.skill, &file.relative, name)
        {
            continue;
        }
        sink.add(page.head.top(&page.text), format!("nothing names `{}`", file.relative))
            .help("link to it from SKILL.md, or take it out");
    }
}

/// Says whether any text of the skill besides the file itself names it, its stem, or a folder it lies in.
fn is_named(skill: &Skill, relative: &str, name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or(name);
    let folder = relative.rsplit_once('/').map(|it| format!("{}/", it.0));
    let has = |text: &str| {
        let find = |it: &str| memchr::memmem::find(text.as_bytes(), it.as_bytes()).is_some();
        find(name) || (stem.len() > 5 && find(stem)) || folder.as_deref().is_some_and(find)
    };
    let mut others = skill.pages.iter().filter(|it| it.relative != relative);
    let links = |it: &Page| it.md.links.iter().any(|it| decode(&it.target).ends_with(name));
    if others.clone().any(|it| has(&it.text)) || others.any(links) {
        return true;
    }
    skill.files.iter().filter(|it| it.relative != relative && !it.relative.ends_with(".md")).any(
        |it| {
            let small = std::fs::metadata(&it.path).is_ok_and(|it| it.len() < 1 << 18);
            small && std::fs::read_to_string(&it.path).is_ok_and(|it| has(&it))
        },
    )
}
