//! Was it rolled back? The same version deployed again is no rollback.

use crate::deploy::{REVERT_S, reverted};
use crate::detect::about::is_same_version;
use crate::detect::report::{self, Report};
use crate::detect::state::State;
use crate::detect::transcript::Transcript;
use crate::detect::{
    Commit, Confidence, Evidence, Fact, Finding, Git, Quote, Rule, Verdict, What, name,
};
use crate::event::{Outcome, Timestamp};

/// What says that a version was taken back.
struct Sign {
    confidence: Confidence,
    at: Option<Timestamp>,
    version: Option<String>,
    quotes: Vec<Quote>,
}

/// Asks state, tags, journal, transcript, git log and tables, and takes the first that answers.
pub fn rolled_back(evidence: &Evidence, version: Option<&str>) -> Finding {
    let rule = Rule::RolledBack;
    let sign = of_state(evidence)
        .or_else(|| of_tag(evidence, version?))
        .or_else(|| of_journal(evidence, version?))
        .or_else(|| of_transcript(evidence))
        .or_else(|| of_revert(evidence, version?))
        .or_else(|| of_table(evidence));
    let Some(sign) = sign else {
        return Finding::unknown(rule, "a rollback on the platform leaves no trace here");
    };
    let version = sign.version.as_deref().or(version);
    let message = match version {
        Some(it) => format!("{} was rolled back", name(it)),
        None => "it was rolled back".to_owned(),
    };
    let mut res =
        Finding::new(rule, Verdict::Present, sign.confidence, &message).because(sign.quotes);
    if sign.confidence == Confidence::Fact {
        res.facts = vec![Fact {
            version: version.map(name),
            at: sign.at,
            ..Fact::new(What::RolledBack, evidence, version.unwrap_or_default())
        }];
    }
    res
}

fn of_state(evidence: &Evidence) -> Option<Sign> {
    evidence.files.iter().filter_map(State::new).find_map(|state| {
        let read = |names: &[&str]| {
            state.text(names).or_else(|| {
                let (value, quote) = names.iter().find_map(|it| state.get(&[&[*it]]))?;
                let text = super::state::scalar(value)?;
                (!report::is_open(&text)).then_some((text, quote))
            })
        };
        let at = read(&["rollback_at", "rolled_back_at"]);
        let from = read(&["rollback_from"]);
        let quotes: Vec<Quote> =
            [&at, &from].into_iter().flatten().map(|it| it.1.clone()).collect();
        (!quotes.is_empty()).then(|| Sign {
            confidence: Confidence::Fact,
            at: at.and_then(|it| report::time(&it.0)),
            version: from.and_then(|it| report::version(&it.0)),
            quotes,
        })
    })
}

fn of_tag(evidence: &Evidence, version: &str) -> Option<Sign> {
    let git = evidence.history.git.as_ref()?;
    let tag = git.tags.iter().find(|it| {
        it.name.strip_suffix("-rollback").is_some_and(|it| is_same_version(it, version))
    })?;
    Some(Sign {
        confidence: Confidence::Fact,
        at: tag.tagged,
        version: None,
        quotes: vec![Quote::of(&format!("tag {}", tag.name), &tag.subject)],
    })
}

/// A version that was deployed before came after this one.
fn of_journal(evidence: &Evidence, version: &str) -> Option<Sign> {
    let all: Vec<_> = evidence
        .history
        .deployments
        .iter()
        .filter(|it| it.outcome == Outcome::Succeeded && it.env == crate::deploy::PRODUCTION)
        .filter_map(|it| Some((it, it.version.as_deref()?)))
        .collect();
    let at = all
        .windows(2)
        .position(|it| is_same_version(it[0].1, version) && !is_same_version(it[0].1, it[1].1))?;
    let (next, before) = (all[at + 1], &all[..at]);
    before.iter().find(|it| is_same_version(it.1, next.1) && it.0.service == next.0.service)?;
    let text = format!("{} was deployed again at {}", next.1, next.0.start);
    let place = next.0.ids.first().map_or_else(String::new, |it| format!("event {}", it.short()));
    Some(Sign {
        confidence: Confidence::Strong,
        at: Some(next.0.start),
        version: None,
        quotes: vec![Quote::of(&place, &text)],
    })
}

fn of_transcript(evidence: &Evidence) -> Option<Sign> {
    let quotes = Transcript::new(evidence.transcript.as_ref()?).rollbacks;
    let sign = Sign { confidence: Confidence::Strong, at: None, version: None, quotes };
    (!sign.quotes.is_empty()).then_some(sign)
}

/// A commit of the release was reverted within two days.
fn of_revert(evidence: &Evidence, version: &str) -> Option<Sign> {
    let git = evidence.history.git.as_ref()?;
    let (released, at) = released(git, version)?;
    let reverts = git.commits.iter().filter(|it| {
        it.subject.starts_with("Revert ") && (0..=REVERT_S).contains(&(it.at.0 - at.0))
    });
    let found = reverts.into_iter().find(|it| {
        let mut undone = reverted(&it.body);
        undone.any(|sha| released.iter().any(|it| it.sha.starts_with(sha)))
    })?;
    let sha: String = found.sha.chars().take(7).collect();
    Some(Sign {
        confidence: Confidence::Strong,
        at: Some(found.at),
        version: None,
        quotes: vec![Quote::of(&format!("commit {sha}"), &found.subject)],
    })
}

/// Returns the commits that came with a version, and when it was released.
fn released<'a>(git: &'a Git, version: &str) -> Option<(&'a [Commit], Timestamp)> {
    let tag = git.tags.iter().find(|it| is_same_version(&it.name, version))?;
    let place = |sha: &str| git.commits.iter().position(|it| it.sha == sha);
    let from = place(&tag.commit)?;
    let releases = git.tags.iter().filter(|it| report::version(&it.name).is_some());
    let before = releases.filter_map(|it| place(&it.commit)).filter(|it| *it > from).min();
    let commits = &git.commits[from..before.unwrap_or(git.commits.len())];
    Some((commits, tag.tagged.unwrap_or(commits[0].at)))
}

fn of_table(evidence: &Evidence) -> Option<Sign> {
    for source in evidence.files.iter().filter(|it| it.path.ends_with(".md")) {
        let report = Report::new(source);
        let mut column = None;
        for row in report.rows() {
            let head = row.iter().position(|it| {
                let cell = report.of(*it).trim_matches('*').to_lowercase();
                cell == "rollback?" || cell == "rolled back?"
            });
            if head.is_some() {
                column = head;
            } else if let Some(cell) = column.and_then(|it| row.get(it))
                && report.of(*cell).to_lowercase().contains("yes")
            {
                let quotes = vec![Quote::new(source, cell.start)];
                return Some(Sign {
                    confidence: Confidence::Weak,
                    at: None,
                    version: None,
                    quotes,
                });
            }
        }
    }
    None
}
