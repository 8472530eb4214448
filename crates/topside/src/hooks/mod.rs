//! `topside hooks`: puts topside into the hooks of agents, only when asked, and takes it out without a trace.

mod change;
mod command;
mod edit;
mod file;
mod signal;
mod status_line;
mod table;
mod trust;

use std::ffi::OsString;
use std::fmt::Write as _;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::{Args, Subcommand};
use similar::TextDiff;
use topside_catalog::text::{neutralise, redact};
use topside_collect::{REGISTRY, SPOOL, SPOOLED_BEFORE, STATUS_LINES, homes_of, interest};
use topside_model::AgentId;
use topside_probe::OsHost;

use self::change::Part;
use self::edit::Hook;
use self::file::{Target, shown};
use self::table::{Integration, TABLE};
use crate::ask::agrees;
use crate::cli::Options;
use crate::command::senseless;
use crate::exit::Exit;
use crate::state;

/// `topside hooks`.
#[derive(Debug, Args)]
pub(crate) struct Asked {
    /// What to do with them.
    #[command(subcommand)]
    what: What,
}

/// What to do with hooks.
#[derive(Debug, Subcommand)]
enum What {
    /// Let agents tell topside at once when a person must allow something
    Install {
        /// Instead keep the figures that `claude_code` gives its status line: context, cost, limits
        #[arg(long)]
        status_line: bool,
        /// Which agents, how far to go.
        #[command(flatten)]
        how: How,
    },
    /// Take topside out of agents' files, and remove what they told
    Remove {
        /// Which agents, how far to go.
        #[command(flatten)]
        how: How,
    },
    /// Show where topside is put in
    Status {
        /// Agents, such as `codex` [default: all that are here]
        #[arg(value_name = "AGENT", value_parser = agents())]
        agents: Vec<String>,
    },
}

/// What installing and removing understand.
#[derive(Debug, Args)]
struct How {
    /// Agents, such as `codex` [default: all that are here]
    #[arg(value_name = "AGENT", value_parser = agents())]
    agents: Vec<String>,
    /// Do it without asking
    #[arg(long)]
    yes: bool,
    /// Only show what would change
    #[arg(long, conflicts_with = "yes")]
    dry_run: bool,
}

fn agents() -> clap::builder::PossibleValuesParser {
    TABLE.iter().map(|one| one.agent).into()
}

/// What agents run: answered before the command line is read, because they wait for it. `None` for everything else.
pub(crate) fn answer(mut args: impl Iterator<Item = OsString>) -> Option<ExitCode> {
    let (word, agent) = (args.nth(1)?, args.next()?);
    let agent = table::of(agent.to_str()?)?;
    match word.to_str()? {
        "hook" => {
            // Whatever happens, the agent goes on.
            std::panic::set_hook(Box::new(|_| {}));
            std::panic::catch_unwind(|| signal::run(agent.agent)).ok();
            Some(ExitCode::SUCCESS)
        }
        "status-line" => {
            let before = args.next().filter(|word| word == "--run").and(args.next());
            Some(status_line::run(agent.agent, before.as_ref().and_then(|before| before.to_str())))
        }
        _ => None,
    }
}

/// One file and what is to become of it.
struct Change {
    of: &'static Integration,
    target: Target,
    now: Option<String>,
    after: Option<String>,
    /// A backup of no use any more: the user has taken topside out himself, or the whole file away.
    stale: Option<PathBuf>,
}

/// Installs, removes or shows.
pub(crate) fn run(asked: &Asked, options: &Options) -> anyhow::Result<Exit> {
    if !matches!(asked.what, What::Status { .. }) {
        options.may_act()?;
    }
    let machine = Machine::new(options)?;
    match &asked.what {
        What::Status { agents } => {
            print(&status(&machine.targets(agents)?)?)?;
            Ok(Exit::Ok)
        }
        What::Install { status_line, how } => {
            let program = command::program().context("find the program itself")?;
            command::check(&program)?;
            let part = if *status_line { Part::StatusLine } else { Part::Hooks };
            let mut changes = Vec::new();
            for (of, target) in machine.targets(&how.agents)? {
                if part == Part::StatusLine && !of.has_status_line {
                    continue;
                }
                let now = target.read()?;
                let stale = if now.is_none() { target.backup()?.map(|_| target.backup_path()) } else { None };
                let after = change::install(now.as_deref(), of, part, &program);
                let after = after.with_context(|| refused(&target))?;
                changes.push(Change { of, target, now, after: Some(after), stale });
            }
            if changes.is_empty() {
                bail!("keep figures: the agents named show no status line; name claude_code");
            }
            let exit = carry_out(changes, how, Way::In)?;
            if exit == Exit::Ok && !how.dry_run {
                // A topside that runs watches the folder only once it is there. A hook makes it too.
                machine.state.as_deref().map(state::make).transpose().ok();
            }
            Ok(exit)
        }
        What::Remove { how } => {
            let mut changes = Vec::new();
            for (of, target) in machine.targets(&how.agents)? {
                let Some(now) = target.read()? else { continue };
                let backup = target.backup()?;
                let after = change::remove(&now, of, backup.as_deref()).with_context(|| refused(&target))?;
                let stale = (backup.is_some() && !holds_us(&now, of)).then(|| target.backup_path());
                changes.push(Change { of, target, now: Some(now), after, stale });
            }
            let exit = carry_out(changes, how, Way::Out)?;
            if !how.dry_run && exit == Exit::Ok && !machine.holds_us()? {
                machine.state.as_deref().into_iter().for_each(clear);
            }
            Ok(exit)
        }
    }
}

