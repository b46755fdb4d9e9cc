//! Options that several commands take, and what is typed behind them.

use std::io::Read;

use anyhow::{Context, Result, bail};
use clap::Args;

use crate::clean::{Cleaned, clean, secrets};
use crate::cli::{Ctx, say};
use crate::event::{Id, Timestamp};
use crate::store::cache::Fold;
use crate::workspace::Workspace;

/// Longest stored text of a note, a cause and a name, in characters.
pub const NOTE: usize = 500;
pub const NAME: usize = 80;

/// How a command that stores goes about it.
#[derive(Debug, Args)]
pub struct How {
    /// Say what would happen and write nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
}

impl How {
    /// Returns the numbers; with the lock, if something is to be stored.
    pub fn fold(&self, workspace: &Workspace) -> Result<Fold> {
        if self.dry_run { workspace.store.fold() } else { workspace.store.fold_to_store() }
    }
}

/// Texts on their way into the journal, and what cleaning did to them.
#[derive(Default)]
pub struct Texts {
    pub remarks: Vec<String>,
}

impl Texts {
    /// Returns the text as it may be stored, at most `cap` characters; `None` when nothing is left.
    pub fn add(&mut self, what: &str, text: &str, cap: usize) -> Option<String> {
        let Cleaned { text, redacted, truncated, stripped } = clean(text, cap);
        if !redacted.is_empty() {
            self.remarks.push(format!(
                "the {what} held what looks like a secret ({}); it is stored as a placeholder",
                redacted.join(", ")
            ));
        }
        if truncated {
            self.remarks.push(format!("the {what} was cut to {cap} characters"));
        }
        if stripped > 0 {
            self.remarks.push(format!(
                "{} taken out of the {what}",
                say::plural(stripped, "control or invisible character")
            ));
        }
        (!text.is_empty()).then_some(text)
    }
}

pub fn key_arg(key: Option<&str>) -> Result<Option<String>> {
    let Some(key) = key else { return Ok(None) };
    let cleaned = clean(key, 200);
    if cleaned.text != key || key.is_empty() {
        bail!(
            "--key: `{}` is no key: up to 200 visible characters, no secret; nothing was recorded",
            cleaned.text
        );
    }
    Ok(Some(cleaned.text))
}

/// Makes sure that a new name, which stands in events and documents for ever, holds no secret.
///
/// # Errors
/// When it does: the message has the kind of the secret, not the name.
pub fn refuse_secret(name: &str) -> Result<()> {
    match secrets(name).first() {
        Some(it) => bail!(
            "the name holds what looks like a secret ({}); choose another one, nothing was recorded",
            it.shape
        ),
        None => Ok(()),
    }
}

/// Reads the word of an option.
pub fn word<T>(
    option: &str,
    text: &str,
    parse: fn(&str) -> Option<T>,
    words: &[&str],
) -> Result<T> {
    let known =
        || format!("{option}: `{text}` is none of {}; nothing was recorded", words.join(", "));
    parse(&text.to_lowercase()).with_context(known)
}

/// Reads a day, as 00:00 UTC, or a time with its zone.
///
/// # Errors
/// When it is neither.
pub fn moment(option: &str, text: &str) -> Result<Timestamp> {
    let day = || Timestamp::parse(&format!("{text}T00:00:00Z"));
    Timestamp::parse(text).or_else(day).with_context(|| {
        format!(
            "{option}: `{text}` is no day such as 2026-11-23 and no time such as 2026-11-23T04:31:15Z; nothing was recorded"
        )
    })
}

/// Reads when something happened, which is not in the future.
pub fn time_arg(option: &str, text: Option<&str>, ctx: &Ctx<'_>) -> Result<Option<Timestamp>> {
    let Some(text) = text else { return Ok(None) };
    let time = moment(option, text)?;
    if time > ctx.clock.latest() {
        bail!(
            "{option}: {time} lies in the future (now is {}); nothing was recorded",
            ctx.clock.now
        );
    }
    Ok(Some(time))
}

pub fn note_arg(text: Option<&str>, ctx: &mut Ctx<'_>) -> Result<Option<String>> {
    if text != Some("-") {
        return Ok(text.map(str::to_owned));
    }
    let mut bytes = Vec::new();
    // More than this is cut anyway; a log that is piped in by mistake does not fill the memory.
    (&mut *ctx.stdin)
        .take(1 << 20)
        .read_to_end(&mut bytes)
        .context("cannot read the note from the input")?;
    Ok(Some(String::from_utf8_lossy(&bytes).into_owned()))
}

/// Finds an event by its id or the end of it.
///
/// # Errors
/// When none or several end like this.
pub fn find_event(workspace: &Workspace, text: &str) -> Result<Id> {
    let typed = text.trim().to_uppercase();
    if let Some(id) = Id::parse(&typed) {
        return Ok(id);
    }
    if typed.len() < 4 {
        bail!("`{text}` is too short for an event id: `learn log` shows them");
    }
    let found = workspace
        .store
        .ask(|journal, _| journal.select(|it| it.event.id.to_string().ends_with(&typed)))?;
    match &*found {
        [only] => Ok(only.event.id),
        [] => bail!("no event ends with `{text}`; `learn log` lists them"),
        _ => bail!("{} events end with `{text}`; type more of the id", found.len()),
    }
}
