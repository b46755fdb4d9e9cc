use std::path::PathBuf;

use super::{Found, file_links, find, normal};
use crate::lint::Level;
use crate::lint::rules::{Check, Rule};

pub const RULE: Rule = Rule {
    name: "deep-chain",
    group: "links",
    level: Level::Info,
    what: "A file that SKILL.md does not name and only another linked file links to.",
    why: "Agents often read the first part only of files that lie more than one step away.",
    example: &[
        (
            "SKILL.md",
            "---\nname: ship\ndescription: Ships a release. Use when releasing.\n---\n# Ship\n\nRead [a](a.md).\n",
        ),
        ("a.md", "# A\n\nRead [b](b.md).\n"),
        ("b.md", "# B\n\nText.\n"),
    ],
    instead: &[
        (
            "SKILL.md",
            "---\nname: ship\ndescription: Ships a release. Use when releasing.\n---\n# Ship\n\nRead [a](a.md) and [b](b.md).\n",
        ),
        ("a.md", "# A\n\nRead [b](b.md).\n"),
        ("b.md", "# B\n\nText.\n"),
    ],
    source: "https://docs.claude.com/en/docs/agents-and-tools/agent-skills/best-practices",
    check: Check::Page(|look, page, sink| {
        let Some(top) = look.skill.skill_md() else { return };
        if page.is_skill_md() || page.is_learnings() {
            return;
        }
        let mut said: Vec<&PathBuf> = Vec::new();
        for link in file_links(page) {
            let path = &link.path;
            let own = path.to_ascii_lowercase().ends_with(".md")
                && !path.ends_with("learnings.md")
                && !path.ends_with("README.md");
            if path.is_empty() || !own {
                continue;
            }
            let Found::Here(full) = find(look.skill, page, link) else { continue };
            let Some(target) = look.skill.pages.iter().find(|it| normal(&it.path) == *full) else {
                continue;
            };
            let name = target.relative.rsplit('/').next().unwrap_or(&target.relative);
            if target.is_skill_md()
                || target.path == page.path
                || top.text.contains(name)
                || said.contains(&full)
            {
                continue;
            }
            sink.add(
                link.span,
                format!("`{}` is reached from here only, not from SKILL.md", target.relative),
            )
            .help("link to it from SKILL.md");
            said.push(full);
        }
    }),
};
