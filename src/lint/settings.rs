//! Which rules run, how loud they are, and for which client a skill is meant.

use std::collections::BTreeMap;
use std::path::Path;

use clap::ValueEnum;

use crate::config;
use crate::lint::rules::{self, Rule};
use crate::lint::{Level, shown_path};

/// For which client a skill is meant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Profile {
    /// The specification of agentskills.io
    Spec,
    /// Claude Code
    #[default]
    ClaudeCode,
    /// The fields that every client takes
    Portable,
}

/// What the user chose; later lists win.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The smallest counts for 2, 3, 4 and 5 stars.
    pub stars: [u64; 4],
    pub profile: Profile,
    /// Only these; `all` is every rule, those that are off by default too.
    pub select: Vec<String>,
    pub ignore: Vec<String>,
    pub severity: BTreeMap<String, Level>,
    /// Rules to run besides those that are on by default.
    pub extend: Vec<String>,
    pub files: Vec<config::LintFiles>,
}

/// What the user typed; rules by name.
#[derive(Clone, Debug, Default)]
pub struct Typed {
    pub select: Vec<String>,
    pub ignore: Vec<String>,
    pub severity: BTreeMap<String, String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            stars: crate::learnings::cells::Stars::default().0,
            profile: Profile::default(),
            select: Vec::new(),
            ignore: Vec::new(),
            severity: BTreeMap::new(),
            extend: Vec::new(),
            files: Vec::new(),
        }
    }
}

impl Settings {
    /// Puts what the user typed over what the project chose. `severity` is by rule.
    ///
    /// # Errors
    /// When something names a rule, level or client that there is not.
    pub fn new(
        project: config::Lint,
        stars: [u64; 4],
        profile: Option<Profile>,
        typed: Typed,
    ) -> Result<Self, String> {
        let profile = match (profile, &project.profile) {
            (Some(it), _) => it,
            (None, Some(it)) => Profile::from_str(it, false).map_err(|_| {
                format!("lint.profile: `{it}` is none of spec, claude-code, portable")
            })?,
            (None, None) => Profile::default(),
        };
        let of_files = project.files.iter();
        let named = of_files.clone().flat_map(|it| it.ignore.iter().chain(it.severity.keys()));
        let level = |word: &String| {
            let wrong = || format!("`{word}` is none of {}", Level::WORDS.join(", "));
            Level::parse(word).ok_or_else(wrong)
        };
        for word in of_files.flat_map(|it| it.severity.values()) {
            level(word)?;
        }
        let mut severity = BTreeMap::new();
        for (rule, word) in project.severity.iter().chain(&typed.severity) {
            severity.insert(rule.clone(), level(word)?);
        }
        let lists = typed.select.iter().chain(&typed.ignore).chain(&project.ignore);
        for name in lists.chain(&project.extend).chain(severity.keys()).chain(named) {
            known(name)?;
        }
        let ignore = project.ignore.into_iter().chain(typed.ignore).collect();
        let (extend, files) = (project.extend, project.files);
        Ok(Self { stars, profile, select: typed.select, ignore, severity, extend, files })
    }

    /// Returns how loud a rule is for a file; `Off` is not at all.
    pub fn level(&self, rule: &Rule, path: &Path) -> Level {
        let all = self.select.iter().any(|it| it == "all");
        let named = self.select.iter().chain(&self.extend).any(|it| it == rule.name);
        if self.ignore.iter().any(|it| it == rule.name) {
            return Level::Off;
        }
        if !self.select.is_empty() && !all && !named {
            return Level::Off;
        }
        match self.chosen(rule, path) {
            Some(it) => it,
            None if rule.level == Level::Off && (all || named) => Level::Info,
            None => rule.level,
        }
    }

    /// Returns the level the user chose for a rule, if any.
    pub fn chosen(&self, rule: &Rule, path: &Path) -> Option<Level> {
        let mut res = self.severity.get(rule.name).copied();
        if self.files.is_empty() {
            return res;
        }
        let shown = shown_path(path);
        for it in self.files.iter().filter(|it| it.paths.iter().any(|it| fits(it, &shown))) {
            if it.ignore.iter().any(|it| it == rule.name) {
                res = Some(Level::Off);
            } else if let Some(word) = it.severity.get(rule.name) {
                res = Level::parse(word).or(res);
            }
        }
        res
    }
}

fn fits(glob: &str, path: &str) -> bool {
    glob::Pattern::new(glob).is_ok_and(|it| it.matches(path))
}

/// Returns an error for a name that is no rule, with the nearest one.
///
/// # Errors
/// When there is no such rule.
pub fn known(name: &str) -> Result<(), String> {
    if name == "all" || rules::named(name).is_some() {
        return Ok(());
    }
    let near = rules::RULES.iter().max_by(|a, b| {
        let like = |it: &Rule| strsim::jaro_winkler(it.name, name);
        like(a).total_cmp(&like(b))
    });
    let near = near.map_or("", |it| it.name);
    Err(format!("`{name}` is no rule; did you mean `{near}`? `learn lint --rules` lists all"))
}
