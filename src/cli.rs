//! The commands: arguments in, text out. The only place that prints.

use std::ffi::OsString;
use std::io::{self, Read, Write};
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Result;
use clap::{Args, ColorChoice, FromArgMatches, Parser, Subcommand};

use crate::event::Id;
use crate::store::cache::Fold;
use crate::store::write::PATIENCE;
use crate::workspace::{Clock, Workspace};

mod catalog;
mod commit;
mod context;
mod deploy;
mod detect;
mod doctor;
mod effect;
mod hook;
mod hooks;
mod import;
mod init;
mod lint;
mod log;
mod measure;
mod metrics;
mod options;
mod pack;
mod packaging;
mod record;
mod report;
mod say;
mod scan;
mod show;
mod sync;
mod undo;
mod watch;

pub use hook::HookCall;

/// What `main` found outside.
#[derive(Clone, Debug)]
pub struct World {
    pub args: Vec<OsString>,
    pub cwd: PathBuf,
    /// Now, in milliseconds since 1970 (UTC).
    pub millis: u64,
    /// The search path for programs.
    pub path: Option<OsString>,
    /// Finds this program's file. Asked for where it matters: most commands end before such questions pay.
    pub exe: fn() -> Option<PathBuf>,
    /// The user's folder.
    pub home: Option<PathBuf>,
    /// The project that an agent works in, as it tells its hooks.
    pub project_dir: Option<PathBuf>,
    /// Reads the clock again, for what takes time.
    pub clock: fn() -> u64,
    /// Whether the error output is a terminal.
    pub is_terminal: fn() -> bool,
    /// How wide the output is, in columns; `None` where it is no terminal.
    pub columns: fn() -> Option<usize>,
}

/// How a command that found nothing wrong, or something, ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    Clean = 0,
    Findings = 1,
    Error = 2,
    /// It cannot be told.
    Inconclusive = 3,
}

/// Keep what coding agents learn from production deployments
#[derive(Debug, Parser)]
#[command(name = "learn", version, max_term_width = 100, disable_help_subcommand = true)]
#[command(
    after_help = "Example:\n  learn record rollback --cause \"DATABASE_URL was missing\" --feature checkout-v2"
)]
struct Cli {
    #[command(flatten)]
    everywhere: Everywhere,
    #[command(subcommand)]
    command: Command,
}

/// What every command takes.
#[derive(Debug, Args)]
struct Everywhere {
    /// Root of the project [default: the nearest folder with .learn, a git repository or skills]
    #[arg(long, global = true, value_name = "DIR")]
    root: Vec<PathBuf>,
    /// When to use colour
    #[arg(
        long,
        global = true,
        value_name = "WHEN",
        default_value = "auto",
        hide_possible_values = true
    )]
    color: ColorChoice,
}

