//! What npm packs, and what the linter says that it packs.

use std::collections::BTreeSet;
use std::process::Command;

use learn::workspace::{Workspace, package};
use serde_json::Value;

use crate::support::{Project, has};

const LEARNINGS: &str = "# Learnings\n";
const SKILL: &str = "---\nname: ship\ndescription: Ships to production. Use when a release is due.\n---\n\n# Ship\n\nSee learnings.md.\n";

/// package.json without its braces, and other files.
type Layout = (&'static str, &'static [(&'static str, &'static str)]);

const LAYOUTS: &[Layout] = &[
    (r#""files": ["skills"]"#, &[]),
    (r#""files": ["skills/"]"#, &[]),
    (r#""files": ["./skills/ship"]"#, &[]),
    (r#""files": ["skills/*"]"#, &[]),
    (r#""files": ["skills/**/*.md"]"#, &[]),
    (r#""files": ["skills/*/SKILL.md"]"#, &[]),
    (r#""files": ["skills", "!skills/*/learnings.md"]"#, &[]),
    (r#""files": ["skills", "!skills/**/learnings.md"]"#, &[]),
    (r#""files": ["!skills/*/learnings.md", "skills"]"#, &[]),
    (r#""files": ["skills", "!skills/ship"]"#, &[]),
    (r#""files": ["skills/ship/learnings.md"]"#, &[]),
    (r#""files": ["skills"]"#, &[("skills/ship/.npmignore", "learnings.md\n")]),
    (r#""files": ["skills"]"#, &[("skills/.npmignore", "ship/\n")]),
    (
        r#""files": ["skills"]"#,
        &[("skills/.npmignore", "ship\n"), ("skills/ship/.npmignore", "!learnings.md\n")],
    ),
    (r#""files": ["skills"]"#, &[("skills/.gitignore", "learnings.md\n")]),
    (r#""files": ["skills"]"#, &[(".npmignore", "skills/ship/learnings.md\n")]),
    (r#""files": ["skills/ship/learnings.md"]"#, &[("skills/ship/.npmignore", "learnings.md\n")]),
    (r#""files": ["skills/ship/learnings.md", "!skills/*/learnings.md"]"#, &[]),
    (r#""files": ["!skills/*/learnings.md", "skills/ship/learnings.md"]"#, &[]),
    (r#""files": ["lib"]"#, &[]),
    (r#""publishConfig": {"access": "public"}"#, &[]),
    (r#""publishConfig": {}"#, &[(".gitignore", "ship/\n")]),
    ("", &[(".npmignore", "learnings.md\n")]),
    ("", &[(".npmignore", "skills/ship/\n")]),
    ("", &[(".npmignore", "lib\n")]),
    ("", &[(".npmignore", "ship/\n"), ("skills/ship/.npmignore", "!learnings.md\n")]),
    ("", &[(".npmignore", "*.md\n"), ("skills/ship/.npmignore", "!learnings.md\n")]),
];

#[test]
fn the_linter_knows_what_npm_packs() {
    if !has("npm") {
        return;
    }
    let mut both = [0, 0];
    for (package, files) in LAYOUTS {
        let project = Project::empty();
        let comma = if package.is_empty() { "" } else { ", " };
        project.write(
            "package.json",
            format!(r#"{{"name": "x", "version": "1.0.0"{comma}{package}}}"#),
        );
        for name in ["skills/ship/", "skills/watch/"] {
            let own = name.split('/').nth(1).unwrap();
            project.write(
                &format!("{name}SKILL.md"),
                SKILL.replace("name: ship", &format!("name: {own}")),
            );
            project.write(&format!("{name}learnings.md"), LEARNINGS);
        }
        for (path, text) in *files {
            project.write(path, text);
        }
        let mut npm = Command::new("npm");
        npm.args(["pack", "--dry-run", "--json", "--offline"]).current_dir(&project.dir);
        let out = npm.output().unwrap();
        let listed: Value = serde_json::from_slice(&out.stdout).unwrap();
        let packed = paths(&listed[0]["files"], "path");
        let packed: BTreeSet<String> =
            packed.into_iter().filter(|it| it.ends_with("learnings.md")).collect();
        let workspace = Workspace::open(&project.dir, Some(&project.dir)).unwrap();
        let text = project.read("package.json");
        let shipped: BTreeSet<String> =
            package::shipped(&workspace, &text).into_iter().map(|it| it.path).collect();
        assert_eq!(shipped, packed, "{package} {files:?}");
        both[usize::from(packed.is_empty())] += 1;
    }
    assert!(both[0] > 5 && both[1] > 5, "{both:?}");
}

fn paths(list: &Value, field: &str) -> BTreeSet<String> {
    let all = list.as_array().unwrap().iter();
    all.map(|it| it[field].as_str().unwrap().to_owned()).collect()
}
