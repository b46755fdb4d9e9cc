//! Is there a rollback plan that can be run? A heading alone is none, and one with blanks is none.

use std::sync::LazyLock;

use regex::Regex;

use crate::detect::claims::Claims;
use crate::detect::report::{About, Report};
use crate::detect::{
    Confidence, Evidence, Fact, Finding, QUOTES, Quote, Rule, Verdict, What, name,
};

/// Looks at the production reports; what a staging report plans is another rollback.
pub fn missing(evidence: &Evidence, claims: &Claims, version: Option<&str>) -> Finding {
    let rule = Rule::MissingRollbackPlan;
    let reports: Vec<Report<'_>> = evidence
        .files
        .iter()
        .filter(|it| it.path.ends_with(".md"))
        .map(Report::new)
        .filter(|it| it.about() == Some(About::Production))
        .collect();
    let Some(first) = reports.first() else {
        return Finding::unknown(rule, "there is no production report");
    };
    let mut blanks = Vec::new();
    let mut headings = Vec::new();
    for report in &reports {
        for (heading, span) in report.sections(is_rollback) {
            let commands = report.commands(span);
            let open = commands.iter().find(|it| has_blank(report.of(**it)));
            match (commands.first(), open) {
                (Some(command), None) => {
                    let quotes = [heading, command.start].map(|at| Quote::new(report.source, at));
                    let message = "the rollback plan has commands and no blanks";
                    return Finding::new(rule, Verdict::Absent, Confidence::Fact, message)
                        .because(quotes);
                }
                (Some(_), Some(open)) => blanks.push((report.source, open.start)),
                (None, _) => headings.push((report.source, heading)),
            }
        }
    }
    let (message, quotes) = if !blanks.is_empty() {
        ("the rollback plan has blanks nobody filled in", blanks)
    } else if !headings.is_empty() {
        ("the rollback plan has no command", headings)
    } else {
        ("the production report has no rollback plan", vec![(first.source, 0)])
    };
    let quotes = quotes.into_iter().take(QUOTES).map(|(source, at)| Quote::new(source, at));
    let mut res = Finding::new(rule, Verdict::Present, Confidence::Fact, message).because(quotes);
    let at = claims.all.iter().find_map(|it| it.at).or_else(|| first.time());
    let identity = version.unwrap_or_default();
    res.facts = vec![Fact {
        version: version.map(name),
        at,
        cause: Some(message.to_owned()),
        ..Fact::new(What::NoPlan, evidence, identity)
    }];
    res
}

fn is_rollback(heading: &str) -> bool {
    ["rollback", "roll back", "roll-back"].iter().any(|it| heading.contains(it))
}

fn has_blank(command: &str) -> bool {
    static BLANK: LazyLock<Regex> = LazyLock::new(|| {
        let blank = r"\[[A-Z][A-Z0-9_ -]+\]|<[a-z][a-z0-9_-]*>|\[not found\]|(?i-u:see logs|extraction failed)";
        Regex::new(blank).expect("it is a constant")
    });
    BLANK.is_match(command)
}
