//! What a deployment left behind, read as evidence: was it deployed, did it fail, was it rolled back?
//!
//! Pure: knows neither files nor git nor the time of day, only what `store::evidence` gathered. Every
//! detector gives present, absent or unknown with the lines that say so; nothing is guessed, nothing
//! from those lines is executed, and what cannot be told is unknown. docs/detect.md has the rules.

use std::borrow::Cow;

use serde::Serialize;

use crate::clean::inert;
use crate::deploy::{Deployment, ROLLBACK};
use crate::event::{
    By, DurationFrom, Event, Id, Kind, Outcome, Role, Timestamp, WatchVerdict, digest,
};
use crate::text::{floor_char_boundary, line_col};

mod about;
mod cause;
mod claims;
mod conflict;
mod monitoring;
mod outcome;
mod plan;
mod redeploys;
mod report;
mod rollback;
mod run;
mod state;
mod transcript;

pub use about::canonical;
pub use report::version;

/// Longest text of a quoted line, in characters.
const QUOTE: usize = 160;
/// How many lines a detector quotes at most.
const QUOTES: usize = 20;
/// Longest line that is quoted, in bytes.
const LINE: usize = 1 << 14;
/// How much of a text is read, in bytes: a report is a page, and takes time by its size.
pub const PAGE: usize = 1 << 18;
/// Longest name of a feature, version or run, in characters.
const NAME: usize = 80;
/// How long a deployment has to be watched, in seconds.
pub const WATCHED_S: u64 = 1800;

/// All that is known about one feature folder.
#[derive(Clone, Debug, Default)]
pub struct Evidence {
    /// Name of the folder: `003-checkout`.
    pub feature: String,
    /// Files of the folder, by path.
    pub files: Vec<Source>,
    /// Answers of `gh run view --json` about this feature's deployments.
    pub runs: Vec<Source>,
    /// What a deployment command printed.
    pub transcript: Option<Source>,
    pub history: History,
}

/// What is known about the project as a whole.
#[derive(Clone, Debug, Default)]
pub struct History {
    /// None where git does not answer.
    pub git: Option<Git>,
    /// Deployments of the journal, by start.
    pub deployments: Vec<Deployment>,
    pub watches: Vec<Watched>,
}

/// A file as far as it was read.
#[derive(Clone, Debug, Default)]
pub struct Source {
    /// Below the project root, with `/`.
    pub path: String,
    pub text: String,
}

#[derive(Clone, Debug, Default)]
pub struct Git {
    pub tags: Vec<Tag>,
    /// Newest first.
    pub commits: Vec<Commit>,
}

#[derive(Clone, Debug, Default)]
pub struct Tag {
    pub name: String,
    /// The commit it points to.
    pub commit: String,
    /// When it was made; a lightweight tag does not say.
    pub tagged: Option<Timestamp>,
    pub subject: String,
}

#[derive(Clone, Debug, Default)]
pub struct Commit {
    pub sha: String,
    pub at: Timestamp,
    pub subject: String,
    pub body: String,
}

/// A `learn watch` of the journal.
#[derive(Clone, Debug)]
pub struct Watched {
    pub id: Id,
    pub version: Option<String>,
    pub feature: Option<String>,
    pub verdict: WatchVerdict,
    pub observed_s: u64,
}

/// What a detector asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rule {
    Deployed,
    DeployFailed,
    DeployBlocked,
    RolledBack,
    MissingRollbackPlan,
    InsufficientMonitoring,
    RepeatedRedeploys,
    EvidenceConflict,
    Version,
    Slug,
    Duration,
    RootCause,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    Present,
    Absent,
    Unknown,
}

/// How much the evidence bears.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Confidence {
    /// Advice, to be looked at.
    Weak,
    /// Somebody wrote that it is so.
    Strong,
    /// A machine wrote it down; may be recorded without asking.
    Fact,
}

/// A line that says something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Quote {
    pub path: String,
    /// From 1; 0 where the whole file, or that it is there, is the evidence.
    pub line: usize,
    /// In characters, from 1.
    pub column: usize,
    /// Cleaned and cut; no markup that an agent could take for its own.
    pub text: String,
}

/// The answer of one detector.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    pub rule: Rule,
    pub feature: Option<String>,
    pub verdict: Verdict,
    pub confidence: Confidence,
    /// One sentence.
    pub message: String,
    /// The version, slug, duration or cause that was found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    pub evidence: Vec<Quote>,
    /// What may be recorded.
    #[serde(rename = "proposes")]
    pub facts: Vec<Fact>,
}

