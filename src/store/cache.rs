//! The fold of what was read, kept in `.learn/local/cache` so that recording does not read the whole
//! journal. A function of the listed files: when anything but new simple events came, it is made anew.

use std::collections::BTreeMap;

use anyhow::Result;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::event::{Event, Id, Kind};
use crate::journal::{Damage, Journal, Problem, key_hash};
use crate::projection::{Projection, SkillTally, project};
use crate::store::Store;
use crate::store::pack::is_pack;
use crate::store::write::Lock;

const FOLD: &str = "fold.json";
const KEYS: &str = "keys.json";
/// How many new events a command may find beside the cache before it writes the cache again: reading a
/// few small files is cheaper than writing the numbers of all skills each time.
const SPARE: usize = 3;
/// A cache of another build is not trusted: the meaning of a tally may have changed.
pub const BUILD: &str = concat!(env!("CARGO_PKG_VERSION"), "-7");

/// The numbers of all skills, as of a list of files.
#[derive(Debug, Default)]
pub struct Fold {
    sources: Vec<String>,
    newest_packed: Option<Id>,
    /// Events that others speak of: when they come, everything has to be read again.
    awaited: Vec<Id>,
    /// Skills as stored text, until somebody asks.
    stored: BTreeMap<String, Box<RawValue>>,
    open: BTreeMap<String, SkillTally>,
    /// Hashes of the keys, sorted; `None` while they are on disk only.
    keys: Option<Vec<u64>>,
    /// Checksum of the stored keys that belong to these numbers.
    keys_crc: Option<u32>,
    /// How many lines or files could not be read or look damaged.
    pub damaged: usize,
    /// What the system could not read: the numbers may lack what is there.
    unread: Option<String>,
    /// A file looks damaged: git may still be writing it, or it is mended under its name. The next command
    /// looks again.
    doubtful: bool,
    /// The cache does not hold these numbers, or not all of these keys.
    changed: bool,
    /// How many events were added to the numbers of the cache.
    ahead: usize,
    keys_changed: bool,
    /// Taken before the numbers were read.
    lock: Option<Lock>,
}

#[derive(Serialize, Deserialize)]
struct Stored {
    build: String,
    /// Paths of event files and packs, one a line.
    sources: String,
    newest_packed: Option<Id>,
    awaited: Vec<Id>,
    keys_crc: Option<u32>,
    damaged: usize,
    skills: BTreeMap<String, Box<RawValue>>,
}

impl Store {
    /// Returns the numbers as of now, from the cache where it serves.
    ///
    /// # Errors
    /// When the store cannot be listed.
    pub fn fold(&self) -> Result<Fold> {
        let sources = self.sources()?;
        if let Some(mut fold) = self.cached_fold()
            && fold.catch_up(self, &sources)
        {
            return Ok(fold);
        }
        self.fold_fresh()
    }

    /// Returns the numbers as of now for a command that is about to store an event. If nobody else has the
    /// lock it is taken first, so that what follows need not ask again what others stored meanwhile.
    ///
    /// # Errors
    /// When the store cannot be listed.
    pub fn fold_to_store(&self) -> Result<Fold> {
        let lock = self.try_lock_there();
        Ok(Fold { lock, ..self.fold()? })
    }

    /// Brings numbers that were read before up to date.
    ///
    /// # Errors
    /// When the store cannot be listed.
    pub fn refresh(&self, fold: &mut Fold) -> Result<()> {
        if !fold.catch_up(self, &self.sources()?) {
            *fold = self.fold()?;
        }
        Ok(())
    }

    /// Returns the numbers, reading every event.
    ///
    /// # Errors
    /// When the store cannot be listed.
    pub fn fold_fresh(&self) -> Result<Fold> {
        let (fold, unread) = self.ask_checked(Fold::of)?;
        Ok(Fold { unread, ..fold })
    }

    /// Returns the numbers and what is wrong with the store, reading every event.
    ///
    /// # Errors
    /// When the store cannot be listed.
    pub fn fold_anew(&self) -> Result<(Projection, Vec<Problem>, usize)> {
        self.ask(|journal, _| (project(journal), journal.problems.clone(), journal.len))
    }

    fn cached_fold(&self) -> Option<Fold> {
        let text = self.read_cache(FOLD)?;
        let stored: Stored = serde_json::from_str(&text).ok()?;
        if stored.build != BUILD {
            return None;
        }
        Some(Fold {
            sources: stored.sources.lines().map(str::to_owned).collect(),
            newest_packed: stored.newest_packed,
            awaited: stored.awaited,
            keys_crc: stored.keys_crc,
            stored: stored.skills,
            damaged: stored.damaged,
            ..Fold::default()
        })
    }

    /// Keeps the numbers for the next command, unless the cache lacks a few new events only.
    ///
    /// # Errors
    /// When the cache cannot be written.
    pub fn keep_fold(&self, lock: &Lock, fold: &mut Fold) -> Result<()> {
        if !(fold.changed || fold.ahead >= SPARE) || fold.doubtful || fold.unread.is_some() {
            return Ok(());
        }
        // A fold goes with its keys only, or it would count a key twice.
        if let (true, Some(keys)) = (fold.keys_changed, &fold.keys) {
            let text = serde_json::to_string(keys)?;
            fold.keys_crc = Some(crc32fast::hash(text.as_bytes()));
            self.write_cache(lock, KEYS, &text)?;
        }
        let mut skills = fold.stored.clone();
        for (name, tally) in &fold.open {
            skills.insert(name.clone(), serde_json::value::to_raw_value(tally)?);
        }
        let stored = Stored {
            build: BUILD.to_owned(),
            sources: fold.sources.join("\n"),
            newest_packed: fold.newest_packed,
            awaited: fold.awaited.clone(),
            keys_crc: fold.keys_crc,
            damaged: fold.damaged,
            skills,
        };
        self.write_cache(lock, FOLD, &serde_json::to_string(&stored)?)?;
        (fold.changed, fold.ahead, fold.keys_changed) = (false, 0, false);
        Ok(())
    }
}

