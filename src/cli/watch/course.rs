//! A watch on its way: its clock, its log of probes, and how it goes on after it was stopped.

use std::time::Instant;

use anyhow::{Result, bail};
use serde::{Deserialize, Serialize};

use crate::cli::Ctx;
use crate::event::Id;
use crate::probe::{Address, Expected, Seen, look};
use crate::store::read_text;
use crate::store::write::ProbeLog;
use crate::watch::{Probe, Rules, Target};
use crate::workspace::Workspace;

/// The first line of a log of probes.
#[derive(Debug, Serialize, Deserialize)]
pub struct Head {
    pub schema: String,
    pub id: Id,
    /// Milliseconds since 1970 (UTC).
    pub started_ms: u64,
    pub targets: Vec<String>,
    pub rules: Rules,
}

/// Every other line.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Line {
    /// Number of the target and what was seen.
    Probe { target: usize, probe: Probe },
    /// The watch goes on, so long after its start.
    Resumed { at_ms: u64 },
}

/// A watch on its way.
pub struct Course {
    pub id: Id,
    pub rules: Rules,
    pub addresses: Vec<Address>,
    pub expected: Expected,
    pub targets: Vec<Target>,
    /// Milliseconds since 1970 (UTC).
    pub started_ms: u64,
    /// How far the watch was when this process began.
    pub base_ms: u64,
    pub begin: Instant,
    pub begin_wall: u64,
    pub wall: fn() -> u64,
    /// How often it was resumed.
    pub resumed: usize,
    pub log: Option<ProbeLog>,
}

impl Course {
    /// Reads what was seen before and goes on from there.
    pub fn resume(&mut self, workspace: &Workspace, id: &str) -> Result<()> {
        let name = find(workspace, id)?;
        let path = workspace.store.path("local/watch").join(format!("{name}.jsonl"));
        let text = read_text(&path)?.unwrap_or_default();
        let mut lines = text.lines();
        let head = lines.next().and_then(|it| serde_json::from_str::<Head>(it).ok());
        let Some(head) = head else {
            bail!("`{}` is no log of a watch", workspace.store.shown(&path))
        };
        let own: Vec<&str> = self.addresses.iter().map(|it| it.shown.as_str()).collect();
        if own != head.targets {
            bail!("--resume: that watch was of {}; name the same", head.targets.join(" "));
        }
        // A line that was cut off by the end of the process is no probe.
        for line in lines.filter_map(|it| serde_json::from_str::<Line>(it).ok()) {
            match line {
                Line::Probe { target, probe } => {
                    if let Some(it) = self.targets.get_mut(target) {
                        it.add(&head.rules, &probe);
                    }
                }
                Line::Resumed { at_ms } => {
                    self.resumed += 1;
                    self.targets.iter_mut().for_each(|it| it.resume(&head.rules, at_ms));
                }
            }
        }
        self.id = head.id;
        self.base_ms = self.begin_wall.saturating_sub(head.started_ms);
        self.started_ms = head.started_ms;
        self.rules = head.rules;
        self.resumed += 1;
        let seen = self.targets.iter().map(|it| it.observed_ms(&self.rules, self.base_ms)).min();
        let seen = seen.unwrap_or(0);
        if seen >= self.rules.length_ms {
            bail!("--resume: that watch is over; start a new one");
        }
        if self.base_ms - seen.min(self.base_ms) > self.rules.length_ms {
            bail!("--resume: it was stopped longer ago than it was to last; start a new one");
        }
        let base_ms = self.base_ms;
        self.targets.iter_mut().for_each(|it| it.resume(&self.rules, base_ms));
        let mut log = workspace.store.probe_log(&name)?;
        // The last line may have been cut off.
        if !text.ends_with('\n') {
            log.add("")?;
        }
        log.add(&serde_json::to_string(&Line::Resumed { at_ms: base_ms })?)?;
        self.log = Some(log);
        Ok(())
    }

    /// Returns the milliseconds since the watch began, with the time in which the machine slept.
    pub fn now_ms(&self) -> u64 {
        let slept = (self.wall)().saturating_sub(self.begin_wall);
        self.base_ms + (self.begin.elapsed().as_millis() as u64).max(slept)
    }

    /// Returns when the watch ends: announced pauses are made up for.
    pub fn end_ms(&self) -> u64 {
        self.rules.length_ms + self.targets.iter().map(Target::announced_ms).max().unwrap_or(0)
    }

    /// Looks at some targets at once; one that hangs keeps no other waiting.
    pub fn look(&self, targets: &[usize]) -> Vec<(usize, Probe)> {
        let probe = |target: usize| {
            let at_ms = self.now_ms();
            let Seen { answer, ms, detail, version } =
                look(&self.addresses[target], &self.expected);
            (target, Probe { at_ms, ms, answer, detail, version })
        };
        std::thread::scope(|scope| {
            let probe = &probe;
            let all: Vec<_> = targets.iter().map(|it| scope.spawn(move || probe(*it))).collect();
            all.into_iter().filter_map(|it| it.join().ok()).collect()
        })
    }

    /// Writes a probe down; a disk that is full does not end the watch.
    pub fn keep(&mut self, ctx: &mut Ctx<'_>, target: usize, probe: Probe) {
        let Some(log) = &mut self.log else { return };
        let line = serde_json::to_string(&Line::Probe { target, probe });
        let res = line.map_err(Into::into).and_then(|it| log.add(&it));
        if let Err(err) = res {
            ctx.warn(&format!("{err:#}; the watch goes on and cannot be resumed"));
            self.log = None;
        }
    }
}

/// Finds the log of a watch by its id or the end of it.
fn find(workspace: &Workspace, id: &str) -> Result<String> {
    let typed = id.trim().to_uppercase();
    let dir = workspace.store.path("local/watch");
    let names: Vec<String> = match std::fs::read_dir(&dir) {
        Ok(it) => it
            .filter_map(|it| it.ok()?.file_name().into_string().ok())
            .filter_map(|it| it.strip_suffix(".jsonl").map(str::to_owned))
            .filter(|it| typed.len() >= 4 && it.ends_with(&typed))
            .collect(),
        Err(_) => Vec::new(),
    };
    match &*names {
        [only] => Ok(only.clone()),
        [] => bail!("--resume: no watch of this machine ends with `{id}`"),
        _ => bail!("--resume: several watches end with `{id}`; type more of the id"),
    }
}
