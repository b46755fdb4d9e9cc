//! Deployments and what belongs to each: how long they took, whether they failed, when they were mended.

use std::collections::BTreeMap;

use crate::deploy::Deployment;
use crate::event::{Id, Outcome, Role, Timestamp};
use crate::metric::quantity::Quantity;
use crate::projection::{Link, SkillTally, Stamp};

/// A deployment and what belongs to it.
pub struct Case<'a> {
    pub deployment: Deployment,
    pub links: Vec<&'a (Stamp, Link)>,
}

impl Case<'_> {
    pub fn has(&self, role: Role) -> bool {
        self.links.iter().any(|it| it.1.role == Some(role))
    }

    /// Production was changed: it succeeded, or failed after traffic had moved, as a rollback proves.
    pub fn reached(&self) -> bool {
        let it = &self.deployment;
        it.outcome == Outcome::Succeeded
            || (it.outcome == Outcome::Failed
                && (it.reached == Some(true) || self.has(Role::Rollback)))
    }

    pub fn ran(&self) -> bool {
        matches!(self.deployment.outcome, Outcome::Succeeded | Outcome::Failed)
    }

    pub fn id(&self) -> Id {
        self.deployment.ids[0]
    }
}

/// Returns the deployments by start, each with the occurrences that name it or its version.
pub fn cases(tally: &SkillTally) -> Vec<Case<'_>> {
    let mut res: Vec<Case<'_>> = tally
        .deployments()
        .into_iter()
        .map(|deployment| Case { deployment, links: Vec::new() })
        .collect();
    let mut by_id = BTreeMap::new();
    for (at, case) in res.iter().enumerate() {
        by_id.extend(case.deployment.ids.iter().map(|id| (*id, at)));
    }
    for link in tally.links.iter() {
        let named = link.1.of.and_then(|id| by_id.get(&id).copied());
        let at = named.or_else(|| {
            // The report that was named may be a copy of one that came from another clone.
            let version = link.1.version.as_ref()?;
            res.iter().rposition(|it| {
                it.deployment.version.as_ref() == Some(version)
                    && it.deployment.start <= link.0.0
                    && (link.1.service.is_none() || it.deployment.service == link.1.service)
            })
        });
        if let Some(at) = at {
            res[at].links.push(link);
        }
    }
    res
}

pub fn seconds(it: i64) -> Option<Quantity> {
    Some(Quantity::Duration(u64::try_from(it).ok()?.checked_mul(1000)?))
}

pub fn is_unplanned(deployment: &Deployment) -> bool {
    deployment.hotfix || deployment.recovers.is_some()
}

/// A deployment failed its users when it was rolled back, had an incident, or was mended by a later one:
/// the one that says so, or a hotfix right after it that does not say of what.
pub fn has_failed(case: &Case<'_>, reached: &[&Case<'_>]) -> bool {
    let mended = reached
        .iter()
        .any(|it| it.deployment.recovers.is_some_and(|id| case.deployment.ids.contains(&id)));
    let next = reached.iter().find(|it| it.deployment.start > case.deployment.start);
    let hotfixed = next.is_some_and(|it| it.deployment.hotfix && it.deployment.recovers.is_none());
    mended || hotfixed || case.has(Role::Rollback) || case.has(Role::Incident)
}

/// Returns how long deployments took whose times come from where those of the newest do: times of a
/// pipeline and of a session do not mix.
pub fn durations(ran: &[&Case<'_>]) -> Vec<(Quantity, Id)> {
    let timed = |it: &&Case<'_>| Some((it.deployment.started?, it.deployment.finished?));
    let newest = ran.iter().rfind(|it| timed(it).is_some());
    let from = newest.and_then(|it| it.deployment.duration_from);
    ran.iter()
        .filter(|it| it.deployment.duration_from == from)
        .filter_map(|it| {
            let (started, finished) = timed(it)?;
            Some((seconds(finished.0 - started.0)?, it.id()))
        })
        .collect()
}

/// Returns how long it took from the end of each failed deployment to the end of its recovery.
pub fn recoveries(all: &[&Case<'_>]) -> Vec<(Quantity, Id)> {
    all.iter()
        .filter_map(|it| Some((seconds(recovery(it, all)?.0 - it.deployment.end().0)?, it.id())))
        .collect()
}

/// Returns when the deployment that mended a failed one ended, else when it was rolled back, else when
/// what it did was over.
fn recovery(case: &Case<'_>, all: &[&Case<'_>]) -> Option<Timestamp> {
    let by_deploy = all.iter().find(|it| {
        it.deployment.outcome == Outcome::Succeeded
            && it.deployment.recovers.is_some_and(|id| case.deployment.ids.contains(&id))
    });
    let rollback = case.links.iter().find(|it| it.1.role == Some(Role::Rollback));
    let over = case.links.iter().filter_map(|it| it.1.resolved_at).max();
    by_deploy
        .map(|it| it.deployment.end())
        .or_else(|| rollback.map(|it| it.1.resolved_at.unwrap_or(it.0.0)))
        .or(over)
}

/// Returns the deployments that failed and are not known to be mended: failed ones after which none of
/// the same place succeeded, and those with an incident that is not over.
pub fn open<'a, 'b>(all: &'b [Case<'a>]) -> Vec<&'b Case<'a>> {
    let refs: Vec<&Case<'_>> = all.iter().collect();
    let place = |it: &Case<'_>| (it.deployment.env.clone(), it.deployment.service.clone());
    all.iter()
        .filter(|case| {
            let failed = case.deployment.outcome == Outcome::Failed
                && !all.iter().any(|it| {
                    it.deployment.outcome == Outcome::Succeeded
                        && it.deployment.start >= case.deployment.start
                        && place(it) == place(case)
                });
            (failed || case.has(Role::Incident)) && recovery(case, &refs).is_none()
        })
        .collect()
}
