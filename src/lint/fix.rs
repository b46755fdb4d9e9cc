//! Takes findings away, in memory: applies their fixes and lints again. A fix that does not take its finding
//! away, or brings another one, is taken back.

use std::collections::{BTreeMap, HashSet};
use std::path::PathBuf;

use crate::event::Timestamp;
use crate::lint::rules::SkillLook;
use crate::lint::settings::Settings;
use crate::lint::walk::{Page, Skill};
use crate::lint::{Around, Diagnostic, lint_page};
use crate::text::{Edit, LineCol, Span, apply, line_col};

/// How often a skill is linted again at most. Fixes that touch each other take a round each.
const ROUNDS: usize = 30;

/// What became of the findings of a skill that have a fix.
#[derive(Debug, Default)]
pub struct Fixed {
    /// Files that change, in the order of the skill.
    pub files: Vec<FixedFile>,
    pub taken_back: Vec<TakenBack>,
}

/// A file that changes.
#[derive(Debug)]
pub struct FixedFile {
    /// As the user named it.
    pub path: PathBuf,
    pub old: String,
    pub new: String,
    pub done: Vec<Done>,
}

/// A finding that is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Done {
    pub rule: &'static str,
    /// Where it stood; in the text that earlier fixes of the same file had left.
    pub place: LineCol,
}

/// A finding whose fix is no help, which is a bug of its rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TakenBack {
    pub path: PathBuf,
    pub finding: Done,
    /// The rule that finds something after the fix; the finding's own when it is still there.
    pub brings: &'static str,
}

/// A fix that is to be applied.
#[derive(Clone, Debug)]
struct Pick {
    page: usize,
    rule: &'static str,
    at: usize,
    message: String,
    edits: Vec<Edit>,
}

