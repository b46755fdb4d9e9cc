//! `learn hook`: what an agent tells at its hooks. Never harms the session: it ends with 0, prints one JSON
//! object or nothing, and waits for nobody. What goes wrong is in the log, which `learn doctor` shows.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result};
use clap::Args;

use crate::clean::clean;
use crate::cli::options::NAME;
use crate::cli::{Ctx, Exit, World, commit, context};
use crate::deploy::{self, ROLLBACK};
use crate::detect;
use crate::event::{By, DurationFrom, Event, Id, Kind, Outcome, Role, Timestamp, digest};
use crate::hook::input::{self, Did, Input, Signal, Tool};
use crate::hook::run::{Ended, Line, Run, STALE, Start};
use crate::hook::{Agent, rules};
use crate::learnings::EntryKind;
use crate::lessons;
use crate::projection::DAY;
use crate::resolve::Resolved;
use crate::store::Store;
use crate::sync::State;
use crate::workspace::{Clock, Workspace};

/// Answer an agent's hook: reads one JSON object, prints one or nothing, always ends with 0
#[derive(Debug, Args)]
#[command(
    after_help = "Example, as a handler in .claude/settings.json (`learn hooks install` writes it):\n  {\"type\": \"command\", \"command\": \"learn hook\", \"timeout\": 10}"
)]
pub struct HookArgs {
    /// Which agent calls: claude, codex, gemini, cursor or copilot
    #[arg(long, value_name = "NAME", default_value = "claude")]
    agent: String,
}

impl HookArgs {
    /// The way behind the parser: `main` answers `learn hook` before it.
    pub fn run(self, ctx: &mut Ctx<'_>) -> Result<Exit> {
        let mut payload = Vec::new();
        ctx.stdin.read_to_end(&mut payload)?;
        let call = HookCall::read(&["--agent".to_owned(), self.agent], &payload);
        let answer = call.map(|it| it.answer(ctx.world)).unwrap_or_default();
        if !answer.is_empty() {
            writeln!(ctx.out, "{answer}")?;
        }
        Ok(Exit::Clean)
    }
}

/// Seconds that a run is remembered after its end, so that a late event does not begin it again.
const REMEMBERED: i64 = 7 * DAY;

/// A payload that means something here.
#[derive(Debug)]
pub struct HookCall {
    agent: Agent,
    input: Input,
}

impl HookCall {
    /// Reads a payload; `None` when there is nothing to do. `args` are those after `hook`; what is not
    /// understood is left out.
    pub fn read(args: &[String], payload: &[u8]) -> Option<Self> {
        let agent = args.iter().position(|it| it == "--agent").and_then(|at| args.get(at + 1));
        let joined = args.iter().find_map(|it| it.strip_prefix("--agent="));
        let agent = joined.or(agent.map(String::as_str)).and_then(Agent::parse).unwrap_or_default();
        Some(Self { agent, input: input::read(payload, agent)? })
    }

    /// Does what has to be done and returns the text to print, which may be empty.
    pub fn answer(self, world: &World) -> String {
        let Some(store) = store(world, &self.input) else { return String::new() };
        let mut hook = Hook { world, agent: self.agent, store, input: self.input };
        match hook.answer() {
            Ok(text) => text.unwrap_or_default(),
            Err(err) => {
                hook.log(&format!("{err:#}"));
                String::new()
            }
        }
    }
}

/// Returns the project's store; `None` where there is no journal, for a hook creates nothing.
fn store(world: &World, input: &Input) -> Option<Store> {
    let named = world.project_dir.clone().filter(|it| it.is_dir());
    let cwd = input.cwd.as_ref().map(PathBuf::from).filter(|it| it.is_dir());
    let dir = named.or(cwd).unwrap_or_else(|| world.cwd.clone());
    Store::find(&dir, None).ok().filter(Store::exists)
}

struct Hook<'a> {
    world: &'a World,
    agent: Agent,
    store: Store,
    input: Input,
}

