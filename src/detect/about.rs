//! Version, slug and duration.

use crate::detect::claims::Claims;
use crate::detect::{Confidence, Evidence, Finding, Quote, Rule, Verdict, name};
use crate::event::Outcome;
use crate::metric::quantity::Quantity;

/// Which version was deployed? What a machine wrote comes before what a report says.
pub fn version(claims: &Claims) -> Finding {
    let found = versions(claims);
    let Some((value, _)) = found.first() else {
        return Finding::unknown(Rule::Version, "no version is named");
    };
    let own = found.iter().filter(|it| it.0 == *value).map(|it| it.1.clone());
    let message = format!("version {}", name(value));
    let mut res = Finding::new(Rule::Version, Verdict::Present, Confidence::Strong, &message);
    res.value = Some(name(value));
    res.because(own)
}

/// Returns all versions that are named, and where, the most reliable first.
pub fn versions(claims: &Claims) -> Vec<(String, Quote)> {
    let all = &claims.all;
    all.iter().filter_map(|it| Some((it.version.clone()?, it.quote.clone()))).collect()
}

/// Says whether two versions are one: `v1.2.3` is `1.2.3`.
pub fn is_same_version(a: &str, b: &str) -> bool {
    a.strip_prefix('v').unwrap_or(a) == b.strip_prefix('v').unwrap_or(b)
}

/// What is the feature called? Its folder is, without the number.
pub fn slug(evidence: &Evidence) -> Finding {
    let slug = name(canonical(&evidence.feature));
    let message = format!("feature {slug}");
    let mut res = Finding::new(Rule::Slug, Verdict::Present, Confidence::Fact, &message);
    res.value = Some(slug);
    res
}

/// Returns the name of a feature folder without its number: `003-checkout` is `checkout`.
pub fn canonical(folder: &str) -> &str {
    match folder.split_once('-') {
        Some((number, rest))
            if number.len() == 3
                && number.bytes().all(|it| it.is_ascii_digit())
                && !rest.is_empty() =>
        {
            rest
        }
        _ => folder,
    }
}

/// How long did it take? Only a pipeline knows: a tag minus a commit is no duration.
pub fn duration(claims: &Claims) -> Finding {
    let timed = claims
        .all
        .iter()
        .filter(|it| it.outcome != Outcome::Unknown)
        .filter_map(|it| Some((it, it.finished?.0.checked_sub(it.started?.0)?)))
        .filter(|it| it.1 >= 0)
        .max_by_key(|it| it.0.finished);
    let Some((claim, seconds)) = timed else {
        return Finding::unknown(Rule::Duration, "no run tells when it started and finished");
    };
    let shown = Quantity::Duration(seconds.unsigned_abs().saturating_mul(1000)).to_string();
    let message = format!("took {shown} (CI)");
    let mut res = Finding::new(Rule::Duration, Verdict::Present, Confidence::Fact, &message);
    res.value = Some(shown);
    res.because([claim.quote.clone()])
}
