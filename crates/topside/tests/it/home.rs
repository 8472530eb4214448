//! A home directory of its own for each test, and the program run on it.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;
use topside_model::Timestamp;

use crate::fixture::Transcript;
use crate::inventory::Inventory;

/// The time of every run that does not say another.
pub(crate) const NOW: &str = "2026-11-20T04:10:00Z";
/// A run that takes longer hangs.
const DEADLINE: Duration = Duration::from_mins(2);

/// A home directory.
pub(crate) struct Home {
    dir: TempDir,
}

/// What a run of the program said, with the home's path replaced by `[HOME]`.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Home {
    /// An empty one.
    pub(crate) fn new() -> Self {
        Self { dir: tempfile::tempdir().expect("a folder") }
    }

    /// One with the transcripts of these fixtures.
    pub(crate) fn with(fixtures: &[&str]) -> Self {
        let home = Self::new();
        for fixture in fixtures {
            home.add(&Transcript::of(fixture));
        }
        home
    }

    pub(crate) fn path(&self) -> &Path {
        self.dir.path()
    }

    /// Codex' own directory in it.
    pub(crate) fn codex(&self) -> PathBuf {
        self.path().join(".codex")
    }

    /// Puts a transcript where Codex does and gives its path.
    pub(crate) fn add(&self, transcript: &Transcript) -> PathBuf {
        let path = self.place(transcript);
        write(&path, &transcript.bytes, transcript.last_at());
        path
    }

    /// Where Codex puts a transcript.
    pub(crate) fn place(&self, transcript: &Transcript) -> PathBuf {
        self.codex().join("sessions").join(transcript.folder()).join(&transcript.file)
    }

    /// The program with `args` on this home, at [`NOW`] unless they say otherwise.
    pub(crate) fn command<I: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = I>) -> Command {
        let mut command = program(args);
        command.arg("--root").arg(self.path()).env("HOME", self.path());
        if !command.get_args().any(|arg| arg == "--now") {
            command.args(["--now", NOW]);
        }
        command
    }

    /// Runs the program on this home and checks that it changed nothing there.
    pub(crate) fn run<I: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = I>) -> Run {
        self.finish(self.command(args))
    }

    /// Runs `command` and checks that it changed nothing here.
    pub(crate) fn finish(&self, command: Command) -> Run {
        let before = Inventory::of(self.path());
        let output = finish(command);
        let changed = Inventory::of(self.path()).changed_since(&before);
        assert!(changed.is_empty(), "topside changed {changed:?}");
        let text = |bytes: &[u8]| self.redacted(std::str::from_utf8(bytes).expect("topside writes UTF-8"));
        let run = Run { code: output.status.code(), out: text(&output.stdout), err: text(&output.stderr) };
        assert!(!run.err.contains("panicked at"), "{run:?}");
        run
    }

    /// The JSON document that `args` answer with.
    pub(crate) fn json(&self, args: &[&str]) -> Value {
        let run = self.run(args);
        assert_eq!(run.code, Some(0), "{run:?}");
        serde_json::from_str(&run.out).expect("JSON")
    }

    /// The row of the only session there is.
    pub(crate) fn only_session(&self) -> Value {
        let mut all = self.json(&["ls", "--all", "--json"]);
        let Value::Array(sessions) = all["sessions"].take() else { panic!("no sessions in {all}") };
        assert_eq!(sessions.len(), 1, "{sessions:#?}");
        sessions.into_iter().next().expect("it is there")
    }

    /// What `doctor` says of Codex.
    pub(crate) fn doctor(&self) -> Value {
        self.json(&["doctor", "--json"])["health"][0].take()
    }

    /// `text` with the home's path replaced by a name that is the same everywhere.
    pub(crate) fn redacted(&self, text: &str) -> String {
        text.replace(self.path().to_str().expect("a path in UTF-8"), "[HOME]")
    }
}

/// The program, with nothing in its environment that would show.
pub(crate) fn program<I: AsRef<OsStr>>(args: impl IntoIterator<Item = I>) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_topside"));
    command.args(args).env("TZ", "UTC").stdin(Stdio::null());
    for variable in ["NO_COLOR", "CODEX_HOME", "CODEX_SQLITE_HOME", "CODEX_THREAD_ID", "CODEX_TOOL_CALL_ID"] {
        command.env_remove(variable);
    }
    command
}

/// Runs `command` to its end.
pub(crate) fn finish(mut command: Command) -> Output {
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program starts");
    let (tell, told) = mpsc::channel();
    thread::spawn(move || tell.send(child.wait_with_output()));
    let output = told.recv_timeout(DEADLINE).unwrap_or_else(|_| panic!("{command:?} hangs"));
    output.expect("it ended")
}

/// Says why a test proves nothing here.
#[cfg(unix)]
pub(crate) fn skip(why: &str) {
    use std::io::{Write as _, stderr};
    writeln!(stderr(), "skipped: {why}").expect("standard error is open");
}

/// Writes a file, and the directories above it, as if at `modified`.
pub(crate) fn write(path: &Path, bytes: &[u8], modified: Timestamp) {
    fs::create_dir_all(path.parent().expect("it lies in a directory")).expect("directories");
    fs::write(path, bytes).expect("written");
    File::options().write(true).open(path).and_then(|file| file.set_modified(modified.into())).expect("a time");
}
