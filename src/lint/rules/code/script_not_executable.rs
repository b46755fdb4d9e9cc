use super::{GOOD, entry, first_bytes, named};
use crate::lint::Level;
use crate::lint::rules::{Check, Rule, SPEC};
use crate::lint::walk::Entry;

pub const RULE: Rule = Rule {
    name: "script-not-executable",
    group: "code in skills",
    level: Level::Warning,
    what: "A script that a command runs by its path and that may not be executed.",
    why: "The shell answers \"permission denied\".",
    example: &[
        ("reference.md", "# R\n\n```sh\n./scripts/ship.sh\n```\n"),
        ("scripts/ship.sh", "#!/bin/sh\nmake ship\n"),
    ],
    instead: GOOD,
    source: SPEC,
    check: Check::Page(|look, page, sink| {
        for it in named(look.skill, page).iter().filter(|it| it.direct) {
            let Some(entry) = entry(look.skill, &it.path) else { continue };
            if !is_executable(entry) && first_bytes(entry).starts_with(b"#!") {
                sink.add(it.span, format!("`{}` may not be executed", it.path))
                    .help(format!("`chmod +x {}`, or name its program: `sh {}`", it.path, it.path));
            }
        }
    }),
};

#[cfg(unix)]
fn is_executable(entry: &Entry) -> bool {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(&entry.path).is_ok_and(|it| it.permissions().mode() & 0o111 != 0)
}

/// Windows runs by ending, not by mode.
#[cfg(not(unix))]
fn is_executable(_: &Entry) -> bool {
    true
}
