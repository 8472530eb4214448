//! Carries out the command line.

use std::fs;
use std::io::{self, ErrorKind, IsTerminal};
use std::path::Path;
use std::time::Duration;

use anyhow::Context;
use topside_collect::Scope;
use topside_engine::Prices;
use topside_export::text;
use topside_export::wire::v1;

use crate::act;
use crate::cli::{Cli, Command, Ls, Options};
use crate::collecting::Setup;
use crate::config::{self, Config};
use crate::exit::Exit;
use crate::hooks;
use crate::prices::Known;
use crate::script;

mod answer;
mod past;
mod screen;
mod sessions;

pub(crate) use answer::{is_gone, own_zone, page, page_in, print_error, senseless, unclear, write, written};
pub(crate) use past::history_place;
pub(crate) use screen::{alive, stop_flag};

use past::{after_the_database, limited, priced, used, waited};
use screen::{notifying, screen, show_demo};
use sessions::{about, acting, answer, examined, listing, reclaimed};

/// How often it is asked whether there is still somebody who rings.
pub(crate) const PULSE: Duration = Duration::from_secs(5);

/// Carries out the command line.
pub(crate) fn run(cli: &Cli) -> anyhow::Result<Exit> {
    // A file that cannot be used does not keep one from asking about it.
    let asks_about_it = matches!(cli.command, Some(Command::Config(_)));
    let config = if asks_about_it { Config::default() } else { Config::load(&cli.options)? };
    let options = &config.complete(&cli.options);
    options.home.iter().for_each(|(_, home)| tell_of_home(home));
    match &cli.command {
        None if io::stdout().is_terminal() && io::stdin().is_terminal() => screen(options),
        None => listing(options, &Ls { json: false, agent: None, all: false, watch: false, text: false }),
        Some(Command::Ls(ls)) => listing(options, ls),
        Some(Command::Show(show)) => about(options, &show.session, |snapshot, session, page| {
            if show.json {
                v1::session(snapshot, session, show.text).to_json()
            } else {
                text::show(snapshot, session, show.text, page)
            }
        }),
        Some(Command::Why(why)) => about(options, &why.session, |snapshot, session, page| {
            if why.json { v1::why(snapshot, session, false).to_json() } else { text::why(snapshot, session, page) }
        }),
        Some(Command::Ports(report)) => {
            answer(
                options,
                |snapshot, page| {
                    if report.json { v1::ports(snapshot).to_json() } else { text::ports(snapshot, page) }
                },
            )
        }
        Some(Command::Limits(report)) => limited(options, report.json),
        Some(Command::Usage(asked)) => used(options, asked),
        Some(Command::Waits(asked)) => waited(options, asked),
        Some(Command::Conflicts(report)) => answer(options, |snapshot, page| {
            if report.json { v1::conflicts(snapshot).to_json() } else { text::conflicts(snapshot, page) }
        }),
        Some(Command::Prices(asked)) => priced(options, asked),
        Some(Command::Config(asked)) => written(write(&config::run(asked.what, options)?)),
        Some(Command::Db(asked)) => after_the_database(options, asked),
        Some(Command::Notify(asked)) => notifying(options, asked.what),
        Some(Command::Jump(asked)) => acting(options, Some(&asked.session), |snapshot| act::jump(asked, snapshot)),
        Some(Command::Reclaim(asked)) => reclaimed(options, asked),
        Some(Command::Stop(asked)) => acting(options, asked.session.as_deref(), |snapshot| act::stop(asked, snapshot)),
        Some(Command::Doctor(report)) => examined(options, report.json),
        Some(Command::Wait(asked)) => script::wait(options, asked),
        Some(Command::Status(asked)) => script::status(options, asked),
        Some(Command::Watch(asked)) => script::watch(options, asked),
        Some(Command::Mcp) => script::mcp(options),
        Some(Command::Hooks(asked)) => hooks::run(asked, options),
        Some(Command::Demo) => show_demo(options),
    }
}

/// Says that a home of an agent, which the command line names, cannot be one.
fn tell_of_home(home: &Path) {
    let wrong = match fs::metadata(home) {
        Ok(found) if found.is_dir() => return,
        Ok(_) => "it is no directory".to_owned(),
        Err(error) if error.kind() == ErrorKind::NotFound => "there is no such directory".to_owned(),
        Err(error) => error.to_string(),
    };
    print_error(&format!("--home {} adds nothing: {wrong}", home.display()));
}

/// Tells a person what failed, and everything behind it.
pub(crate) fn complain(error: &anyhow::Error) {
    print_error(&format!("failed to {error:#}"));
}

pub(crate) fn setup(options: &Options, all: bool) -> anyhow::Result<Setup> {
    let prices = Known::read(options)?.prices().clone();
    Ok(Setup { prices, ..unpriced(options, all)? })
}

/// The same where nobody asks what anything costs: no price is read.
pub(crate) fn unpriced(options: &Options, all: bool) -> anyhow::Result<Setup> {
    let scope = if all { Scope::All } else { Scope::Current { recent: options.recent() } };
    let root = options.root.as_ref().map(|root| {
        let found = std::path::absolute(root).with_context(|| format!("find {}", root.display()))?;
        anyhow::ensure!(
            found.is_dir(),
            "look under {}: there is no such directory; give --root one that exists",
            root.display()
        );
        Ok(found)
    });
    Ok(Setup {
        root: root.transpose()?,
        homes: options.home.clone(),
        now: options.now,
        scope,
        loaded_first: false,
        prices: Prices::default(),
        idle: options.set.idle_hours.map(|hours| Duration::from_hours(hours.into())),
        titles: options.set.titles.unwrap_or(true),
    })
}
