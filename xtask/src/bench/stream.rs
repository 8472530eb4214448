//! A monitor that prints a snapshot whenever something changed.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context as _;
use serde_json::Value;

use crate::bench::monitor::{Read, Seen};

/// Its output, of which only the last line counts. Dropping it waits until the monitor ends.
#[derive(Debug)]
pub(super) struct Stream {
    child: Child,
    last: Arc<Mutex<Option<String>>>,
    read: Read,
}

impl Stream {
    /// Starts `command`, which ends by itself, and follows what it prints.
    pub(super) fn open(command: &mut Command, read: Read) -> anyhow::Result<Self> {
        let mut child = command.stdout(Stdio::piped()).spawn().context("start a monitor")?;
        let output = child.stdout.take().context("a monitor without an output")?;
        let last = Arc::new(Mutex::new(None));
        let kept = Arc::clone(&last);
        std::thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                *kept.lock().unwrap_or_else(PoisonError::into_inner) = Some(line);
            }
        });
        Ok(Self { child, last, read })
    }

    /// What it said last; nothing before its first word.
    pub(super) fn last(&self) -> anyhow::Result<BTreeMap<String, Seen>> {
        let Some(line) = self.last.lock().unwrap_or_else(PoisonError::into_inner).clone() else {
            return Ok(BTreeMap::new());
        };
        let answer: Value = serde_json::from_str(&line).context("read a monitor's line")?;
        (self.read)(&answer).context("a monitor printed something else than expected")
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        if let Err(error) = self.child.wait() {
            eprintln!("bench: a monitor did not end: {error}");
        }
    }
}
