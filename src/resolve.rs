//! Names that people type to ids: `rollback` is `rollback-needed`.

use std::collections::BTreeMap;

use crate::learnings::EntryKind;
use crate::markdown::slug;

/// Something that can be named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    pub skill: String,
    pub kind: EntryKind,
    pub id: String,
    /// Titles and old ids.
    pub names: Vec<String>,
}

/// What a typed name stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resolved {
    One(Candidate),
    /// Several fit equally well.
    Several(Vec<Candidate>),
    /// None fits; the nearest ids, the best first.
    None(Vec<Candidate>),
}

/// Finds what a name stands for: exact id, alias, title, unique prefix of an id, unique word of id or title.
///
/// The first of these steps at which anything fits decides.
pub fn resolve(
    name: &str,
    candidates: &[Candidate],
    aliases: &BTreeMap<String, String>,
) -> Resolved {
    let typed = name.trim().trim_matches('`');
    let id = slug(typed);
    let meant = aliases.get(typed).or_else(|| aliases.get(&id));
    let words: Vec<&str> = id.split('-').filter(|it| !it.is_empty()).collect();
    let fits_word = |it: &Candidate| {
        let texts = std::iter::once(it.id.clone()).chain(it.names.iter().map(|it| slug(it)));
        let mut texts = texts.map(|it| it.split('-').map(str::to_owned).collect::<Vec<_>>());
        !words.is_empty() && texts.any(|text| words.iter().all(|w| text.iter().any(|t| t == w)))
    };
    let steps: [&dyn Fn(&Candidate) -> bool; 5] = [
        &|it| it.id == typed || it.id == id,
        &|it| meant.is_some_and(|m| it.id == *m),
        &|it| it.names.iter().any(|n| n == typed || slug(n) == id),
        &|it| !id.is_empty() && it.id.starts_with(&id),
        &fits_word,
    ];
    for step in steps {
        let mut found: Vec<Candidate> = candidates.iter().filter(|it| step(it)).cloned().collect();
        found.dedup_by(|a, b| a.skill == b.skill && a.kind == b.kind && a.id == b.id);
        match found.len() {
            0 => {}
            1 => return Resolved::One(found.remove(0)),
            _ => return Resolved::Several(found),
        }
    }
    Resolved::None(nearest(&id, candidates))
}

/// Returns up to three candidates whose id or title is close to what was typed.
fn nearest(id: &str, candidates: &[Candidate]) -> Vec<Candidate> {
    let score = |it: &Candidate| {
        let texts = std::iter::once(it.id.clone()).chain(it.names.iter().map(|it| slug(it)));
        texts.map(|it| closeness(id, &it)).fold(0.0, f64::max)
    };
    let mut scored: Vec<(f64, &Candidate)> =
        candidates.iter().map(|it| (score(it), it)).filter(|it| it.0 >= 0.5).collect();
    // Of ids that have the word, the one with the least around it.
    let whole = |it: &Candidate| strsim::normalized_damerau_levenshtein(id, &it.id);
    scored.sort_by(|a, b| {
        let by_score = b.0.total_cmp(&a.0).then_with(|| whole(b.1).total_cmp(&whole(a.1)));
        by_score.then_with(|| a.1.id.cmp(&b.1.id))
    });
    scored.into_iter().take(3).map(|it| it.1.clone()).collect()
}

/// Mean over the typed words of the likeness to the closest word of the id.
fn closeness(typed: &str, id: &str) -> f64 {
    let words: Vec<&str> = typed.split('-').filter(|it| !it.is_empty()).collect();
    if words.is_empty() {
        return 0.0;
    }
    let best = |word: &str| {
        id.split('-').map(|it| strsim::normalized_damerau_levenshtein(word, it)).fold(0.0, f64::max)
    };
    let by_word = words.iter().map(|it| best(it)).sum::<f64>() / words.len() as f64;
    by_word.max(strsim::normalized_damerau_levenshtein(typed, id))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn candidate(skill: &str, id: &str, title: &str) -> Candidate {
        Candidate {
            skill: skill.into(),
            kind: EntryKind::Pitfall,
            id: id.into(),
            names: vec![title.into()],
        }
    }

    fn all() -> Vec<Candidate> {
        vec![
            candidate("production", "rollback-needed", "Rollback Needed"),
            candidate("production", "production-deploy-failures", "Deploys Fail"),
            candidate("production", "missing-rollback-plan", "Missing Rollback Plan"),
            candidate("staging", "deployment-failures", "Deployment Failures"),
            candidate("staging", "rate-limits", "Too Many Requests (429)"),
        ]
    }

    fn ids(name: &str) -> String {
        let aliases = BTreeMap::from([("rl".to_owned(), "rate-limits".to_owned())]);
        let list =
            |it: Vec<Candidate>| it.into_iter().map(|it| it.id).collect::<Vec<_>>().join(" ");
        match resolve(name, &all(), &aliases) {
            Resolved::One(it) => it.id,
            Resolved::Several(it) => format!("several: {}", list(it)),
            Resolved::None(it) => format!("none: {}", list(it)),
        }
    }

    #[test]
    fn the_first_step_that_fits_decides() {
        assert_eq!(ids("rollback-needed"), "rollback-needed");
        assert_eq!(ids("rl"), "rate-limits");
        assert_eq!(ids("Missing Rollback Plan"), "missing-rollback-plan");
        assert_eq!(ids("🚫 Too many requests"), "rate-limits");
        assert_eq!(ids("rollback"), "rollback-needed");
        assert_eq!(ids("plan"), "missing-rollback-plan");
        assert_eq!(ids("failures"), "several: production-deploy-failures deployment-failures");
        assert_eq!(ids("rolback-neded"), "none: rollback-needed");
        assert_eq!(ids("rolback"), "none: rollback-needed missing-rollback-plan");
        assert_eq!(ids("zebra"), "none: ");
        assert_eq!(ids(""), "none: ");
    }
}
