//! What the journal says, as numbers: a function of the events alone.
//!
//! Every tally grows by adding events in any order, and two tallies of different events merge, so
//! threads can share the work and a stored tally can be continued. No clock, no prose, no paths.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use serde::{Deserialize, Serialize};

use crate::deploy::{self, DeployFact, Deployment};
use crate::event::{DetectedBy, Event, Id, Kind, Role, Timestamp, WatchVerdict, Worked};
use crate::journal::{Entry, Journal};

mod tally;

pub use tally::{Baseline, Cause, Last, Tally};

/// Seconds of a day.
pub const DAY: i64 = 86_400;
/// How many recent causes a pitfall keeps.
pub const CAUSES: usize = 3;
/// How many reports of deployments, links to deployments and watches a skill keeps.
pub const DEPLOYS: usize = 500;
/// How many readings a metric keeps.
pub const READINGS: usize = 200;

/// When an event happened; the id decides between events of one second.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Stamp(pub Timestamp, pub Id);

/// All skills of a project.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Projection {
    pub skills: BTreeMap<String, SkillTally>,
}

/// The numbers of one skill.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SkillTally {
    pub pitfalls: BTreeMap<String, Tally>,
    pub patterns: BTreeMap<String, Tally>,
    /// Distinct features of all events that count.
    pub features: BTreeSet<String>,
    /// Time of the newest event that changes a number.
    pub newest: Option<Timestamp>,
    /// Old ids and what they are called now.
    pub aliases: BTreeMap<String, String>,
    pub muted: BTreeMap<String, (Stamp, bool)>,
    /// The newest reports of deployments.
    pub deploys: Newest<DeployFact, DEPLOYS>,
    /// The newest occurrences that say which deployment they belong to.
    pub links: Newest<Link, DEPLOYS>,
    pub watches: Newest<Watched, DEPLOYS>,
    /// The newest measured values, by name of the metric.
    pub readings: BTreeMap<String, Newest<Reading, READINGS>>,
}

/// The newest `N` items, oldest first: the same whatever the order in which all of them were added.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Newest<T, const N: usize>(
    // Invariant: sorted by stamp, at most `N`.
    VecDeque<(Stamp, T)>,
);

/// An occurrence and the deployment it belongs to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    pub pitfall: String,
    /// Id of another pitfall.
    pub cause: Option<String>,
    /// A report of the deployment; where there is none, the version tells.
    pub of: Option<Id>,
    pub version: Option<String>,
    pub service: Option<String>,
    pub role: Option<Role>,
    pub detected_by: Option<DetectedBy>,
    pub detected_at: Option<Timestamp>,
    pub resolved_at: Option<Timestamp>,
}

/// What a watch concluded about a deployment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Watched {
    pub of: Option<Id>,
    pub version: Option<String>,
    pub verdict: WatchVerdict,
}

/// A measured value as it is stored: `87.5` and `%`, `720000` and `ms`, `4` and `/5`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reading {
    pub value: f64,
    pub unit: Option<String>,
}

/// An event that changes the meaning of older ones: the tally has to be made anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NeedsAll;

/// Returns the numbers of all skills.
pub fn project(journal: &Journal<'_>) -> Projection {
    // The baselines are there before anything is counted, so that each knows what came after it.
    let mut start = Projection::default();
    for (skill, names) in &journal.renames.0 {
        start.skill(skill).aliases.clone_from(names);
    }
    for event in &journal.baselines {
        start.skill(&event.skill).start_baseline(event, journal.is_retracted(event));
    }
    let parts = journal
        .visit(|| start.clone(), |acc, entry| acc.skill(&entry.event.skill).add_entry(entry));
    parts.into_iter().reduce(Projection::merge).unwrap_or(start)
}

impl Projection {
    fn skill(&mut self, name: &str) -> &mut SkillTally {
        if !self.skills.contains_key(name) {
            self.skills.insert(name.to_owned(), SkillTally::default());
        }
        self.skills.get_mut(name).expect("it was inserted above")
    }

    fn merge(mut self, other: Self) -> Self {
        for (name, tally) in other.skills {
            match self.skills.get_mut(&name) {
                Some(mine) => mine.merge(tally),
                None => {
                    self.skills.insert(name, tally);
                }
            }
        }
        self
    }
}

impl<T, const N: usize> Default for Newest<T, N> {
    fn default() -> Self {
        Self(VecDeque::new())
    }
}

impl<T, const N: usize> Newest<T, N> {
    /// Returns the items and when they happened, oldest first.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &(Stamp, T)> + ExactSizeIterator {
        self.0.iter()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds an item; it is made only when it is new enough.
    fn add(&mut self, stamp: Stamp, item: impl FnOnce() -> T) {
        if self.0.len() == N {
            if self.0.front().is_some_and(|it| stamp < it.0) {
                return;
            }
            self.0.pop_front();
        }
        let at = self.0.partition_point(|it| it.0 < stamp);
        self.0.insert(at, (stamp, item()));
    }

