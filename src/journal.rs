//! The journal: event files and packs, read as a set.
//!
//! Unique by id and by key, independent of the order of files. What cannot be read is reported,
//! never dropped silently. Knows no Markdown and opens no file itself: the caller gives a `Load`.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use serde::{Deserialize, Serialize};

use crate::event::{Event, Id, Kind, Timestamp, VERSION, checksum_fits};
use crate::parallel;

/// Reads the file of a source, given its path below `.learn/`.
pub type Load<'a> = &'a (dyn Fn(&str) -> Result<Vec<u8>, String> + Sync);

/// Something that is wrong with the store and did not stop the reading.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Path below `.learn/`, with `/`.
    pub file: String,
    /// Counts from 1; 0 stands for the whole file.
    pub line: usize,
    pub what: Damage,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Damage {
    /// The line is not an event; it does not count.
    Unreadable(String),
    /// The line does not fit its checksum; it counts.
    Checksum,
    /// The line has no checksum: another program wrote it, or it was damaged; it counts.
    NoChecksum,
    /// The event file is not named by the id it holds; it counts.
    Misnamed(Id),
    /// Two texts with one id; one of them counts.
    Conflict(Id),
    /// Written by a newer version; it is read as far as it is understood.
    Foreign { version: u32, known_kind: bool },
}

/// Old ids and what they are called now, by skill.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Renames(pub BTreeMap<String, BTreeMap<String, String>>);

impl Renames {
    /// Returns the present id of a pitfall or pattern.
    pub fn current<'a>(&'a self, skill: &str, id: &'a str) -> &'a str {
        self.0.get(skill).and_then(|it| it.get(id)).map_or(id, String::as_str)
    }

    fn add(&mut self, skill: &str, from: &str, to: &str) {
        let names = self.0.entry(skill.to_owned()).or_default();
        names.remove(to);
        for name in names.values_mut().filter(|it| *it == from) {
            to.clone_into(name);
        }
        if from != to {
            names.insert(from.to_owned(), to.to_owned());
        }
    }
}

/// An event and what other events say about it.
#[derive(Debug)]
pub struct Entry<'a, 'e> {
    pub event: &'a Event<'e>,
    /// Path below `.learn/` of the file it stands in, and its line there; counts from 1.
    pub place: (&'a str, usize),
    /// The stored line, without its newline.
    pub line: &'a str,
    pub retracted: bool,
    /// False for weak evidence that nobody confirmed.
    pub confirmed: bool,
    /// When an occurrence was over, if a later event says so.
    pub resolved_at: Option<Timestamp>,
    /// The line does not fit its checksum: its id may be wrong too.
    pub damaged: bool,
}

impl Entry<'_, '_> {
    /// Says whether the event takes part in the numbers.
    pub fn counts(&self) -> bool {
        !self.retracted && self.confirmed
    }
}

/// What must be known of all events before any of them can be counted.
pub struct Journal<'s> {
    sources: &'s [String],
    load: Load<'s>,
    /// Lines that are copies, by source and line.
    copies: HashSet<(u32, u32)>,
    /// Lines that do not fit their checksum.
    damaged: HashSet<(u32, u32)>,
    retracted: HashSet<Id>,
    retracted_keys: HashSet<u64>,
    confirmed: HashSet<Id>,
    resolved: HashMap<Id, Timestamp>,
    keys: Vec<u64>,
    pub renames: Renames,
    pub baselines: Vec<Event<'static>>,
    pub problems: Vec<Problem>,
    /// Events that others speak of and that are not here yet.
    pub awaited: Vec<Id>,
    /// Number of distinct events.
    pub len: usize,
    pub newest: Option<Id>,
}

/// Name of an event for sorting and comparing, without its text.
struct Head {
    id: Id,
    when: Timestamp,
    key: Option<u64>,
    /// Of two texts with one id the redacted one wins, then the smaller checksum: the same on every machine.
    rank: (bool, u32),
    place: (u32, u32),
}

