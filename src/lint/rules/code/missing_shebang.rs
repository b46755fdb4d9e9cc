use super::{GOOD, entry, first_bytes, named};
use crate::lint::Level;
use crate::lint::rules::{Check, Rule, SPEC};

pub const RULE: Rule = Rule {
    name: "missing-shebang",
    group: "code in skills",
    level: Level::Warning,
    what: "A script that a command runs by its path and whose first line does not say with what.",
    why: "Which shell then runs it depends on the caller; a Python script runs as shell.",
    example: &[
        ("reference.md", "# R\n\n```sh\n./scripts/ship.sh\n```\n"),
        ("scripts/ship.sh", "make ship\n"),
    ],
    instead: GOOD,
    source: SPEC,
    check: Check::Page(|look, page, sink| {
        for it in named(look.skill, page).iter().filter(|it| it.direct) {
            let Some(entry) = entry(look.skill, &it.path) else { continue };
            let first = first_bytes(entry);
            if !first.is_empty() && !first.starts_with(b"#!") {
                sink.add(it.span, format!("`{}` does not begin with `#!`", it.path))
                    .help("begin it with `#!/usr/bin/env bash` or what runs it");
            }
        }
    }),
};
