//! Programs of the fake machine that listen on sockets.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use topside_model::Timestamp;

use super::host::FakeHost;
use crate::Stir;
use crate::talk::{Connection, ConnectionState, SharedState, Talk};

/// What a program says to a message.
type Answer = Arc<dyn Fn(&str) -> Vec<String> + Send + Sync>;

/// A program that listens.
pub(super) struct Server {
    answer: Answer,
    /// Everything that was said to it.
    heard: Vec<String>,
    connections: BTreeMap<u64, Line>,
}

/// One connection, as the program sees it.
struct Line {
    talk: Box<dyn Talk>,
    state: SharedState,
}

/// Programs that listen on sockets. All they do they do at once, within the call that makes them do it.
impl FakeHost {
    /// Starts a program that listens at `path` and says `answer` to every message.
    pub fn serve(&self, path: impl AsRef<Path>, answer: impl Fn(&str) -> Vec<String> + Send + Sync + 'static) {
        let server = Server { answer: Arc::new(answer), heard: Vec::new(), connections: BTreeMap::new() };
        self.machine().servers.insert(path.as_ref().to_owned(), server);
    }

    /// Lets the program at `path` say something to everybody.
    pub fn tell(&self, path: impl AsRef<Path>, message: &str) {
        let news = {
            let mut machine = self.machine();
            let now = machine.now;
            machine.servers.get_mut(path.as_ref()).is_some_and(|server| server.tell(now, message))
        };
        if news {
            self.wake(Stir::News);
        }
    }

    /// Ends the program at `path` and all its connections.
    pub fn hang_up(&self, path: impl AsRef<Path>) {
        let server = self.machine().servers.remove(path.as_ref());
        for line in server.into_iter().flat_map(|server| server.connections.into_values()) {
            line.state.set(ConnectionState::Closed { why: "talk to it: the program ended".to_owned() });
        }
        self.wake(Stir::News);
    }

    /// Everything that was said to the program at `path`, oldest first.
    pub fn heard_at(&self, path: impl AsRef<Path>) -> Vec<String> {
        self.machine().servers.get(path.as_ref()).map(|server| server.heard.clone()).unwrap_or_default()
    }

    /// Connections that the program at `path` has now.
    pub fn connections(&self, path: impl AsRef<Path>) -> usize {
        self.machine().servers.get(path.as_ref()).map_or(0, |server| server.connections.len())
    }

    pub(super) fn join(&self, path: &Path, mut talk: Box<dyn Talk>) -> Connection {
        let mut machine = self.machine();
        machine.connections_made += 1;
        let (number, now) = (machine.connections_made, machine.now);
        let Some(server) = machine.servers.get_mut(path) else {
            let why = format!("talk to {}: nobody listens", path.display());
            return Connection::new(SharedState::new(ConnectionState::Closed { why }), || {});
        };
        let state = SharedState::new(ConnectionState::Open);
        let first = talk.greet();
        let mut line = Line { talk, state: state.clone() };
        server.converse(now, &mut line, first);
        server.connections.insert(number, line);
        let (host, path) = (self.clone(), path.to_owned());
        Connection::new(state, move || {
            let mut machine = host.machine();
            let server = machine.servers.get_mut(&path);
            server.map(|server| server.connections.remove(&number));
        })
    }
}

impl Server {
    /// Says something to everybody. True when it was news to somebody.
    fn tell(&mut self, now: Timestamp, message: &str) -> bool {
        let mut news = false;
        for (number, mut line) in std::mem::take(&mut self.connections) {
            let heard = line.talk.hear(now, message);
            news |= heard.news;
            self.converse(now, &mut line, heard.say);
            self.connections.insert(number, line);
        }
        news
    }

    /// Answers what is said until nothing is said any more.
    fn converse(&mut self, now: Timestamp, line: &mut Line, mut said: Vec<String>) {
        while !said.is_empty() {
            let answers: Vec<String> = said.iter().flat_map(|message| (self.answer)(message)).collect();
            self.heard.append(&mut said);
            said = answers.iter().flat_map(|answer| line.talk.hear(now, answer).say).collect();
        }
    }
}
