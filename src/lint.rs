//! What is wrong with skill folders, as data. Reads files; writes and prints nothing.
//!
//! `walk` finds and reads the skills, `rules` look at them, `suppress` takes out what a person allowed.

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};

use crate::event::Timestamp;
use crate::parallel;
use crate::store::slashed;
use crate::text::{Edit, Span};

pub mod baseline;
pub mod fix;
pub mod head;
pub mod output;
pub mod project;
pub mod rules;
pub mod settings;
pub mod suppress;
pub mod walk;

use project::{Found, Project};
use rules::{Check, Rule, SkillLook};
use settings::Settings;
use walk::{Page, Skill};

/// How bad a finding is; `Off` is a rule that nobody asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    Off,
    Info,
    Warning,
    Error,
}

impl Level {
    pub const WORDS: [&str; 4] = ["off", "info", "warning", "error"];

    pub fn word(self) -> &'static str {
        Self::WORDS[self as usize]
    }

    pub fn parse(word: &str) -> Option<Self> {
        [Self::Off, Self::Info, Self::Warning, Self::Error].into_iter().find(|it| it.word() == word)
    }
}

/// A finding in one file.
#[derive(Clone, Debug)]
pub struct Diagnostic {
    pub rule: &'static str,
    pub level: Level,
    pub span: Span,
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
    /// Edits of the same file that take the cause away.
    pub fix: Vec<Edit>,
    /// The reason of a suppression, where a person allowed it.
    pub allowed: Option<String>,
}

/// A file and what was found in it, in the order of the text.
#[derive(Clone, Debug)]
pub struct FileReport {
    /// As the user named it.
    pub path: PathBuf,
    pub text: String,
    pub diagnostics: Vec<Diagnostic>,
}

/// All that was found.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Files with findings, in the order of their paths.
    pub files: Vec<FileReport>,
    pub skills: usize,
    pub read: usize,
}

impl Report {
    /// Returns how many findings of each level nobody allowed.
    pub fn counts(&self) -> [usize; 4] {
        let mut res = [0; 4];
        for it in self.files.iter().flat_map(|it| &it.diagnostics).filter(|it| it.allowed.is_none())
        {
            res[it.level as usize] += 1;
        }
        res
    }

    /// Returns how often each rule found something that nobody allowed, the most frequent first.
    pub fn by_rule(&self) -> Vec<(&'static str, usize)> {
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for it in self.files.iter().flat_map(|it| &it.diagnostics).filter(|it| it.allowed.is_none())
        {
            *counts.entry(it.rule).or_default() += 1;
        }
        let mut res: Vec<_> = counts.into_iter().collect();
        res.sort_by_key(|it| std::cmp::Reverse(it.1));
        res
    }
}

/// Lints all skills at and below the paths.
///
/// # Errors
/// When a path is not there or cannot be read.
pub fn lint(paths: &[PathBuf], settings: &Settings, now: Timestamp) -> anyhow::Result<Report> {
    Ok(check(paths, &walk::find(paths)?, settings, now))
}

/// Lints skills that were found at and below the paths, and the project around them.
pub fn check(
    paths: &[PathBuf],
    found: &[walk::Folder],
    settings: &Settings,
    now: Timestamp,
) -> Report {
    let around = around(paths, found, settings, now);
    let done = parallel::map(found, 2, |folder| {
        let skill = walk::read(folder);
        let files = lint_skill(&skill, settings, now, &around);
        (skill.summary(), skill.pages.len(), files)
    });
    let mut res = Report { skills: done.len(), ..Report::default() };
    let mut summaries = Vec::new();
    for (summary, read, files) in done {
        res.read += read;
        res.files.extend(files);
        summaries.push(summary);
    }
    // Those of pages are among the skill's own, where a person may have allowed them.
    let linted: HashSet<&PathBuf> = found.iter().flat_map(|it| &it.files).collect();
    res.files.extend(around.0.into_values().filter(|it| !linted.contains(&it.path)));
    across(&summaries, settings, &mut res);
    res.files.retain(|it| !it.diagnostics.is_empty());
    res
}

/// Lints one skill that is read.
pub fn lint_skill(
    skill: &Skill,
    settings: &Settings,
    now: Timestamp,
    around: &Around,
) -> Vec<FileReport> {
    let mut res: Vec<FileReport> = Vec::new();
    let look = SkillLook { skill, settings, now, around };
    for page in &skill.pages {
        let found = lint_page(&look, page);
        if skill.only.as_ref().is_none_or(|it| *it == page.path) {
            res.push(FileReport {
                path: page.path.clone(),
                text: page.text.clone(),
                diagnostics: found,
            });
        }
    }
    res.retain(|it| !it.diagnostics.is_empty());
    res
}

/// Lints one page of a skill; its findings are in the order of the text.
fn lint_page(look: &SkillLook<'_>, page: &Page) -> Vec<Diagnostic> {
    let settings = look.settings;
    // What was found in another text, one on the disk or one before a save, has its places there.
    let around = look.around.0.get(&page.path).filter(|it| it.text == page.text);
    let mut found = around.map(|it| it.diagnostics.clone()).unwrap_or_default();
    for rule in rules::RULES {
        let level = settings.level(rule, &page.path);
        if level == Level::Off {
            continue;
        }
        let mut sink = Sink { rule, level: settings.chosen(rule, &page.path), found: &mut found };
        match rule.check {
            Check::Page(check) => check(look, page, &mut sink),
            Check::Skill(check) if page.is_skill_md() => check(look, page, &mut sink),
            Check::Learnings(check) => {
                if let Some(doc) = &page.learnings {
                    check(look, page, doc, &mut sink);
                }
            }
            Check::Skill(_) | Check::Across(_) | Check::Project(_) | Check::Engine => {}
        }
    }
    drop_echoes(&mut found);
    suppress::apply(page, settings, &mut found);
    found.sort_by(|a, b| (a.span, a.rule, &a.message).cmp(&(b.span, b.rule, &b.message)));
    found
}

