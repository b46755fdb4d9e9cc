//! Which events of a source are new, and what they say once their ids are known.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use anyhow::Result;

use crate::cli::Ctx;
use crate::cli::commit::is_recorded;
use crate::deploy::{self, DeployFact, PRODUCTION, ROLLBACK};
use crate::event::{By, Event, Id, Impact, Kind, Outcome, Role, Timestamp};
use crate::import::history::History;
use crate::import::{Found, RolledBack};
use crate::learnings::EntryKind;
use crate::resolve::Resolved;
use crate::store::cache::Fold;
use crate::store::git;
use crate::workspace::Workspace;

/// Events of a source that are ready to be stored, in the order of their ids.
pub struct Plan {
    pub events: Vec<Event<'static>>,
    /// How many are known already.
    pub known: usize,
}

/// Gives the events that are not known yet their ids, adds those of the rollbacks, and how long changes
/// took where git knows the commits.
///
/// # Errors
/// When the store or a skill cannot be read.
pub fn plan(
    ctx: &Ctx<'_>,
    workspace: &Workspace,
    fold: &mut Fold,
    found: Vec<Found>,
    history: Option<History>,
) -> Result<Plan> {
    let mut res = Plan { events: Vec::new(), known: 0 };
    let mut keys = HashSet::new();
    let mut pitfalls: BTreeMap<String, (String, bool)> = BTreeMap::new();
    let mut is_known = |key: &str, fold: &mut Fold| -> Result<bool> {
        Ok(!keys.insert(key.to_owned()) || is_recorded(workspace, fold, key)?)
    };
    for Found { mut event, rolled_back, .. } in found {
        let skill = event.skill.to_string();
        let floor = fold.skill(&skill).newest_baseline();
        event.id = ctx.clock.id_after(floor)?;
        let key = event.key.as_deref().unwrap_or_default().to_owned();
        let of = if is_known(&key, fold)? {
            event_with(workspace, &key, rolled_back.is_some())?
        } else {
            told(fold, &event).or(Some(event.id))
        };
        let rollback = match (event.kind, rolled_back) {
            (Kind::Occurrence, _) if of == Some(event.id) => Some(event),
            (_, it) => {
                let rollback = it.map(|it| rollback(&event, it, of));
                if of == Some(event.id) {
                    res.events.push(event);
                } else {
                    res.known += 1;
                }
                rollback
            }
        };
        let Some(mut rollback) = rollback else { continue };
        if rollback.id == Id::default() {
            if is_known(rollback.key.as_deref().unwrap_or_default(), fold)? {
                res.known += 1;
                continue;
            }
            rollback.id = ctx.clock.id_after(floor)?;
        }
        if !pitfalls.contains_key(&skill) {
            pitfalls.insert(skill.clone(), rollback_pitfall(workspace, fold, &skill)?);
        }
        let (pitfall, is_new) = &pitfalls[&skill];
        rollback.pitfall = Some(pitfall.clone().into());
        rollback.impact = is_new.then_some(Impact::Critical);
        res.events.push(rollback);
    }
    if res.events.iter().any(|it| it.sha.is_some())
        && let Some(history) = history.or_else(|| git::history(&workspace.store.root))
    {
        add_leads(&mut res.events, fold, &history);
    }
    Ok(res)
}

/// Makes the event of a rollback; the caller gives it an id and a pitfall.
fn rollback(deployment: &Event<'static>, it: RolledBack, of: Option<Id>) -> Event<'static> {
    let skill = deployment.skill.clone();
    let mut res = Event::new(Id::default(), it.at, skill, Kind::Occurrence);
    (res.of, res.role) = (of, Some(Role::Rollback));
    (res.version, res.feature) = (deployment.version.clone(), deployment.feature.clone());
    (res.service, res.by) = (deployment.service.clone(), deployment.by);
    res.cause_text = it.why.map(Into::into);
    res.key = deployment.key.as_ref().map(|it| format!("rollback:{it}").into());
    res
}

/// Returns the pitfall that stands for a rollback in a skill, and whether it is new there.
fn rollback_pitfall(workspace: &Workspace, fold: &mut Fold, skill: &str) -> Result<(String, bool)> {
    let found = workspace.find_named(ROLLBACK, EntryKind::Pitfall, Some(skill), fold)?;
    Ok(match found {
        Resolved::One(it) => (it.id, false),
        _ => (ROLLBACK.to_owned(), true),
    })
}

/// Returns the id of the event that has a key, if it is `wanted`.
fn event_with(workspace: &Workspace, key: &str, wanted: bool) -> Result<Option<Id>> {
    if !wanted {
        return Ok(None);
    }
    let found = workspace
        .store
        .ask(|journal, _| journal.select(|it| it.event.key.as_deref() == Some(key)))?;
    Ok(found.first().map(|it| it.event.id))
}

/// Returns the report of the deployment that a tag or release speaks of long after, which is no second
/// deployment.
fn told(fold: &mut Fold, event: &Event<'_>) -> Option<Id> {
    if event.by != Some(By::Detect) || event.kind != Kind::Deploy {
        return None;
    }
    let own = DeployFact::of(event);
    let known = fold.skill(&event.skill).deploys.iter().map(|it| &it.1);
    known.into_iter().find(|it| it.is_told_again_by(&own)).map(|it| it.id)
}

/// Sets how long the changes of each deployment took: the median from the commits that no deployment
/// before had to the deployment.
fn add_leads(events: &mut [Event<'static>], fold: &mut Fold, history: &History) {
    let skills: BTreeSet<String> = events.iter().map(|it| it.skill.to_string()).collect();
    // By skill, environment and service.
    let mut lines: BTreeMap<(String, String, Option<String>), Vec<Shipped>> = BTreeMap::new();
    for skill in skills {
        for it in fold.skill(&skill).deployments() {
            let (end, succeeded) = (it.end(), it.outcome == Outcome::Succeeded);
            let Some(sha) = it.sha else { continue };
            let shipped = Shipped { end, succeeded, sha, place: None };
            lines.entry((skill.clone(), it.env, it.service)).or_default().push(shipped);
        }
    }
    for (at, it) in events.iter().enumerate() {
        let Some(sha) = &it.sha else { continue };
        let env = it.env.as_deref().unwrap_or(PRODUCTION).to_owned();
        let service = it.service.as_ref().map(ToString::to_string);
        let shipped = Shipped {
            end: it.finished.unwrap_or(it.at),
            succeeded: it.outcome == Some(Outcome::Succeeded),
            sha: sha.to_string(),
            place: Some(at),
        };
        lines.entry((it.skill.to_string(), env, service)).or_default().push(shipped);
    }
    for mut line in lines.into_values() {
        line.sort();
        let mut seen = BTreeSet::new();
        for it in line {
            let new = history.new_commits(&it.sha, &seen);
            if let (Some(at), false) = (it.place, seen.is_empty()) {
                let times = new.iter().map(|it| history.time(*it).0).collect();
                events[at].lead_s = deploy::median_lead(it.end, times);
            }
            if it.succeeded {
                seen.extend(new);
            }
        }
    }
}

/// A deployment whose commit is known.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Shipped {
    end: Timestamp,
    succeeded: bool,
    sha: String,
    /// Where it stands among the new ones.
    place: Option<usize>,
}
