//! The command line.

use std::ffi::OsStr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Parser, Subcommand};
use topside_collect::REGISTRY;
use topside_model::{AgentId, Timestamp};
use topside_tui::Theme;

use crate::act::{Jump, Reclaim, Stop};
use crate::config::{self, Config};
use crate::db::Db;
use crate::exit::Exit;
use crate::hooks;
use crate::notify;
use crate::prices;
use crate::script;
use crate::usage::Usage;
use crate::waits::Waits;

/// Command lines to start from.
const EXAMPLES: &str = "\
Examples:
  topside                         watch every agent of this machine
  topside ls                      the same once, as a table
  topside ls --json | jq '.sessions[] | select(.status.group == \"blocked\")'
  topside show \"release 2.4\"      everything about the session of that name
  topside why 019a3c              why its state and its numbers are believed
  topside usage weekly            tokens and their list price, week by week
  topside wait --any --until blocked && notify-send \"An agent needs you\"
  topside demo                    look around without any agent";

/// What topside promises.
const PROMISE: &str = "\
topside only reads what agents write. It needs no key, sends nothing anywhere
but what your rules tell your webhook, and changes no file of theirs, unless you
say `topside hooks install`.";

/// What `--help` ends with.
fn epilogue() -> String {
    let codes: Vec<String> = Exit::ALL.iter().map(|exit| format!("  {:<3}  {}", *exit as u8, exit.meaning())).collect();
    format!("{EXAMPLES}\n\nExit codes:\n{}\n\n{PROMISE}", codes.join("\n"))
}

/// Shows what every AI coding agent on this machine is doing, and whether it needs you.
///
/// Without a command, topside opens its screen.
#[derive(Debug, Parser)]
#[command(name = "topside", version, after_long_help = epilogue())]
pub(crate) struct Cli {
    /// What to do; nothing opens the screen.
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
    /// What every command understands.
    #[command(flatten)]
    pub(crate) options: Options,
}

/// What every command understands.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Options of every command")]
pub(crate) struct Options {
    /// Look under DIR instead of your home directory
    ///
    /// Agents' directories are searched below DIR, and the environment variables that move them are ignored.
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) root: Option<PathBuf>,
    /// Look into DIR as a home of AGENT too, such as `claude_code=/mnt/old/.claude`
    #[arg(long, global = true, value_name = "AGENT=DIR", value_parser = home)]
    pub(crate) home: Vec<(AgentId, PathBuf)>,
    /// Take what is not said here from FILE
    ///
    /// Otherwise from topside/config.toml in your folder for configuration, and under --root from nowhere.
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Keep history in FILE
    ///
    /// Otherwise it is kept in your folder for data, and under --root not at all.
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) history: Option<PathBuf>,
    /// Use the prices in FILE before those built in
    ///
    /// In US dollars per million tokens, such as
    /// `{"prices": [{"models": ["gpt-5"], "from": "2026-01-31", "input": "1.25", "output": "10"}]}`
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) prices: Option<PathBuf>,
    /// Pretend that it is TIME now, such as 2026-05-01T10:00:00Z
    #[arg(long, global = true, value_name = "TIME", value_parser = moment)]
    pub(crate) now: Option<Timestamp>,
    /// Show sessions that ended in the last MINUTES [default: 10]
    #[arg(long, global = true, value_name = "MINUTES", value_parser = minutes)]
    pub(crate) recent: Option<u32>,
    /// Colours of the screen
    #[arg(long, global = true, value_name = "NAME", value_parser = by_name(Theme::ALL, Theme::id))]
    pub(crate) theme: Option<Theme>,
    /// Only look: no key and no command changes anything; topside's own history is still kept
    #[arg(long, global = true)]
    pub(crate) read_only: bool,
    /// Print without colours; `NO_COLOR` in the environment does the same
    #[arg(long, global = true)]
    pub(crate) no_color: bool,
    /// What the configuration file says.
    #[arg(skip)]
    pub(crate) set: Arc<Config>,
}

/// Minutes for which sessions that ended are shown, where nobody says.
const RECENT: u32 = 10;

