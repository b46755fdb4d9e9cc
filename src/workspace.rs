//! A project opened: its store, its settings, its skills, and the commands' common steps on them.
//! Decides nothing about texts (`sync` does) and prints nothing (`cli` does).

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use anyhow::{Result, bail};

use crate::config::{Config, SyncOn};
use crate::event::Event;
use crate::learnings::EntryKind;
use crate::projection::SkillTally;
use crate::resolve::{Candidate, Resolved, resolve};
use crate::skill::{commands, create};
use crate::store::cache::Fold;
use crate::store::skills::SkillFolder;
use crate::store::write::{Lock, Replaced};
use crate::store::{Store, git, read_text, skills};
use crate::sync::{self, ByHand, Plan, Source, State};

mod clock;
mod evidence;
pub mod package;
pub mod secrets;

pub use clock::Clock;
pub use evidence::text_of;

/// How often a file is read again because somebody saved it meanwhile.
const TRIES: usize = 50;

/// An open project.
#[derive(Debug)]
pub struct Workspace {
    pub store: Store,
    pub config: Config,
    pub skills: Vec<SkillFolder>,
    /// The command line after the program's name, for messages that say what to type instead.
    pub typed: Vec<String>,
    /// The texts of learnings.md that were read and parsed so far.
    sources: RefCell<Vec<Rc<Source>>>,
}

/// What a sync did, or would do, to one learnings.md.
#[derive(Debug)]
pub struct FileReport {
    pub skill: String,
    pub path: PathBuf,
    /// The text that was there.
    pub old: Option<String>,
    pub plan: Plan,
    pub adopted: Vec<ByHand>,
    /// Where the text went that an update had put there.
    pub backup: Option<PathBuf>,
}

/// A learnings.md as it was read, and the counts by hand that were taken over from it.
#[derive(Debug)]
pub struct Adopted {
    path: PathBuf,
    source: Option<Rc<Source>>,
    pub by_hand: Vec<ByHand>,
}

impl FileReport {
    pub fn changes(&self) -> bool {
        self.old.as_deref() != Some(&self.plan.text) && self.plan.conflicts.is_empty()
    }
}

impl Workspace {
    /// Opens the project that `cwd` lies in, or that `root` names.
    ///
    /// # Errors
    /// When there is no project, or its settings are not valid.
    pub fn open(cwd: &Path, root: Option<&Path>) -> Result<Self> {
        let store = Store::find(cwd, root)?;
        let config = store.config()?;
        let skills = skills::find(&store, &config.skills.paths)?;
        Ok(Self { store, config, skills, typed: Vec::new(), sources: RefCell::default() })
    }

    /// Reads a learnings.md; `None` where there is none. The disk is asked each time, but a text is
    /// parsed once.
    ///
    /// # Errors
    /// When it cannot be read or is not UTF-8.
    pub fn read(&self, path: &Path) -> Result<Option<Rc<Source>>> {
        Ok(read_text(path)?.map(|it| self.source(it)))
    }

    /// Returns what a skill's learnings.md says: an empty document where there is none.
    ///
    /// # Errors
    /// When it cannot be read or is not UTF-8.
    pub fn learnings(&self, skill: &SkillFolder) -> Result<Rc<Source>> {
        let source = self.read(&skill.dirs[0].join("learnings.md"))?;
        Ok(source.unwrap_or_else(|| self.source(String::new())))
    }

    fn source(&self, text: String) -> Rc<Source> {
        let mut known = self.sources.borrow_mut();
        if let Some(it) = known.iter().rev().find(|it| it.text == text) {
            return Rc::clone(it);
        }
        let res = Rc::new(Source::from(text));
        known.push(Rc::clone(&res));
        res
    }

