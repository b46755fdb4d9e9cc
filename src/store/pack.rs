//! Seals older events into packs: one file named by its content, and the event files gone.

use std::collections::BTreeSet;

use anyhow::Result;
use sha2::{Digest, Sha256};

use crate::event::{Event, Timestamp, checksum_fits};
use crate::store::Store;
use crate::store::write::Lock;

/// How many events go into one pack at most.
pub const EVENTS: usize = 20_000;
/// A pack of one or two looks to git like one of its events with another name, and two branches that
/// sealed it would conflict.
pub const FEWEST: usize = 3;

/// What sealing did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sealed {
    pub events: usize,
    pub packs: Vec<String>,
    /// Event files left as they are, since they cannot be read or do not fit their checksum.
    pub left: Vec<String>,
}

/// Returns the event files among the sources that were written before a time.
pub fn older_than(sources: &[String], time: Timestamp) -> Vec<String> {
    let old = |it: &&String| Store::id_of(it).is_some_and(|it| it.written() < time);
    sources.iter().filter(old).cloned().collect()
}

/// Returns the name of a pack: the SHA-256 of its bytes.
pub fn name(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    let hex: String = digest.iter().map(|it| format!("{it:02x}")).collect();
    format!("{hex}.jsonl")
}

/// Seals event files. Each line goes into the pack byte for byte; files that are damaged stay.
///
/// # Errors
/// When a pack cannot be written; the event files it was to hold are then still there.
pub fn seal(store: &Store, lock: &Lock, sources: &[String]) -> Result<Sealed> {
    let mut res = Sealed::default();
    let mut sorted: Vec<&String> = sources.iter().collect();
    sorted.sort_by_key(|it| Store::id_of(it));
    let mut lines: Vec<(String, String)> = Vec::new();
    for source in sorted {
        match store.load(source).ok().and_then(|it| whole_line(it, source)) {
            Some(line) => lines.push((source.clone(), line)),
            // Another `pack` sealed it after it was listed.
            None if !store.path(source).exists() => {}
            None => res.left.push(source.clone()),
        }
    }
    for chunk in lines.chunks(EVENTS) {
        let bytes: String = chunk.iter().map(|it| it.1.as_str()).collect();
        let name = name(bytes.as_bytes());
        let sealed: Vec<String> = chunk.iter().map(|it| it.0.clone()).collect();
        store.seal(lock, &name, bytes.as_bytes(), &sealed)?;
        res.events += chunk.len();
        res.packs.push(format!("packs/{name}"));
    }
    Ok(res)
}

/// Returns the line of an event file if it is whole, one line, and named by its id.
fn whole_line(bytes: Vec<u8>, source: &str) -> Option<String> {
    let text = String::from_utf8(bytes).ok()?;
    let line = text.trim_end();
    let event = Event::parse(line).ok()?;
    let whole = checksum_fits(line) != Some(false) && Some(event.id) == Store::id_of(source);
    (whole && !line.contains('\n')).then(|| format!("{line}\n"))
}

/// Says whether a source is a pack and not an event file.
pub fn is_pack(source: &str) -> bool {
    source.starts_with("packs/")
}

/// Says whether a pack has the name of its content; event files have other names.
pub fn is_named(source: &str, bytes: &[u8]) -> bool {
    !is_pack(source) || source == format!("packs/{}", name(bytes))
}

/// Returns the packs whose name does not fit their content.
///
/// # Errors
/// When the store cannot be listed.
pub fn misnamed(store: &Store) -> Result<Vec<String>> {
    let packs: BTreeSet<String> =
        store.sources()?.into_iter().filter(|it| it.starts_with("packs/")).collect();
    let fits = |it: &str| store.load(it).is_ok_and(|bytes| is_named(it, &bytes));
    Ok(packs.into_iter().filter(|it| !fits(it)).collect())
}
