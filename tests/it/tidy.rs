//! The house is as ARCHITECTURE.md says.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use crate::support::{files, repo};

/// The modules in the order of lib.rs: each may use those before it.
fn layers() -> Vec<String> {
    let text = fs::read_to_string(repo().join("src/lib.rs")).unwrap();
    let names = text.lines().filter_map(|it| it.strip_prefix("pub mod ")?.strip_suffix(';'));
    names.map(str::to_owned).collect()
}

fn module_of(path: &Path) -> String {
    let relative = path.strip_prefix(repo().join("src")).unwrap();
    let first = relative.components().next().unwrap().as_os_str().to_str().unwrap();
    first.trim_end_matches(".rs").to_owned()
}

#[test]
fn modules_use_only_those_below_them() {
    let layers = layers();
    let place = |name: &str| layers.iter().position(|it| it == name);
    let mut wrong = BTreeSet::new();
    for path in files(&repo().join("src")) {
        let Some(own) = place(&module_of(&path)) else { continue };
        let text = fs::read_to_string(&path).unwrap();
        for (at, _) in text.match_indices("crate::") {
            let rest = &text[at + 7..];
            let end =
                rest.find(|it: char| !(it.is_alphanumeric() || it == '_')).unwrap_or(rest.len());
            if place(&rest[..end]).is_some_and(|it| it > own) {
                wrong.insert(format!("{} uses {}", path.display(), &rest[..end]));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_code_map_names_every_module() {
    let map = fs::read_to_string(repo().join("ARCHITECTURE.md")).unwrap();
    for name in layers() {
        assert!(map.contains(&format!("| `{name}` |")), "ARCHITECTURE.md does not name `{name}`");
    }
}

#[test]
fn every_setting_is_in_the_table() {
    let docs = fs::read_to_string(repo().join("docs/format.md")).unwrap();
    for line in
        docs.lines().filter_map(|it| it.strip_prefix("| `")).filter(|it| it.contains("` | "))
    {
        let Some((key, _)) = line.split_once('`') else { continue };
        let Some((table, name)) = key.split_once('.') else { continue };
        let known =
            ["skills", "stars", "sync", "pack", "aliases", "deploy", "metrics", "hooks", "lint"]
                .contains(&table);
        if !known {
            continue;
        }
        let value = if line.contains("list of globs") {
            "[]"
        } else if line.contains("list of names") || line.contains("list of skills") {
            "[\"x\"]"
        } else if line.contains("list of tables") {
            "[]"
        } else if line.contains("four growing numbers") {
            "[1, 2, 3, 4]"
        } else if line.contains("| number |") {
            "7"
        } else if line.contains("`deploy-success`") {
            "\"deploy-success\""
        } else if line.contains("\"always\"") {
            "\"always\""
        } else {
            "\"x\""
        };
        let text = format!("[{table}]\n{} = {value}\n", name.to_lowercase());
        learn::config::Config::parse(&text)
            .unwrap_or_else(|err| panic!("{key} of docs/format.md: {err}"));
    }
}

#[test]
fn commands_of_the_readme_exist() {
    let readme = fs::read_to_string(repo().join("README.md")).unwrap();
    let help = std::process::Command::new(crate::support::BIN).arg("--help").output().unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    for (at, _) in readme.match_indices("`learn ") {
        let name = readme[at + 7..].split(|it: char| !it.is_ascii_lowercase()).next().unwrap();
        assert!(help.contains(&format!("\n  {name}")), "the README names `learn {name}`");
    }
}

/// What other systems do instead stands beside it: nobody adds a fourth place without thinking of them.
#[test]
fn calls_of_one_system_only_stand_where_the_others_are_thought_of() {
    let mut found = BTreeSet::new();
    for path in files(&repo().join("src")) {
        let text = fs::read_to_string(&path).unwrap();
        let names = ["std::os::", "rustix::", "windows_sys::", "libc::", "\"/dev/", "\"/proc/"];
        let code = text.lines().filter(|it| !it.trim_start().starts_with("//"));
        if code.into_iter().any(|line| names.iter().any(|it| line.contains(it))) {
            let relative = path.strip_prefix(repo().join("src")).unwrap();
            found.insert(relative.to_str().unwrap().replace('\\', "/"));
        }
    }
    let known = [
        "lint/rules/code/script_not_executable.rs",
        "store/write/author.rs",
        "store/write/exchange.rs",
    ];
    assert_eq!(found, known.map(str::to_owned).into());
}
