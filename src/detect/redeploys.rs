//! Deployed again and again within the hour: one missing setting found a deploy.

use std::sync::LazyLock;

use regex::Regex;

use crate::detect::{Commit, Confidence, Finding, History, Quote, Rule, Verdict};

/// So many redeploys within `WITHIN_S` seconds are no coincidence.
const MANY: usize = 3;
const WITHIN_S: i64 = 3600;

/// Looks for the largest burst of commits that say they redeploy.
pub fn repeated(history: &History) -> Finding {
    static REDEPLOY: LazyLock<Regex> = LazyLock::new(|| {
        let subject = r"^(?:[A-Za-z]+(?:\([^)]*\))?!?:[ \t]*)?(?i-u:trigger(?:ed|s)?\s+(?:a\s+)?(?:re-?)?deploy|re-?deploy|force\s+(?:re-?)?deploy)";
        Regex::new(subject).expect("it is a constant")
    });
    let rule = Rule::RepeatedRedeploys;
    let Some(git) = &history.git else { return Finding::unknown(rule, "git does not answer") };
    let mut found: Vec<&Commit> =
        git.commits.iter().filter(|it| REDEPLOY.is_match(&it.subject)).collect();
    found.sort_by_key(|it| it.at);
    let mut burst: &[&Commit] = &[];
    let mut start = 0;
    for end in 0..found.len() {
        while found[end].at.0 - found[start].at.0 > WITHIN_S {
            start += 1;
        }
        if end + 1 - start > burst.len() {
            burst = &found[start..=end];
        }
    }
    if burst.len() < MANY {
        let message = "no series of redeploys in the newest commits";
        return Finding::new(rule, Verdict::Absent, Confidence::Strong, message);
    }
    let seconds = burst[burst.len() - 1].at.0 - burst[0].at.0;
    let message = format!(
        "{} redeploys in {} min {} s: look for settings that were found missing one by one",
        burst.len(),
        seconds / 60,
        seconds % 60
    );
    let quote = |it: &&Commit| {
        let sha: String = it.sha.chars().take(7).collect();
        Quote::of(&format!("commit {sha}"), &it.subject)
    };
    Finding::new(rule, Verdict::Present, Confidence::Strong, &message)
        .because(burst.iter().map(quote))
}
