//! Deployments: what several reports of one deployment say together.
//!
//! The same deployment is reported by CI, by a hook and by hand. Pure: knows events, but no store, no
//! clock and no metric. All times are seconds since 1970 (UTC).

use serde::{Deserialize, Serialize};

use crate::event::{By, DurationFrom, Event, Id, Outcome, Timestamp};

/// Reports of one deployment start at most this many seconds apart.
const NEAR: i64 = 2 * 3600;

/// The environment of a deployment that names none.
pub const PRODUCTION: &str = "production";

/// The pitfall that a rollback is an occurrence of.
pub const ROLLBACK: &str = "rollback-needed";

/// Returns the name of a commit as it is stored, in lower case; `None` when it is not 7 to 64 hexadecimal
/// digits.
pub fn commit_name(text: &str) -> Option<String> {
    let name = text.trim().to_ascii_lowercase();
    let is_name = (7..=64).contains(&name.len()) && name.bytes().all(|it| it.is_ascii_hexdigit());
    is_name.then_some(name)
}

/// How long after a release the revert of a commit of it takes it back, in seconds.
pub const REVERT_S: i64 = 48 * 3600;

/// Returns the commits that a commit's message takes back, as `git revert` writes it.
pub fn reverted(body: &str) -> impl Iterator<Item = &str> {
    let named = body.split("This reverts commit ").skip(1);
    let end = |it: &str| it.find(|it: char| !it.is_ascii_hexdigit()).unwrap_or(it.len());
    named.map(move |it| &it[..end(it)]).filter(|it| it.len() >= 7)
}

/// One report of a deployment: what of a `deploy` event takes part in merging and measuring.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeployFact {
    pub id: Id,
    pub when: Timestamp,
    pub by: Option<By>,
    pub outcome: Outcome,
    pub env: Option<String>,
    pub service: Option<String>,
    pub version: Option<String>,
    pub sha: Option<String>,
    pub run: Option<String>,
    pub started: Option<Timestamp>,
    pub finished: Option<Timestamp>,
    pub duration_from: Option<DurationFrom>,
    pub recovers: Option<Id>,
    pub hotfix: bool,
    pub reached: Option<bool>,
    pub lead_s: Option<i64>,
}

/// One deployment, whoever reported it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deployment {
    /// The events that report it, oldest first.
    pub ids: Vec<Id>,
    /// When it started, as far as known.
    pub start: Timestamp,
    pub outcome: Outcome,
    pub env: String,
    pub service: Option<String>,
    pub version: Option<String>,
    pub sha: Option<String>,
    pub run: Option<String>,
    pub started: Option<Timestamp>,
    pub finished: Option<Timestamp>,
    pub duration_from: Option<DurationFrom>,
    pub recovers: Option<Id>,
    pub hotfix: bool,
    pub reached: Option<bool>,
    pub lead_s: Option<i64>,
}

impl DeployFact {
    /// Takes the facts out of a `deploy` event.
    pub fn of(event: &Event<'_>) -> Self {
        let own = |it: &Option<std::borrow::Cow<'_, str>>| it.as_ref().map(ToString::to_string);
        Self {
            id: event.id,
            when: event.when(),
            by: event.by,
            outcome: event.outcome.unwrap_or_default(),
            env: own(&event.env),
            service: own(&event.service),
            version: own(&event.version),
            sha: own(&event.sha),
            run: own(&event.run),
            started: event.started,
            finished: event.finished,
            duration_from: event.duration_from,
            recovers: event.recovers,
            hotfix: event.hotfix,
            reached: event.reached,
            lead_s: event.lead_s,
        }
    }

    fn start(&self) -> Timestamp {
        self.started.or(self.finished).unwrap_or(self.when)
    }

    fn env(&self) -> &str {
        self.env.as_deref().unwrap_or(PRODUCTION)
    }

    /// Says how much a report is trusted: CI, then hook, then detector, then people.
    fn rank(&self) -> u8 {
        match self.by {
            Some(By::Ci) => 0,
            Some(By::Hook) => 1,
            Some(By::Detect) => 2,
            Some(By::Hand) => 3,
            _ => 4,
        }
    }

    fn outcome_known(&self) -> bool {
        !matches!(self.outcome, Outcome::Unknown | Outcome::Other)
    }

    /// Says whether another report may be of the same deployment, going by what was deployed and when.
    fn is_near(&self, other: &Self) -> bool {
        self.is_of_same_artifact(other) && self.is_at_same_time(other)
    }