    /// Returns the skills, or the one that was named.
    ///
    /// # Errors
    /// When no skill has that name.
    pub fn chosen(&self, name: Option<&str>) -> Result<Vec<&SkillFolder>> {
        let Some(name) = name else { return Ok(self.skills.iter().collect()) };
        match self.skills.iter().find(|it| it.key == name) {
            Some(it) => Ok(vec![it]),
            None => bail!("no skill is called `{name}`; {}", self.known_skills()),
        }
    }

    /// Returns a sentence that lists the skills.
    pub fn known_skills(&self) -> String {
        if self.skills.is_empty() {
            return format!(
                "`{}` has no skills: looked in {}",
                self.store.root.display(),
                skills::ROOTS.join(", ")
            );
        }
        let names: Vec<String> = self.skills.iter().map(|it| format!("`{}`", it.key)).collect();
        format!("the skills here are {}", names.join(", "))
    }

    /// Returns the skills that a slash command is about: those of the settings, else those whose SKILL.md or
    /// learnings.md names the command or one of its other names, else the one of production.
    ///
    /// # Errors
    /// When a file cannot be read.
    pub fn of_command(&self, typed: &str) -> Result<Vec<&SkillFolder>> {
        let hooks = &self.config.hooks;
        let known = hooks.command(typed);
        let command = known.unwrap_or_else(|| typed.trim().trim_start_matches('/'));
        if let Some(keys) = hooks.skills.get(command) {
            return Ok(self.skills.iter().filter(|it| keys.contains(&it.key)).collect());
        }
        let names = hooks.commands.get(command).into_iter().flatten().map(String::as_str);
        let names: Vec<&str> = names.chain([command]).collect();
        let mut res = Vec::new();
        for skill in &self.skills {
            let named = |it: &String| names.contains(&it.as_str());
            if skill.doc()?.commands.iter().any(named)
                || commands(&self.learnings(skill)?.text).iter().any(named)
            {
                res.push(skill);
            }
        }
        if res.is_empty() && known.is_some() {
            let production = self.config.deploy.skills.get("production");
            res.extend(self.skills.iter().filter(|it| Some(&it.key) == production));
        }
        Ok(res)
    }

    /// Finds the pitfall or pattern that a name stands for.
    ///
    /// # Errors
    /// When a file cannot be read or the name fits none or several: the message says what to type.
    pub fn named(
        &self,
        name: &str,
        kind: EntryKind,
        skill: Option<&str>,
        fold: &mut Fold,
    ) -> Result<Candidate> {
        match self.find_named(name, kind, skill, fold)? {
            Resolved::One(it) => Ok(it),
            res => bail!("{}", self.not_one(name, kind, &res)),
        }
    }

    /// Returns what a name stands for among the files and the journal.
    ///
    /// # Errors
    /// When a file cannot be read or there is no such skill.
    pub fn find_named(
        &self,
        name: &str,
        kind: EntryKind,
        skill: Option<&str>,
        fold: &mut Fold,
    ) -> Result<Resolved> {
        let candidates = self.candidates(kind, skill, fold)?;
        Ok(resolve(name, &candidates, &self.config.aliases))
    }

    fn candidates(
        &self,
        kind: EntryKind,
        skill: Option<&str>,
        fold: &mut Fold,
    ) -> Result<Vec<Candidate>> {
        let mut res: BTreeMap<(String, String), Vec<String>> = BTreeMap::new();
        for folder in self.chosen(skill)? {
            let key = &folder.key;
            let mut add = |id: &str, name: Option<&str>| {
                let names = res.entry((key.clone(), id.to_owned())).or_default();
                names.extend(name.filter(|it| !it.is_empty()).map(str::to_owned));
            };
            let tally = fold.skill(key);
            for topic in folder.doc()?.topics.iter().filter(|it| it.kind == kind) {
                add(tally.current(&topic.id), Some(&topic.title));
            }
            for entry in self.learnings(folder)?.doc.entries.iter().filter(|it| it.kind == kind) {
                add(tally.current(&entry.id), None);
            }
            let tallies = match kind {
                EntryKind::Pitfall => &tally.pitfalls,
                EntryKind::Pattern => &tally.patterns,
            };
            for (id, it) in tallies {
                add(id, it.title.as_ref().map(|it| it.1.as_str()));
            }
            for (old, id) in tally.aliases.iter().filter(|it| tallies.contains_key(it.1)) {
                add(id, Some(old));
            }
        }
        let candidate = |((skill, id), names)| Candidate { skill, kind, id, names };
        Ok(res.into_iter().map(candidate).collect())
    }

