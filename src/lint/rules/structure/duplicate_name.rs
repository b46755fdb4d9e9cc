use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::lint::Level;
use crate::lint::rules::{CLAUDE, Check, Rule};
use crate::lint::walk::Summary;
use crate::text::Span;

pub const RULE: Rule = Rule {
    name: "duplicate-name",
    group: "across skills",
    level: Level::Warning,
    what: "Two skills of one folder with the same name.",
    why: "Only one of them is found by it. Mirrors in other folders and skills of other plugins are no duplicates.",
    example: &[],
    instead: &[],
    source: CLAUDE,
    check: Check::Across(duplicate_name),
};

fn duplicate_name(skills: &[Summary]) -> Vec<(usize, Span, String)> {
    let mut seen: BTreeMap<(PathBuf, &str), usize> = BTreeMap::new();
    let mut res = Vec::new();
    for (at, it) in skills.iter().enumerate() {
        let Some((name, span)) = &it.name else { continue };
        let root = it.dir.parent().unwrap_or(&it.dir).to_owned();
        match seen.get(&(root.clone(), name.as_str())) {
            Some(first) if skills[*first].dir != it.dir => {
                let other = crate::lint::shown_path(&skills[*first].dir);
                res.push((at, *span, format!("`{other}` has the name `{name}` too")));
            }
            Some(_) => {}
            None => {
                seen.insert((root, name), at);
            }
        }
    }
    res
}
