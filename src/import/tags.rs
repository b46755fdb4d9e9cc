//! Tags of a git repository: annotated version tags are releases, `-rollback` tags and reverts take them back.

use std::collections::{BTreeMap, BTreeSet};

use super::history::History;
use super::{Found, Import, Options, RolledBack, Times, deployment, is_version};
use crate::deploy::{PRODUCTION, REVERT_S};
use crate::event::{By, Event, Id, Kind, Outcome, Role, Timestamp};

/// What git says about a repository.
#[derive(Clone, Debug, Default)]
pub struct Repository {
    pub tags: Vec<Tag>,
    pub reverts: Vec<Revert>,
    pub history: History,
}

/// A tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tag {
    pub name: String,
    /// The commit that an annotated tag names, and when it was made; a lightweight one is a commit only.
    pub made: Option<(String, Timestamp)>,
}

/// A commit that takes another one back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revert {
    pub at: Timestamp,
    pub subject: String,
    /// The commit that is taken back.
    pub of: String,
}

/// How a tag is named: `api/v1.4.0-rollback` is version v1.4.0 of the service api, and rolls it back.
struct Name<'a> {
    service: Option<&'a str>,
    version: &'a str,
    rolls_back: bool,
}

impl<'a> Name<'a> {
    fn parse(name: &'a str) -> Option<Self> {
        let (service, version) = match name.rsplit_once(['/', '@']) {
            Some((service, version)) if !service.is_empty() => (Some(service), version),
            _ => (None, name),
        };
        let service = service.filter(|it| !matches!(*it, "release" | "releases"));
        let (version, rest) =
            version.split_once("-rollback").map_or((version, None), |it| (it.0, Some(it.1)));
        is_version(version).then_some(Self { service, version, rolls_back: rest.is_some() })
    }

    /// As in SemVer: `v2.0.0-rc.1`.
    fn is_prerelease(&self) -> bool {
        self.version.split('+').next().is_some_and(|it| it.contains('-'))
    }
}

/// Returns the deployment that each annotated version tag stands for, and the rollbacks.
///
/// # Errors
/// A tag whose time cannot be: the message names it.
pub fn read(repository: &Repository, options: &Options) -> Result<Import, String> {
    let mut res = Import::default();
    let mut leave_out = |why: &str| *res.left_out.entry(why.to_owned()).or_default() += 1;
    let env = options.env.as_deref().unwrap_or(PRODUCTION);
    let mut rollbacks = Vec::new();
    let mut commits = Vec::new();
    for tag in &repository.tags {
        let Some(name) = Name::parse(&tag.name) else {
            leave_out("tags that name no version");
            continue;
        };
        let Some((commit, at)) = &tag.made else {
            leave_out("lightweight tags, which have no time of their own");
            continue;
        };
        if name.is_prerelease() {
            leave_out("tags of prereleases");
            continue;
        }
        let times = Times { at: Some(*at), ..Times::default() };
        let mut event = deployment(times, Outcome::Succeeded, By::Detect, options)
            .map_err(|it| format!("tag {}: {it}", tag.name))?;
        event.service = event.service.or_else(|| name.service.map(|it| it.to_owned().into()));
        event.version = Some(name.version.to_owned().into());
        let short: String = commit.chars().take(12).collect();
        event.key = Some(format!("tag:{}@{short}:{env}", tag.name).into());
        if name.rolls_back {
            rollbacks.push(event);
        } else {
            event.sha = Some(commit.clone().into());
            commits.push(commit.clone());
            res.found.push(Found { offset: 0, event, rolled_back: None });
        }
    }
    let mut order: Vec<usize> = (0..res.found.len()).collect();
    order.sort_by_key(|it| (res.found[*it].event.at, &res.found[*it].event.key));
    add_reverts(repository, &order, &commits, &mut res.found);
    for rollback in rollbacks {
        add_rollback(rollback, &mut res);
    }
    res.found.sort_by(|a, b| (a.event.at, &a.event.key).cmp(&(b.event.at, &b.event.key)));
    Ok(res)
}

/// A release was rolled back when a commit that it was the first to have was reverted soon after it.
fn add_reverts(repository: &Repository, order: &[usize], commits: &[String], found: &mut [Found]) {
    // Services have releases of their own.
    let mut seen: BTreeMap<Option<String>, BTreeSet<usize>> = BTreeMap::new();
    for at in order {
        let event = &found[*at].event;
        let service = event.service.as_ref().map(ToString::to_string);
        let seen = seen.entry(service).or_default();
        let new = repository.history.new_commits(&commits[*at], seen);
        seen.extend(&new);
        let released = event.at;
        let hit = repository.reverts.iter().filter(|it| {
            let is_soon = it.at > released && it.at.0 - released.0 <= REVERT_S;
            is_soon && repository.history.find(&it.of).is_some_and(|it| new.contains(&it))
        });
        let first = hit.min_by_key(|it| (it.at, &it.of));
        found[*at].rolled_back =
            first.map(|it| RolledBack { at: it.at, why: Some(it.subject.clone()) });
    }
}

/// Adds what a `-rollback` tag says to the release it takes back. Where the tag of that is gone, as the
/// script of Spec-Flow does it, an occurrence with its version is left.
fn add_rollback(rollback: Event<'static>, import: &mut Import) {
    let of = import.found.iter_mut().find(|it| {
        let it = &it.event;
        it.kind == Kind::Deploy
            && (&it.version, &it.service) == (&rollback.version, &rollback.service)
            && it.at <= rollback.at
    });
    if let Some(of) = of {
        let why = of.rolled_back.take().and_then(|it| it.why);
        of.rolled_back = Some(RolledBack { at: rollback.at, why });
        return;
    }
    let mut event = Event::new(Id::default(), rollback.at, "", Kind::Occurrence);
    event.role = Some(Role::Rollback);
    (event.version, event.service) = (rollback.version, rollback.service);
    (event.by, event.key) = (rollback.by, rollback.key);
    import.found.push(Found { offset: 0, event, rolled_back: None });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_tags() {
        for (name, expected) in [
            ("v1.4.0", Some((None, "v1.4.0", false, false))),
            ("v1.4.0-rollback", Some((None, "v1.4.0", true, false))),
            ("api/v1.4.0-rollback-2", Some((Some("api"), "v1.4.0", true, false))),
            ("@team/web@2.0.1", Some((Some("@team/web"), "2.0.1", false, false))),
            ("release/v1.4", Some((None, "v1.4", false, false))),
            ("v2.0.0-rc.1", Some((None, "v2.0.0-rc.1", false, true))),
            ("v2.0.0+build-7", Some((None, "v2.0.0+build-7", false, false))),
            ("nightly", None),
            ("release/latest", None),
        ] {
            let parsed = Name::parse(name);
            let found = parsed
                .as_ref()
                .map(|it| (it.service, it.version, it.rolls_back, it.is_prerelease()));
            assert_eq!(found, expected, "{name}");
        }
    }
}
