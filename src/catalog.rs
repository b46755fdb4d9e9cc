//! Pitfalls that other people's deployments have met already. Shipped in the program, shown when asked
//! for, and in nobody's learnings.md before they are added. Knows no project.

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use crate::event::Impact;

/// One known pitfall.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Known {
    pub id: String,
    pub title: String,
    pub impact: Impact,
    /// `before`, `during` or `after` the deploy.
    pub stage: String,
    /// What to look at; never run.
    pub detection: String,
    pub prevention: Vec<String>,
    pub source: String,
}

#[derive(Deserialize)]
struct File {
    pitfall: Vec<Known>,
}

/// Returns all of them, in the order of the file.
///
/// # Panics
/// Never: a test reads the shipped file.
pub fn all() -> &'static [Known] {
    static ALL: LazyLock<Vec<Known>> = LazyLock::new(|| {
        let file: File =
            toml::from_str(include_str!("catalog/pitfalls.toml")).expect("a test reads it");
        file.pitfall
    });
    &ALL
}

/// Returns the one with an id.
pub fn get(id: &str) -> Option<&'static Known> {
    all().iter().find(|it| it.id == id)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn twenty_pitfalls_each_whole_and_once() {
        let ids: BTreeSet<&str> = all().iter().map(|it| it.id.as_str()).collect();
        assert_eq!((all().len(), ids.len()), (20, 20));
        for it in all() {
            assert!(it.impact != Impact::Other, "{}", it.id);
            assert!(crate::learnings::is_id(&it.id), "{}", it.id);
            assert!(["before", "during", "after"].contains(&it.stage.as_str()), "{}", it.id);
            assert!((2..=5).contains(&it.prevention.len()), "{}", it.id);
            let texts = [&it.title, &it.detection, &it.source];
            for text in texts.into_iter().chain(&it.prevention) {
                assert_eq!(*text, crate::clean::clean(text, 300).text, "{}", it.id);
            }
        }
    }
}
