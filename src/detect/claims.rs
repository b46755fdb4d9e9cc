//! Who says how the deployment ended. Detectors weigh these; nothing is decided here.

use serde_json::Value;

use crate::detect::report::{self, About, Report};
use crate::detect::state::{State, yes};
use crate::detect::transcript::Transcript;
use crate::detect::{Confidence, Evidence, Quote, Source, run};
use crate::event::{Outcome, Timestamp};

/// One statement about one attempt to deploy to production.
#[derive(Clone, Debug)]
pub struct Claim {
    /// Succeeded, failed or blocked; unknown for those that only tell what was deployed.
    pub outcome: Outcome,
    pub confidence: Confidence,
    pub version: Option<String>,
    pub sha: Option<String>,
    pub run: Option<String>,
    pub at: Option<Timestamp>,
    pub started: Option<Timestamp>,
    pub finished: Option<Timestamp>,
    pub failed_job: Option<String>,
    /// What tells it from others where it names no run, commit or version.
    pub identity: Option<String>,
    /// A person or an agent wrote the version; it is no machine's.
    pub by_report: bool,
    pub quote: Quote,
}

/// All statements, the most reliable first, and who says that nothing was deployed.
#[derive(Clone, Debug, Default)]
pub struct Claims {
    pub all: Vec<Claim>,
    /// `deployed: false` and the like.
    pub denials: Vec<Quote>,
    /// Reports that only say `ready`, runs that were cancelled, timeouts: they decide nothing.
    pub undecided: Vec<Quote>,
    /// Commits that staging validated.
    pub validated: Vec<(String, Quote)>,
    /// Reasons why it never started, that are no statement of a machine.
    pub refusals: Vec<Quote>,
}

impl Claims {
    /// Returns the statements of one outcome.
    pub fn of(&self, outcome: Outcome) -> impl Iterator<Item = &Claim> {
        self.all.iter().filter(move |it| it.outcome == outcome)
    }

    /// Returns the attempts with one outcome: statements about one run are one attempt, and those
    /// that name no run belong to the latest.
    pub fn attempts(&self, outcome: Outcome) -> Vec<Claim> {
        let mut res: Vec<Claim> = Vec::new();
        let (with, without): (Vec<&Claim>, Vec<&Claim>) =
            self.of(outcome).partition(|it| it.run.is_some());
        for claim in with {
            match res.iter_mut().find(|it| it.run == claim.run) {
                Some(it) => it.join(claim),
                None => res.push(claim.clone()),
            }
        }
        res.sort_by_key(|it| it.when());
        for claim in without {
            match res.last_mut() {
                Some(it) => it.join(claim),
                None => res.push(claim.clone()),
            }
        }
        res
    }
}

impl Claim {
    fn new(outcome: Outcome, confidence: Confidence, quote: Quote) -> Self {
        Self {
            outcome,
            confidence,
            version: None,
            sha: None,
            run: None,
            at: None,
            started: None,
            finished: None,
            failed_job: None,
            identity: None,
            by_report: false,
            quote,
        }
    }

    /// Returns when it happened.
    pub fn when(&self) -> Option<Timestamp> {
        self.finished.or(self.at).or(self.started)
    }

    fn join(&mut self, other: &Self) {
        fn fill<T: Clone>(mine: &mut Option<T>, theirs: &Option<T>) {
            if mine.is_none() {
                mine.clone_from(theirs);
            }
        }
        fill(&mut self.version, &other.version);
        fill(&mut self.sha, &other.sha);
        fill(&mut self.run, &other.run);
        fill(&mut self.at, &other.at);
        fill(&mut self.failed_job, &other.failed_job);
        fill(&mut self.identity, &other.identity);
        // A start of one clock and an end of another make no duration.
        if self.started.is_none() && self.finished.is_none() {
            (self.started, self.finished) = (other.started, other.finished);
        }
        self.confidence = self.confidence.max(other.confidence);
    }
}

/// Words of a `**Status**` that say it is done; `ready for production` is not.
const DONE: [&str; 5] =
    ["deployed to production", "deployment complete", "shipped", "success", "successful"];
/// Phases that deploy to production.
const PHASES: [&str; 4] = ["ship:deploy-prod", "ship:phase-2-ship", "phase-2-ship", "deploy-prod"];

/// Collects all statements about a feature.
pub fn claims(evidence: &Evidence) -> Claims {
    let mut res = Claims::default();
    for source in evidence.runs.iter().chain(&evidence.files) {
        if source.path.ends_with(".json") || evidence.runs.iter().any(|it| it.path == source.path) {
            of_runs(source, &mut res);
        }
    }
    for state in evidence.files.iter().filter_map(State::new) {
        of_state(&state, &mut res);
    }
    if let Some(source) = &evidence.transcript {
        of_transcript(source, &mut res);
    }
    let reports: Vec<Report<'_>> =
        evidence.files.iter().filter(|it| it.path.ends_with(".md")).map(Report::new).collect();
    for report in &reports {
        of_report(report, &mut res);
    }
    of_tags(evidence, &mut res);
    // What a machine wrote, a tag for one, knows the time better than a report.
    res.all.sort_by_key(|it| it.by_report);
    res
}

fn of_runs(source: &Source, res: &mut Claims) {
    for run in run::runs(source) {
        if run.outcome == Outcome::Unknown {
            res.undecided.push(run.quote);
            continue;
        }
        res.all.push(Claim {
            sha: run.sha,
            run: Some(run.id),
            started: run.started,
            finished: run.finished,
            failed_job: run.failed_job,
            ..Claim::new(run.outcome, Confidence::Fact, run.quote)
        });
    }
}