    /// Says whether another report speaks of the same artifact in the same place, and will not be merged
    /// with this one: too late, or by somebody who reported it before.
    pub fn is_told_again_by(&self, other: &Self) -> bool {
        let merges = self.is_at_same_time(other) && self.by != other.by;
        self.is_of_same_artifact(other) && !merges
    }

    fn is_at_same_time(&self, other: &Self) -> bool {
        (self.start().0 - other.start().0).abs() <= NEAR
    }

    fn is_of_same_artifact(&self, other: &Self) -> bool {
        let same_artifact = match (&self.sha, &other.sha) {
            (Some(a), Some(b)) => a.starts_with(b.as_str()) || b.starts_with(a.as_str()),
            _ => self.version.is_some() && self.version == other.version,
        };
        same_artifact && self.env() == other.env() && self.service == other.service
    }
}

impl Deployment {
    /// Returns when it ended: when it finished, else when it started.
    pub fn end(&self) -> Timestamp {
        self.finished.unwrap_or(self.start)
    }

    /// Returns what people call it: its version, else its commit or run, else the time it started.
    pub fn name(&self) -> String {
        let run = self.run.as_ref().map(|it| format!("run {it}"));
        self.version
            .clone()
            .or_else(|| self.sha.as_ref().map(|it| it.chars().take(7).collect()))
            .or(run)
            .unwrap_or_else(|| self.start.to_string())
    }

    /// `facts` are the reports of one deployment, by (time, id).
    fn of(facts: &[&DeployFact]) -> Self {
        // The best report first; of two equally good ones the later knows more.
        let mut best: Vec<&DeployFact> = facts.iter().rev().copied().collect();
        best.sort_by_key(|it| it.rank());
        let text = |field: fn(&DeployFact) -> Option<&String>| {
            best.iter().copied().find_map(field).cloned()
        };
        // A start of one clock and an end of another make no duration.
        let whole = best.iter().find(|it| it.started.is_some() && it.finished.is_some());
        let (started, finished) = match whole {
            Some(it) => (it.started, it.finished),
            None => (
                best.iter().find_map(|it| it.started),
                best.iter()
                    .find_map(|it| it.finished)
                    .filter(|_| best.iter().all(|it| it.started.is_none())),
            ),
        };
        let known = best.iter().find(|it| it.outcome_known()).or(best.first());
        let first = facts.iter().map(|it| it.start()).min().unwrap_or_default();
        Self {
            ids: facts.iter().map(|it| it.id).collect(),
            start: started.or(finished).unwrap_or(first),
            outcome: known.map_or(Outcome::Unknown, |it| it.outcome),
            env: text(|it| it.env.as_ref()).unwrap_or_else(|| PRODUCTION.to_owned()),
            service: text(|it| it.service.as_ref()),
            version: text(|it| it.version.as_ref()),
            sha: text(|it| it.sha.as_ref()),
            run: text(|it| it.run.as_ref()),
            started,
            finished,
            duration_from: whole.and_then(|it| it.duration_from),
            recovers: best.iter().find_map(|it| it.recovers),
            hotfix: best.iter().any(|it| it.hotfix),
            reached: best.iter().find_map(|it| it.reached),
            lead_s: best.iter().find_map(|it| it.lead_s),
        }
    }
}

/// Returns the median time in seconds from commits, by when each was made, to their deployment.
pub fn median_lead(deployed: Timestamp, mut committed: Vec<i64>) -> Option<i64> {
    for it in &mut committed {
        *it = (deployed.0 - *it).max(0);
    }
    committed.sort_unstable();
    let middle = committed.len().checked_sub(1)? / 2;
    let (low, high) = (committed.get(middle)?, committed.get(committed.len() / 2)?);
    Some(i64::midpoint(*low, *high))
}

