//! topside: a live monitor for AI coding agents.

mod act;
mod ask;
mod budgets;
mod cli;
mod collecting;
mod command;
mod config;
mod db;
mod demo;
mod exit;
mod facts;
mod history;
mod hooks;
mod live;
mod meter;
mod nearest;
mod notify;
mod price_update;
mod prices;
mod projects;
mod recorder;
mod script;
mod state;
mod usage;
mod waits;
mod worktrees;

use std::process::ExitCode;

use clap::Parser;

use cli::Cli;
use exit::Exit;

fn main() -> ExitCode {
    if let Some(end) = hooks::answer(std::env::args_os()) {
        return end;
    }
    match command::run(&Cli::parse()) {
        Ok(exit) => exit.into(),
        Err(error) => {
            // The one line a person gets when something failed.
            command::complain(&error);
            Exit::Failure.into()
        }
    }
}