    fn merge(&mut self, other: Self) {
        for (stamp, item) in other.0 {
            self.add(stamp, || item);
        }
    }
}

impl Link {
    fn of(entry: &Entry<'_, '_>, tally: &SkillTally) -> Self {
        let event = entry.event;
        let current = |it: &std::borrow::Cow<'_, str>| tally.current(it).to_owned();
        Self {
            pitfall: event.pitfall.as_ref().map(current).unwrap_or_default(),
            cause: event.cause.as_ref().map(current),
            of: event.of,
            version: event.version.as_ref().map(ToString::to_string),
            service: event.service.as_ref().map(ToString::to_string),
            role: event.role,
            detected_by: event.detected_by,
            detected_at: event.detected_at,
            resolved_at: entry.resolved_at.or(event.resolved_at),
        }
    }
}

impl SkillTally {
    /// Adds an event that came after the tally was made.
    ///
    /// # Errors
    /// `NeedsAll` when the event changes what older ones count; the tally is then unchanged.
    /// Whether the event is a copy (by id or key) is for the caller to know.
    pub fn add(&mut self, event: &Event<'_>) -> Result<(), NeedsAll> {
        match event.kind {
            Kind::Retraction | Kind::Confirmation | Kind::Resolution | Kind::Rename => {
                return Err(NeedsAll);
            }
            Kind::Baseline => {
                let tally = match (&event.pitfall, &event.pattern) {
                    (Some(id), _) => self.pitfalls.get(self.current(id)),
                    (None, Some(id)) => self.patterns.get(self.current(id)),
                    (None, None) => None,
                };
                if tally.is_some_and(|it| it.newest > event.id) {
                    return Err(NeedsAll);
                }
                self.start_baseline(event, false);
            }
            _ => {}
        }
        let confirmed = !event.proposed;
        self.add_entry(&Entry {
            event,
            place: ("", 0),
            line: "",
            retracted: false,
            confirmed,
            resolved_at: None,
            damaged: false,
        });
        Ok(())
    }

    /// Returns the largest id of all events of the pitfalls and patterns.
    pub fn newest_id(&self) -> Id {
        let all = self.pitfalls.values().chain(self.patterns.values());
        all.map(|it| it.newest).max().unwrap_or(Id(0)).max(self.newest_baseline().unwrap_or(Id(0)))
    }

    /// Returns the largest id of the totals that files knew.
    pub fn newest_baseline(&self) -> Option<Id> {
        let all = self.pitfalls.values().chain(self.patterns.values());
        all.flat_map(|it| &it.baselines).map(|it| it.id).max()
    }

    /// Returns the present id of a pitfall or pattern.
    pub fn current<'a>(&'a self, id: &'a str) -> &'a str {
        self.aliases.get(id).map_or(id, String::as_str)
    }

    /// Returns the newest deployments by start, whoever reported them.
    pub fn deployments(&self) -> Vec<Deployment> {
        let facts: Vec<DeployFact> = self.deploys.iter().map(|it| it.1.clone()).collect();
        deploy::merge(&facts)
    }

    /// Says whether any count is above zero.
    pub fn has_counts(&self) -> bool {
        self.pitfalls.values().chain(self.patterns.values()).any(|it| it.count() > 0)
    }

    /// Says whether a pitfall is muted.
    pub fn is_muted(&self, id: &str) -> bool {
        self.muted.get(self.current(id)).is_some_and(|it| it.1)
    }

    fn pitfall(&mut self, id: &str) -> &mut Tally {
        let id = self.aliases.get(id).map_or(id, String::as_str);
        entry(&mut self.pitfalls, id)
    }

    fn pattern(&mut self, id: &str) -> &mut Tally {
        let id = self.aliases.get(id).map_or(id, String::as_str);
        entry(&mut self.patterns, id)
    }

    fn start_baseline(&mut self, event: &Event<'_>, retracted: bool) {
        let tally = match (&event.pitfall, &event.pattern) {
            (Some(id), _) => self.pitfall(id),
            (None, Some(id)) => self.pattern(id),
            (None, None) => return,
        };
        let own = |it: &std::borrow::Cow<'_, str>| it.to_string();
        if !retracted {
            let stamp = Stamp(event.when(), event.id);
            let title = event.title.as_ref().map(|it| (stamp, own(it)));
            tally.title = tally.title.take().max(title);
            tally.impact = tally.impact.max(event.impact.map(|it| (stamp, it)));
            if event.count == Some(0) {
                tally.oldest = Some(tally.oldest.map_or(event.id, |it| it.min(event.id)));
            }
        }
        tally.baselines.push(Baseline {
            id: event.id,
            count: event.count.unwrap_or(0),
            worked: event.worked.map(|it| match it {
                Worked::Once(yes) => f64::from(u8::from(yes)),
                Worked::Times(times) => times,
            }),
            last_seen: event.last_seen.as_ref().map(own),
            instances: event.instances.iter().map(own).collect(),
            first_used: event.first_used.as_ref().map(own),
            retracted,
            after: 0,
            after_ever: 0,
            worked_after: 0,
        });
        tally.baselines.sort_by_key(|it| it.id);
    }

