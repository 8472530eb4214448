//! Runs other people's programs, such as the one that speaks for a terminal.

use std::fmt;
use std::io::{self, Read};
use std::process::{Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

use topside_catalog::shell::quoted;

/// A program that has not ended after this long hangs.
const PATIENCE: Duration = Duration::from_secs(5);
/// Programs for which macOS asks a person first, and how long that may take.
const ASKING: [&str; 1] = ["osascript"];
const ANSWER: Duration = Duration::from_secs(30);
/// What a program has printed is read within this long after its end; a child of it may hold the pipe open for ever.
const REST: Duration = Duration::from_secs(1);
/// Most that is read of what a program prints.
const MOST: u64 = 1024 * 1024;
/// Bytes read at once.
const PIECE: usize = 16 * 1024;
/// Programs that pass what is in their environment on to a server, and what they need of it.
const BARE: [&str; 1] = ["tmux"];
const NEEDED: [&str; 7] = ["PATH", "HOME", "TERM", "TMUX_TMPDIR", "LANG", "LC_ALL", "LC_CTYPE"];
/// Time between two looks at whether it has.
const LOOK: Duration = Duration::from_millis(5);

/// A program to run. No shell takes part: what came from outside is an argument and nothing else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Call {
    pub(crate) program: &'static str,
    pub(crate) args: Vec<String>,
    /// Set in its environment, besides what topside itself has.
    pub(crate) variables: Vec<(&'static str, String)>,
    /// What of topside's own environment it does not get.
    pub(crate) without: Vec<&'static str>,
}

impl Call {
    /// This program with these arguments.
    pub(crate) fn new<'a>(program: &'static str, args: impl IntoIterator<Item = &'a str>) -> Self {
        let args = args.into_iter().map(str::to_owned).collect();
        Self { program, args, variables: Vec::new(), without: Vec::new() }
    }

    /// The same with a variable of its own.
    #[must_use]
    pub(crate) fn with(mut self, name: &'static str, value: &str) -> Self {
        self.variables.push((name, value.to_owned()));
        self
    }

    /// The same without a variable that topside itself may have.
    #[must_use]
    pub(crate) fn without(mut self, name: &'static str) -> Self {
        self.without.push(name);
        self
    }
}

/// As a person would type it.
impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.without.is_empty() {
            f.write_str("env ")?;
            self.without.iter().try_for_each(|name| write!(f, "-u {name} "))?;
        }
        for (name, value) in &self.variables {
            write!(f, "{name}={} ", quoted(value))?;
        }
        f.write_str(self.program)?;
        self.args.iter().try_for_each(|arg| write!(f, " {}", quoted(arg)))
    }
}

/// Who runs programs.
pub(crate) trait Runs {
    /// Runs a program to its end and gives what it printed. An error says what it complained of.
    fn run(&self, call: &Call) -> io::Result<String>;
}

/// Runs them on this machine.
pub(crate) struct OsRuns;

impl Runs for OsRuns {
    fn run(&self, call: &Call) -> io::Result<String> {
        let patience = if ASKING.contains(&call.program) { ANSWER } else { PATIENCE };
        let mut command = Command::new(call.program);
        if BARE.contains(&call.program) {
            let needed = NEEDED.iter().filter_map(|name| Some((name, std::env::var_os(name)?)));
            command.env_clear().envs(needed);
        }
        call.without.iter().for_each(|name| _ = command.env_remove(name));
        command.args(&call.args).envs(call.variables.iter().map(|(name, value)| (name, value)));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => io::Error::new(error.kind(), "there is no such program on the PATH of topside"),
            _ => error,
        })?;
        let (out, complaint) = (drain(child.stdout.take()), drain(child.stderr.take()));
        let until = Instant::now() + patience;
        let status = loop {
            if let Some(status) = child.try_wait()? {
                break status;
            }
            if Instant::now() > until {
                child.kill()?;
                child.wait()?;
                return Err(io::Error::new(io::ErrorKind::TimedOut, "it does not answer"));
            }
            thread::sleep(LOOK);
        };
        let until = Instant::now() + REST;
        let (out, complaint) = (gather(&out, until), gather(&complaint, until));
        if status.success() {
            return Ok(out);
        }
        let first = complaint.lines().next().unwrap_or("it failed").trim().to_owned();
        Err(io::Error::other(first))
    }
}

/// Reads what a program prints, so that it never waits for room, and gives it piece by piece.
fn drain(pipe: Option<impl Read + Send + 'static>) -> Receiver<Vec<u8>> {
    let (give, pieces) = mpsc::channel();
    if let Some(pipe) = pipe {
        thread::spawn(move || {
            let (mut pipe, mut piece) = (pipe.take(MOST), vec![0; PIECE]);
            // What was read before an error is all there is.
            while let Ok(length @ 1..) = pipe.read(&mut piece) {
                if give.send(piece[..length].to_vec()).is_err() {
                    return;
                }
            }
        });
    }
    pieces
}

/// What was printed until the pipe is closed, or until then.
fn gather(pieces: &Receiver<Vec<u8>>, until: Instant) -> String {
    let mut bytes = Vec::new();
    while let Ok(piece) = pieces.recv_timeout(until.saturating_duration_since(Instant::now())) {
        bytes.extend(piece);
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_reads_as_a_person_would_type_it() {
        let call = Call::new("osascript", ["-e", "tell it's", ""]).with("PLACE", "/tmp/a b");
        assert_eq!(call.to_string(), r"PLACE='/tmp/a b' osascript -e 'tell it'\''s' ''");
        assert_eq!(Call::new("tmux", ["-S", "/tmp/x", "-t", "%5"]).to_string(), "tmux -S /tmp/x -t %5");
        let call = Call::new("zellij", ["ls"]).with("A", "x").without("B").without("C");
        assert_eq!(call.to_string(), "env -u B -u C A=x zellij ls");
    }

    #[cfg(unix)]
    #[test]
    fn a_program_gives_what_it_prints_or_what_it_complains_of() {
        let shell = |script| OsRuns.run(&Call::new("sh", ["-c", script]).with("WORD", "x y"));
        assert_eq!(shell("echo \"$WORD\"").expect("it prints"), "x y\n");
        assert_eq!(shell("echo no such pane >&2; exit 1").expect_err("it complains").to_string(), "no such pane");
        assert_eq!(shell("exit 3").expect_err("it fails").to_string(), "it failed");
        let bare =
            OsRuns.run(&Call::new("sh", ["-c", "echo \"${CARGO_MANIFEST_DIR-none}\""]).without("CARGO_MANIFEST_DIR"));
        assert_eq!(bare.expect("it prints"), "none\n");
        // A child of it may go on and hold its output open.
        assert_eq!(shell("echo done; (sleep 9; echo late) &").expect("it prints"), "done\n");
        let missing = OsRuns.run(&Call::new("no-such-program-anywhere", [])).expect_err("there is none");
        assert_eq!(missing.to_string(), "there is no such program on the PATH of topside");
    }
}
