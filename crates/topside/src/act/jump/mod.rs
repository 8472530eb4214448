//! Brings the terminal of an agent to the front: its pane, its tab, its window.
//!
//! Each kind of terminal is a file: a function from a [`Seat`] to a [`Plan`], which runs nothing. Terminals stand in each
//! other (a pane of tmux in a window of kitty), so plans follow each other outwards.

mod apple_script;
mod apple_terminal;
mod cmux;
mod ghostty;
mod iterm2;
mod jump_command;
mod kitty;
#[cfg(test)]
mod nested;
mod scene;
mod seat;
mod tmux;
mod vscode;
mod wezterm;
mod zellij;

pub(crate) use jump_command::{Jump, by_key, jump};

use std::path::Path;

use scene::Scene;
use seat::Seat;

use super::run::{Call, Runs};

/// A kind of terminal.
struct Terminal {
    /// Its name.
    name: &'static str,
    /// Programs whose descendants are shown in it.
    programs: &'static [&'static str],
    /// Variables by which it tells where a program is.
    variables: &'static [&'static str],
    /// True where the environment speaks of it. What it says may be of a terminal further out.
    fits: fn(&Seat) -> bool,
    /// True where it can be reached from the far end of an ssh connection: what runs on this machine, not what shows it.
    crosses_ssh: bool,
    /// What must be asked before there is a plan.
    asks: fn(&Seat) -> Vec<Call>,
    /// What brings the seat to the front, given the answers; a question that failed has an empty one.
    plan: fn(&Seat, &[String]) -> Result<Plan, Lost>,
}

/// Every kind of terminal, those that run in others first.
const TERMINALS: [&Terminal; 9] = [
    &tmux::TERMINAL,
    &zellij::TERMINAL,
    &cmux::TERMINAL,
    &kitty::TERMINAL,
    &wezterm::TERMINAL,
    &ghostty::TERMINAL,
    &iterm2::TERMINAL,
    &apple_terminal::TERMINAL,
    &vscode::TERMINAL,
];

/// How many terminals may stand in each other.
const NESTED: usize = 4;

/// How to bring a seat to the front.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
struct Plan {
    /// What to run, in order.
    calls: Vec<Call>,
    /// What raises the window in which the calls chose a tab, where they do not.
    raise: Option<Call>,
    /// Whose own seat comes next: the program that shows this terminal within another.
    outer: Option<Outer>,
    /// What is left for a person to do.
    note: Option<String>,
}

/// The program that shows a terminal within another.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Outer {
    /// The process with this number.
    Process(u32),
    /// The only one of this name that has a terminal.
    Only(&'static str),
}

/// Why a terminal cannot be brought to the front, and what to do; completes "failed to jump: …".
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Lost(String);

/// A way to a terminal, from its innermost pane outwards.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
struct Way {
    /// Terminals on it.
    steps: Vec<Step>,
    /// What is left for a person to do.
    notes: Vec<String>,
}

/// One of the terminals on a way.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Step {
    /// Its kind.
    name: &'static str,
    /// What to run, in order.
    calls: Vec<Call>,
    /// What raises its window then.
    raise: Option<Call>,
}

/// Where a way led.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
struct Arrival {
    /// Kinds of terminals that were brought to the front.
    through: Vec<&'static str>,
    /// What is left for a person to do.
    notes: Vec<String>,
}

impl Way {
    /// Goes it, as far as it leads. An error when it leads nowhere.
    fn go(&self, runs: &dyn Runs) -> Result<Arrival, Lost> {
        let mut arrival = Arrival { through: Vec::new(), notes: self.notes.clone() };
        for step in &self.steps {
            match step.take(runs) {
                Ok(refused) => {
                    arrival.through.push(step.name);
                    arrival.notes.extend(refused.map(|lost| lost.0));
                }
                // The innermost pane is chosen already; what is around it may refuse.
                Err(lost) if !arrival.through.is_empty() => arrival.notes.push(lost.0),
                Err(lost) => return Err(lost),
            }
        }
        Ok(arrival)
    }
}