impl Hook<'_> {
    fn now(&self) -> Timestamp {
        Timestamp((self.world.millis / 1000) as i64)
    }

    /// Notes what could not be done; nobody sees what a hook prints.
    fn log(&self, what: &str) {
        let what = clean(what, 400).text;
        self.store.log_trouble(&format!("{} {}: {what}", self.now(), self.input.event));
    }

    fn session(&self) -> String {
        digest([&self.input.session])
    }

    fn answer(&mut self) -> Result<Option<String>> {
        match &self.input.signal {
            Signal::Command { name, args, typed } => {
                let (name, args, typed) = (name.clone(), args.clone(), *typed);
                self.start(&name, &args, typed)
            }
            Signal::Tool(tool) => self.see(tool).map(|()| None),
            Signal::TaskEnded { task, ok } => self.task_ended(task, *ok).map(|()| None),
            Signal::Stop { busy: true } => Ok(None),
            Signal::Stop { busy: false } => self.stop(),
            Signal::SessionStart => self.session_start().map(|()| None),
            Signal::SessionEnd => self.session_end().map(|()| None),
        }
    }

    /// Returns the open runs of this session.
    fn open_runs(&self) -> Vec<Run> {
        let session = self.session();
        let all = self.store.runs(false);
        let runs = all.iter().filter_map(|(id, text)| Run::parse(id, text));
        runs.filter(|it| it.start.session == session).collect()
    }

    fn start(&self, name: &str, args: &str, typed: bool) -> Result<Option<String>> {
        let config = self.store.config()?;
        let Some(command) = config.hooks.command(name) else { return Ok(None) };
        let open: Vec<Run> =
            self.open_runs().into_iter().filter(|it| it.start.command == command).collect();
        // An agent that calls the command again goes on with what the user began.
        if !typed && !open.is_empty() {
            return Ok(None);
        }
        let turn = match (&self.input.prompt_id, &self.input.prompt) {
            (Some(id), _) => id.clone(),
            (None, Some(prompt)) => format!("{prompt} {}", self.now().0 / 3600),
            (None, None) => format!("{}", self.now().0 / 3600),
        };
        let id = digest([&self.input.session, &turn, command]);
        let version = args.split_whitespace().find_map(detect::version);
        let start =
            Start { at: self.now(), session: self.session(), command: command.to_owned(), version };
        if !self.store.claim_run(&id, &serde_json::to_string(&Line::Start(start))?)? {
            return Ok(None);
        }
        let mut ctx = Quiet::new(self);
        let workspace = self.workspace()?;
        for run in open.iter().filter(|it| it.id != id) {
            self.finish(&mut ctx, &workspace, run, true)?;
        }
        self.sweep(&mut ctx, &workspace)?;
        let folders = workspace.of_command(command)?;
        let mut fold = self.store.fold()?;
        let budget = lessons::TOKENS;
        let about = format!("/{command}");
        let told = context::tell(&workspace, &mut fold, &about, &folders, self.now(), budget)?;
        if told.text.is_empty() {
            return Ok(None);
        }
        let answer = self.agent.context(&self.input.event, &told.text, told.told.len(), command);
        if answer.is_some() {
            self.note_shown(&mut ctx, &id, command, &told);
        }
        Ok(answer)
    }

    /// Notes which lessons were put before the agent. They reach it even where this fails.
    fn note_shown(&self, ctx: &mut Quiet<'_>, run: &str, command: &str, told: &lessons::Context) {
        let mut skills: Vec<&str> = told.told.iter().map(|it| it.0.as_str()).collect();
        skills.dedup();
        for skill in skills {
            let note = || -> Result<()> {
                let id = ctx.clock.id()?;
                let mut event = Event::new(id, self.now(), skill.to_owned(), Kind::Shown);
                event.command = Some(command.to_owned().into());
                let own = told.told.iter().filter(|it| it.0 == skill);
                event.pitfalls = own.map(|it| it.1.clone().into()).collect();
                event.by = Some(By::Hook);
                event.key = Some(format!("hook:{run}:shown:{skill}").into());
                self.store.append(&event)
            };
            if let Err(err) = note() {
                self.log(&format!("{err:#}"));
            }
        }
    }

    fn see(&self, tool: &Tool) -> Result<()> {
        let (found, task) = match &tool.what {
            Did::Shell { command, ok, output, task } => {
                (rules::shell(command, *ok, output), task.clone())
            }
            Did::Write { path, text } => (rules::written(path, text).into_iter().collect(), None),
        };
        if found.is_empty() {
            return Ok(());
        }
        for run in self.open_runs().iter().filter(|it| !it.has_call(&tool.id)) {
            for evidence in &found {
                let call = clean(&tool.id, NAME).text;
                let (at, evidence, task) = (self.now(), evidence.clone(), task.clone());
                let line = Line::Seen { at, call, evidence, task };
                self.store.add_to_run(&run.id, &serde_json::to_string(&line)?)?;
            }
        }
        Ok(())
    }

    fn task_ended(&self, task: &str, ok: bool) -> Result<()> {
        for run in self.open_runs().iter().filter(|it| it.waits_for(task)) {
            let line = Line::TaskEnded { at: self.now(), task: task.to_owned(), ok };
            self.store.add_to_run(&run.id, &serde_json::to_string(&line)?)?;
        }
        Ok(())
    }

    fn stop(&self) -> Result<Option<String>> {
        let open = self.open_runs();
        if !open.iter().any(|it| it.decide().is_some()) {
            return Ok(None);
        }
        let workspace = self.workspace()?;
        let mut ctx = Quiet::new(self);
        let mut said = Vec::new();
        for run in &open {
            said.extend(self.finish(&mut ctx, &workspace, run, false)?);
        }
        Ok(if said.is_empty() { None } else { self.agent.message(&said.join("; ")) })
    }

    /// An update may have replaced learnings.md while nobody looked.
    fn session_start(&self) -> Result<()> {
        let workspace = self.workspace()?;
        self.sweep(&mut Quiet::new(self), &workspace)?;
        if workspace.branch_hold().is_some() {
            return Ok(());
        }
        let Some(lock) = self.store.try_lock()? else { return Ok(()) };
        let mut fold = self.store.fold()?;
        for skill in &workspace.skills {
            let mut overwritten = false;
            for path in workspace.files(skill).iter().filter(|it| it.exists()) {
                let plan = workspace.plan(skill, path, fold.skill(&skill.key))?.plan;
                overwritten |= plan.state == State::Overwritten;
            }
            if overwritten {
                workspace.sync_skill(&lock, skill, &mut fold, &Quiet::new(self).clock)?;
            }
        }
        self.store.keep_fold(&lock, &mut fold)
    }

    fn session_end(&self) -> Result<()> {
        let open = self.open_runs();
        if open.is_empty() {
            return Ok(());
        }
        let workspace = self.workspace()?;
        let mut ctx = Quiet::new(self);
        for run in &open {
            self.finish(&mut ctx, &workspace, run, true)?;
        }
        Ok(())
    }

    /// Closes runs that nobody ended, and forgets those that ended long ago.
    fn sweep(&self, ctx: &mut Quiet<'_>, workspace: &Workspace) -> Result<()> {
        let age = |it: &Run| self.now().0 - it.start.at.0;
        for (id, text) in self.store.runs(false) {
            match Run::parse(&id, &text) {
                Some(run) if age(&run) > STALE => drop(self.finish(ctx, workspace, &run, true)?),
                Some(_) => {}
                None => self.store.close_run(&id)?,
            }
        }
        for (id, text) in self.store.runs(true) {
            if Run::parse(&id, &text).is_none_or(|it| age(&it) > REMEMBERED) {
                self.store.forget_run(&id);
            }
        }
        Ok(())
    }

    fn workspace(&self) -> Result<Workspace> {
        Workspace::open(&self.store.root, Some(&self.store.root))
    }

    /// Stores how a run ended, then marks it as done: a handler that is killed in between does it again,
    /// and the key counts once. Returns what to tell the user.
    fn finish(
        &self,
        ctx: &mut Quiet<'_>,
        workspace: &Workspace,
        run: &Run,
        last: bool,
    ) -> Result<Option<String>> {
        let decided = run.decide().or_else(|| if last { run.give_up() } else { None });
        let Some(ended) = decided else {
            if last {
                self.store.close_run(&run.id)?;
            }
            return Ok(None);
        };
        let Some(skill) = self.skill(workspace, &run.start.command)? else {
            self.log(&format!(
                "no skill names `/{}`, so how it ended is not recorded; set hooks.skills in config.toml",
                run.start.command
            ));
            self.store.close_run(&run.id)?;
            return Ok(None);
        };
        let deployment = self.deployment(ctx, &skill, run, &ended)?;
        let id = ctx.store(workspace, deployment)?;
        if let Some(pitfall) = self.rollback(workspace, &skill, &ended)? {
            let event = self.occurrence(ctx, &skill, run, &ended, &pitfall, id)?;
            ctx.store(workspace, event)?;
        }
        self.store.close_run(&run.id)?;
        Ok(id.map(|_| tell(&ended)))
    }

    /// Returns the skill that deployments of a command belong to.
    fn skill(&self, workspace: &Workspace, command: &str) -> Result<Option<String>> {
        let production = workspace.config.deploy.skills.get(deploy::PRODUCTION);
        let of_command = workspace.of_command(command)?;
        let found = of_command.iter().find(|it| Some(&it.key) == production);
        Ok(found.or(of_command.first()).map(|it| it.key.clone()))
    }

    fn deployment(
        &self,
        ctx: &Quiet<'_>,
        skill: &str,
        run: &Run,
        ended: &Ended,
    ) -> Result<Event<'static>> {
        let mut event = Event::new(ctx.clock.id()?, ended.at, skill.to_owned(), Kind::Deploy);
        event.outcome = Some(ended.outcome);
        event.env = Some(deploy::PRODUCTION.into());
        event.started = Some(run.start.at);
        if ended.outcome != Outcome::Unknown {
            event.finished = Some(ended.at);
            event.duration_from = Some(DurationFrom::Session);
        }
        let name = |it: &Option<String>| it.as_ref().map(|it| clean(it, NAME).text.into());
        event.version = name(&ended.version);
        event.run = name(&ended.run);
        event.feature = name(&ended.feature);
        event.by = Some(By::Hook);
        event.key = Some(format!("hook:{}", run.id).into());
        Ok(event)
    }

    /// Returns the pitfall that a rollback is, where the skill has one.
    fn rollback(
        &self,
        workspace: &Workspace,
        skill: &str,
        ended: &Ended,
    ) -> Result<Option<String>> {
        if !ended.rolled_back && !ended.perhaps_rolled_back {
            return Ok(None);
        }
        let mut fold = self.store.fold()?;
        let kind = EntryKind::Pitfall;
        Ok(match workspace.find_named(ROLLBACK, kind, Some(skill), &mut fold)? {
            Resolved::One(it) => Some(it.id),
            _ => None,
        })
    }

    fn occurrence(
        &self,
        ctx: &Quiet<'_>,
        skill: &str,
        run: &Run,
        ended: &Ended,
        pitfall: &str,
        of: Option<Id>,
    ) -> Result<Event<'static>> {
        let mut event = Event::new(ctx.clock.id()?, ended.at, skill.to_owned(), Kind::Occurrence);
        event.pitfall = Some(pitfall.to_owned().into());
        event.role = Some(Role::Rollback);
        event.proposed = ended.perhaps_rolled_back;
        event.of = of;
        event.version = ended.version.clone().map(Into::into);
        event.feature = ended.feature.clone().map(Into::into);
        event.by = Some(By::Hook);
        event.key = Some(format!("hook:{}:rollback", run.id).into());
        Ok(event)
    }
}

