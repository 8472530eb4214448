//! Titles of the terminals in which agents run, asked for while they can decide something.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use topside_model::{
    AgentId, Bytes, Health, HealthState, Place, Problem, SessionKey, Timestamp, Title, TitleWord, Untrusted,
};
use topside_probe::{Connection, ConnectionState, Host, Seat};

use crate::agent::ReadTitle;

/// A terminal that did not answer is let be for so long.
const PAUSE: Duration = Duration::from_mins(1);

/// An agent's process in a terminal that can be asked.
#[derive(Clone)]
pub(crate) struct Seated {
    pub(crate) read: ReadTitle,
    pub(crate) seat: Seat,
}

/// Titles that are asked for.
#[derive(Default)]
pub(crate) struct Titles {
    watched: BTreeMap<SessionKey, Watched>,
    /// Sessions of which something was passed on, and whose titles are asked for no more.
    left: Vec<SessionKey>,
    /// Terminals that do not answer, by their sockets: why, and since when the host's clock told that.
    silent: BTreeMap<String, (String, Duration)>,
}

/// A title that is asked for.
struct Watched {
    seat: Seat,
    heard: Heard,
    /// What was passed on.
    told: Option<Title>,
    connection: Connection,
}

/// What was heard last.
type Heard = Arc<Mutex<Latest>>;

/// What was heard last, and when each word last began.
#[derive(Default)]
struct Latest {
    word: Option<TitleWord>,
    asked: Option<Timestamp>,
    worked: Option<Timestamp>,
}

impl Titles {
    /// Asks for the titles of these sessions and no others.
    pub(crate) fn watch(&mut self, host: &dyn Host, mut wanted: BTreeMap<SessionKey, Seated>) {
        let now = host.passed();
        self.silent.retain(|_, (_, since)| now.saturating_sub(*since) < PAUSE);
        for watched in self.watched.values() {
            if let ConnectionState::Closed { why } = watched.connection.state() {
                self.silent.insert(watched.seat.socket().to_owned(), (why, now));
            }
        }
        wanted.retain(|_, Seated { seat, .. }| seat.unasked().is_none() && !self.silent.contains_key(seat.socket()));
        let is_wanted =
            |key: &SessionKey, watched: &Watched| wanted.get(key).is_some_and(|seated| seated.seat == watched.seat);
        let left = self.watched.extract_if(.., |key, watched| !is_wanted(key, watched));
        self.left.extend(left.filter(|(_, watched)| watched.told.is_some()).map(|(key, _)| key));
        for (key, Seated { read, seat }) in wanted {
            self.watched.entry(key).or_insert_with(|| {
                let heard = Heard::default();
                let hear = hearer(read, Arc::clone(&heard));
                let connection = host.watch_title(&seat, Box::new(hear));
                Watched { seat, heard, told: None, connection }
            });
        }
    }

    /// What titles say anew, or say no more.
    pub(crate) fn news(&mut self) -> Vec<(SessionKey, Option<Title>)> {
        let mut news: Vec<_> = self.left.drain(..).map(|key| (key, None)).collect();
        for (key, watched) in &mut self.watched {
            let title = watched.title();
            if title != watched.told {
                watched.told.clone_from(&title);
                news.push((key.clone(), title));
            }
        }
        news
    }

    /// True while a terminal was asked and has not answered.
    pub(crate) fn is_settling(&self) -> bool {
        self.watched.values().any(|watched| watched.connection.state() == ConnectionState::Opening)
    }

    /// Terminals that were asked and do not answer, and those of `seats` that are not asked; nothing where there are none.
    pub(crate) fn health(&self, seats: &[Seat]) -> Option<Health> {
        let silent = self.silent.iter().map(|(socket, (why, _))| (socket.as_str(), why.clone()));
        let unasked = seats.iter().filter_map(|seat| Some((seat.socket(), seat.unasked()?)));
        let silent: BTreeMap<&str, String> = silent.chain(unasked).collect();
        let problem = |(socket, what)| Problem { path: Untrusted::new(socket), what };
        (!silent.is_empty()).then(|| Health {
            agent: AgentId::new("terminals"),
            title: "Terminals",
            state: HealthState::Up,
            places: Vec::new(),
            unknown: Vec::new(),
            problems: silent.into_iter().map(problem).collect(),
            bytes_read: Bytes::default(),
            events: 0,
            last_round: Duration::ZERO,
        })
    }
}

impl Watched {
    fn title(&self) -> Option<Title> {
        let heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        let Latest { asked, worked, .. } = *heard;
        let place = Place::Socket { path: Untrusted::new(self.seat.socket()) };
        Some(Title { process: self.seat.process, word: heard.word?, asked, worked, place })
    }
}

/// Notes what a title says. Most new titles say what the one before said: a spinner turns all the time.
fn hearer(read: ReadTitle, heard: Heard) -> impl FnMut(Timestamp, Option<&str>) -> bool + Send {
    move |at, title| {
        let word = title.and_then(read);
        let mut heard = heard.lock().unwrap_or_else(PoisonError::into_inner);
        if heard.word == word {
            return false;
        }
        heard.word = word;
        match word {
            Some(TitleWord::Asks) => heard.asked = Some(at),
            Some(TitleWord::Works) => heard.worked = Some(at),
            None => {}
        }
        true
    }
}