/// Something that happened, fit to be recorded once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fact {
    pub what: What,
    pub feature: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sha: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run: Option<String>,
    /// When it happened, if the evidence says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub started: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub finished: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<String>,
    pub key: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum What {
    Succeeded,
    Failed,
    Blocked,
    /// The pitfall `rollback-needed`.
    RolledBack,
    /// The pitfall `missing-rollback-plan`.
    NoPlan,
    /// The pitfall `production-deploy-failures`.
    DeployFailures,
}

/// Asks all detectors about one feature folder; the findings come in the order of `Rule`.
pub fn feature(evidence: &Evidence) -> Vec<Finding> {
    let claims = claims::claims(evidence);
    let version = about::version(&claims);
    let known = version.value.clone();
    let cause = cause::root_cause(evidence, &claims);
    let rolled_back = rollback::rolled_back(evidence, known.as_deref());
    let conflict = conflict::conflicts(&claims, &version);
    let torn = conflict::outcome_is_torn(&claims);
    let mut res = vec![
        outcome::deployed(evidence, &claims, known.as_deref(), torn),
        outcome::failed(evidence, &claims, known.as_deref(), cause.value.as_deref(), torn),
        outcome::blocked(evidence, &claims),
        rolled_back,
        plan::missing(evidence, &claims, known.as_deref()),
        monitoring::insufficient(evidence, &claims, known.as_deref()),
        conflict,
        version,
        about::slug(evidence),
        about::duration(&claims),
        cause,
    ];
    for it in &mut res {
        it.feature = Some(name(&evidence.feature));
    }
    res
}

/// What a single text says about a deployment to production.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Said {
    pub outcome: Option<Outcome>,
    pub version: Option<String>,
    pub run: Option<String>,
}

/// Returns what a deployment command printed about how it ended, for those who see it happen; of a long
/// text the end decides.
pub fn printed(text: &str) -> Said {
    let start = text.len().saturating_sub(PAGE);
    let start = (start..=text.len()).find(|it| text.is_char_boundary(*it)).unwrap_or(0);
    let source = Source { path: String::new(), text: text[start..].to_owned() };
    let it = transcript::Transcript::new(&source);
    Said { outcome: it.said.map(|it| it.0), version: it.version, run: it.run }
}

/// Returns what a report says; nothing where it is none, or about something else than production.
pub fn reported(path: &str, text: &str) -> Said {
    let text = text[..floor_char_boundary(text, PAGE)].to_owned();
    let source = Source { path: path.to_owned(), text };
    let claims = claims::claims(&Evidence { files: vec![source], ..Evidence::default() });
    let claim = claims.all.into_iter().find(|it| it.outcome != Outcome::Unknown);
    let said =
        |it: claims::Claim| Said { outcome: Some(it.outcome), version: it.version, run: it.run };
    claim.map(said).unwrap_or_default()
}

/// Asks the detectors that look at the project as a whole.
pub fn project(history: &History) -> Vec<Finding> {
    vec![redeploys::repeated(history)]
}

impl Rule {
    pub fn word(self) -> &'static str {
        match self {
            Self::Deployed => "deployed",
            Self::DeployFailed => "deploy-failed",
            Self::DeployBlocked => "deploy-blocked",
            Self::RolledBack => "rolled-back",
            Self::MissingRollbackPlan => "missing-rollback-plan",
            Self::InsufficientMonitoring => "insufficient-monitoring",
            Self::RepeatedRedeploys => "repeated-redeploys",
            Self::EvidenceConflict => "evidence-conflict",
            Self::Version => "version",
            Self::Slug => "slug",
            Self::Duration => "duration",
            Self::RootCause => "root-cause",
        }
    }

    /// Says whether something is wrong when it is present.
    pub fn is_problem(self) -> bool {
        (Self::DeployFailed..=Self::EvidenceConflict).contains(&self)
    }
}

impl Verdict {
    pub fn word(self) -> &'static str {
        match self {
            Self::Present => "present",
            Self::Absent => "absent",
            Self::Unknown => "unknown",
        }
    }
}

impl Confidence {
    pub fn word(self) -> &'static str {
        match self {
            Self::Weak => "weak",
            Self::Strong => "strong",
            Self::Fact => "fact",
        }
    }
}

impl Finding {
    fn new(rule: Rule, verdict: Verdict, confidence: Confidence, message: &str) -> Self {
        Self {
            rule,
            feature: None,
            verdict,
            confidence,
            message: message.to_owned(),
            value: None,
            evidence: Vec::new(),
            facts: Vec::new(),
        }
    }