    /// Returns the message for a name that fits none or several.
    pub fn not_one(&self, name: &str, kind: EntryKind, res: &Resolved) -> String {
        let word = match kind {
            EntryKind::Pitfall => "pitfall",
            EntryKind::Pattern => "pattern",
        };
        let list = |all: &[Candidate]| {
            let line = |it: &Candidate| format!("  learn {}", self.retyped(name, it));
            all.iter().map(line).collect::<Vec<_>>().join("\n")
        };
        match res {
            Resolved::Several(all) => {
                format!("`{name}` could be several {word}s; type one of\n{}", list(all))
            }
            Resolved::None(near) if near.is_empty() => {
                let new = match kind {
                    EntryKind::Pitfall => format!(
                        "; `learn show` lists those there are, `learn record {} --new --impact high` adds one",
                        crate::markdown::slug(name)
                    ),
                    EntryKind::Pattern => "; `learn show` lists those there are".to_owned(),
                };
                format!("no {word} is called `{name}`{new}")
            }
            Resolved::None(near) => format!(
                "no {word} is called `{name}`; did you mean\n{}{}",
                list(near),
                if kind == EntryKind::Pitfall {
                    "\nor add it with `--new --impact critical|high|medium|low`"
                } else {
                    ""
                }
            ),
            Resolved::One(_) => unreachable!("the caller takes care of one"),
        }
    }

    /// Returns the command line as it was typed, with the full id in place of a name and its skill added.
    fn retyped(&self, name: &str, meant: &Candidate) -> String {
        let mut res: Vec<String> = Vec::new();
        let mut named = false;
        let mut typed = self.typed.iter().peekable();
        while let Some(arg) = typed.next() {
            if arg == "--skill" {
                typed.next();
            } else if arg == name && !named {
                named = true;
                res.push(meant.id.clone());
            } else if !arg.starts_with("--skill=") {
                res.push(quoted(arg));
            }
        }
        res.push(format!("--skill {}", meant.skill));
        res.join(" ")
    }

    /// Says why learnings.md is not written here, if the settings keep it to the default branch.
    pub fn branch_hold(&self) -> Option<String> {
        if self.config.sync.on != SyncOn::DefaultBranch || self.on_default_branch() {
            return None;
        }
        let wanted = self.default_branch()?;
        Some(format!("learnings.md is written on `{wanted}` only (sync.on = \"default-branch\")"))
    }

    /// Says whether the default branch is checked out; without git or a default branch, it is.
    pub fn on_default_branch(&self) -> bool {
        let wanted = self.default_branch();
        wanted.is_none() || git::branch(&self.store.root) == wanted
    }

    fn default_branch(&self) -> Option<String> {
        let set = self.config.sync.default_branch.clone();
        set.or_else(|| git::default_branch(&self.store.root))
    }

    /// Stores an event and adds it to the numbers.
    ///
    /// # Errors
    /// When it cannot be made durable; it is then not recorded.
    pub fn append(&self, fold: &mut Fold, event: &Event<'_>) -> Result<()> {
        self.store.append(event)?;
        self.count(fold, event)
    }

    /// Adds a stored event to the numbers.
    ///
    /// # Errors
    /// When everything has to be read again and the store cannot be listed.
    pub fn count(&self, fold: &mut Fold, event: &Event<'_>) -> Result<()> {
        if !fold.add(&self.store, event) {
            *fold = self.store.fold_fresh()?;
        }
        Ok(())
    }