impl Options {
    /// Time for which sessions that ended are shown.
    pub(crate) fn recent(&self) -> Duration {
        Duration::from_mins(self.recent.unwrap_or(RECENT).into())
    }

    /// True when text may carry colours. `no_color` is the variable `NO_COLOR`, which counts when it is not empty
    /// (<https://no-color.org>); `terminal` tells whether a person reads.
    pub(crate) fn coloured(&self, no_color: Option<&OsStr>, terminal: bool) -> bool {
        terminal && !self.no_color && no_color.is_none_or(OsStr::is_empty)
    }

    /// True when nothing may be done: said on the command line, or once and for all in the configuration.
    pub(crate) fn is_read_only(&self) -> bool {
        self.read_only || self.set.read_only
    }

    /// An error where nothing may be done.
    pub(crate) fn may_act(&self) -> anyhow::Result<()> {
        anyhow::ensure!(
            !self.is_read_only(),
            "act: topside only looks here; leave out --read-only, or `read_only` under [ui] in the configuration"
        );
        Ok(())
    }

    /// The theme of the screen: the one the command line names; else none with colours where they are refused; else
    /// the one of the configuration, or the one that `suits` the terminal.
    pub(crate) fn theme(&self, no_color: Option<&OsStr>, suits: impl FnOnce() -> Theme) -> Theme {
        let usual = || if self.coloured(no_color, true) { self.set.theme.unwrap_or_else(suits) } else { Theme::Plain };
        self.theme.unwrap_or_else(usual)
    }
}

/// A command. Those that show stand first, then those that act, those for programs, and those that set topside up.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// List sessions, those that need you first
    #[command(after_help = r#"Examples:
  topside ls --watch
  topside ls --json | jq '.sessions[] | select(.status.group == "blocked")'"#)]
    Ls(Ls),
    /// Show everything about one session
    Show(Show),
    /// Explain why a session's state and numbers are believed
    Why(Why),
    /// Show how much of each account's limits is used, by whom, and of your budgets
    Limits(Report),
    /// Add up tokens and their list price, by day or otherwise
    #[command(after_help = r"Examples:
  topside usage weekly --since 2026-11-01
  topside usage session --project webshop
  topside usage model --csv > models.csv")]
    Usage(Usage),
    /// Add up how long sessions waited for you, by day or otherwise
    Waits(Waits),
    /// List the ports that sessions listen on, and those they left behind
    Ports(Report),
    /// List sessions that are in each other's way: same file, same working tree, same port
    Conflicts(Report),
    /// Bring the terminal of a session to the front: its window, tab and pane
    Jump(Jump),
    /// End a session, or a process that one left behind; shows what ends and asks first
    #[command(after_help = r#"Examples:
  topside stop "release 2.4" --dry-run
  topside stop --pid 40301"#)]
    Stop(Stop),
    /// List what sessions left behind or no longer need, and end it; asks first
    Reclaim(Reclaim),
    /// Print one line: how many agents need you, work and rest, and the nearest limit
    #[command(after_help = r"Examples:
  topside status
  set -g status-right '#(topside status --format tmux) '      in ~/.tmux.conf")]
    Status(script::Status),
    /// Wait until a session needs you, rests, is done or failed
    #[command(after_help = r#"Examples:
  topside wait --any --until blocked && notify-send "An agent needs you"
  topside wait --session "release 2.4" --until done --timeout 30m && ./deploy.sh"#)]
    Wait(script::Wait),
    /// Tell what happens, event by event, until Ctrl-C
    #[command(after_help = r#"Examples:
  topside watch
  topside watch --jsonl | jq -c 'select(.event == "status_changed")'"#)]
    Watch(script::Watch),
    /// Answer agents over the Model Context Protocol, on standard input and output
    #[command(after_help = r"Examples:
  claude mcp add --scope user topside -- topside mcp
  codex mcp add topside -- topside mcp")]
    Mcp,
    /// Tell you when an agent needs you, by the rules you set
    Notify(notify::Asked),
    /// Let agents tell topside at once when they need you, or take that back
    Hooks(hooks::Asked),
    /// Look after the file that topside is set up by
    Config(config::Asked),
    /// List prices, name the models that have none, or replace your own table
    Prices(prices::Asked),
    /// Look after the database in which history is kept
    Db(Db),
    /// Show where topside looked, what it found and what it could not read
    Doctor(Report),
    /// Open the screen on a simulated fleet
    Demo,
}