    fn add_entry(&mut self, entry: &Entry<'_, '_>) {
        let event = entry.event;
        let changes_numbers = matches!(
            event.kind,
            Kind::Occurrence
                | Kind::Use
                | Kind::Deploy
                | Kind::Reading
                | Kind::Baseline
                | Kind::Resolution
                | Kind::Adoption
                | Kind::Retraction
        );
        if changes_numbers && entry.counts() {
            self.newest = self.newest.max(Some(event.when()));
        }
        if let (true, Some(feature)) = (entry.counts(), &event.feature)
            && !self.features.contains(feature.as_ref())
        {
            self.features.insert(feature.to_string());
        }
        if entry.counts() {
            self.add_deployment(entry);
        }
        match event.kind {
            Kind::Occurrence => {
                let Some(pitfall) = &event.pitfall else { return };
                self.pitfall(pitfall).add(entry, true);
                if let Some(cause) = &event.cause
                    && self.current(cause) != self.current(pitfall)
                {
                    self.pitfall(cause).add(entry, false);
                }
            }
            Kind::Use => {
                let Some(pattern) = &event.pattern else { return };
                self.pattern(pattern).add(entry, true);
            }
            Kind::Adoption if entry.counts() => {
                let (Some(pitfall), Some(text)) = (&event.pitfall, &event.prevention) else {
                    return;
                };
                let adopted = Some((Stamp(event.when(), event.id), text.to_string()));
                let tally = self.pitfall(pitfall);
                tally.adopted = tally.adopted.take().max(adopted);
            }
            Kind::Mute if !entry.retracted => {
                let Some(pitfall) = &event.pitfall else { return };
                let id = self.current(pitfall).to_owned();
                let stamp = Stamp(event.when(), event.id);
                let muted = event.muted == Some(true);
                if self.muted.get(&id).is_none_or(|it| it.0 < stamp) {
                    self.muted.insert(id, (stamp, muted));
                }
            }
            _ => {}
        }
    }

    /// Adds what an event that counts says about deployments and metrics.
    fn add_deployment(&mut self, entry: &Entry<'_, '_>) {
        let event = entry.event;
        let stamp = Stamp(event.when(), event.id);
        let own = |it: &std::borrow::Cow<'_, str>| it.to_string();
        match (event.kind, &event.metric, event.value) {
            (Kind::Deploy, ..) => self.deploys.add(stamp, || DeployFact::of(event)),
            (Kind::Occurrence, ..)
                if event.of.is_some() || event.version.is_some() || event.role.is_some() =>
            {
                let mut links = std::mem::take(&mut self.links);
                links.add(stamp, || Link::of(entry, self));
                self.links = links;
            }
            (Kind::Watch, ..) => self.watches.add(stamp, || Watched {
                of: event.of,
                version: event.version.as_ref().map(own),
                verdict: event.verdict.unwrap_or_default(),
            }),
            (Kind::Reading, Some(metric), Some(value)) => {
                let readings = self.readings.entry(metric.to_string()).or_default();
                readings.add(stamp, || Reading { value, unit: event.unit.as_ref().map(own) });
            }
            _ => {}
        }
    }

    fn merge(&mut self, other: Self) {
        self.deploys.merge(other.deploys);
        self.links.merge(other.links);
        self.watches.merge(other.watches);
        for (metric, readings) in other.readings {
            self.readings.entry(metric).or_default().merge(readings);
        }
        for (mine, theirs) in
            [(&mut self.pitfalls, other.pitfalls), (&mut self.patterns, other.patterns)]
        {
            for (id, tally) in theirs {
                match mine.get_mut(&id) {
                    Some(it) => it.merge(tally),
                    None => {
                        mine.insert(id, tally);
                    }
                }
            }
        }
        self.features.extend(other.features);
        self.newest = self.newest.max(other.newest);
        for (id, theirs) in other.muted {
            let mine = self.muted.entry(id).or_insert(theirs);
            *mine = (*mine).max(theirs);
        }
    }
}

fn entry<'a>(tallies: &'a mut BTreeMap<String, Tally>, id: &str) -> &'a mut Tally {
    if !tallies.contains_key(id) {
        tallies.insert(id.to_owned(), Tally::default());
    }
    tallies.get_mut(id).expect("it was inserted above")
}

#[cfg(test)]
mod tests;
