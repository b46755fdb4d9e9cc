//! Evidence that contradicts itself.

use crate::detect::about::{is_same_version, versions};
use crate::detect::claims::Claims;
use crate::detect::{Confidence, Finding, Quote, Rule, Verdict};
use crate::event::Outcome;

/// Says whether one attempt is said to have succeeded and not to have: by a state that denies it, or
/// by a failure of the same run, or of no named run.
pub fn outcome_is_torn(claims: &Claims) -> bool {
    !torn(claims).is_empty()
}

fn torn(claims: &Claims) -> Vec<Quote> {
    let mut res = Vec::new();
    for good in claims.of(Outcome::Succeeded) {
        let bad = claims.of(Outcome::Failed).filter(|it| match (&it.run, &good.run) {
            (Some(a), Some(b)) => a == b,
            (None, None) => true,
            _ => false,
        });
        let bad: Vec<&Quote> = bad.map(|it| &it.quote).chain(&claims.denials).collect();
        if !bad.is_empty() {
            res.push(good.quote.clone());
            res.extend(bad.into_iter().cloned());
        }
    }
    res
}

/// Do the files contradict each other about the outcome, the version or the commit?
pub fn conflicts(claims: &Claims, version: &Finding) -> Finding {
    let rule = Rule::EvidenceConflict;
    let mut about = Vec::new();
    let mut quotes = torn(claims);
    if !quotes.is_empty() {
        about.push("whether it was deployed");
    }
    let versions = versions(claims);
    if let Some(known) = &version.value
        && versions.iter().any(|it| !is_same_version(&it.0, known))
    {
        about.push("which version it was");
        quotes.extend(versions.into_iter().map(|it| it.1));
    }
    for (validated, quote) in &claims.validated {
        let other = claims.all.iter().find(|it| {
            it.sha.as_ref().is_some_and(|sha| {
                !sha.starts_with(validated.as_str()) && !validated.starts_with(sha.as_str())
            })
        });
        if let Some(other) = other {
            about.push("whether the commit that was deployed is the one that was validated");
            quotes.extend([quote.clone(), other.quote.clone()]);
        }
    }
    about.dedup();
    if about.is_empty() {
        let message = "nothing contradicts itself";
        return match claims.all.is_empty() {
            true => Finding::unknown(rule, "there is nothing to compare"),
            false => Finding::new(rule, Verdict::Absent, Confidence::Strong, message),
        };
    }
    let message = format!("the evidence contradicts itself about {}", about.join(", and "));
    Finding::new(rule, Verdict::Present, Confidence::Strong, &message).because(quotes)
}