/// What the rules about the project found, by file.
#[derive(Debug, Default)]
pub struct Around(BTreeMap<PathBuf, FileReport>);

/// Runs the rules about the project that the skills lie in.
fn around(
    paths: &[PathBuf],
    found: &[walk::Folder],
    settings: &Settings,
    now: Timestamp,
) -> Around {
    let mut res = Around::default();
    let is_on = |it: &&Rule| settings.level(it, Path::new("")) != Level::Off;
    let rules = rules::RULES.iter().copied().filter(is_on);
    let mut rules = rules.filter(|it| matches!(it.check, Check::Project(_))).peekable();
    if rules.peek().is_none() {
        return res;
    }
    let rules: Vec<&Rule> = rules.collect();
    for project in Project::all(paths, found, now) {
        for rule in &rules {
            let Check::Project(check) = rule.check else { continue };
            for it in check(&project) {
                res.add(rule, settings.level(rule, &it.file.path), it);
            }
        }
    }
    res
}

impl Around {
    fn add(&mut self, rule: &Rule, level: Level, found: Found) {
        if level == Level::Off {
            return;
        }
        let path = found.file.path;
        let file = self.0.entry(path.clone()).or_insert_with(|| FileReport {
            path,
            text: found.file.text.to_string(),
            diagnostics: Vec::new(),
        });
        let end = found.span.end.min(file.text.len());
        file.diagnostics.push(Diagnostic {
            rule: rule.name,
            level,
            span: Span::new(found.span.start.min(end), end),
            message: found.message,
            help: Some(found.help).filter(|it| !it.is_empty()),
            fix: Vec::new(),
            allowed: None,
        });
    }
}

/// Runs the rules that compare skills with each other.
fn across(skills: &[walk::Summary], settings: &Settings, report: &mut Report) {
    for rule in rules::RULES {
        let Check::Across(check) = rule.check else { continue };
        for (at, span, message) in check(skills) {
            let it = &skills[at];
            let level = settings.level(rule, &it.path);
            if level == Level::Off {
                continue;
            }
            let found = Diagnostic {
                rule: rule.name,
                level,
                span,
                message,
                help: None,
                fix: Vec::new(),
                allowed: None,
            };
            match report.files.iter_mut().find(|file| file.path == it.path) {
                Some(file) => file.diagnostics.push(found),
                None => {
                    let text = crate::store::read_text(&it.path).ok().flatten().unwrap_or_default();
                    report.files.push(FileReport {
                        path: it.path.clone(),
                        text,
                        diagnostics: vec![found],
                    });
                }
            }
        }
    }
    report.files.sort_by(|a, b| a.path.cmp(&b.path));
}

/// One cause, one finding: takes out what another rule already says of the same cause.
fn drop_echoes(found: &mut Vec<Diagnostic>) {
    let has = |name: &str, found: &[Diagnostic]| found.iter().any(|it| it.rule == name);
    for (cause, echo) in rules::ECHOES {
        if has(cause, found) {
            found.retain(|it| it.rule != *echo);
        }
    }
}

/// Where a rule puts what it finds.
pub struct Sink<'a> {
    rule: &'static Rule,
    /// The level the user chose, if any.
    level: Option<Level>,
    found: &'a mut Vec<Diagnostic>,
}

impl Sink<'_> {
    /// Adds a finding at the rule's level.
    pub fn add(&mut self, span: Span, message: impl Into<String>) -> &mut Diagnostic {
        self.add_at(self.rule.level, span, message)
    }

    /// Adds a finding at a level that depends on the profile; what the user chose goes first.
    pub fn add_at(
        &mut self,
        level: Level,
        span: Span,
        message: impl Into<String>,
    ) -> &mut Diagnostic {
        let level = self.level.unwrap_or(level.max(Level::Info));
        self.found.push(Diagnostic {
            rule: self.rule.name,
            level,
            span,
            message: message.into(),
            help: None,
            fix: Vec::new(),
            allowed: None,
        });
        self.found.last_mut().expect("it was just pushed")
    }
}

impl Diagnostic {
    pub fn help(&mut self, text: impl Into<String>) -> &mut Self {
        self.help = Some(text.into());
        self
    }

    pub fn fix(&mut self, span: Span, text: impl Into<String>) -> &mut Self {
        self.fix.push(Edit { span, text: text.into() });
        self
    }
}

/// Returns a path as findings name it: without the `./` that a walk puts in front, by which GitHub finds no file.
pub fn shown_path(path: &Path) -> String {
    let bare = path.strip_prefix(".").ok().filter(|it| !it.as_os_str().is_empty());
    slashed(bare.unwrap_or(path))
}

/// Returns the page of a path among the pages of a skill.
pub fn page_at<'a>(skill: &'a Skill, relative: &str) -> Option<&'a Page> {
    skill.pages.iter().find(|it| it.relative == relative)
}