impl Step {
    /// Takes it. Gives why its window was not raised, where it was not: what is to be seen in it is chosen all the same.
    fn take(&self, runs: &dyn Runs) -> Result<Option<Lost>, Lost> {
        let run = |call: &Call| {
            let ran = runs.run(call);
            ran.map(drop).map_err(|error| Lost(format!("{}: {error}", call.program)))
        };
        self.calls.iter().try_for_each(run)?;
        Ok(self.raise.as_ref().and_then(|raise| run(raise).err()))
    }

    /// Everything it runs, in order.
    fn all_calls(&self) -> impl Iterator<Item = &Call> {
        self.calls.iter().chain(&self.raise)
    }
}

/// The way to the terminal of the process with this number.
fn way(scene: &Scene, pid: u32, runs: &dyn Runs) -> Result<Way, Lost> {
    let mut way = Way::default();
    let mut next = Some(pid);
    while let Some(pid) = next.take().filter(|_| way.steps.len() < NESTED) {
        let Some(seat) = scene.seat(pid) else { break };
        match step(scene, pid, &seat, runs) {
            Ok((name, plan)) => {
                way.steps.push(Step { name, calls: plan.calls, raise: plan.raise });
                way.notes.extend(plan.note);
                match plan.outer.map(|outer| scene.outer(&outer)) {
                    Some(Ok(outer)) => next = Some(outer),
                    Some(Err(lost)) => way.notes.push(lost.0),
                    None => {}
                }
            }
            // The innermost pane can be chosen; what is around it may be out of reach.
            Err(lost) if !way.steps.is_empty() => way.notes.push(lost.0),
            Err(lost) => return Err(lost),
        }
    }
    if way.steps.is_empty() {
        return Err(Lost(format!("pid {pid} is gone; look again")));
    }
    Ok(way)
}

/// The plan of the terminal in which a process is: of the one it descends from, or else of the first one of which its
/// environment speaks and which knows it.
fn step(scene: &Scene, pid: u32, seat: &Seat, runs: &dyn Runs) -> Result<(&'static str, Plan), Lost> {
    let around = scene.terminal_around(pid);
    let fitting = TERMINALS.into_iter().filter(|terminal| match around {
        Some(around) => around.name == terminal.name,
        None => (terminal.fits)(seat) && (terminal.crosses_ssh || seat.came_from().is_none()),
    });
    let mut lost = None;
    for terminal in fitting {
        let answers: Vec<String> =
            (terminal.asks)(seat).iter().map(|call| runs.run(call).unwrap_or_default()).collect();
        match (terminal.plan)(seat, &answers) {
            Ok(plan) => return Ok((terminal.name, plan)),
            // Every server of tmux is asked, whatever the environment says: that none shows it tells nothing of where it is.
            Err(_) if around.is_none() && terminal.name == tmux::TERMINAL.name => {}
            // The ones asked later are those of which the environment speaks for itself.
            Err(why) => lost = Some(why),
        }
    }
    Err(lost.unwrap_or_else(|| unknown(scene, pid, seat)))
}

/// What can be said of a terminal of which nothing is known but its device.
fn unknown(scene: &Scene, pid: u32, seat: &Seat) -> Lost {
    let Some(tty) = &seat.tty else { return Lost("it has no terminal".to_owned()) };
    Lost(match (seat.came_from(), scene.opener(pid)) {
        (Some(from), _) => format!("its terminal is {tty}, which came over ssh from {from}; look for its window there"),
        (None, Some(opener)) => {
            format!("its terminal is {tty} of {opener}, which takes no commands; look for its window")
        }
        (None, None) => format!("its terminal is {tty}, and nothing says which window shows it; look for it there"),
    })
}

