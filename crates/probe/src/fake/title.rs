//! Terminals of the fake machine that say their titles.

use super::host::FakeHost;
use super::machine::{Machine, TitleWatch};
use crate::Stir;
use crate::talk::{Connection, ConnectionState, SharedState};
use crate::title::{HearTitle, Seat};

/// Terminals that say their titles. Whoever watches one hears of a change at once.
impl FakeHost {
    /// Sets the title of the terminal that shows a process; `None` makes it one that does not say.
    pub fn set_title(&self, pid: u32, title: Option<&str>) {
        let news = {
            let mut machine = self.machine();
            match title {
                Some(title) => machine.titles.insert(pid, title.to_owned()),
                None => machine.titles.remove(&pid),
            };
            machine.say_title(pid)
        };
        if news {
            self.wake(Stir::News);
        }
    }

    /// Makes every terminal refuse whoever asks from now on, for the reason `why`.
    pub fn refuse_titles(&self, why: &str) {
        self.machine().titles_refused = Some(why.to_owned());
    }

    /// Processes whose titles are asked for now.
    pub fn titles_watched(&self) -> Vec<u32> {
        self.machine().title_watches.values().map(|watch| watch.pid).collect()
    }

    pub(super) fn sit(&self, seat: &Seat, hear: HearTitle) -> Connection {
        let mut machine = self.machine();
        if let Some(why) = machine.titles_refused.clone() {
            return Connection::new(SharedState::new(ConnectionState::Closed { why }), || {});
        }
        machine.connections_made += 1;
        let (number, pid) = (machine.connections_made, seat.process.pid);
        machine.title_watches.insert(number, TitleWatch { pid, hear });
        machine.say_title(pid);
        let host = self.clone();
        Connection::new(SharedState::new(ConnectionState::Open), move || {
            host.machine().title_watches.remove(&number);
        })
    }
}

impl Machine {
    /// Says the title of a process' terminal to all who watch it. True when it was news to somebody.
    fn say_title(&mut self, pid: u32) -> bool {
        let (now, title) = (self.now, self.titles.get(&pid).map(String::as_str));
        let watches = self.title_watches.values_mut().filter(|watch| watch.pid == pid);
        watches.fold(false, |news, watch| (watch.hear)(now, title) | news)
    }
}
