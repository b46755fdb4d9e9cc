//! What a number in a metrics table means: which metric a row is, what it aims at, and what a
//! sample says about it.
//!
//! Pure: descriptions, grammar and arithmetic. Does not know events, documents, time or windows.
//! [`target`] reads targets, [`quantity`] measured values, [`stats`] holds the statistics and
//! [`verdict`] what they allow to be said.

pub mod number;
pub mod quantity;
mod scan;
pub mod stats;
pub mod target;
pub mod verdict;

use target::Direction;

/// A metric that deployments alone can tell, so that nobody has to measure it.
///
/// In the formulas, D are the deployments that succeeded or failed (blocked ones never started),
/// and P those of them that reached production: succeeded, or failed after traffic had moved. One
/// pipeline is one deployment, whatever it deploys, and the attempts of one run are one too. A
/// metric without data has no value, which is not 0.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Derived {
    /// Kebab-case, stable: written to files and typed by people.
    pub id: &'static str,
    pub title: &'static str,
    /// Names of rows that mean this metric, compared as [`match_name`] says. The title and the id
    /// need not be repeated.
    pub aliases: &'static [&'static str],
    /// Which way is better where a row has no target.
    pub direction: Direction,
    pub formula: &'static str,
    /// Where the definition comes from.
    pub source: &'static str,
}

const DORA: &str = "DORA, https://dora.dev/guides/dora-metrics/";
const PIPELINE: &str = "the deployment pipeline; no DORA metric, and not 1 - change fail rate";
const OWN_SUBSET: &str = "a part of DORA's change fail rate, https://dora.dev/guides/dora-metrics/";

/// The metrics, in the order of a report.
pub const DERIVED: &[Derived] = &[
    Derived {
        id: "deploy-success",
        title: "Deploy success",
        aliases: &[
            "Deploy success rate",
            "Deployment success",
            "Deployment success rate",
            "Production deploy success",
            "Production deploy success rate",
            "Production deployment success",
            "Production deployment success rate",
            "Staging deploy success",
            "Staging deploy success rate",
            "Staging deployment success",
            "Staging deployment success rate",
        ],
        direction: Direction::Higher,
        formula: "succeeded / D; a later rollback does not change it",
        source: PIPELINE,
    },
    Derived {
        id: "rollback-frequency",
        title: "Rollback frequency",
        aliases: &["Rollback rate", "Production rollback frequency", "Production rollback rate"],
        direction: Direction::Lower,
        formula: "deployments of P with a rollback / P",
        source: OWN_SUBSET,
    },
    Derived {
        id: "post-deploy-incidents",
        title: "Post-deploy incidents",
        aliases: &[
            "Post-deploy incident rate",
            "Post-deployment incidents",
            "Post-deployment incident rate",
        ],
        direction: Direction::Lower,
        formula: "deployments of P with at least one incident / P; two incidents of one deployment count once",
        source: OWN_SUBSET,
    },
    Derived {
        id: "deploy-duration",
        title: "Deploy duration",
        aliases: &[
            "Deploy time",
            "Deployment duration",
            "Deployment time",
            "Production deploy duration",
            "Production deploy time",
            "Production deployment duration",
            "Production deployment time",
            "Staging deploy duration",
            "Staging deploy time",
            "Staging deployment duration",
            "Staging deployment time",
        ],
        direction: Direction::Lower,
        formula: "median(finished - started) of D where both are known",
        source: PIPELINE,
    },
    Derived {
        id: "change-fail-rate",
        title: "Change fail rate",
        aliases: &["Change failure rate", "Change fail percentage", "Change failure percentage"],
        direction: Direction::Lower,
        formula: "deployments of P with a rollback, a hotfix or an incident that needed immediate action / P",
        source: DORA,
    },
    Derived {
        id: "rework-rate",
        title: "Deployment rework rate",
        aliases: &["Deploy rework rate"],
        direction: Direction::Lower,
        formula: "unplanned deployments of P, made because of a production incident / P",
        source: DORA,
    },
    // "MTTR" and "time to restore service" are no aliases: they cover incidents of every cause, the
    // former as a mean, and this is a median over failed deployments.
    Derived {
        id: "recovery-time",
        title: "Failed deployment recovery time",
        aliases: &["Deployment recovery time"],
        direction: Direction::Lower,
        formula: "median(end of the recovering deployment or rollback, else of the incident - end of the failed deployment); open ones are listed, not averaged",
        source: DORA,
    },
    Derived {
        id: "deployment-frequency",
        title: "Deployment frequency",
        aliases: &["Deploy frequency", "Production deployment frequency"],
        direction: Direction::Higher,
        formula: "P per week, weeks without a deployment included",
        source: DORA,
    },
    // "Lead time" alone is not an alias: it often runs from the ticket, not from the commit.
    Derived {
        id: "change-lead-time",
        title: "Change lead time",
        aliases: &["Lead time for changes", "Lead time to change"],
        direction: Direction::Lower,
        formula: "median(deployed - committed) of the commits that a deployment of P brought",
        source: DORA,
    },
];