/// `topside ls`.
#[derive(Debug, Args)]
pub(crate) struct Ls {
    /// Print JSON: one document, or with --watch one line for each
    #[arg(long)]
    pub(crate) json: bool,
    /// Only sessions of this agent, such as codex
    #[arg(long, value_name = "AGENT")]
    pub(crate) agent: Option<String>,
    /// Also sessions that ended long ago, and every subagent on a line of its own
    #[arg(long)]
    pub(crate) all: bool,
    /// Print again whenever something changed, until Ctrl-C
    #[arg(long)]
    pub(crate) watch: bool,
    /// Include what people wrote and are asked: first prompts and questions
    #[arg(long)]
    pub(crate) text: bool,
}

/// `topside show`.
#[derive(Debug, Args)]
pub(crate) struct Show {
    /// Which session: its id, the start of its id, or its name
    #[arg(value_name = "SESSION")]
    pub(crate) session: String,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
    /// Include what people wrote and are asked: the first prompt and questions
    #[arg(long)]
    pub(crate) text: bool,
}

/// `topside why`.
#[derive(Debug, Args)]
pub(crate) struct Why {
    /// Which session: its id, the start of its id, or its name
    #[arg(value_name = "SESSION")]
    pub(crate) session: String,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// A command that only asks for the form of its answer.
#[derive(Debug, Args)]
pub(crate) struct Report {
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// Some of `all`, by their names.
pub(crate) fn by_name<T, const N: usize>(all: [T; N], id: fn(T) -> &'static str) -> impl TypedValueParser<Value = T>
where
    T: Copy + Send + Sync + 'static,
{
    PossibleValuesParser::new(all.map(id))
        .map(move |name| all.into_iter().find(|one| id(*one) == name).expect("only these names are accepted"))
}

/// A home of one of the agents topside knows.
fn home(text: &str) -> Result<(AgentId, PathBuf), String> {
    let known: Vec<&str> = REGISTRY.iter().map(|agent| agent.manifest().id).collect();
    let example = || format!("give an agent and a directory, such as claude_code=DIR; agents are {}", known.join(", "));
    let (agent, dir) = text.split_once('=').filter(|(_, dir)| !dir.is_empty()).ok_or_else(example)?;
    if !known.contains(&agent) {
        return Err(example());
    }
    let dir = std::path::absolute(dir).map_err(|error| error.to_string())?;
    Ok((AgentId::new(agent), dir))
}

/// Minutes as people type them.
fn minutes(text: &str) -> Result<u32, String> {
    text.parse().map_err(|_| "give a number of minutes, such as 30".to_owned())
}

/// A moment as people type it.
fn moment(text: &str) -> Result<Timestamp, String> {
    text.parse().map_err(|_| "give date, time and zone, such as 2026-05-01T10:00:00Z".to_owned())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    /// The long help of a command, at 80 columns. No name stands for the program itself.
    fn help(command: &str) -> String {
        let words = ["topside"].into_iter().chain(command.split_whitespace()).chain(["--help"]);
        let asked = Cli::command().term_width(80).try_get_matches_from(words);
        asked.expect_err("asking for help ends the parsing").to_string()
    }

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn help_can_be_read() {
        let commands = [
            "", "ls", "show", "why", "ports", "limits", "usage", "prices", "config", "notify", "db", "hooks", "doctor",
            "wait", "status", "watch", "mcp", "demo", "jump", "stop", "reclaim",
        ];
        for command in commands {
            insta::assert_snapshot!(format!("help_{command}"), help(command));
        }
        for command in [
            "db prune",
            "db export",
            "hooks install",
            "hooks remove",
            "notify test",
            "notify run",
            "prices update",
            "waits",
            "conflicts",
        ] {
            insta::assert_snapshot!(format!("help_{}", command.replace(' ', "_")), help(command));
        }
    }

    #[test]
    fn help_is_a_command_too() {
        for asked in [&["help"][..], &["help", "usage"], &["db", "help", "prune"]] {
            let words = ["topside"].iter().chain(asked);
            let error = Cli::try_parse_from(words).expect_err("help ends the parsing");
            assert_eq!(error.kind(), clap::error::ErrorKind::DisplayHelp, "{asked:?}");
        }
    }

    #[test]
    fn a_moment_that_is_none_says_how_one_looks() {
        let error = Cli::try_parse_from(["topside", "--now", "noon"]).expect_err("noon is no moment").to_string();
        assert!(error.contains("2026-05-01T10:00:00Z"), "{error}");
    }

    #[test]
    fn a_number_that_is_none_says_what_it_counts() {
        for (words, told) in [
            (&["--recent", "1h"][..], "a number of minutes, such as 30"),
            (&["db", "prune", "--older-than", "a year"], "a number of days from 1 on"),
            (&["db", "prune", "--older-than", "0"], "a number of days from 1 on"),
        ] {
            let error = Cli::try_parse_from(["topside"].iter().chain(words)).expect_err("no number").to_string();
            assert!(error.contains(told), "{error}");
        }
    }

    #[test]
    fn a_home_names_its_agent() {
        let cli = Cli::try_parse_from(["topside", "--home", "codex=/x/.codex"]).expect("a command line");
        assert_eq!(cli.options.home, [(AgentId::new("codex"), PathBuf::from("/x/.codex"))]);
        for wrong in ["/x/.codex", "codex=", "nobody=/x"] {
            let error = Cli::try_parse_from(["topside", "--home", wrong]).expect_err("no home").to_string();
            assert!(error.contains("claude_code=DIR"), "{error}");
        }
    }

    #[test]
    fn every_theme_has_a_name_here() {
        for theme in Theme::ALL {
            let cli = Cli::try_parse_from(["topside", "--theme", theme.id()]).expect("a theme");
            assert_eq!(cli.options.theme, Some(theme));
        }
    }

    #[test]
    fn options_may_stand_behind_the_command() {
        let cli = Cli::try_parse_from(["topside", "ls", "--root", "/x", "--no-color"]).expect("a command line");
        assert!(cli.options.no_color && cli.options.root.is_some());
    }

    #[test]
    fn colours_are_for_terminals_and_can_be_refused() {
        let options = |words: &[&str]| Cli::try_parse_from(words).expect("a command line").options;
        let usual = options(&["topside"]);
        assert!(usual.coloured(None, true) && usual.coloured(Some(OsStr::new("")), true));
        assert!(!usual.coloured(None, false) && !usual.coloured(Some(OsStr::new("1")), true));
        assert!(!options(&["topside", "--no-color"]).coloured(None, true));
    }
    /// Checks the theme of these words, where `NO_COLOR` and the configuration say so much and light suits the terminal.
    #[track_caller]
    fn check_theme(words: &[&str], no_color: Option<&str>, configured: Option<Theme>, expected: Theme) {
        let cli = Cli::try_parse_from(["topside"].iter().chain(words)).expect("a command line");
        let options = Config { theme: configured, ..Config::default() }.complete(&cli.options);
        assert_eq!(options.theme(no_color.map(OsStr::new), || Theme::Light), expected, "{words:?}");
    }

    #[test]
    fn the_file_names_a_theme_only_where_colours_are_not_refused() {
        let dark = Some(Theme::Dark);
        check_theme(&[], None, None, Theme::Light);
        check_theme(&[], None, dark, Theme::Dark);
        check_theme(&[], Some(""), dark, Theme::Dark);
        check_theme(&["--no-color"], None, None, Theme::Plain);
        check_theme(&["--no-color"], None, dark, Theme::Plain);
        check_theme(&[], Some("1"), dark, Theme::Plain);
        check_theme(&["--theme", "colour-safe"], None, dark, Theme::ColourSafe);
        check_theme(&["--theme", "dark"], Some("1"), None, Theme::Dark);
    }
}