/// Declares the commands once: the enum, how each runs, and how one is parsed without building the others.
macro_rules! commands {
    ($($name:literal $variant:ident($args:ty),)*) => {
        #[derive(Debug, Subcommand)]
        enum Command {
            $(#[command(name = $name)] $variant($args),)*
        }

        impl Command {
            fn run(self, ctx: &mut Ctx<'_>) -> Result<Exit> {
                match self {
                    $(Self::$variant(it) => it.run(ctx),)*
                }
            }

            /// Returns the arguments of one command.
            fn only(name: &str) -> Option<clap::Command> {
                match name {
                    $($name => Some(<$args>::augment_args(clap::Command::new($name))),)*
                    _ => None,
                }
            }
        }
    };
}

commands! {
    "init" Init(init::Init),
    "record" Record(record::Record),
    "use" Use(record::Use),
    "deploy" Deploy(deploy::Deploy),
    "detect" Detect(detect::Detect),
    "catalog" Catalog(catalog::Catalog),
    "watch" Watch(watch::Watch),
    "measure" Measure(measure::Measure),
    "import" Import(import::Import),
    "resolve" Resolve(undo::Resolve),
    "retract" Retract(undo::Retract),
    "confirm" Confirm(undo::Confirm),
    "adopt" Adopt(undo::Adopt),
    "rename" Rename(undo::Rename),
    "mute" Mute(undo::Mute),
    "log" Log(log::Log),
    "show" Show(show::Show),
    "metrics" Metrics(metrics::Metrics),
    "report" Report(report::Report),
    "explain" Explain(metrics::Explain),
    "context" Context(context::Context),
    "effect" Effect(effect::Effect),
    "hook" Hook(hook::HookArgs),
    "hooks" Hooks(hooks::Hooks),
    "sync" Sync(sync::Sync),
    "pack" Pack(pack::Pack),
    "lint" Lint(lint::Lint),
    "doctor" Doctor(doctor::Doctor),
    "scan" Scan(scan::Scan),
    "completions" Completions(packaging::Completions),
    "man" Man(packaging::Man),
}

impl Cli {
    /// Parses a command line. Building the parser of every command takes longer than most commands do, so the one
    /// that was typed is built alone; what it refuses is for the whole parser, which knows the others' names.
    fn parse_args(args: &[OsString]) -> Result<Self, clap::Error> {
        let typed = args.iter().skip(1).find_map(|it| Command::only(it.to_str()?));
        let matches = typed.and_then(|it| {
            let parser = Everywhere::augment_args(clap::Command::new("learn")).subcommand(it);
            parser.try_get_matches_from(args).ok()
        });
        match matches {
            Some(it) if it.subcommand_name().is_some() => Self::from_arg_matches(&it),
            _ => Self::try_parse_from(args),
        }
    }
}

/// Which skill a command is about.
#[derive(Debug, Args)]
struct SkillArg {
    /// Only this skill
    #[arg(long, value_name = "NAME")]
    skill: Option<String>,
}

/// What every command gets.
struct Ctx<'a> {
    world: &'a World,
    root: Option<PathBuf>,
    /// All that were named: a report may be about several.
    roots: Vec<PathBuf>,
    clock: Clock,
    /// How long to wait for another command that is writing.
    patience: Duration,
    /// The event that is safe by now, whatever becomes of the answer.
    stored: Option<Id>,
    stdin: &'a mut dyn Read,
    out: &'a mut dyn Write,
    err: &'a mut dyn Write,
}

impl Ctx<'_> {
    fn open(&self) -> Result<Workspace> {
        let mut res = Workspace::open(&self.world.cwd, self.root.as_deref())?;
        let typed = self.world.args.iter().skip(1);
        res.typed = typed.map(|it| it.to_string_lossy().into_owned()).collect();
        Ok(res)
    }

    /// Returns where a shell finds this program.
    fn on_path(&self) -> Option<PathBuf> {
        crate::store::agent::on_path(self.world.path.as_ref()?, "learn")
    }

    /// Writes a warning, after what was said before it; a warning that cannot be written stops nothing.
    fn warn(&mut self, text: &str) {
        drop(self.out.flush());
        drop(writeln!(self.err, "{}warning{}: {text}", say::YELLOW, say::RESET));
    }

    /// Says on a terminal what is being done, in place of what was said before; an empty text takes it away.
    fn tell(&mut self, doing: &str) {
        if (self.world.is_terminal)() {
            drop(write!(self.err, "\r\x1b[K{doing}"));
            drop(self.err.flush());
        }
    }

    /// Warns about damage in the store, which the numbers leave out.
    fn warn_damage(&mut self, fold: &Fold) {
        if fold.damaged > 0 {
            let (lines, them) =
                if fold.damaged == 1 { ("1 event", "it") } else { ("some events", "them") };
            self.warn(&format!(
                "{lines} in `.learn/` cannot be read or look damaged; `learn doctor` names {them}"
            ));
        }
    }
}

