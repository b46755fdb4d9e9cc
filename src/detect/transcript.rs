//! What a deployment command printed. Only whole lines count: the same words within a script that is
//! shown, or in a sentence, prove nothing.

use std::sync::LazyLock;

use regex::Regex;

use crate::detect::{Quote, Source, report};
use crate::event::Outcome;
use crate::markdown::{lines, scan};
use crate::text::Span;

/// What a transcript says about one deployment.
#[derive(Clone, Debug, Default)]
pub struct Transcript {
    /// Outcomes in the order they were printed.
    pub said: Vec<(Outcome, Quote)>,
    pub run: Option<String>,
    pub version: Option<String>,
    pub failed_job: Option<(String, Quote)>,
    /// Commands that roll back.
    pub rollbacks: Vec<Quote>,
}

/// Beginnings of lines and what they mean.
const SAID: &[(&str, Outcome)] = &[
    ("no staging validation report found", Outcome::Blocked),
    ("staging validation has not passed", Outcome::Blocked),
    ("uncommitted changes detected", Outcome::Blocked),
    ("insufficient quota", Outcome::Blocked),
    ("no remote repository configured", Outcome::Blocked),
    ("failed to trigger workflow", Outcome::Blocked),
    ("production deployment successful", Outcome::Succeeded),
    ("production deployment complete", Outcome::Succeeded),
    ("production deployment failed", Outcome::Failed),
    ("production artifact verification failed", Outcome::Failed),
    ("release cancelled. fix production issues", Outcome::Failed),
    ("timeout: deployment taking", Outcome::Unknown),
];

impl Transcript {
    pub fn new(source: &Source) -> Self {
        static ROLLBACK: LazyLock<Regex> = LazyLock::new(|| {
            let commands = r"^[$>+]\s+(?:vercel (?:rollback|alias set)|railway (?:redeploy|rollback)|kubectl rollout undo|helm rollback|gh workflow run \S*rollback|\S*ship-rollback\.sh)\b";
            Regex::new(commands).expect("it is a constant")
        });
        let mut res = Self::default();
        let mut jobs = false;
        let outline = scan(&source.text);
        for line in lines(&source.text, Span::new(0, source.text.len())) {
            let raw = line.of(&source.text);
            if ROLLBACK.is_match(raw.trim()) {
                res.rollbacks.push(Quote::new(source, line.start));
            }
            if fenced(&outline, line, &source.text) {
                continue;
            }
            let text = raw.trim_start_matches(|it: char| !it.is_alphanumeric());
            let start = text.get(..super::floor(text, 120)).unwrap_or_default().to_lowercase();
            if let Some((_, outcome)) = SAID.iter().find(|it| start.starts_with(it.0)) {
                res.said.push((*outcome, Quote::new(source, line.start)));
            }
            if let Some(id) = text.strip_prefix("Run ID:") {
                res.run = report::run(id);
            }
            if let Some(version) = text.strip_prefix("Tag created and pushed:") {
                res.version = report::version(version.trim());
            }
            if jobs && res.failed_job.is_none() && !text.trim().is_empty() {
                res.failed_job = Some((text.trim().to_owned(), Quote::new(source, line.start)));
            }
            jobs = start.starts_with("failed jobs:") || (jobs && text.trim().is_empty());
        }
        res
    }
}

/// Says whether a line lies within a fence: a script that was printed, not what it printed.
fn fenced(outline: &crate::markdown::Outline, line: Span, text: &str) -> bool {
    outline.opaque.iter().take_while(|it| it.start <= line.start).any(|it| {
        line.start < it.end && (it.of(text).starts_with("```") || it.of(text).starts_with("~~~"))
    })
}
