//! Why a deployment failed, as far as somebody wrote it down. Never invented.

use crate::clean::inert;
use crate::detect::claims::Claims;
use crate::detect::report::{Report, is_open};
use crate::detect::{Confidence, Evidence, Finding, Quote, Rule, Verdict};
use crate::event::Outcome;
use crate::text::Span;

/// What was the cause? The job that failed, else the newest entry of the error log.
pub fn root_cause(evidence: &Evidence, claims: &Claims) -> Finding {
    let rule = Rule::RootCause;
    let found = failed_job(claims).or_else(|| error_log(evidence));
    let Some((text, confidence, quote)) = found else {
        return Finding::unknown(rule, "nobody wrote down a cause: ask");
    };
    let text = inert(&text, super::QUOTE);
    let mut res = Finding::new(rule, Verdict::Present, confidence, &format!("cause: {text}"));
    res.value = Some(text);
    res.because([quote])
}

fn failed_job(claims: &Claims) -> Option<(String, Confidence, Quote)> {
    let failed = claims.attempts(Outcome::Failed);
    let latest = failed.iter().rev().find_map(|it| Some((it.failed_job.clone()?, &it.quote)))?;
    Some((format!("failed job: {}", latest.0), Confidence::Fact, latest.1.clone()))
}

/// Returns `**Root Cause**` or `**Learning**` of the last entry that has one; the text may stand on
/// the lines below.
fn error_log(evidence: &Evidence) -> Option<(String, Confidence, Quote)> {
    let source = evidence.files.iter().find(|it| it.path.ends_with("/error-log.md"))?;
    let report = Report::new(source);
    for wanted in ["root cause", "learning"] {
        for field in report.fields().iter().rev().filter(|it| it.name == wanted) {
            let below = || {
                let start = crate::markdown::after_line(&source.text, field.at);
                let mut rest = report.prose(Span::new(start, source.text.len()));
                let text =
                    rest.find_map(|it| Some(report.of(it).trim()).filter(|it| !it.is_empty()))?;
                let is_text = !text.starts_with(['#', '*', '|', '-']);
                is_text.then(|| text.to_owned())
            };
            let text = Some(field.value.clone()).filter(|it| !it.is_empty()).or_else(below);
            if let Some(text) = text.filter(|it| !is_open(it)) {
                return Some((text, Confidence::Strong, Quote::new(source, field.at)));
            }
        }
    }
    None
}
