//! Was the deployment watched for long enough?

use crate::detect::about::{canonical, is_same_version};
use crate::detect::claims::Claims;
use crate::detect::report::{About, Report};
use crate::detect::{
    Confidence, Evidence, Finding, QUOTES, Quote, Rule, Verdict, WATCHED_S, Watched,
};
use crate::event::{Outcome, WatchVerdict};

/// A healthy watch of this version or feature over half an hour is enough; one request is not, and
/// boxes nobody ticked are not.
pub fn insufficient(evidence: &Evidence, claims: &Claims, version: Option<&str>) -> Finding {
    let rule = Rule::InsufficientMonitoring;
    if claims.of(Outcome::Succeeded).next().is_none() {
        return Finding::unknown(rule, "nothing says that it was deployed");
    }
    let own: Vec<&Watched> =
        evidence.history.watches.iter().filter(|it| is_of(it, evidence, version)).collect();
    let enough = |it: &&&Watched| it.verdict == WatchVerdict::Healthy && it.observed_s >= WATCHED_S;
    if let Some(it) = own.iter().rev().find(enough) {
        return Finding::new(rule, Verdict::Absent, Confidence::Fact, "watched for 30 minutes")
            .because([quote(it)]);
    }
    if let Some(it) = own.last() {
        let message = "watched, but not healthy for 30 minutes";
        return Finding::new(rule, Verdict::Present, Confidence::Fact, message)
            .because([quote(it)]);
    }
    let probe = evidence.files.iter().find(|it| it.path.ends_with("/production-health-check.json"));
    if let Some(source) = probe {
        let message = "one request is all that was asked of production";
        return Finding::new(rule, Verdict::Present, Confidence::Strong, message)
            .because([Quote::new(source, 0)]);
    }
    let open = unticked(evidence);
    if !open.is_empty() {
        let message = "the report's monitoring boxes are not ticked";
        return Finding::new(rule, Verdict::Present, Confidence::Strong, message).because(open);
    }
    let message = "the journal has no watch of it: `learn watch URL --for 30m`";
    Finding::new(rule, Verdict::Present, Confidence::Weak, message)
}

fn is_of(watch: &Watched, evidence: &Evidence, version: Option<&str>) -> bool {
    match (&watch.version, version) {
        (Some(a), Some(b)) => is_same_version(a, b),
        _ => watch.feature.as_ref().is_some_and(|it| canonical(it) == canonical(&evidence.feature)),
    }
}

fn quote(watch: &Watched) -> Quote {
    let text = format!("{} over {} s", watch.verdict.word(), watch.observed_s);
    Quote::of(&format!("event {}", watch.id.short()), &text)
}

fn unticked(evidence: &Evidence) -> Vec<Quote> {
    let mut res = Vec::new();
    for source in evidence.files.iter().filter(|it| it.path.ends_with(".md")) {
        let report = Report::new(source);
        if report.about() != Some(About::Production) {
            continue;
        }
        for (_, span) in report.sections(|it| it.contains("monitoring")) {
            let open = report.prose(span).filter(|it| {
                let line = report.of(*it).trim_start_matches([' ', '\t', '-', '*', '+']);
                line.starts_with("[ ]")
            });
            let left = QUOTES - res.len();
            res.extend(open.take(left).map(|it| Quote::new(source, it.start)));
        }
    }
    res
}