    /// Reads the files of a skill and takes over the counts that somebody wrote by hand, as baseline events.
    /// With `recording`, an event is about to be stored.
    ///
    /// # Errors
    /// When a file cannot be read or an event cannot be stored.
    pub fn adopt(
        &self,
        skill: &SkillFolder,
        fold: &mut Fold,
        clock: &Clock,
        recording: bool,
    ) -> Result<Vec<Adopted>> {
        fold.whole()?;
        let mut res = Vec::new();
        for path in self.files(skill) {
            let source = self.read(&path)?;
            let tally = fold.skill(&skill.key);
            let knows = recording || tally.has_counts();
            let by_hand = self.by_hand(&path, source.as_deref(), tally, knows)?;
            for found in &by_hand {
                // The file's total holds all events it was written from: none of them came after it.
                let id = clock.id_after(Some(fold.newest_id(&skill.key)))?;
                let event = found.event(id, clock.now, &skill.key);
                self.append(fold, &event)?;
            }
            res.push(Adopted { path, source, by_hand });
        }
        Ok(res)
    }

    /// Returns the counts by hand in a file, or in the text that a sync will put back over it.
    ///
    /// Git is asked only where a sync would ask it: when the file has no counts and the journal `knows` some.
    ///
    /// # Errors
    /// When the last synced text cannot be read.
    pub fn by_hand(
        &self,
        path: &Path,
        source: Option<&Source>,
        tally: &SkillTally,
        knows: bool,
    ) -> Result<Vec<ByHand>> {
        let found = source.map(|it| sync::by_hand(it, tally)).unwrap_or_default();
        let is_zero = source.is_none_or(|it| !it.doc.has_counts());
        if !(is_zero && knows) {
            return Ok(found);
        }
        let before = self.before(path, true)?;
        Ok(before.map(|it| sync::by_hand(&it, tally)).unwrap_or(found))
    }

    /// Returns the paths of a skill's learnings.md, one for each folder that mirrors it.
    pub fn files(&self, skill: &SkillFolder) -> Vec<PathBuf> {
        skill.dirs.iter().map(|it| it.join("learnings.md")).collect()
    }

    /// Says what a sync of one file would do; nothing is written.
    ///
    /// # Errors
    /// When a file cannot be read or is not UTF-8.
    pub fn plan(&self, skill: &SkillFolder, path: &Path, tally: &SkillTally) -> Result<FileReport> {
        self.plan_from(skill, path, self.read(path)?, tally)
    }

    fn plan_from(
        &self,
        skill: &SkillFolder,
        path: &Path,
        old: Option<Rc<Source>>,
        tally: &SkillTally,
    ) -> Result<FileReport> {
        let doc = skill.doc()?;
        let described = doc.described();
        let style = self.config.style();
        let unread = Cell::new(None);
        let before = |wiped| {
            self.before(path, wiped).unwrap_or_else(|err| {
                unread.set(Some(err));
                None
            })
        };
        let plan = match &old {
            Some(source) => sync::plan(source, &before, tally, &described, style),
            None => match before(true) {
                Some(before) => {
                    let plan = sync::plan(&before, &|_| None, tally, &described, style);
                    Plan { state: State::Overwritten, restored: true, ..plan }
                }
                None => {
                    let made = Source::from(create::create(doc, &skill.key));
                    let plan = sync::plan(&made, &|_| None, tally, &described, style);
                    Plan { state: State::Older, ..plan }
                }
            },
        };
        if let Some(err) = unread.take() {
            return Err(err);
        }
        Ok(FileReport {
            skill: skill.key.clone(),
            path: path.to_owned(),
            old: old.map(|it| it.text.clone()),
            plan,
            adopted: Vec::new(),
            backup: None,
        })
    }

