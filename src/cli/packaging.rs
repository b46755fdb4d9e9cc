//! `learn completions` and `learn man`: what a package installs beside the program.

use anyhow::{Result, bail};
use clap::{Args, CommandFactory};
use clap_complete::Shell;

use crate::cli::{Cli, Ctx, Exit};

/// Print the completions of a shell
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  learn completions bash > ~/.local/share/bash-completion/completions/learn\n  learn completions zsh > ~/.zfunc/_learn\n  learn completions fish > ~/.config/fish/completions/learn.fish"
)]
pub struct Completions {
    #[arg(value_enum)]
    shell: Shell,
}

impl Completions {
    pub fn run(self, ctx: &mut Ctx<'_>) -> Result<Exit> {
        let mut text = Vec::new();
        clap_complete::generate(self.shell, &mut Cli::command(), "learn", &mut text);
        ctx.out.write_all(&text)?;
        Ok(Exit::Clean)
    }
}

/// Print the manual page of the program or of a command
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  learn man > learn.1\n  learn man hooks install | man -l -\n  learn man --list | while read -r page; do learn man $page > \"learn-$(echo $page | tr ' ' -).1\"; done"
)]
pub struct Man {
    /// Words of the command [default: the program itself]
    command: Vec<String>,
    /// List the commands that have a page
    #[arg(long, conflicts_with = "command")]
    list: bool,
}

impl Man {
    pub fn run(self, ctx: &mut Ctx<'_>) -> Result<Exit> {
        let mut whole = Cli::command().disable_help_subcommand(true);
        whole.build();
        if self.list {
            for name in names(&whole, "") {
                writeln!(ctx.out, "{name}")?;
            }
            return Ok(Exit::Clean);
        }
        let mut page = &whole;
        for word in &self.command {
            let Some(it) = page.find_subcommand(word) else {
                bail!(
                    "`learn {}` is no command; `learn man --list` lists them",
                    self.command.join(" ")
                );
            };
            page = it;
        }
        let page = page.clone().version(env!("CARGO_PKG_VERSION"));
        let mut text = Vec::new();
        clap_mangen::Man::new(page).render(&mut text)?;
        ctx.out.write_all(&text)?;
        Ok(Exit::Clean)
    }
}

/// Returns the commands below one, each as the words to type.
fn names(command: &clap::Command, before: &str) -> Vec<String> {
    let below = command.get_subcommands().flat_map(|it| {
        let name = format!("{before}{}", it.get_name());
        let deeper = names(it, &format!("{name} "));
        std::iter::once(name).chain(deeper)
    });
    below.collect()
}
