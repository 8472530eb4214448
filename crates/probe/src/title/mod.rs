//! Titles of terminals, asked of the programs that show them: tmux and kitty let others ask over a socket.

#[cfg(target_os = "linux")]
mod ask;
#[cfg(target_os = "linux")]
mod kitty;
#[cfg(not(target_os = "linux"))]
mod none;
#[cfg(target_os = "linux")]
mod tmux;
mod version;
#[cfg(target_os = "linux")]
mod watch;

use std::collections::BTreeMap;
use std::path::Path;

use topside_model::{ProcessRef, Timestamp};

#[cfg(not(target_os = "linux"))]
pub(crate) use none::start;
pub use version::refusal as tmux_refusal;
#[cfg(target_os = "linux")]
pub(crate) use watch::start;

use crate::Process;

const TMUX: &str = "TMUX";
const TMUX_PANE: &str = "TMUX_PANE";
const PROGRAM: &str = "TERM_PROGRAM";
const PROGRAM_VERSION: &str = "TERM_PROGRAM_VERSION";
const KITTY: &str = "KITTY_LISTEN_ON";
const KITTY_WINDOW: &str = "KITTY_WINDOW_ID";

/// Variables by which programs in a terminal know where they are.
pub const SEAT_VARIABLES: [&str; 6] = [TMUX, TMUX_PANE, PROGRAM, PROGRAM_VERSION, KITTY, KITTY_WINDOW];

/// Hears the title of a terminal each time it was asked for; `None` while it cannot be told. True when it was news: every
/// watcher is woken.
pub type HearTitle = Box<dyn FnMut(Timestamp, Option<&str>) -> bool + Send>;

/// Where a program is shown, as far as its environment tells, in a terminal that can be asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seat {
    /// The program.
    pub process: ProcessRef,
    /// Device number of its terminal.
    pub terminal: u64,
    pane: Option<Pane>,
    window: Option<Place>,
}

/// A pane of tmux.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Pane {
    place: Place,
    /// Process number of the server.
    server: u32,
    /// The server's version; `None` where another program has the last word of the terminal.
    version: Option<String>,
}

/// A part of what listens on a socket: a pane of tmux, or a window of kitty.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Place {
    /// A path, or a name that begins with `@`.
    socket: String,
    part: u64,
}

impl Seat {
    /// Where `process` is shown; `None` where no terminal can be asked about it.
    pub fn of(process: &Process) -> Option<Self> {
        let (pane, window) = (pane(&process.variables), window(&process.variables));
        let is_seated = pane.is_some() || window.is_some();
        is_seated.then_some(Self { process: process.id, terminal: process.terminal?, pane, window })
    }

    /// The socket that is asked first. Terminals stand in each other: tmux is the inner one.
    pub fn socket(&self) -> &str {
        self.pane.as_ref().map(|pane| &pane.place).or(self.window.as_ref()).map_or("", |place| &place.socket)
    }

    /// Why nobody is asked; `None` where somebody is.
    pub fn unasked(&self) -> Option<String> {
        let pane = self.pane.as_ref().filter(|_| self.window.is_none())?;
        version::refusal(pane.version.as_deref())
    }
}

/// `TMUX` is socket, number of the server and number of the session. A server says its version in the same breath.
fn pane(variables: &BTreeMap<String, String>) -> Option<Pane> {
    let mut backwards = variables.get(TMUX)?.rsplitn(3, ',').skip(1);
    let server = number(backwards.next()?)?.try_into().ok()?;
    let socket = backwards.next().filter(|path| is_path(path))?;
    let place = Place { socket: socket.to_owned(), part: number(variables.get(TMUX_PANE)?.strip_prefix('%')?)? };
    let is_tmux = variables.get(PROGRAM).is_some_and(|program| program == "tmux");
    let version = variables.get(PROGRAM_VERSION).filter(|_| is_tmux).cloned();
    Some(Pane { place, server, version })
}

fn window(variables: &BTreeMap<String, String>) -> Option<Place> {
    let socket = variables.get(KITTY)?.strip_prefix("unix:")?;
    let is_name = socket.len() > 1 && socket.starts_with('@');
    let socket = Some(socket).filter(|socket| is_name || is_path(socket))?;
    Some(Place { socket: socket.to_owned(), part: number(variables.get(KITTY_WINDOW)?)? })
}

fn is_path(text: &str) -> bool {
    Path::new(text).is_absolute() && !text.chars().any(char::is_control)
}

fn number(text: &str) -> Option<u64> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(socket: &str, part: u64) -> Place {
        Place { socket: socket.to_owned(), part }
    }

    #[track_caller]
    fn check(variables: &[(&str, &str)], expected_pane: Option<Pane>, expected_window: Option<Place>) {
        let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        let variables = variables.iter().map(own).collect();
        assert_eq!((pane(&variables), window(&variables)), (expected_pane, expected_window));
    }

    #[test]
    fn the_environment_tells_the_pane_and_the_window() {
        let pane = |version: Option<&str>| {
            let (place, version) = (place("/tmp/tmux-0/a,b", 12), version.map(str::to_owned));
            Some(Pane { place, server: 77, version })
        };
        let own = [(TMUX, "/tmp/tmux-0/a,b,77,0"), (TMUX_PANE, "%12")];
        let of = |program: &[(&'static str, &'static str)]| [&own[..], program].concat();
        check(&own, pane(None), None);
        check(&of(&[(PROGRAM, "tmux"), (PROGRAM_VERSION, "3.5a")]), pane(Some("3.5a")), None);
        check(&of(&[(PROGRAM, "vscode"), (PROGRAM_VERSION, "3.5a")]), pane(None), None);
        check(&of(&[(PROGRAM_VERSION, "3.5a")]), pane(None), None);
        check(&[(KITTY, "unix:@kitty-9"), (KITTY_WINDOW, "4")], None, Some(place("@kitty-9", 4)));
        check(&[(KITTY, "unix:/run/kitty"), (KITTY_WINDOW, "4")], None, Some(place("/run/kitty", 4)));
    }

    #[test]
    fn what_is_no_place_on_this_machine_is_none() {
        check(&[(TMUX, "/tmp/s,1,0")], None, None);
        for (tmux, pane) in [
            ("", "%1"),
            ("s,1,0", "%1"),
            ("/tmp/s,x,0", "%1"),
            ("/tmp/s,0", "%1"),
            ("/tmp/s,1,0", "1"),
            ("/tmp/s,1,0", "%"),
            ("/tmp/s,1,0", "%-1"),
        ] {
            check(&[(TMUX, tmux), (TMUX_PANE, pane)], None, None);
        }
        for (kitty, window) in
            [("tcp:localhost:9", "1"), ("unix:", "1"), ("unix:@", "1"), ("unix:a", "1"), ("unix:/a", "x")]
        {
            check(&[(KITTY, kitty), (KITTY_WINDOW, window)], None, None);
        }
    }
}