/// Returns the derived metric that a row of a metrics table names by title or alias, or by its
/// exact id.
///
/// Case, punctuation, hyphens, emphasis and the words `a an the of in for to our` make no
/// difference to titles and aliases; everything else does: a guess would write a wrong number into
/// somebody's file. "Rollback capability" is no rollback frequency, and "Rework rate" may be that
/// of tasks.
pub fn match_name(row_name: &str) -> Option<&'static Derived> {
    let name = normalised(row_name);
    DERIVED.iter().find(|it| {
        let mut names = std::iter::once(&it.title).chain(it.aliases);
        it.id == row_name.trim() || names.any(|alias| normalised(alias) == name)
    })
}

fn normalised(name: &str) -> String {
    const STOP: [&str; 8] = ["a", "an", "the", "of", "in", "for", "to", "our"];
    let lower = name.to_lowercase();
    let words = lower.split(|it: char| !it.is_alphanumeric());
    words.filter(|it| !it.is_empty() && !STOP.contains(it)).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_the_wild_match_and_others_do_not() {
        let id = |name| match_name(name).map(|it| it.id);
        for (name, expected) in [
            ("Production deploy success", Some("deploy-success")),
            ("Production deployment success", Some("deploy-success")),
            ("Staging deploy success rate", Some("deploy-success")),
            ("Deployment success rate", Some("deploy-success")),
            ("Deploy time", Some("deploy-duration")),
            ("**Deploy duration**", Some("deploy-duration")),
            ("rollback_frequency", Some("rollback-frequency")),
            ("Post-Deploy  incidents:", Some("post-deploy-incidents")),
            ("Post deploy incidents", Some("post-deploy-incidents")),
            ("Failed-deployment recovery time", Some("recovery-time")),
            ("Lead time for changes", Some("change-lead-time")),
            ("deployment-frequency", Some("deployment-frequency")),
            ("rework-rate", Some("rework-rate")),
            ("change-fail-rate", Some("change-fail-rate")),
            ("Rollback capability", None),
            ("Production issues from staging", None),
            ("Issues caught in staging", None),
            ("Task rework rate", None),
            ("First-time pass rate", None),
            ("Staging validation time", None),
            ("MTTR", None),
            ("Time to restore service", None),
            ("Rework rate", None),
            ("Recovery time", None),
            ("Lead time", None),
            ("success", None),
            ("", None),
            ("—", None),
        ] {
            assert_eq!(id(name), expected, "{name}");
        }
    }

    #[test]
    fn no_name_means_two_metrics() {
        let mut seen = std::collections::BTreeMap::new();
        for it in DERIVED {
            for name in [it.id, it.title].iter().chain(it.aliases) {
                let name = normalised(name);
                assert!(!name.is_empty());
                let other = seen.insert(name.clone(), it.id);
                assert!(other.is_none_or(|other| other == it.id), "{name}");
            }
        }
    }
}
