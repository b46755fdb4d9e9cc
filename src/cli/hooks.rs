//! `learn hooks`: puts the handlers into an agent's settings, checks them, takes them out.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail};
use clap::{Args, Subcommand, ValueEnum};
use serde_json::json;

use crate::cli::{Ctx, Exit, say};
use crate::hook::settings::{self, COMMAND};
use crate::store::write::Settings;
use crate::store::{agent, read_text};
use crate::workspace::Workspace;

/// The first version of Claude Code that knows `UserPromptExpansion`; versions before 2.1.101 read no settings at
/// all where they meet a name they do not know.
const KNOWS_EXPANSION: (u32, u32, u32) = (2, 1, 117);

/// Register this program with Claude Code, check that it is, or take it out
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  learn hooks install\n  learn hooks install --settings user --print\n  learn hooks check\n  learn hooks remove"
)]
pub struct Hooks {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Put the handlers in; what is there stays byte for byte
    Install(Change),
    /// Say whether the handlers are there, once, and can be called; exit code 1 when not
    Check(Check),
    /// Take the handlers out; nothing else
    Remove(Change),
}

#[derive(Debug, Args)]
struct Change {
    /// Which settings: those of the project (in git), of the user, or local ones of the project
    #[arg(long, value_enum, default_value_t = Scope::Project)]
    settings: Scope,
    /// Print the settings as they would be and write nothing
    #[arg(long)]
    print: bool,
}

#[derive(Debug, Args)]
struct Check {
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Scope {
    Project,
    User,
    Local,
}

impl Scope {
    const ALL: [Self; 3] = [Self::Project, Self::User, Self::Local];

    fn file(self, ctx: &Ctx<'_>, root: &Path) -> Result<Settings> {
        let home =
            || ctx.world.home.clone().context("HOME is not set, so there are no user settings");
        match self {
            Self::Project => Settings::at(root, "settings.json"),
            Self::Local => Settings::at(root, "settings.local.json"),
            Self::User => Settings::at(&home()?, "settings.json"),
        }
    }
}

impl Hooks {
    pub fn run(self, ctx: &mut Ctx<'_>) -> Result<Exit> {
        let workspace = ctx.open()?;
        match self.what {
            What::Install(it) => it.install(ctx, &workspace),
            What::Remove(it) => it.remove(ctx, &workspace),
            What::Check(it) => it.run(ctx, &workspace),
        }
    }
}

impl Change {
    fn install(&self, ctx: &mut Ctx<'_>, workspace: &Workspace) -> Result<Exit> {
        let file = self.settings.file(ctx, &workspace.store.root)?;
        let old = read_text(file.path())?;
        let hooks = &workspace.config.hooks;
        let all = hooks.commands.iter();
        let names: Vec<&str> =
            all.flat_map(|it| std::iter::once(it.0).chain(it.1)).map(String::as_str).collect();
        let version = ctx.world.path.as_deref().and_then(agent::claude_version);
        let expansion = version.is_none_or(|it| it >= KNOWS_EXPANSION);
        let events = settings::events(&names, expansion);
        let new = settings::install(old.as_deref().unwrap_or_default(), &events)
            .map_err(|it| refused(&file, &it))?;
        if self.print {
            write!(ctx.out, "{new}")?;
            return Ok(Exit::Clean);
        }
        if ctx.on_path().is_none() {
            bail!(
                "`learn` is not on the PATH, so each hook would fail: install it (`cargo install --path .`) or add its folder to PATH; nothing was changed"
            );
        }
        let shown = workspace.store.shown(file.path());
        if old.as_deref() == Some(&new) {
            writeln!(ctx.out, "{shown}: the hooks are there already")?;
        } else {
            workspace.store.create()?;
            workspace.store.keep_settings(&file, old.as_deref(), &new)?;
            file.replace(old.as_deref(), Some(&new))?;
            writeln!(
                ctx.out,
                "{}installed{} {} into {shown}",
                say::GREEN,
                say::RESET,
                say::plural(events.len(), "hook")
            )?;
        }
        if !expansion {
            writeln!(
                ctx.out,
                "  without UserPromptExpansion: this Claude Code is older than 2.1.117 and would read no settings at all"
            )?;
        }
        if !workspace.store.exists() {
            writeln!(ctx.out, "  next: `learn init`, for hooks do nothing without a journal")?;
        }
        self.warn_doubled(ctx, workspace)?;
        Ok(Exit::Clean)
    }

    fn warn_doubled(&self, ctx: &mut Ctx<'_>, workspace: &Workspace) -> Result<()> {
        for problem in inspect(ctx, workspace)?.problems {
            ctx.warn(&problem);
        }
        Ok(())
    }