    fn unknown(rule: Rule, message: &str) -> Self {
        Self::new(rule, Verdict::Unknown, Confidence::Weak, message)
    }

    fn because(self, evidence: impl IntoIterator<Item = Quote>) -> Self {
        let mut seen = Vec::new();
        for it in evidence {
            if !seen.contains(&it) {
                seen.push(it);
            }
        }
        Self { evidence: seen, ..self }
    }

    pub fn is_problem(&self) -> bool {
        self.rule.is_problem() && self.verdict == Verdict::Present
    }
}

impl Quote {
    /// Quotes a piece of a source: `at` is a byte of the line.
    fn new(source: &Source, at: usize) -> Self {
        let at = floor_char_boundary(&source.text, at);
        let line = crate::markdown::line_of(&source.text, at);
        let place = line_col(&source.text, at);
        let whole = line.of(&source.text);
        // Cleaned as a whole or not at all: a secret cut in half no longer looks like one.
        let text = if whole.len() > LINE {
            format!("a line of {} bytes", whole.len())
        } else {
            inert(whole, QUOTE)
        };
        Self { path: inert(&source.path, 200), line: place.line, column: place.col, text }
    }

    /// Quotes something that is no line of a file: a tag, a commit, an event.
    fn of(place: &str, text: &str) -> Self {
        Self { path: inert(place, 200), line: 0, column: 0, text: inert(text, QUOTE) }
    }
}

/// Returns a name out of the evidence, cleaned.
fn name(text: &str) -> String {
    inert(text, NAME)
}

impl Fact {
    /// `identity` is what tells it from others of its kind: a run, else a commit, else a version.
    fn new(what: What, evidence: &Evidence, identity: &str) -> Self {
        let slug = about::canonical(&evidence.feature);
        let hex = digest([what.word(), slug, identity]);
        Self {
            what,
            feature: name(&evidence.feature),
            version: None,
            sha: None,
            run: None,
            at: None,
            started: None,
            finished: None,
            cause: None,
            key: format!("detect-{}-{hex}", what.word()),
        }
    }

    /// Returns the event that records the fact; `now` stands in where the evidence has no time.
    pub fn event(&self, id: Id, now: Timestamp, skill: &str) -> Event<'static> {
        let own = |it: &Option<String>| it.clone().map(Cow::Owned);
        let at = self.at.or(self.finished).or(self.started).unwrap_or(now);
        let mut res = Event::new(id, at, skill.to_owned(), Kind::Deploy);
        res.feature = Some(self.feature.clone().into());
        res.version = own(&self.version);
        res.by = Some(By::Detect);
        res.key = Some(self.key.clone().into());
        match self.what.outcome() {
            Some(outcome) => {
                res.outcome = Some(outcome);
                res.sha = own(&self.sha);
                res.run = own(&self.run);
                (res.started, res.finished) = (self.started, self.finished);
                if self.started.is_some() && self.finished.is_some() {
                    res.duration_from = Some(DurationFrom::Ci);
                }
                res.note = own(&self.cause);
            }
            None => {
                res.kind = Kind::Occurrence;
                res.pitfall = Some(self.what.pitfall().into());
                res.cause_text = own(&self.cause);
                res.role = (self.what == What::RolledBack).then_some(Role::Rollback);
            }
        }
        res
    }

    /// Says whether the evidence tells when it happened.
    pub fn has_time(&self) -> bool {
        self.at.or(self.finished).or(self.started).is_some()
    }
}

impl What {
    pub fn word(self) -> &'static str {
        match self {
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Blocked => "blocked",
            Self::RolledBack => "rolled-back",
            Self::NoPlan => "no-plan",
            Self::DeployFailures => "deploy-failures",
        }
    }

    /// Returns how the deployment ended, of those that are deployments.
    pub fn outcome(self) -> Option<Outcome> {
        match self {
            Self::Succeeded => Some(Outcome::Succeeded),
            Self::Failed => Some(Outcome::Failed),
            Self::Blocked => Some(Outcome::Blocked),
            _ => None,
        }
    }

    /// Returns the pitfall that it is an occurrence of; nothing for deployments.
    pub fn pitfall(self) -> &'static str {
        match self {
            Self::RolledBack => ROLLBACK,
            Self::NoPlan => "missing-rollback-plan",
            Self::DeployFailures => "production-deploy-failures",
            Self::Succeeded | Self::Failed | Self::Blocked => "",
        }
    }
}