/// What storing an event needs, with nobody to print to.
struct Quiet<'a> {
    world: &'a World,
    log: &'a Store,
    clock: Clock,
}

impl<'a> Quiet<'a> {
    fn new(hook: &'a Hook<'_>) -> Self {
        Self { world: hook.world, log: &hook.store, clock: Clock::new(hook.world.millis) }
    }

    /// Stores an event and makes learnings.md say so if nobody else is writing it. Returns its id;
    /// `None` when one with its key is there already.
    fn store(&mut self, workspace: &Workspace, mut event: Event<'static>) -> Result<Option<Id>> {
        let mut fold = workspace.store.fold()?;
        let key = event.key.clone().unwrap_or_default();
        if super::commit::is_recorded(workspace, &mut fold, &key)? {
            return Ok(None);
        }
        let folder = workspace.chosen(Some(&event.skill)).context("the skill is gone")?[0].clone();
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let mut ctx = Ctx {
            world: self.world,
            root: None,
            roots: Vec::new(),
            clock: Clock::new(self.world.millis),
            patience: Duration::ZERO,
            stored: None,
            stdin: &mut std::io::empty(),
            out: &mut out,
            err: &mut err,
        };
        commit::commit(&mut ctx, workspace, &mut fold, &mut event, &folder)?.warn(&mut ctx);
        if !err.is_empty() {
            self.log.log_trouble(String::from_utf8_lossy(&err).trim_end());
        }
        Ok(Some(event.id))
    }
}

/// Returns the line that the user sees at the end of the turn.
fn tell(ended: &Ended) -> String {
    let version = ended.version.as_ref().map(|it| format!(" ({})", clean(it, NAME).text));
    let back = if ended.rolled_back { ", rolled back" } else { "" };
    let perhaps = if ended.perhaps_rolled_back {
        "; perhaps it was rolled back: `learn log --proposed`"
    } else {
        ""
    };
    format!(
        "learn: deployment{} recorded as {}{back}{perhaps}",
        version.unwrap_or_default(),
        ended.outcome.word()
    )
}