fn of_state(state: &State<'_>, res: &mut Claims) {
    let own = |names: &[&str], read: fn(&str) -> Option<String>| read(&state.text(names)?.0);
    let base = |outcome, confidence, quote| Claim {
        version: own(&["version"], report::version).or_else(|| own(&["tag"], report::version)),
        sha: own(&["commit_sha", "commit", "sha"], report::commit),
        run: own(&["run_id", "workflow_run_id", "run"], report::run),
        at: state.time(),
        ..Claim::new(outcome, confidence, quote)
    };
    if let Some((value, quote)) = state.production(&["deployed", "status"]) {
        let done = yes(value).or_else(|| match value {
            Value::String(it) if it == "deployed" || it == "completed" => Some(true),
            _ => None,
        });
        match done {
            Some(true) => {
                let known = state.time().is_some();
                let confidence = if known { Confidence::Fact } else { Confidence::Strong };
                res.all.push(base(Outcome::Succeeded, confidence, quote));
            }
            Some(false) => res.denials.push(quote),
            None => res.undecided.push(quote),
        }
    } else if let Some((_, quote)) = state.production(&["version", "tag", "commit_sha", "run_id"]) {
        res.all.push(base(Outcome::Unknown, Confidence::Strong, quote));
    }
    for (phase, quote) in state.failed_phases() {
        if PHASES.contains(&phase.as_str()) {
            res.all.push(base(Outcome::Failed, Confidence::Fact, quote));
        }
    }
    res.refusals.extend(state.refused_gates().into_iter().map(|it| it.1));
}

fn of_transcript(source: &Source, res: &mut Claims) {
    let said = Transcript::new(source);
    // The last word counts: a check may be overridden, and a release be cancelled after it was green.
    let Some((outcome, quote)) = said.said else { return };
    if outcome == Outcome::Unknown {
        res.undecided.push(quote);
        return;
    }
    res.all.push(Claim {
        version: said.version,
        run: said.run,
        failed_job: said.failed_job,
        identity: Some(source.text.clone()),
        ..Claim::new(outcome, Confidence::Fact, quote)
    });
}

fn of_report(report: &Report<'_>, res: &mut Claims) {
    let name = report.source.path.rsplit('/').next().unwrap_or_default();
    let whole = || Quote::new(report.source, 0);
    let read = |names: &[&str], read: fn(&str) -> Option<String>| read(&report.field(names)?.value);
    let base = |outcome, confidence, quote| Claim {
        version: read(&["version", "release"], report::version),
        sha: read(&["commit sha", "commit"], report::commit),
        run: read(&["run id", "workflow", "run"], report::run),
        at: report.time(),
        by_report: true,
        ..Claim::new(outcome, confidence, quote)
    };
    match name {
        "deploy-prod-failure.md" => {
            res.all.push(base(Outcome::Failed, Confidence::Fact, whole()));
            return;
        }
        "staging-validation-report.md" => {
            let commit = report.field(&["commit", "commit sha"]);
            if let Some((sha, it)) = commit.and_then(|it| Some((report::commit(&it.value)?, it))) {
                res.validated.push((sha, Quote::new(report.source, it.at)));
            }
            let status = report.field(&["status"]);
            if let Some(it) = status.filter(|it| it.value.contains('❌')) {
                res.refusals.push(Quote::new(report.source, it.at));
            }
            return;
        }
        _ => {}
    }
    if report.about() != Some(About::Production) {
        return;
    }
    let status = report.field(&["status", "deployment status"]);
    match status {
        Some(it) if is_done(&it.value) => {
            let quote = Quote::new(report.source, it.at);
            res.all.push(base(Outcome::Succeeded, Confidence::Strong, quote));
        }
        other => {
            let at = other.as_ref().map_or(0, |it| it.at);
            let quote = Quote::new(report.source, at);
            res.undecided.extend(other.is_some().then(|| quote.clone()));
            res.all.push(base(Outcome::Unknown, Confidence::Weak, quote));
        }
    }
}

fn is_done(status: &str) -> bool {
    let words = status.trim_start_matches(|it: char| !it.is_alphanumeric()).to_lowercase();
    DONE.iter().any(|it| {
        let rest = words.strip_prefix(it);
        rest.is_some_and(|rest| !rest.starts_with(char::is_alphanumeric))
    })
}

/// An annotated release tag on the very commit that a report or a state names was made by the
/// deployment; a lightweight tag and one elsewhere prove nothing.
fn of_tags(evidence: &Evidence, res: &mut Claims) {
    let Some(git) = &evidence.history.git else { return };
    let shas: Vec<String> = res.all.iter().filter_map(|it| it.sha.clone()).collect();
    for tag in &git.tags {
        let on = shas.iter().any(|it| tag.commit.starts_with(it.as_str()));
        let Some(tagged) = tag.tagged.filter(|_| on && !tag.name.ends_with("-rollback")) else {
            continue;
        };
        let Some(version) = report::version(&tag.name) else { continue };
        let quote = Quote::of(&format!("tag {}", tag.name), &tag.subject);
        res.all.push(Claim {
            version: Some(version),
            sha: Some(tag.commit.clone()),
            at: Some(tagged),
            ..Claim::new(Outcome::Succeeded, Confidence::Fact, quote)
        });
    }
}
