//! Which learnings.md the package of this project ships over the user's.

use crate::workspace::Workspace;

/// A learnings.md that is shipped, and by which entry of `files`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shipped {
    /// From the root.
    pub path: String,
    pub entry: String,
}

/// Returns what the `files` of a package.json ship; nothing for a text that is no JSON or has none.
pub fn shipped(workspace: &Workspace, package: &str) -> Vec<Shipped> {
    let Ok(value) = serde_json::from_str::<serde_json::Value>(package) else { return Vec::new() };
    let Some(files) = value.get("files").and_then(|it| it.as_array()) else { return Vec::new() };
    let list: Vec<&str> = files.iter().filter_map(|it| it.as_str()).collect();
    let is_out = |path: &str| {
        let own = format!("!{path}");
        list.iter().any(|it| *it == own || matches!(*it, "!**/learnings.md" | "!learnings.md"))
    };
    let mut res = Vec::new();
    let all = workspace.skills.iter().flat_map(|it| workspace.files(it));
    for path in all.filter(|it| it.exists()).map(|it| workspace.store.shown(&it)) {
        let covers = |entry: &&&str| {
            let folder = entry
                .trim_end_matches("/**")
                .trim_end_matches("/*")
                .trim_end_matches('/')
                .trim_start_matches("./");
            !folder.starts_with('!') && (path == folder || path.starts_with(&format!("{folder}/")))
        };
        if let Some(entry) = list.iter().find(covers).filter(|_| !is_out(&path)) {
            res.push(Shipped { path: path.clone(), entry: (*entry).to_owned() });
        }
    }
    res
}