    /// Returns the last synced text that has counts; where all counts are gone, git's newest will do.
    fn before(&self, path: &Path, wiped: bool) -> Result<Option<Rc<Source>>> {
        let known = self.store.remembered(path)?.map(|it| self.source(it));
        if let Some(it) = known.filter(|it| it.doc.has_counts()) {
            return Ok(Some(it));
        }
        Ok(if wiped { git::version_with_counts(path).map(|it| self.source(it)) } else { None })
    }

    /// Makes one file say what the journal says.
    ///
    /// # Errors
    /// When a file cannot be read or written; it is then as before.
    pub fn sync_file(
        &self,
        lock: &Lock,
        skill: &SkillFolder,
        path: &Path,
        fold: &mut Fold,
    ) -> Result<FileReport> {
        self.sync_from(lock, skill, path, self.read(path)?, fold)
    }

    /// Writes the file whose text was `source` when it was read; what somebody saved since is not lost.
    fn sync_from(
        &self,
        lock: &Lock,
        skill: &SkillFolder,
        path: &Path,
        mut source: Option<Rc<Source>>,
        fold: &mut Fold,
    ) -> Result<FileReport> {
        let target = self.store.learnings_target(path)?;
        for _ in 0..TRIES {
            let mut report = self.plan_from(skill, path, source, fold.skill(&skill.key))?;
            if report.changes() {
                if report.plan.restored
                    && let Some(shipped) = &report.old
                {
                    let name = format!("{}.shipped", skill.key);
                    report.backup = Some(self.store.backup(&name, shipped.as_bytes())?);
                }
                let old = report.old.as_ref().map(String::as_bytes);
                let new = report.plan.text.as_bytes();
                if self.store.replace_learnings(lock, &target, old, new)? == Replaced::Changed {
                    source = self.read(path)?;
                    continue;
                }
            }
            if report.plan.conflicts.is_empty() {
                self.store.remember(lock, &target, &report.plan.text)?;
            }
            return Ok(report);
        }
        bail!(
            "`{}` is saved all the time by somebody else; run `learn sync` when they are done",
            self.store.shown(path)
        )
    }

    /// Adopts and syncs all files of a skill.
    ///
    /// # Errors
    /// When a file cannot be read or written.
    pub fn sync_skill(
        &self,
        lock: &Lock,
        skill: &SkillFolder,
        fold: &mut Fold,
        clock: &Clock,
    ) -> Result<Vec<FileReport>> {
        let adopted = self.adopt(skill, fold, clock, false)?;
        self.sync_files(lock, skill, fold, adopted)
    }

    /// Syncs all files of a skill whose counts by hand are adopted. A skill without learnings.md gets
    /// one when there is something to say.
    ///
    /// # Errors
    /// When a file cannot be read or written.
    pub fn sync_files(
        &self,
        lock: &Lock,
        skill: &SkillFolder,
        fold: &mut Fold,
        adopted: Vec<Adopted>,
    ) -> Result<Vec<FileReport>> {
        fold.whole()?;
        let mut res = Vec::new();
        for it in adopted {
            if fold.skill(&skill.key).newest.is_none() && it.source.is_none() {
                continue;
            }
            let mut report = self.sync_from(lock, skill, &it.path, it.source, fold)?;
            report.adopted = it.by_hand;
            res.push(report);
        }
        Ok(res)
    }

    /// Mends what a killed command left behind.
    ///
    /// # Errors
    /// When a file cannot be read or written.
    pub fn mend(&self, lock: &Lock) -> Result<Vec<String>> {
        let targets: Vec<PathBuf> = self.skills.iter().flat_map(|it| self.files(it)).collect();
        self.store.mend(lock, &targets)
    }
}

/// Returns an argument as a shell reads it back.
fn quoted(arg: &str) -> String {
    let plain = |it: char| it.is_alphanumeric() || "-_./:=+@%,".contains(it);
    if !arg.is_empty() && arg.chars().all(plain) {
        return arg.to_owned();
    }
    format!("'{}'", arg.replace('\'', "'\\''"))
}
