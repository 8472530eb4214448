//! A question over a socket: bounded in bytes and time.

use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use rustix::net::sockopt::socket_peercred;
use rustix::net::{AddressFamily, SocketAddrUnix, SocketFlags, SocketType, socket_with};
use rustix::process::geteuid;

/// How long a terminal may take to answer.
const PATIENCE: Duration = Duration::from_millis(250);
/// Longest answer taken.
const LONGEST: usize = 1024 * 1024;

/// Why a terminal says no title.
#[derive(Debug, thiserror::Error)]
pub(super) enum Trouble {
    /// It will never say one.
    #[error("{0}")]
    Refused(String),
    /// This time it did not.
    #[error(transparent)]
    Silent(#[from] io::Error),
}

impl Trouble {
    /// True where asking again is of no use: nobody listens, or what does will never answer.
    pub(super) fn is_for_good(&self) -> bool {
        match self {
            Self::Refused(_) => true,
            Self::Silent(error) => {
                matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused)
            }
        }
    }
}

/// What is made of an answer as it comes.
pub(super) trait Answer {
    /// Takes bytes. What to say to them, or `None` once the answer is there.
    fn hear(&mut self, bytes: &[u8]) -> Result<Option<Vec<u8>>, Trouble>;
}

/// Says `question` to the program of this user's own that listens at `socket`, and hears it to the end of its `answer`.
/// Where `pid` is said, to that process and no other.
pub(super) fn ask(socket: &str, pid: Option<u32>, question: &[u8], answer: &mut dyn Answer) -> Result<(), Trouble> {
    let end = Instant::now() + PATIENCE;
    let mut stream = connect(socket)?;
    let peer = socket_peercred(&stream).map_err(io::Error::from)?;
    if peer.uid != geteuid() {
        return Err(Trouble::Refused("it is another user's".to_owned()));
    }
    if pid.is_some_and(|pid| i64::from(pid) != i64::from(peer.pid.as_raw_nonzero().get())) {
        return Err(Trouble::Refused("another program listens there by now".to_owned()));
    }
    stream.write_all(question)?;
    let (mut buffer, mut heard) = ([0; 8 * 1024], 0);
    loop {
        let left = end.saturating_duration_since(Instant::now());
        if left.is_zero() || heard > LONGEST {
            return Err(io::Error::new(io::ErrorKind::TimedOut, "its answer has no end").into());
        }
        stream.set_read_timeout(Some(left))?;
        let len = match stream.read(&mut buffer) {
            Ok(0) => return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into()),
            Ok(len) => len,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error.into()),
        };
        heard += len;
        match answer.hear(&buffer[..len])? {
            Some(say) => stream.write_all(&say)?,
            None => return Ok(()),
        }
    }
}

/// A program that is stopped takes no more callers than fit its queue: that is not waited for either.
fn connect(socket: &str) -> io::Result<UnixStream> {
    let address = match socket.strip_prefix('@') {
        Some(name) => SocketAddrUnix::new_abstract_name(name.as_bytes())?,
        None => SocketAddrUnix::new(socket)?,
    };
    let stream = UnixStream::from(socket_with(AddressFamily::UNIX, SocketType::STREAM, SocketFlags::CLOEXEC, None)?);
    stream.set_write_timeout(Some(PATIENCE))?;
    rustix::net::connect(&stream, &address)?;
    Ok(stream)
}