impl Fold {
    fn of(journal: &Journal<'_>, sources: &[String]) -> Self {
        let newest_packed =
            sources.iter().any(|it| is_pack(it)).then_some(journal.newest).flatten();
        Self {
            sources: sources.to_vec(),
            newest_packed,
            awaited: journal.awaited.clone(),
            stored: BTreeMap::new(),
            open: project(journal).skills,
            keys: Some(journal.keys().to_vec()),
            keys_crc: None,
            damaged: journal.problems.len(),
            unread: None,
            doubtful: journal.problems.iter().any(|it| {
                !matches!(
                    it.what,
                    Damage::NoChecksum | Damage::Foreign { .. } | Damage::Conflict(_)
                )
            }),
            changed: true,
            ahead: 0,
            keys_changed: true,
            lock: None,
        }
    }

    /// Hands over the lock that was taken before these numbers were read.
    pub fn take_lock(&mut self) -> Option<Lock> {
        self.lock.take()
    }

    /// Returns the numbers of a skill.
    pub fn skill(&mut self, name: &str) -> &mut SkillTally {
        if let Some(raw) = self.stored.remove(name) {
            // The checksum was right, so this is what we wrote.
            let tally = serde_json::from_str(raw.get()).unwrap_or_default();
            self.open.insert(name.to_owned(), tally);
        }
        self.open.entry(name.to_owned()).or_default()
    }

    /// Checks that the numbers lack nothing that the system just could not read: a learnings.md that
    /// says more than such numbers was not counted by hand, and is not to be written from them.
    ///
    /// # Errors
    /// When a file could not be read, for which reason.
    pub fn whole(&self) -> Result<()> {
        match &self.unread {
            Some(unread) => Err(anyhow::anyhow!("{unread}")),
            None => Ok(()),
        }
    }

    /// Returns the largest id that a file of the store or an event of the skill has, readable or not.
    pub fn newest_id(&mut self, skill: &str) -> Id {
        let loose = self.sources.iter().rev().find_map(|it| Store::id_of(it));
        let known = self.skill(skill).newest_id();
        known.max(loose.unwrap_or(Id(0))).max(self.newest_packed.unwrap_or(Id(0)))
    }

    /// Returns the event files and packs that are in the numbers.
    pub fn sources(&self) -> &[String] {
        &self.sources
    }

    /// Returns the numbers of all skills.
    pub fn all(&mut self) -> &BTreeMap<String, SkillTally> {
        for name in self.stored.keys().cloned().collect::<Vec<_>>() {
            self.skill(&name);
        }
        &self.open
    }

    /// Adds an event that was just stored; false when everything has to be read again.
    pub fn add(&mut self, store: &Store, event: &Event<'_>) -> bool {
        if self.newest_packed.is_some_and(|it| event.id <= it)
            || self.awaited.contains(&event.id)
            || !self.add_key(store, event)
        {
            return false;
        }
        if self.skill(&event.skill).add(event).is_err() {
            return false;
        }
        let path = Store::event_path(event.id);
        if let Err(at) = self.sources.binary_search(&path) {
            self.sources.insert(at, path);
        }
        self.ahead += 1;
        true
    }

    /// Says whether a key is known; `None` when everything has to be read to tell.
    pub fn has_key(&mut self, store: &Store, key: &str) -> Option<bool> {
        self.load_keys(store).map(|it| it.binary_search(&key_hash(key)).is_ok())
    }

    fn add_key(&mut self, store: &Store, event: &Event<'_>) -> bool {
        let Some(key) = &event.key else { return true };
        let hash = key_hash(key);
        let Some(keys) = self.load_keys(store) else { return false };
        let Err(at) = keys.binary_search(&hash) else { return false };
        keys.insert(at, hash);
        (self.changed, self.keys_changed) = (true, true);
        true
    }

    fn load_keys(&mut self, store: &Store) -> Option<&mut Vec<u64>> {
        if self.keys.is_none() {
            let text = store.read_cache(KEYS)?;
            if Some(crc32fast::hash(text.as_bytes())) != self.keys_crc {
                return None;
            }
            self.keys = serde_json::from_str(&text).ok();
        }
        self.keys.as_mut()
    }

    /// Adds the events that came since; false when that cannot be told from the new files alone.
    fn catch_up(&mut self, store: &Store, sources: &[String]) -> bool {
        if self.sources == sources {
            return true;
        }
        let mut known = self.sources.iter().peekable();
        let mut added: Vec<&String> = Vec::new();
        for source in sources {
            if known.peek() == Some(&source) {
                known.next();
            } else {
                added.push(source);
            }
        }
        if known.peek().is_some() || added.iter().any(|it| is_pack(it)) {
            return false;
        }
        for source in added {
            let Ok(bytes) = store.load(source) else { return false };
            let Ok(text) = String::from_utf8(bytes) else { return false };
            let Ok(event) = Event::parse(text.trim_end()) else { return false };
            let named = Store::event_path(event.id) == *source;
            let whole = crate::event::checksum_fits(&text) == Some(true);
            let known = event.v == crate::event::VERSION && event.kind != Kind::Other;
            let plain = known && text.ends_with('\n');
            if !(named && whole && plain && self.add(store, &event)) {
                return false;
            }
        }
        true
    }
}