/// Which way topside goes.
#[derive(Clone, Copy)]
enum Way {
    In,
    Out,
}

impl Change {
    /// False where the file and what lies beside it stay as they are.
    fn is_any(&self) -> bool {
        self.edits() || self.stale.is_some()
    }

    /// True where the file itself changes.
    fn edits(&self) -> bool {
        self.now != self.after
    }

    /// Makes it, and says so: what follows may fail. The backup is there before topside is put in, and goes once it is out.
    fn make(&self, way: Way) -> anyhow::Result<()> {
        match (way, &self.now) {
            (Way::In, Some(now)) if !holds_us(now, self.of) => self.target.keep(now)?,
            // A backup that is there is of a file that somebody removed since.
            (Way::In, None) => self.target.let_go()?,
            (Way::In | Way::Out, _) => {}
        }
        if self.edits() {
            self.target.replace(self.now.as_deref(), self.after.as_deref())?;
            print(&format!(
                "{} {}\n",
                if self.after.is_some() { "Changed" } else { "Removed" },
                shown(&self.target.path)
            ))?;
        }
        if let Way::Out = way {
            self.target.let_go()?;
        }
        Ok(())
    }
}

/// Shows the changes, asks, and makes them.
fn carry_out(mut changes: Vec<Change>, how: &How, way: Way) -> anyhow::Result<Exit> {
    changes.retain(Change::is_any);
    if changes.is_empty() {
        print("Nothing to change.\n")?;
        return Ok(Exit::Ok);
    }
    print(&changes.iter().map(diff).collect::<String>())?;
    changes.iter().filter(|change| change.edits()).try_for_each(|change| change.target.check())?;
    if how.dry_run {
        return Ok(Exit::Ok);
    }
    if !how.yes {
        match agrees("Make these changes?").context("ask")? {
            Some(true) => {}
            Some(false) => return print("Nothing was changed.\n").map(|()| Exit::Ok),
            None => return Ok(senseless("nobody is there to ask; say --yes, or --dry-run to only look")),
        }
    }
    for change in &changes {
        change.make(way)?;
    }
    let asks = |agent: &Integration| changes.iter().any(|change| change.of.agent == agent.agent && change.edits());
    let asking = TABLE.iter().filter(|of| matches!(way, Way::In) && of.trusts.is_some() && asks(of));
    asking.map(trust::note).try_for_each(|note| print(&note))?;
    Ok(Exit::Ok)
}

/// The agents' files on this machine.
struct Machine {
    host: OsHost,
    options: Options,
    /// Where what agents tell lies.
    state: Option<PathBuf>,
}

impl Machine {
    fn new(options: &Options) -> anyhow::Result<Self> {
        let root = options.root.as_ref().map(std::path::absolute).transpose().context("find the root")?;
        let options = Options { root, ..options.clone() };
        let host = OsHost::new(interest(REGISTRY), options.root.clone()).context("find your home directory")?;
        let state = state::folder(options.root.as_deref());
        Ok(Self { host, options, state })
    }