    fn remove(&self, ctx: &mut Ctx<'_>, workspace: &Workspace) -> Result<Exit> {
        let file = self.settings.file(ctx, &workspace.store.root)?;
        let shown = workspace.store.shown(file.path());
        let Some(old) = read_text(file.path())? else {
            writeln!(ctx.out, "{shown} is not there, so no hooks are")?;
            return Ok(Exit::Clean);
        };
        let without = settings::remove(&old).map_err(|it| refused(&file, &it))?;
        // Untouched since: what stood there before comes back byte for byte, or the file goes.
        let new = workspace.store.kept_settings(&file, &old).unwrap_or(Some(without));
        if self.print {
            write!(ctx.out, "{}", new.unwrap_or_default())?;
            return Ok(Exit::Clean);
        }
        if new.as_deref() == Some(&old) {
            writeln!(ctx.out, "{shown} has no hooks of this program")?;
            return Ok(Exit::Clean);
        }
        file.replace(Some(&old), new.as_deref())?;
        writeln!(ctx.out, "{}removed{} the hooks from {shown}", say::GREEN, say::RESET)?;
        Ok(Exit::Clean)
    }
}

fn refused(file: &Settings, why: &str) -> anyhow::Error {
    anyhow!("{}: {why}; mend it first, nothing was changed", file.path().display())
}

/// What is registered, and what is wrong with it.
#[derive(Default)]
pub struct State {
    /// Settings files with handlers, and how many.
    pub files: Vec<(PathBuf, usize)>,
    pub plugins: Vec<String>,
    pub problems: Vec<String>,
}

/// Looks at all settings that the agent reads for this project.
///
/// # Errors
/// When a settings file cannot be read.
pub fn inspect(ctx: &Ctx<'_>, workspace: &Workspace) -> Result<State> {
    let mut res = State::default();
    for scope in Scope::ALL {
        let Ok(file) = scope.file(ctx, &workspace.store.root) else { continue };
        let Some(text) = read_text(file.path())? else { continue };
        match settings::find(&text) {
            Ok(found) => {
                if !found.events.is_empty() {
                    res.files.push((file.path().to_owned(), found.events.len()));
                }
                let mut events = found.events;
                events.sort_unstable();
                if let Some(twice) = events.windows(2).find(|it| it[0] == it[1]) {
                    let shown = workspace.store.shown(file.path());
                    res.problems.push(format!("{shown} calls `{COMMAND}` twice at {}", twice[0]));
                }
                res.plugins.extend(found.plugins);
                if found.disabled {
                    let shown = workspace.store.shown(file.path());
                    res.problems.push(format!("{shown} switches all hooks off (disableAllHooks)"));
                }
            }
            Err(it) => res.problems.push(format!("{}: {it}", file.path().display())),
        }
    }
    if let (Some(file), Some(plugin)) = (res.files.first(), res.plugins.first()) {
        res.problems.push(format!(
            "registered twice: by the plugin `{plugin}` and in {}; `learn hooks remove` takes one away",
            workspace.store.shown(&file.0)
        ));
    }
    let registered = !res.files.is_empty() || !res.plugins.is_empty();
    if registered && ctx.on_path().is_none() {
        res.problems.push("the hooks call `learn`, which is not on the PATH".to_owned());
    }
    Ok(res)
}

impl Check {
    fn run(&self, ctx: &mut Ctx<'_>, workspace: &Workspace) -> Result<Exit> {
        let mut state = inspect(ctx, workspace)?;
        if state.files.is_empty() && state.plugins.is_empty() {
            state.problems.push("no hooks are registered: `learn hooks install`".to_owned());
        }
        if self.json {
            let files: Vec<_> = state
                .files
                .iter()
                .map(|it| json!({ "file": workspace.store.shown(&it.0), "hooks": it.1 }))
                .collect();
            let value =
                json!({ "files": files, "plugins": state.plugins, "problems": state.problems });
            writeln!(ctx.out, "{value}")?;
        } else {
            for (file, count) in &state.files {
                let shown = workspace.store.shown(file);
                writeln!(ctx.out, "{shown}: {}", say::plural(*count, "hook"))?;
            }
            for plugin in &state.plugins {
                writeln!(ctx.out, "plugin {plugin}")?;
            }
            for problem in &state.problems {
                writeln!(ctx.out, "{}problem{}: {problem}", say::YELLOW, say::RESET)?;
            }
        }
        Ok(if state.problems.is_empty() { Exit::Clean } else { Exit::Findings })
    }
}