/// Returns when to use colour, if it was typed. Asked before the output is opened, which is before the rest is read.
pub fn color(args: &[OsString]) -> Option<anstream::ColorChoice> {
    let mut typed = args.iter().skip(1).filter_map(|it| it.to_str()).peekable();
    let mut res = None;
    while let Some(arg) = typed.next() {
        let word = match arg.strip_prefix("--color") {
            Some("") => typed.peek().copied(),
            Some(rest) => rest.strip_prefix('='),
            None => None,
        };
        match word {
            Some("always") => res = Some(anstream::ColorChoice::Always),
            Some("never") => res = Some(anstream::ColorChoice::Never),
            _ => {}
        }
    }
    res
}

/// Runs a command line and returns the exit code: 0 clean, 1 findings, 2 a usage or I/O error, 3 inconclusive.
pub fn run(world: &World, stdin: &mut dyn Read, out: &mut dyn Write, err: &mut dyn Write) -> u8 {
    // Before the parser is built: agents and installers ask this at every start.
    if let [_, only] = &*world.args
        && (only == "--version" || only == "-V")
    {
        let res = writeln!(out, "learn {}", env!("CARGO_PKG_VERSION")).and_then(|()| out.flush());
        return if res.is_ok_or_closed() { Exit::Clean as u8 } else { Exit::Error as u8 };
    }
    let cli = match Cli::parse_args(&world.args) {
        Ok(it) => it,
        Err(it) => {
            // Help and version go to the output and are no error.
            let text = it.render().ansi().to_string();
            let code = u8::try_from(it.exit_code()).unwrap_or(Exit::Error as u8);
            let say = |to: &mut dyn Write| to.write_all(text.as_bytes()).and_then(|()| to.flush());
            let res = if it.use_stderr() { say(err) } else { say(out) };
            return if res.is_ok_or_closed() { code } else { Exit::Error as u8 };
        }
    };
    let clock = Clock::new(world.millis);
    let roots = cli.everywhere.root;
    if roots.len() > 1 && !matches!(cli.command, Command::Report(_)) {
        let text = "`--root` names one project here; only `learn report` takes several";
        drop(writeln!(err, "{}error{}: {text}", say::RED, say::RESET));
        return Exit::Error as u8;
    }
    let (root, patience) = (roots.first().cloned(), PATIENCE);
    let mut ctx = Ctx { world, root, roots, clock, patience, stored: None, stdin, out, err };
    let res = cli.command.run(&mut ctx);
    let flushed = ctx.out.flush();
    let res = res.and_then(|it| flushed.map(|()| it).map_err(Into::into));
    match res {
        Ok(exit) => exit as u8,
        // Whoever reads has read enough: `learn log | head` is no error.
        Err(it) if is_closed(&it) => Exit::Clean as u8,
        // Whoever sees a failure records again, so an event that is stored is no failure.
        Err(it) if let Some(id) = ctx.stored.filter(|_| it.is::<io::Error>()) => {
            ctx.warn(&format!(
                "event {} is recorded, but the answer could not be printed: {it}",
                id.short()
            ));
            Exit::Clean as u8
        }
        Err(it) => {
            drop(writeln!(
                ctx.err,
                "{}error{}: {}",
                say::RED,
                say::RESET,
                crate::clean::printable(&format!("{it:#}"))
            ));
            Exit::Error as u8
        }
    }
}

fn is_closed(err: &anyhow::Error) -> bool {
    err.chain().any(|it| {
        it.downcast_ref::<io::Error>().is_some_and(|it| it.kind() == io::ErrorKind::BrokenPipe)
    })
}

trait Closed {
    fn is_ok_or_closed(&self) -> bool;
}

impl Closed for io::Result<()> {
    fn is_ok_or_closed(&self) -> bool {
        self.as_ref().map_or_else(|it| it.kind() == io::ErrorKind::BrokenPipe, |()| true)
    }
}