/// Returns the deployments that the reports are of, by start, the same for any order of the reports.
///
/// Reports of one run are one deployment, and reports of different runs never are. A report without
/// a run joins the nearest deployment of the same environment, service and commit (one may be a
/// prefix of the other; the version decides where a commit is not known) that started at most two
/// hours apart and that nobody of the same kind (`by`) reported yet: who reports two deployments
/// means two. A known outcome beats an unknown one, and CI beats hook, detector and hand.
pub fn merge(facts: &[DeployFact]) -> Vec<Deployment> {
    let mut sorted: Vec<&DeployFact> = facts.iter().collect();
    sorted.sort_by_key(|it| (it.when, it.id));
    let mut groups: Vec<Vec<&DeployFact>> = Vec::new();
    let (with_run, without): (Vec<&DeployFact>, Vec<&DeployFact>) =
        sorted.into_iter().partition(|it| it.run.is_some());
    for fact in with_run {
        match groups.iter_mut().find(|it| it[0].run == fact.run) {
            Some(group) => group.push(fact),
            None => groups.push(vec![fact]),
        }
    }
    for fact in without {
        let distance = |group: &[&DeployFact]| {
            group.iter().map(|it| (it.start().0 - fact.start().0).abs()).min()
        };
        let joined = groups
            .iter_mut()
            .filter(|it| it.iter().all(|other| other.by != fact.by))
            .filter(|it| it.iter().any(|other| other.is_near(fact)))
            .min_by_key(|it| distance(it));
        match joined {
            Some(group) => group.push(fact),
            None => groups.push(vec![fact]),
        }
    }
    let mut res: Vec<Deployment> = groups
        .iter_mut()
        .map(|it| {
            it.sort_by_key(|it| (it.when, it.id));
            Deployment::of(it)
        })
        .collect();
    res.sort_by(|a, b| (a.start, &a.ids).cmp(&(b.start, &b.ids)));
    res
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn fact(id: u128, minute: i64, by: By) -> DeployFact {
        DeployFact {
            id: Id(id),
            when: Timestamp(minute * 60),
            by: Some(by),
            outcome: Outcome::Succeeded,
            version: Some("v1".to_owned()),
            ..DeployFact::default()
        }
    }

    #[test]
    fn three_reports_are_one_and_two_of_a_kind_are_two() {
        let reports = [fact(1, 0, By::Hand), fact(2, 10, By::Hook), fact(3, 120, By::Ci)];
        assert_eq!(merge(&reports).len(), 1);
        assert_eq!(merge(&[fact(1, 0, By::Hand), fact(2, 10, By::Hand)]).len(), 2);
        assert_eq!(merge(&[fact(1, 0, By::Hand), fact(2, 121, By::Ci)]).len(), 2);
    }

    #[test]
    fn runs_decide_before_anything_else() {
        let run = |id, minute, run: &str| DeployFact {
            run: Some(run.to_owned()),
            ..fact(id, minute, By::Ci)
        };
        assert_eq!(merge(&[run(1, 0, "7"), run(2, 900, "7")]).len(), 1);
        assert_eq!(merge(&[run(1, 0, "7"), run(2, 1, "8")]).len(), 2);
        let nearest = merge(&[run(1, 0, "7"), run(2, 60, "8"), fact(3, 50, By::Hand)]);
        assert_eq!(nearest[1].ids, [Id(3), Id(2)]);
    }

    #[test]
    fn the_best_report_decides() {
        let unknown = DeployFact { outcome: Outcome::Unknown, ..fact(1, 0, By::Ci) };
        let failed = DeployFact { outcome: Outcome::Failed, ..fact(2, 1, By::Hook) };
        let merged = merge(&[fact(3, 2, By::Hand), failed, unknown]);
        assert_eq!((merged.len(), merged[0].outcome), (1, Outcome::Failed));
    }

    #[test]
    fn commits_match_by_prefix_and_contradict_versions() {
        let sha = |id, by, sha: &str| DeployFact { sha: Some(sha.to_owned()), ..fact(id, 0, by) };
        assert_eq!(merge(&[sha(1, By::Ci, "abcdef0123"), sha(2, By::Hand, "abcdef0")]).len(), 1);
        assert_eq!(merge(&[sha(1, By::Ci, "abcdef0"), sha(2, By::Hand, "1234567")]).len(), 2);
        let staging = DeployFact { env: Some("staging".to_owned()), ..fact(2, 0, By::Hand) };
        assert_eq!(merge(&[fact(1, 0, By::Ci), staging]).len(), 2);
    }

    proptest! {
        #[test]
        fn order_does_not_matter(
            reports in prop::collection::vec((0_i64..600, 0_usize..4, 0_usize..4), 0..20)
                .prop_flat_map(|it| {
                    let facts: Vec<DeployFact> = it.iter().enumerate().map(|(at, (minute, by, run))| {
                        let by = [By::Ci, By::Hook, By::Detect, By::Hand][*by];
                        let run = [None, None, Some("1".to_owned()), Some("2".to_owned())][*run].clone();
                        DeployFact { run, ..fact(at as u128, *minute, by) }
                    }).collect();
                    (Just(facts.clone()), Just(facts).prop_shuffle())
                })
        ) {
            prop_assert_eq!(merge(&reports.0), merge(&reports.1));
        }
    }
}
