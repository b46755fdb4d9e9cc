//! Deployed, failed, or stopped before it started.

use crate::clean::inert;
use crate::detect::claims::{Claim, Claims};
use crate::detect::{Confidence, Evidence, Fact, Finding, Rule, Verdict, What, name};
use crate::event::Outcome;

/// Was it deployed to production? `torn`: somebody contradicts, so that nothing may be recorded.
pub fn deployed(
    evidence: &Evidence,
    claims: &Claims,
    version: Option<&str>,
    torn: bool,
) -> Finding {
    let rule = Rule::Deployed;
    let attempts = claims.attempts(Outcome::Succeeded);
    if let Some(best) = attempts.iter().map(|it| it.confidence).max() {
        let message = match attempts.len() {
            1 => "deployed to production".to_owned(),
            many => format!("deployed to production {many} times"),
        };
        let quotes = claims.of(Outcome::Succeeded).map(|it| it.quote.clone());
        let mut res = Finding::new(rule, Verdict::Present, best, &message).because(quotes);
        if !torn {
            res.facts = facts(evidence, &attempts, &[What::Succeeded], version, None);
        }
        return res;
    }
    if !claims.denials.is_empty() || claims.of(Outcome::Failed).next().is_some() {
        let failed = claims.of(Outcome::Failed).map(|it| &it.quote);
        return Finding::new(
            rule,
            Verdict::Absent,
            Confidence::Strong,
            "not deployed to production",
        )
        .because(claims.denials.iter().chain(failed).cloned());
    }
    let message = "nothing says whether it was deployed; `ready` is not deployed";
    Finding::unknown(rule, message).because(claims.undecided.iter().cloned())
}

/// Did a deployment fail? That there is no report proves nothing.
pub fn failed(
    evidence: &Evidence,
    claims: &Claims,
    version: Option<&str>,
    cause: Option<&str>,
    torn: bool,
) -> Finding {
    let rule = Rule::DeployFailed;
    let attempts = claims.attempts(Outcome::Failed);
    if let Some(best) = attempts.iter().map(|it| it.confidence).max() {
        let message = match attempts.len() {
            1 => "a production deployment failed".to_owned(),
            many => format!("{many} production deployments failed"),
        };
        let quotes = claims.of(Outcome::Failed).map(|it| it.quote.clone());
        let mut res = Finding::new(rule, Verdict::Present, best, &message).because(quotes);
        if !torn {
            let what = [What::Failed, What::DeployFailures];
            res.facts = facts(evidence, &attempts, &what, version, cause);
        }
        return res;
    }
    let mut machine = claims.of(Outcome::Succeeded).filter(|it| it.confidence == Confidence::Fact);
    match machine.next() {
        Some(it) => Finding::new(
            rule,
            Verdict::Absent,
            it.confidence,
            "no deployment failed that left a trace",
        )
        .because([it.quote.clone()]),
        None => Finding::unknown(rule, "a failed deployment may leave no file: look at the run")
            .because(claims.undecided.iter().cloned()),
    }
}

/// Was it stopped before it started?
pub fn blocked(evidence: &Evidence, claims: &Claims) -> Finding {
    let rule = Rule::DeployBlocked;
    let attempts = claims.attempts(Outcome::Blocked);
    if !attempts.is_empty() {
        let quotes = claims.of(Outcome::Blocked).map(|it| it.quote.clone());
        let message = "stopped before production";
        let mut res =
            Finding::new(rule, Verdict::Present, Confidence::Fact, message).because(quotes);
        res.facts = facts(evidence, &attempts, &[What::Blocked], None, None);
        return res;
    }
    let mut done = claims.of(Outcome::Succeeded).chain(claims.of(Outcome::Failed));
    if let Some(it) = done.next() {
        let message = "the deployment did start";
        return Finding::new(rule, Verdict::Absent, it.confidence, message)
            .because([it.quote.clone()]);
    }
    if claims.refusals.is_empty() {
        return Finding::unknown(rule, "no gate says so");
    }
    let message = "a gate was refused and nothing says that it was deployed";
    Finding::new(rule, Verdict::Present, Confidence::Strong, message)
        .because(claims.refusals.iter().cloned())
}

/// Returns what may be recorded about attempts: only what a machine wrote.
fn facts(
    evidence: &Evidence,
    attempts: &[Claim],
    what: &[What],
    version: Option<&str>,
    cause: Option<&str>,
) -> Vec<Fact> {
    let sure = attempts.iter().filter(|it| it.confidence == Confidence::Fact);
    sure.flat_map(|it| what.iter().map(move |what| (it, *what)))
        .map(|(it, what)| {
            let version = it.version.as_deref().or(version);
            let identity = it.run.as_deref().or(it.sha.as_deref()).or(version);
            let identity = identity.or(it.identity.as_deref()).unwrap_or_default();
            let job = it.failed_job.as_deref().map(|it| format!("failed job: {it}"));
            Fact {
                version: version.map(name),
                sha: it.sha.clone(),
                run: it.run.clone(),
                at: it.at,
                started: it.started,
                finished: it.finished,
                cause: job.as_deref().or(cause).map(|it| inert(it, super::QUOTE)),
                ..Fact::new(what, evidence, identity)
            }
        })
        .collect()
}