/// A number as terminals give their panes; nothing else is passed on.
fn number(text: &str) -> Option<&str> {
    (!text.is_empty() && text.len() < 20 && text.bytes().all(|byte| byte.is_ascii_digit())).then_some(text)
}

/// An id made of letters, digits and dashes, which is no option.
fn plain_id(text: &str) -> Option<&str> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    let is_id = !text.is_empty() && text.len() < 200 && !text.starts_with('-') && text.bytes().all(plain);
    is_id.then_some(text)
}

/// A path from the root, which is no option.
fn whole_path(text: &str) -> Option<&str> {
    let is_one = Path::new(text).is_absolute() && !text.chars().any(char::is_control);
    is_one.then_some(text)
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    #[test]
    fn what_comes_from_an_environment_is_never_an_option() {
        for wrong in ["", "-k", "1;rm", "a b", "1\n", "$(x)"] {
            assert_eq!(plain_id(wrong), None, "{wrong:?}");
            assert_eq!(number(wrong), None, "{wrong:?}");
            assert_eq!(whole_path(wrong), None, "{wrong:?}");
        }
        assert_eq!(
            (number("12"), plain_id("w0-a_1"), whole_path("/tmp/a b")),
            (Some("12"), Some("w0-a_1"), Some("/tmp/a b"))
        );
    }

    /// Programs of which these do not work.
    struct Broken(&'static [&'static str]);

    impl Runs for Broken {
        fn run(&self, call: &Call) -> io::Result<String> {
            let works = !self.0.contains(&call.program);
            works.then(String::new).ok_or_else(|| io::Error::other("remote control is disabled"))
        }
    }

    /// Checks where a way through tmux and another terminal leads when these programs do not work, and what is left to do.
    #[track_caller]
    fn check(broken: &'static [&'static str], expected: Result<(&str, &str), &str>) {
        let step = |name, program, raise: Option<&'static str>| Step {
            name,
            calls: vec![Call::new(program, [])],
            raise: raise.map(|program| Call::new(program, [])),
        };
        let steps = vec![step("tmux", "tmux", None), step("WezTerm", "wezterm", Some("osascript"))];
        let way = Way { steps, notes: vec!["look there".to_owned()] };
        let went = way.go(&Broken(broken)).map(|arrival| (arrival.through.join(" in "), arrival.notes.join("; ")));
        let expected = expected.map(|(through, notes)| (through.to_owned(), notes.to_owned()));
        assert_eq!(went.map_err(|lost| lost.to_string()), expected.map_err(str::to_owned));
    }

    #[test]
    fn a_way_leads_as_far_as_it_goes() {
        check(&[], Ok(("tmux in WezTerm", "look there")));
        check(&["wezterm"], Ok(("tmux", "look there; wezterm: remote control is disabled")));
        check(&["osascript"], Ok(("tmux in WezTerm", "look there; osascript: remote control is disabled")));
        check(&["tmux"], Err("tmux: remote control is disabled"));
    }

    #[test]
    fn a_window_that_is_not_raised_shows_its_tab_all_the_same() {
        let raise = Some(Call::new("osascript", []));
        let way = Way { steps: vec![Step { name: "cmux", calls: vec![Call::new("cmux", [])], raise }], notes: vec![] };
        let arrival = |through: &[&'static str], notes: &[&str]| Arrival {
            through: through.to_vec(),
            notes: notes.iter().map(ToString::to_string).collect(),
        };
        assert_eq!(way.go(&Broken(&[])), Ok(arrival(&["cmux"], &[])));
        let refused = "osascript: remote control is disabled";
        assert_eq!(way.go(&Broken(&["osascript"])), Ok(arrival(&["cmux"], &[refused])));
        assert!(way.go(&Broken(&["cmux"])).is_err());
    }

    #[test]
    fn every_kind_of_terminal_has_a_name_of_its_own() {
        let names: std::collections::BTreeSet<&str> = TERMINALS.iter().map(|terminal| terminal.name).collect();
        assert_eq!(names.len(), TERMINALS.len());
    }
}