/// Fixes the pages of a skill that `may` allows. Afterwards the skill has the new texts.
pub fn fix(
    skill: &mut Skill,
    settings: &Settings,
    now: Timestamp,
    may: impl Fn(&Page) -> bool,
) -> Fixed {
    let old: Vec<String> = skill.pages.iter().map(|it| it.text.clone()).collect();
    let mut done: Vec<Vec<Done>> = vec![Vec::new(); skill.pages.len()];
    let mut res = Fixed::default();
    let mut given_up = HashSet::new();
    for _ in 0..ROUNDS {
        let mut picks = pick(skill, settings, now, &may, &given_up);
        if picks.is_empty() {
            break;
        }
        if trouble(skill, &picks, settings, now).is_some() {
            // One of them is no help: each is tried alone.
            let alone = picks
                .iter()
                .map(|it| (it, trouble(skill, std::slice::from_ref(it), settings, now)));
            let bad: Vec<(Pick, &'static str)> =
                alone.filter_map(|(it, brings)| Some((it.clone(), brings?))).collect();
            if bad.is_empty() {
                picks.truncate(1);
            }
            for (it, brings) in bad {
                let page = &skill.pages[it.page];
                let finding = Done { rule: it.rule, place: line_col(&page.text, it.at) };
                res.taken_back.push(TakenBack { path: page.path.clone(), finding, brings });
                picks.retain(|other| {
                    (other.page, other.at, other.rule) != (it.page, it.at, it.rule)
                });
                given_up.insert((it.page, it.rule, it.message));
            }
            if trouble(skill, &picks, settings, now).is_some() {
                picks.truncate(1);
            }
        }
        for it in &picks {
            let place = line_col(&skill.pages[it.page].text, it.at);
            done[it.page].push(Done { rule: it.rule, place });
        }
        splice(skill, &picks);
    }
    for ((page, old), done) in skill.pages.iter().zip(old).zip(done) {
        if page.text != old {
            let (path, new) = (page.path.clone(), page.text.clone());
            res.files.push(FixedFile { path, old, new, done });
        }
    }
    res
}

/// Chooses fixes that do not touch each other, the first of the text first.
fn pick(
    skill: &Skill,
    settings: &Settings,
    now: Timestamp,
    may: &impl Fn(&Page) -> bool,
    given_up: &HashSet<(usize, &'static str, String)>,
) -> Vec<Pick> {
    let look = SkillLook { skill, settings, now, around: &Around::default() };
    let mut res: Vec<Pick> = Vec::new();
    for (number, page) in skill.pages.iter().enumerate() {
        let asked = skill.only.as_ref().is_none_or(|it| *it == page.path);
        if !asked || page.unread.is_some() || !may(page) {
            continue;
        }
        let mut taken: Vec<Span> = Vec::new();
        for it in lint_page(&look, page) {
            let Diagnostic { rule, span, message, fix: edits, allowed, .. } = it;
            let touches = |it: &Edit| {
                taken.iter().any(|of| it.span.start <= of.end && of.start <= it.span.end)
            };
            if edits.is_empty()
                || allowed.is_some()
                || edits.iter().any(touches)
                || given_up.contains(&(number, rule, message.clone()))
            {
                continue;
            }
            taken.extend(edits.iter().map(|it| it.span));
            res.push(Pick { page: number, rule, at: span.start, message, edits });
        }
    }
    res
}

/// Puts the edits into the pages; returns the pages as they were.
fn splice(skill: &mut Skill, picks: &[Pick]) -> Vec<(usize, Page)> {
    let mut edits: BTreeMap<usize, Vec<Edit>> = BTreeMap::new();
    for it in picks {
        edits.entry(it.page).or_default().extend(it.edits.iter().cloned());
    }
    let mut res = Vec::new();
    for (number, edits) in edits {
        let page = &mut skill.pages[number];
        let text = apply(&page.text, &edits);
        let new = Page::new(page.path.clone(), page.relative.clone(), text);
        res.push((number, std::mem::replace(page, new)));
    }
    res
}

/// Tries fixes and returns the rule that finds something it did not find before, or still finds the same;
/// the skill stays as it is.
fn trouble(
    skill: &mut Skill,
    picks: &[Pick],
    settings: &Settings,
    now: Timestamp,
) -> Option<&'static str> {
    // No rule may find more than before, whichever the user chose.
    let every = Settings {
        select: vec!["all".to_owned()],
        ignore: Vec::new(),
        severity: BTreeMap::new(),
        files: Vec::new(),
        ..settings.clone()
    };
    let before = count(skill, &every, now, &[]);
    let old = splice(skill, picks);
    let hidden: Vec<(usize, Vec<Span>)> = old
        .iter()
        .filter(|(_, page)| page.head.recovered)
        .map(|(number, _)| (*number, new_spans(*number, picks)))
        .collect();
    let after = count(skill, &every, now, &hidden);
    let still = |it: &&Pick| {
        let (fixed, left) = (before.get(&(it.page, it.rule)), after.get(&(it.page, it.rule)));
        let of_rule = picks.iter().filter(|other| (other.page, other.rule) == (it.page, it.rule));
        let at = moved(it, picks);
        left.is_some_and(|left| {
            let gone = fixed.map_or(0, Vec::len).saturating_sub(left.len());
            gone < of_rule.count() && left.contains(&at)
        })
    };
    let more = after.iter().find(|(key, it)| it.len() > before.get(key).map_or(0, Vec::len));
    let res = more.map(|(key, _)| key.1).or_else(|| picks.iter().find(still).map(|it| it.rule));
    for (number, page) in old {
        skill.pages[number] = page;
    }
    res
}

/// Returns where the findings of each page and rule start. What is found in a head of `hidden`, away from the
/// edits, was there before: a head that does not parse hides what its fields say.
fn count(
    skill: &Skill,
    settings: &Settings,
    now: Timestamp,
    hidden: &[(usize, Vec<Span>)],
) -> BTreeMap<(usize, &'static str), Vec<usize>> {
    let look = SkillLook { skill, settings, now, around: &Around::default() };
    let mut res: BTreeMap<(usize, &'static str), Vec<usize>> = BTreeMap::new();
    for (number, page) in skill.pages.iter().enumerate() {
        let edited = hidden.iter().find(|it| it.0 == number).map(|it| &it.1);
        for it in lint_page(&look, page).into_iter().filter(|it| it.allowed.is_none()) {
            let apart = |of: &Span| it.span.end < of.start || of.end < it.span.start;
            let uncovered =
                edited.is_some_and(|all| it.span.start < page.head.body && all.iter().all(apart));
            if !uncovered {
                res.entry((number, it.rule)).or_default().push(it.span.start);
            }
        }
    }
    res
}

/// Returns the places of the new texts of a page.
fn new_spans(page: usize, picks: &[Pick]) -> Vec<Span> {
    let mut edits: Vec<&Edit> =
        picks.iter().filter(|it| it.page == page).flat_map(|it| &it.edits).collect();
    edits.sort_by_key(|it| it.span);
    let (mut added, mut removed) = (0, 0);
    let mut res = Vec::new();
    for it in edits {
        let start = it.span.start + added - removed;
        res.push(Span::new(start, start + it.text.len()));
        added += it.text.len();
        removed += it.span.end - it.span.start;
    }
    res
}

/// Returns where the finding of a fix starts after all edits of its page.
fn moved(pick: &Pick, picks: &[Pick]) -> usize {
    let before = picks.iter().filter(|it| it.page == pick.page).flat_map(|it| &it.edits);
    let before = before.filter(|it| it.span.end <= pick.at);
    let (mut added, mut removed) = (0, 0);
    for it in before {
        added += it.text.len();
        removed += it.span.end - it.span.start;
    }
    pick.at + added - removed
}