/// Returns the hash by which keys are compared.
pub fn key_hash(key: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    key.hash(&mut hasher);
    hasher.finish()
}

impl<'s> Journal<'s> {
    /// Reads all sources once. `sources` are paths below `.learn/`, in any order.
    pub fn index(sources: &'s [String], load: Load<'s>) -> Self {
        #[derive(Default)]
        struct Part {
            heads: Vec<Head>,
            rare: Vec<((u32, u32), Event<'static>)>,
            problems: Vec<Problem>,
            damaged: Vec<(u32, u32)>,
        }
        let parts = each_source(sources, load, Part::default, |part, place, file, res| match res {
            Err(reason) => part.problems.push(Problem {
                file: file.to_owned(),
                line: place.1 as usize,
                what: Damage::Unreadable(reason),
            }),
            Ok((event, line)) => {
                let single = !file.ends_with(".jsonl");
                let problems = line_problems(file, place, single, &event, line);
                part.damaged
                    .extend(problems.iter().any(|it| it.what == Damage::Checksum).then_some(place));
                part.problems.extend(problems);
                part.heads.push(Head {
                    id: event.id,
                    when: event.when(),
                    key: event.key.as_deref().map(key_hash),
                    rank: (!line.contains("[redacted:"), crc32fast::hash(line.as_bytes())),
                    place,
                });
                if matches!(
                    event.kind,
                    Kind::Retraction
                        | Kind::Confirmation
                        | Kind::Resolution
                        | Kind::Rename
                        | Kind::Baseline
                ) {
                    part.rare.push((place, owned(line)));
                }
            }
        });
        let mut heads = Vec::new();
        let mut rare = Vec::new();
        let mut problems = Vec::new();
        let mut damaged = HashSet::new();
        for part in parts {
            damaged.extend(part.damaged);
            heads.extend(part.heads);
            rare.extend(part.rare);
            problems.extend(part.problems);
        }
        let mut journal = Self {
            sources,
            load,
            copies: HashSet::new(),
            damaged,
            retracted: HashSet::new(),
            retracted_keys: HashSet::new(),
            confirmed: HashSet::new(),
            resolved: HashMap::new(),
            keys: Vec::new(),
            renames: Renames::default(),
            baselines: Vec::new(),
            problems,
            awaited: Vec::new(),
            len: 0,
            newest: None,
        };
        journal.find_copies(&mut heads);
        rare.retain(|it| !journal.copies.contains(&it.0));
        journal.apply_rare(rare.into_iter().map(|it| it.1).collect(), &heads);
        journal.problems.sort_by(|a, b| (&a.file, a.line).cmp(&(&b.file, b.line)));
        journal
    }

    /// Calls `see` with every event once, in no particular order, on as many threads as help;
    /// returns what each of them gathered, starting from `init`.
    pub fn visit<T: Send>(
        &self,
        init: impl Fn() -> T + Sync,
        see: impl Fn(&mut T, &Entry<'_, '_>) + Sync,
    ) -> Vec<T> {
        each_source(self.sources, self.load, init, |acc: &mut T, place, file, res| {
            let Ok((event, line)) = res else { return };
            if self.copies.contains(&place) {
                return;
            }
            let retracted = self.retracted.contains(&event.id)
                || event
                    .key
                    .as_deref()
                    .is_some_and(|it| self.retracted_keys.contains(&key_hash(it)));
            let confirmed = !event.proposed || self.confirmed.contains(&event.id);
            let resolved_at = self.resolved.get(&event.id).copied();
            let damaged = self.damaged.contains(&place);
            let event = &event;
            let place = (file, place.1 as usize);
            see(acc, &Entry { event, place, line, retracted, confirmed, resolved_at, damaged });
        })
    }

    /// Returns the events that `keep` accepts, ordered by time and id.
    pub fn select(&self, keep: impl Fn(&Entry<'_, '_>) -> bool + Sync) -> Vec<Selected> {
        let parts = self.visit(Vec::new, |acc, entry| {
            if keep(entry) {
                acc.push(Selected {
                    event: owned(entry.line),
                    line: entry.line.to_owned(),
                    retracted: entry.retracted,
                    confirmed: entry.confirmed,
                    resolved_at: entry.resolved_at.or(entry.event.resolved_at),
                });
            }
        });
        let mut res: Vec<Selected> = parts.into_iter().flatten().collect();
        res.sort_by_key(|it| (it.event.when(), it.event.id));
        res
    }

    /// Returns the hashes of all keys, sorted.
    pub fn keys(&self) -> &[u64] {
        &self.keys
    }

    fn find_copies(&mut self, heads: &mut Vec<Head>) {
        heads.sort_unstable_by_key(|it| (it.id, it.rank, it.place));
        for pair in heads.windows(2) {
            let [first, second] = pair else { unreachable!("windows of two") };
            if first.id != second.id {
                continue;
            }
            self.copies.insert(second.place);
            if first.rank != second.rank && first.rank.0 == second.rank.0 {
                let file = self.sources[second.place.0 as usize].clone();
                let line = second.place.1 as usize;
                self.problems.push(Problem { file, line, what: Damage::Conflict(second.id) });
            }
        }
        heads.retain(|it| !self.copies.contains(&it.place));
        self.len = heads.len();
        self.newest = heads.last().map(|it| it.id);
        let mut keyed: Vec<&Head> = heads.iter().filter(|it| it.key.is_some()).collect();
        keyed.sort_unstable_by_key(|it| (it.key, it.when, it.id));
        for pair in keyed.windows(2) {
            if pair[0].key == pair[1].key {
                self.copies.insert(pair[1].place);
            }
        }
        self.keys = keyed.iter().filter_map(|it| it.key).collect();
        self.keys.dedup();
    }

    fn apply_rare(&mut self, mut rare: Vec<Event<'static>>, heads: &[Head]) {
        rare.sort_by_key(|it| (it.when(), it.id));
        let known = |it: &Id| heads.binary_search_by_key(it, |it| it.id).is_ok();
        self.awaited = rare.iter().filter_map(|it| it.of).filter(|it| !known(it)).collect();
        let undone = undone(&rare);
        let key_of = |id: Id| {
            let at = heads.binary_search_by_key(&id, |it| it.id).ok()?;
            heads[at].key
        };
        self.retracted_keys = undone.iter().filter_map(|it| key_of(*it)).collect();
        for event in rare {
            if event.kind != Kind::Baseline && undone.contains(&event.id) {
                continue;
            }
            match (event.kind, event.of, event.resolved_at) {
                (Kind::Confirmation, Some(of), _) => {
                    self.confirmed.insert(of);
                }
                (Kind::Resolution, Some(of), Some(at)) => {
                    self.resolved.insert(of, at);
                }
                (Kind::Rename, ..) => {
                    if let (Some(from), Some(to)) = (&event.from, &event.to) {
                        self.renames.add(&event.skill, from, to);
                    }
                }
                (Kind::Baseline, ..) => self.baselines.push(event),
                _ => {}
            }
        }
        self.retracted = undone;
    }

    /// Says whether an event is taken back.
    pub fn is_retracted(&self, event: &Event<'_>) -> bool {
        self.retracted.contains(&event.id)
            || event.key.as_deref().is_some_and(|it| self.retracted_keys.contains(&key_hash(it)))
    }
}

/// Returns what is retracted, given the rare events ordered by time and id.
///
/// A retraction may itself be retracted. Whoever does that has seen it, whatever their clock says: so
/// the ones that nobody speaks of come first, then those they name. Time decides in circles only.
fn undone(rare: &[Event<'_>]) -> HashSet<Id> {
    let retractions: Vec<&Event<'_>> =
        rare.iter().rev().filter(|it| it.kind == Kind::Retraction).collect();
    let by_id: HashMap<Id, &Event<'_>> = retractions.iter().map(|it| (it.id, *it)).collect();
    let mut waiting: HashMap<Id, usize> = HashMap::new();
    for of in retractions.iter().filter_map(|it| it.of) {
        *waiting.entry(of).or_default() += 1;
    }
    let mut res = HashSet::new();
    let mut done = HashSet::new();
    let free = retractions.iter().filter(|it| !waiting.contains_key(&it.id));
    let mut ready: Vec<&Event<'_>> = free.copied().collect();
    let mut circles = retractions.iter();
    loop {
        let Some(event) = ready.pop().or_else(|| circles.next().copied()) else { return res };
        if !done.insert(event.id) {
            continue;
        }
        let Some(of) = event.of else { continue };
        if !res.contains(&event.id) {
            res.insert(of);
        }
        if let Some(left) = waiting.get_mut(&of) {
            *left -= 1;
            ready.extend((*left == 0).then(|| by_id.get(&of).copied()).flatten());
        }
    }
}

/// An event that outlives the reading.
#[derive(Clone, Debug)]
pub struct Selected {
    pub event: Event<'static>,
    pub line: String,
    pub retracted: bool,
    pub confirmed: bool,
    pub resolved_at: Option<Timestamp>,
}

fn line_problems(
    file: &str,
    place: (u32, u32),
    single: bool,
    event: &Event<'_>,
    line: &str,
) -> Vec<Problem> {
    let mut res = Vec::new();
    let mut push = |what| res.push(Problem { file: file.to_owned(), line: place.1 as usize, what });
    match checksum_fits(line) {
        Some(true) => {}
        Some(false) => push(Damage::Checksum),
        None => push(Damage::NoChecksum),
    }
    if single
        && file.rsplit('/').next().and_then(|it| it.strip_suffix(".json")).and_then(Id::parse)
            != Some(event.id)
    {
        push(Damage::Misnamed(event.id));
    }
    if event.v > VERSION || event.kind == Kind::Other {
        push(Damage::Foreign { version: event.v, known_kind: event.kind != Kind::Other });
    }
    res
}

/// Parses a line that parsed before into an event of its own.
fn owned(line: &str) -> Event<'static> {
    let event = Event::parse(line).expect("the caller parsed this line");
    event.into_owned()
}

/// Walks all lines of all sources, sharing the files among threads when there are packs.
fn each_source<T: Send>(
    sources: &[String],
    load: Load<'_>,
    init: impl Fn() -> T + Sync,
    see: impl Fn(&mut T, (u32, u32), &str, Result<(Event<'_>, &str), String>) + Sync,
) -> Vec<T> {
    let packs = sources.iter().filter(|it| it.ends_with(".jsonl")).count();
    parallel::fold(sources, packs.min(8), init, |acc, index, source| match load(source) {
        Err(reason) => see(acc, (index as u32, 0), source, Err(reason)),
        Ok(bytes) => each_line(&bytes, |line, res| see(acc, (index as u32, line), source, res)),
    })
}

fn each_line(bytes: &[u8], mut see: impl FnMut(u32, Result<(Event<'_>, &str), String>)) {
    let mut start = 0;
    let mut number = 0;
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let ends = memchr::memchr_iter(b'\n', bytes).chain([bytes.len()]);
    for end in ends {
        number += 1;
        let line = bytes[start..end].trim_ascii_end();
        start = end + 1;
        if line.is_empty() {
            if number == 1 && bytes.len() <= end {
                see(number, Err("the file is empty".into()));
            }
            continue;
        }
        let res = std::str::from_utf8(line)
            .map_err(|it| format!("byte {} is not UTF-8", it.valid_up_to() + 1))
            .and_then(|text| Event::parse(text).map(|event| (event, text)));
        see(number, res);
    }
}
