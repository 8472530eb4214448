//! Codex' app-server daemon: what it says of the threads it has loaded.
//!
//! A monitor is a client like any other, so it only asks what is a pure reading, and never takes a thread: resuming one
//! would keep it loaded and make us somebody who is asked for leave. What the daemon tells everybody is enough.

mod dialogue;
mod told;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use topside_model::{Place, ProcessRef, Report, Untrusted};
use topside_probe::{Connection, ConnectionState, Host, Process};

use self::dialogue::Dialogue;
use self::told::Told;
use super::{paths, process};
use crate::agent::{Listener, Live, Look, News};

/// Below a home: the socket, or a link to it.
const SOCKET: &str = "app-server-control/app-server-control.sock";
/// Pause before a connection that failed is tried again; doubled with each failure.
const PAUSE: Duration = Duration::from_secs(1);
/// No pause is longer.
const LONGEST_PAUSE: Duration = Duration::from_mins(1);
/// A connection that stood this long was no failure.
const LASTING: Duration = Duration::from_mins(1);
/// A program that takes a connection does so at once. One that was stopped, or has more to do than it can, is waited for,
/// and said to be silent.
const PATIENCE: Duration = Duration::from_secs(10);

/// Connections to daemons, one for each home.
#[derive(Default)]
pub(super) struct Daemons(BTreeMap<PathBuf, Link>);

/// The connection to the daemon of one home.
struct Link {
    socket: PathBuf,
    /// The processes that may have the socket: two while one hands over to the next.
    daemons: BTreeSet<ProcessRef>,
    connection: Option<Connection>,
    told: Arc<Mutex<Told>>,
    /// When a connection was made or tried last; the clock may stand.
    tried_at: Option<Duration>,
    failures: u32,
    problem: Option<String>,
}

impl Listener for Daemons {
    fn attend(&mut self, look: &Look<'_>, homes: &[PathBuf], live: &[Live]) {
        let mut running: BTreeMap<PathBuf, BTreeMap<ProcessRef, &Process>> = BTreeMap::new();
        for daemon in look.processes.by_pid.values().filter(|process| process::is_daemon(process)) {
            running.entry(paths::home_of(daemon, look)).or_default().insert(daemon.id, daemon);
        }
        running.retain(|home, _| homes.contains(home));
        self.0.retain(|home, _| running.contains_key(home));
        for (home, daemons) in running {
            let link = self.0.entry(home).or_insert_with_key(|home| Link::new(home));
            // The first to come gives the daemon a name for good. With a thread, somebody came before.
            let busy = daemons.values().find(|daemon| live.iter().any(|one| one.owner == daemon.id));
            link.attend(look.host, daemons.keys().copied().collect(), busy.copied());
        }
    }

    fn report(&self, live: &mut [Live]) {
        for one in live {
            let link = self.0.get(&one.home).filter(|link| link.daemons.contains(&one.owner));
            one.report = link.and_then(|link| link.report(one));
        }
    }

    fn news(&mut self, passed: Duration) -> Vec<News> {
        let links = self.0.iter_mut();
        links.map(|(home, link)| link.news(home, passed)).filter(|news| !news.is_empty()).collect()
    }

    fn is_settling(&self) -> bool {
        self.0.values().any(Link::is_settling)
    }

    fn problems(&self) -> Vec<(PathBuf, String)> {
        let links = self.0.values();
        links.filter_map(|link| Some((link.socket.clone(), link.problem.clone()?))).collect()
    }
}

impl Link {
    fn new(home: &Path) -> Self {
        Self {
            socket: home.join(SOCKET),
            daemons: BTreeSet::new(),
            connection: None,
            told: Arc::default(),
            tried_at: None,
            failures: 0,
            problem: None,
        }
    }

    /// Connects to the daemon that has threads, unless that stands or was tried a moment ago.
    fn attend(&mut self, host: &dyn Host, daemons: BTreeSet<ProcessRef>, busy: Option<&Process>) {
        let now = host.passed();
        self.let_go_of_closed(now);
        if daemons != self.daemons {
            // A new daemon owes nothing for the failures of the one before.
            (self.daemons, self.failures) = (daemons, 0);
        }
        let pause = self.pause();
        let is_due = self.tried_at.is_none_or(|tried| now.saturating_sub(tried) >= pause);
        let Some(daemon) = busy.filter(|_| self.connection.is_none() && is_due) else { return };
        let Some(release) = process::release(daemon) else {
            self.problem = Some("talk to the daemon: its path does not tell its release".to_owned());
            return;
        };
        self.told = Arc::default();
        self.tried_at = Some(now);
        let dialogue = Dialogue::new(Arc::clone(&self.told), release.to_owned());
        self.connection = Some(host.connect(&self.socket, Box::new(dialogue)));
    }

    fn pause(&self) -> Duration {
        match self.failures {
            0 => Duration::ZERO,
            failures => LONGEST_PAUSE.min(PAUSE * 2_u32.saturating_pow(failures - 1)),
        }
    }

    /// True when a connection is over that was not known to be.
    fn let_go_of_closed(&mut self, now: Duration) -> bool {
        let stood = self.tried_at.map_or(Duration::ZERO, |tried| now.saturating_sub(tried));
        match self.connection.as_ref().map(Connection::state) {
            Some(ConnectionState::Closed { why }) => {
                self.failures = if stood >= LASTING { 1 } else { self.failures + 1 };
                (self.connection, self.problem) = (None, Some(why));
                true
            }
            Some(ConnectionState::Open) => {
                self.problem = None;
                false
            }
            Some(ConnectionState::Opening) if stood >= PATIENCE => {
                // It is not tried anew: what waits for it now ends with it.
                self.problem = Some(format!("talk to {}: it takes no connection", self.socket.display()));
                false
            }
            Some(ConnectionState::Opening) | None => false,
        }
    }

    /// True while the daemon has not answered what is asked at first.
    fn is_settling(&self) -> bool {
        match self.connection.as_ref().map(Connection::state) {
            Some(ConnectionState::Opening) => true,
            Some(ConnectionState::Open) => !self.with_told(|told| told.answered),
            Some(ConnectionState::Closed { .. }) | None => false,
        }
    }

    /// What the daemon says of a thread, while it can say that it is otherwise.
    fn report(&self, live: &Live) -> Option<Report> {
        let is_open = self.connection.as_ref().is_some_and(|one| one.state() == ConnectionState::Open);
        let (activity, since) = self.with_told(|told| told.of(&live.session)).filter(|_| is_open)?;
        let place = Place::Socket { path: Untrusted::new(self.socket.to_string_lossy()) };
        Some(Report { activity, since: Some(since), place })
    }

    fn news(&mut self, home: &Path, now: Duration) -> News {
        let lost = self.let_go_of_closed(now);
        let (out, limits, look) = self.with_told(Told::take);
        News { place: self.socket.clone(), home: home.to_owned(), out, limits, look: look || lost }
    }

    fn with_told<T>(&self, look: impl FnOnce(&mut Told) -> T) -> T {
        look(&mut self.told.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
