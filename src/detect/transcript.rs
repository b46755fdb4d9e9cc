//! What a deployment command printed. Only whole lines count: the same words within a script that is
//! shown, or in a sentence, prove nothing.

use std::sync::LazyLock;

use regex::Regex;

use crate::detect::{QUOTES, Quote, Source, report};
use crate::event::Outcome;
use crate::markdown::{lines, page};
use crate::text::{Span, floor_char_boundary};

/// What a transcript says about one deployment.
#[derive(Clone, Debug, Default)]
pub struct Transcript {
    /// The last outcome that was printed.
    pub said: Option<(Outcome, Quote)>,
    pub run: Option<String>,
    pub version: Option<String>,
    pub failed_job: Option<String>,
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
            let commands = r"^[$>+][ \t]+(?:vercel (?:rollback|alias set)|railway (?:redeploy|rollback)|kubectl rollout undo|helm rollback|gh workflow run [^ \t\n]*rollback|[^ \t\n]*ship-rollback\.sh)(?-u:\b)";
            Regex::new(commands).expect("it is a constant")
        });
        let mut res = Self::default();
        let (mut jobs, mut last) = (false, None);
        // A script that was printed in a fence is not what it printed.
        let blocks = page::read(&source.text).blocks.into_iter().filter(|it| it.fenced);
        let fences: Vec<Span> = blocks.map(|it| it.span).collect();
        let is_fenced = |line: Span| {
            let after = fences.partition_point(|it| it.start <= line.start);
            after > 0 && line.start < fences[after - 1].end
        };
        for line in lines(&source.text, Span::new(0, source.text.len())) {
            let raw = line.of(&source.text);
            if res.rollbacks.len() < QUOTES && ROLLBACK.is_match(raw.trim()) {
                res.rollbacks.push(Quote::new(source, line.start));
            }
            if is_fenced(line) {
                continue;
            }
            let text = raw.trim_start_matches(|it: char| !it.is_alphanumeric());
            let start =
                text.get(..floor_char_boundary(text, 120)).unwrap_or_default().to_lowercase();
            if let Some((_, outcome)) = SAID.iter().find(|it| start.starts_with(it.0)) {
                last = Some((*outcome, line.start));
            }
            if let Some(id) = text.strip_prefix("Run ID:") {
                res.run = report::run(id);
            }
            if let Some(version) = text.strip_prefix("Tag created and pushed:") {
                res.version = report::version(version.trim());
            }
            if jobs && res.failed_job.is_none() && !text.trim().is_empty() {
                res.failed_job = Some(text.trim().to_owned());
            }
            jobs = start.starts_with("failed jobs:") || (jobs && text.trim().is_empty());
        }
        res.said = last.map(|(outcome, at)| (outcome, Quote::new(source, at)));
        res
    }
}
