//! WebSocket over a unix socket, on a thread of its own that sleeps until something comes.
//!
//! What is said is bounded by what is heard, a message by its length, and the wait for the first answer and for every
//! writing by time. Silence after that is no failure: the end of the program closes its socket.

use std::convert::Infallible;
use std::io;
use std::net::Shutdown;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::os::unix::net::UnixStream;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use topside_model::Timestamp;
use tungstenite::protocol::WebSocketConfig;
use tungstenite::{Error, HandshakeError, Message, WebSocket, client};

use super::{Connection, ConnectionState, SharedState, Talk, Wakes};

/// Longest message taken. A longer one ends the conversation.
const LONGEST: usize = 4 * 1024 * 1024;
/// How long a program may take to shake hands, to say its first word, and to take what is said to it.
const PATIENCE: Duration = Duration::from_secs(5);
/// What is kept of the socket's bytes; the larger default is meant for streams of data.
const BUFFER: usize = 16 * 1024;
/// Nobody looks at it: the connection is made before.
const ADDRESS: &str = "ws://localhost/";

/// Starts talking to the program that listens at `path`, which may be a link.
pub(crate) fn start(
    path: &Path,
    talk: Box<dyn Talk>,
    now: impl Fn() -> Timestamp + Send + 'static,
    wakes: Wakes,
) -> Connection {
    let state = SharedState::new(ConnectionState::Opening);
    let end = Arc::new(End::default());
    let (path, told, handle) = (path.to_owned(), state.clone(), Arc::clone(&end));
    let failed = format!("talk to {}: start a thread", path.display());
    let run = move || {
        let mut side = Side { path, talk, now, state: told, wakes };
        // What a message does to us must not end unseen.
        let why = match catch_unwind(AssertUnwindSafe(|| side.converse(&handle))) {
            Ok(Err(error)) => error.to_string(),
            Err(_) => "what was heard made topside panic".to_owned(),
        };
        let why = format!("talk to {}: {why}", side.path.display());
        side.state.set(ConnectionState::Closed { why });
        side.wakes.ring();
    };
    if let Err(error) = thread::Builder::new().spawn(run) {
        state.set(ConnectionState::Closed { why: format!("{failed}: {error}") });
    }
    Connection::new(state, move || end.come())
}

/// What the thread has.
struct Side<N> {
    path: PathBuf,
    talk: Box<dyn Talk>,
    now: N,
    state: SharedState,
    wakes: Wakes,
}

impl<N: Fn() -> Timestamp> Side<N> {
    /// Talks until the connection ends, which is an error of some kind.
    fn converse(&mut self, end: &End) -> Result<Infallible, Error> {
        let mut socket = self.open(end)?;
        say(&mut socket, self.talk.greet())?;
        let mut first = true;
        loop {
            // Pings are answered with the next reading.
            let Message::Text(text) = socket.read().map_err(late)? else { continue };
            if std::mem::take(&mut first) {
                socket.get_ref().set_read_timeout(None)?;
                self.state.set(ConnectionState::Open);
            }
            let heard = self.talk.hear((self.now)(), text.as_str());
            if heard.news {
                self.wakes.ring();
            }
            say(&mut socket, heard.say)?;
        }
    }

    /// Connects and shakes hands.
    fn open(&self, end: &End) -> Result<WebSocket<UnixStream>, Error> {
        let stream = UnixStream::connect(own_socket(&self.path)?)?;
        end.arm(stream.try_clone()?);
        stream.set_write_timeout(Some(PATIENCE))?;
        stream.set_read_timeout(Some(PATIENCE))?;
        let config = WebSocketConfig::default()
            .max_message_size(Some(LONGEST))
            .max_frame_size(Some(LONGEST))
            .read_buffer_size(BUFFER);
        match client::client_with_config(ADDRESS, stream, Some(config)) {
            Ok((socket, _)) => Ok(socket),
            Err(HandshakeError::Failure(error)) => Err(error),
            Err(HandshakeError::Interrupted(_)) => Err(late(Error::Io(io::ErrorKind::WouldBlock.into()))),
        }
    }
}

fn say(socket: &mut WebSocket<UnixStream>, messages: Vec<String>) -> Result<(), Error> {
    messages.into_iter().try_for_each(|message| socket.send(Message::text(message))).map_err(late)
}

/// The system calls the end of a wait by another name.
fn late(error: Error) -> Error {
    match error {
        Error::Io(error) if error.kind() == io::ErrorKind::WouldBlock => {
            Error::Io(io::Error::new(io::ErrorKind::TimedOut, format!("no answer within {} s", PATIENCE.as_secs())))
        }
        other => other,
    }
}

/// Where the socket really is; an error unless it is this user's own.
fn own_socket(path: &Path) -> io::Result<PathBuf> {
    let real = path.canonicalize()?;
    let facts = real.metadata()?;
    if !facts.file_type().is_socket() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is no socket"));
    }
    if facts.uid() != rustix::process::geteuid().as_raw() {
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, "it is another user's socket"));
    }
    Ok(real)
}

/// The way to end a conversation from outside its thread.
#[derive(Default)]
struct End(Mutex<Reach>);

#[derive(Default)]
enum Reach {
    /// There is no stream yet.
    #[default]
    Pending,
    Stream(UnixStream),
    /// The end has come.
    Over,
}

impl End {
    /// Ends the conversation, at once or as soon as it has a stream.
    fn come(&self) {
        if let Reach::Stream(stream) = std::mem::replace(&mut *self.reach(), Reach::Over) {
            // An error means that the other side is gone already.
            stream.shutdown(Shutdown::Both).ok();
        }
    }

    fn arm(&self, stream: UnixStream) {
        let mut reach = self.reach();
        if matches!(*reach, Reach::Over) {
            stream.shutdown(Shutdown::Both).ok();
        } else {
            *reach = Reach::Stream(stream);
        }
    }

    fn reach(&self) -> MutexGuard<'_, Reach> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