    /// The file of each home of `agents`, or of all; an error for one that is named and has no home here.
    fn targets(&self, agents: &[String]) -> anyhow::Result<Vec<(&'static Integration, Target)>> {
        let mut found: Vec<(&'static Integration, Target)> = Vec::new();
        let named = |of: &&Integration| agents.is_empty() || agents.iter().any(|agent| agent == of.agent);
        for of in TABLE.iter().filter(named) {
            let homes = self.homes(of);
            if let Some(home) = homes.iter().find(|home| home.is_relative()) {
                bail!("find a home of {}: {} is not an absolute path", of.agent, shown(home));
            }
            let are_there: Vec<&PathBuf> = homes.iter().filter(|home| home.is_dir()).collect();
            if are_there.is_empty() && !agents.is_empty() {
                let looked: Vec<String> = homes.iter().map(|home| shown(home)).collect();
                bail!("find a home of {}: there is no {}; start the agent once", of.agent, looked.join(", "));
            }
            for home in are_there {
                let target = Target::find(home, of.file)?;
                if !found.iter().any(|(_, known)| known.is(&target)) {
                    found.push((of, target));
                }
            }
        }
        if found.is_empty() {
            bail!("find an agent that takes hooks: none has a home here; start one once, or say --home AGENT=DIR");
        }
        Ok(found)
    }

    fn homes(&self, of: &Integration) -> Vec<PathBuf> {
        let id = AgentId::new(of.agent);
        let named: Vec<PathBuf> =
            self.options.home.iter().filter(|(agent, _)| *agent == id).map(|(_, home)| home.clone()).collect();
        homes_of(&self.host, &id, &named, self.options.root.as_deref())
    }

    /// True when topside is still put in somewhere.
    fn holds_us(&self) -> anyhow::Result<bool> {
        for (of, target) in self.targets(&[])? {
            if target.read()?.is_some_and(|now| holds_us(&now, of)) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

fn holds_us(text: &str, of: &Integration) -> bool {
    change::found(text, of).is_ok_and(|found| !found.is_nothing())
}

/// Removes all that agents told, and the folder where nothing else lies in it.
fn clear(folder: &Path) {
    // What is not there, or cannot be removed, needs no word: nothing reads it any more.
    for name in [SPOOL, SPOOLED_BEFORE] {
        fs::remove_file(folder.join(name)).ok();
    }
    fs::remove_dir_all(folder.join(STATUS_LINES)).ok();
    fs::remove_dir(folder).ok();
}

fn refused(target: &Target) -> String {
    format!("change {}; nothing was changed", shown(&target.path))
}

/// The exact change, as `diff -u` shows it. The file may hold secrets: they are taken out of what is shown.
fn diff(change: &Change) -> String {
    let stale = change.stale.as_ref().map(|backup| format!("{} is of no use any more and goes.\n", shown(backup)));
    let (now, after) = (change.now.as_deref().unwrap_or_default(), change.after.as_deref().unwrap_or_default());
    let name = shown(&change.target.path);
    let side = |text: &Option<String>| if text.is_some() { name.clone() } else { "/dev/null".to_owned() };
    let diff = TextDiff::from_lines(now, after);
    let text = diff.unified_diff().header(&side(&change.now), &side(&change.after)).to_string();
    text.lines().fold(stale.unwrap_or_default(), |mut shown, line| {
        // Indentation is what a person compares.
        let line = redact(line.trim_end_matches('\r')).replace('\t', "    ");
        let body = line.trim_start_matches(' ');
        _ = writeln!(shown, "{}{}", &line[..line.len() - body.len()], harmless(body));
        shown
    })
}

/// The sign of a line of a difference, its indentation, and the rest made harmless.
fn harmless(line: &str) -> String {
    let (sign, rest) = line.split_at(usize::from(line.starts_with(['+', '-'])));
    let body = rest.trim_start_matches(' ');
    format!("{sign}{}{}", &rest[..rest.len() - body.len()], neutralise(body))
}

fn status(targets: &[(&'static Integration, Target)]) -> anyhow::Result<String> {
    let program = command::program().context("find the program itself")?;
    let mut text = String::new();
    for (of, target) in targets {
        let now = target.read()?;
        let state = match now.as_deref().map(|now| change::found(now, of)) {
            None => "not installed".to_owned(),
            Some(Err(error)) => format!("cannot be told: {error:#}"),
            Some(Ok(found)) => {
                let hooks = of_hooks(of, &found.hooks, &program);
                let leave = found.hooks.iter().map(|hook| trust::leave(of, target, hook)).max();
                let hooks = match leave.and_then(|leave| trust::words(of, leave)) {
                    Some(words) => format!("{hooks}, but {words}"),
                    None => hooks,
                };
                match found.status_line {
                    None => hooks,
                    Some(now) if now == change::bridge(Some(&now), of, &program) => {
                        format!("{hooks}; keeps the figures of the status line")
                    }
                    Some(now) => format!("{hooks}; the status line runs another topside: {}", redact(&now)),
                }
            }
        };
        _ = writeln!(text, "{}  {}  {}", of.agent, shown(&target.path), neutralise(&state));
    }
    Ok(text)
}

fn of_hooks(of: &Integration, hooks: &[Hook], program: &Path) -> String {
    let wanted = command::hook(program, of.agent);
    let is_there = |event: &&str| hooks.iter().any(|hook| hook.event == *event);
    match hooks.iter().find(|hook| hook.command != wanted) {
        _ if hooks.is_empty() => "not installed".to_owned(),
        Some(other) => format!("installed, and runs another topside: {}", other.command),
        None if of.events.iter().all(is_there) => "installed".to_owned(),
        None => "installed in part; install again".to_owned(),
    }
}

fn print(text: &str) -> anyhow::Result<()> {
    io::stdout().write_all(text.as_bytes()).context("write to standard output")
}
