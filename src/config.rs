//! `.learn/config.toml`: what a project may choose. Every key is in the table of docs/format.md.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::learnings::cells::Stars;
use crate::learnings::edits::Style;
use crate::measure::Rules;
use crate::metric::DERIVED;

/// The settings of a project; all have a default.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    pub skills: Skills,
    pub stars: StarsConfig,
    pub sync: Sync,
    pub pack: Pack,
    pub deploy: Deploy,
    pub metrics: Metrics,
    pub hooks: Hooks,
    pub lint: Lint,
    /// Short names for pitfalls and patterns: `rollback = "rollback-needed"`.
    pub aliases: BTreeMap<String, String>,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Skills {
    /// Folders of skills besides the usual ones, as globs below the project root.
    pub paths: Vec<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct StarsConfig {
    /// The smallest counts for 2, 3, 4 and 5 stars.
    pub thresholds: Option<[u64; 4]>,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Sync {
    pub on: SyncOn,
    /// The branch on which learnings.md is written; found from git when not given.
    pub default_branch: Option<String>,
}

/// Where learnings.md is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SyncOn {
    #[default]
    Always,
    DefaultBranch,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Pack {
    /// Packs are made by themselves when more than this many loose events are old enough.
    pub loose: usize,
    /// Age in days at which an event may be packed.
    pub days: u32,
}

impl Default for Pack {
    fn default() -> Self {
        Self { loose: 1000, days: 30 }
    }
}

/// How numbers about deployments are made.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Metrics {
    /// How many of the newest deployments or readings a number is about, 5 to 100.
    pub window: Option<usize>,
    /// Which metric a row of a table means, where its name does not say so.
    pub rows: BTreeMap<String, String>,
}

/// Which deployments belong to which skill.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Deploy {
    /// By environment; those of [`Deploy::default`] stay unless they are named.
    #[serde(deserialize_with = "with_default_skills")]
    pub skills: BTreeMap<String, String>,
}

impl Default for Deploy {
    fn default() -> Self {
        let skills = [
            ("production", "production-deployment-phase"),
            ("staging", "staging-deployment-phase"),
        ];
        Self { skills: skills.map(|(env, key)| (env.to_owned(), key.to_owned())).into() }
    }
}

/// Which findings of the linter matter here. The names of rules are checked where the rules are.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Lint {
    /// For which client the skills are meant.
    pub profile: Option<String>,
    pub ignore: Vec<String>,
    /// Rules to run besides those that are on by default.
    pub extend: Vec<String>,
    /// `error`, `warning`, `info` or `off` by rule.
    pub severity: BTreeMap<String, String>,
    pub files: Vec<LintFiles>,
}

/// Other choices for some files.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LintFiles {
    /// Globs of paths; `**` crosses folders.
    pub paths: Vec<String>,
    pub ignore: Vec<String>,
    pub severity: BTreeMap<String, String>,
}

/// Which slash commands of an agent are deployments, and what they are about.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Hooks {
    /// Commands that deploy, without the slash, and their other names.
    pub commands: BTreeMap<String, Vec<String>>,
    /// Skills of a command; those whose SKILL.md or learnings.md names the command when not given.
    pub skills: BTreeMap<String, Vec<String>>,
}

impl Default for Hooks {
    fn default() -> Self {
        let names = ["ship-prod", "deploy-prod"].map(str::to_owned).to_vec();
        Self { commands: [("phase-2-ship".to_owned(), names)].into(), skills: BTreeMap::new() }
    }
}

impl Hooks {
    /// Returns the command that a name stands for, be it typed with a slash, as part of a plugin
    /// (`learn:phase-2-ship`) or of a nested folder (`apps/web:phase-2-ship`).
    pub fn command(&self, typed: &str) -> Option<&str> {
        let typed = typed.trim().trim_start_matches('/');
        let name = typed.rsplit(':').next().unwrap_or(typed);
        let is_it = |(command, names): &(&String, &Vec<String>)| {
            *command == name || names.iter().any(|it| it == name)
        };
        self.commands.iter().find(is_it).map(|it| it.0.as_str())
    }
}

fn with_default_skills<'de, D: serde::Deserializer<'de>>(
    d: D,
) -> Result<BTreeMap<String, String>, D::Error> {
    let mut res = Deploy::default().skills;
    res.extend(BTreeMap::<String, String>::deserialize(d)?);
    Ok(res)
}

impl Config {
    /// Reads the file's text.
    ///
    /// # Errors
    /// A message with line and column when the text is no TOML, has an unknown key or a value of the wrong form.
    pub fn parse(text: &str) -> Result<Self, String> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let config: Self = toml::from_str(text).map_err(|it| it.to_string())?;
        if let Some(it) = config.stars.thresholds
            && !it.is_sorted_by(|a, b| a < b)
        {
            return Err(format!("stars.thresholds: {it:?} does not grow"));
        }
        if let Some(it) = config.metrics.window
            && !(5..=100).contains(&it)
        {
            return Err(format!("metrics.window: {it} is not between 5 and 100"));
        }
        for (row, metric) in &config.metrics.rows {
            let known = match metric.split_once(':') {
                Some((kind, id)) => {
                    let named = ["pitfall-rate", "pattern-success"].contains(&kind);
                    (named || DERIVED.iter().any(|it| it.id == kind)) && !id.is_empty()
                }
                None => DERIVED.iter().any(|it| it.id == metric),
            };
            if !known {
                let ids: Vec<&str> = DERIVED.iter().map(|it| it.id).collect();
                return Err(format!(
                    "metrics.rows: `{metric}` (of `{row}`) is none of {} (of one service: deploy-success:SERVICE), pitfall-rate:ID, pattern-success:ID",
                    ids.join(", ")
                ));
            }
        }
        Ok(config)
    }

    pub fn style(&self) -> Style<'_> {
        Style {
            stars: self.stars.thresholds.map_or_else(Stars::default, Stars),
            metrics: Rules { window: self.metrics.window, rows: Some(&self.metrics.rows) },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_keys_are_errors_with_their_place() {
        let err = Config::parse("[sync]\nonn = \"always\"\n").unwrap_err();
        assert!(err.contains("line 2, column 1") && err.contains("onn"), "{err}");
    }

    #[test]
    fn an_empty_file_is_the_default() {
        assert_eq!(Config::parse("").unwrap(), Config::default());
    }
}
