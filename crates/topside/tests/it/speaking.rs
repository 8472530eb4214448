//! Programs that say one JSON document on each line for as long as they run.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

/// What has not been said after this long never will.
const DEADLINE: Duration = Duration::from_mins(1);

/// A run of such a program.
pub(crate) struct Speaking {
    pub(crate) child: Child,
    said: Receiver<Value>,
}

impl Speaking {
    pub(crate) fn start(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().expect("it starts");
        let lines = BufReader::new(child.stdout.take().expect("it is piped")).lines();
        let (tell, said) = mpsc::channel();
        thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                let document = serde_json::from_str(&line).expect("each line is a document");
                if tell.send(document).is_err() {
                    return;
                }
            }
        });
        Self { child, said }
    }

    /// The next line.
    #[cfg(target_os = "linux")]
    #[track_caller]
    pub(crate) fn next(&mut self) -> Value {
        self.said.recv_timeout(DEADLINE).expect("it says something")
    }

    /// Waits for a line that is as wanted.
    #[track_caller]
    pub(crate) fn wait_for(&mut self, what: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        let end = Instant::now() + DEADLINE;
        let mut said = Vec::new();
        while let Ok(line) = self.said.recv_timeout(end.saturating_duration_since(Instant::now())) {
            if wanted(&line) {
                return line;
            }
            said.push(line);
        }
        panic!("{what} was not said; this was: {said:#?}");
    }

    /// Waits for its end.
    pub(crate) fn end(mut self) -> ExitStatus {
        self.child.wait().expect("it ends")
    }
}

impl Drop for Speaking {
    fn drop(&mut self) {
        // It may have ended by itself, which `kill` and `wait` say; nothing is left to do then.
        _ = self.child.kill();
        _ = self.child.wait();
    }
}
