//! Commits and their parents, for what a deployment was the first to have.

use std::collections::{BTreeMap, BTreeSet};

use crate::event::Timestamp;

/// Commits by name.
#[derive(Clone, Debug, Default)]
pub struct History {
    by_name: BTreeMap<String, usize>,
    /// When each was made, and its parents.
    commits: Vec<(Timestamp, Vec<usize>)>,
}

impl History {
    /// Reads lines of a name, a time in seconds since 1970 (UTC) and the names of the parents, as
    /// `git log --format='%H %ct %P'` prints them. A parent that is not listed is none.
    pub fn parse(log: &str) -> Self {
        let mut res = Self::default();
        let rows: Vec<(&str, Timestamp, &str)> = log
            .lines()
            .filter_map(|it| {
                let (name, rest) = it.split_once(' ')?;
                let (time, parents) = rest.split_once(' ').unwrap_or((rest, ""));
                Some((name, Timestamp(time.parse().ok()?), parents))
            })
            .collect();
        res.by_name = rows.iter().enumerate().map(|(at, it)| (it.0.to_owned(), at)).collect();
        for (_, time, parents) in rows {
            let parents =
                parents.split(' ').filter_map(|it| res.by_name.get(it).copied()).collect();
            res.commits.push((time, parents));
        }
        res
    }

    /// Returns the place of a commit, whose name may be cut where no other begins like it.
    pub fn find(&self, name: &str) -> Option<usize> {
        let mut found =
            self.by_name.range(name.to_owned()..).take_while(|it| it.0.starts_with(name));
        let first = found.next()?;
        (first.0 == name || found.next().is_none()).then_some(*first.1)
    }

    /// Returns when a commit was made.
    pub fn time(&self, commit: usize) -> Timestamp {
        self.commits[commit].0
    }

    /// Returns a commit and those before it, without those that were `seen` and what is before them.
    pub fn new_commits(&self, name: &str, seen: &BTreeSet<usize>) -> BTreeSet<usize> {
        let mut res = BTreeSet::new();
        let mut waiting: Vec<usize> = self.find(name).into_iter().collect();
        while let Some(at) = waiting.pop() {
            if !seen.contains(&at) && res.insert(at) {
                waiting.extend(&self.commits[at].1);
            }
        }
        res
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_new_leaves_out_what_was_seen() {
        // a - b - d - e, and c beside b.
        let history = History::parse("e 50 d\nd 40 b c\nc 30 a\nb 20 a\na 10 \n");
        let at = |it: &str| history.find(it).unwrap();
        let names = |it: &[&str]| it.iter().map(|it| at(it)).collect::<BTreeSet<_>>();
        let first = history.new_commits("b", &BTreeSet::new());
        assert_eq!(first, names(&["a", "b"]));
        assert_eq!(history.new_commits("e", &first), names(&["c", "d", "e"]));
        assert_eq!(history.new_commits("x", &first), names(&[]));
        assert_eq!(history.time(at("c")), Timestamp(30));
    }
}
