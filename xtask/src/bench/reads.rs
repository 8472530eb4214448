//! What a monitor reads and which programs it starts, from a trace of its system calls.

use std::collections::BTreeMap;
use std::path::Path;
use std::thread::sleep;
use std::time::Duration;

use anyhow::Context as _;

use crate::bench::fleet::{Fleet, now, quoted};
use crate::bench::monitor::Monitor;
use crate::bench::pane::{COMMON, Pane};

/// The calls that read, and the one that starts a program.
const CALLS: &str = "trace=read,pread64,readv,preadv,execve";

/// What was read in one window, in bytes.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Reads {
    /// From the sessions' files.
    pub(super) transcripts: u64,
    /// From `/proc`.
    pub(super) proc: u64,
    /// From anything else: its own files, pipes, the terminal.
    pub(super) other: u64,
    /// Programs started.
    pub(super) programs: u64,
    /// What the sessions wrote meanwhile.
    pub(super) appended: u64,
}

/// Traces all `monitors`, each on its own screen: 15 seconds to settle, then a window of `seconds`.
pub(super) fn measure(fleet: &Fleet, monitors: &[Monitor], seconds: u32) -> anyhow::Result<Vec<Reads>> {
    let trace = |monitor: &Monitor| fleet.meta().join(format!("trace-{}", monitor.name));
    let open = |monitor: &Monitor| {
        let (file, binary) = (trace(monitor), &monitor.binary);
        let options = format!("-f --seccomp-bpf -qq -ttt -y -s 0 -e signal=none -e {CALLS} -o {}", quoted(&file));
        Pane::open(fleet, monitor.name, COMMON, &format!("strace {options} {}", quoted(binary)))
    };
    let panes = monitors.iter().map(open).collect::<anyhow::Result<Vec<_>>>()?;
    sleep(Duration::from_secs(15));
    let (began, before) = (now(), fleet.transcript_bytes()?);
    sleep(Duration::from_secs(u64::from(seconds)));
    let (ended, after) = (now(), fleet.transcript_bytes()?);
    drop(panes);
    let tally = |monitor| {
        let text = std::fs::read(trace(monitor)).context("read the trace")?;
        let reads = tally(&String::from_utf8_lossy(&text), &fleet.home, began..ended);
        Ok(Reads { appended: after - before, ..reads })
    };
    monitors.iter().map(tally).collect()
}

/// Adds up the lines of a trace that lie in `window`; sessions' files lie in two folders of `home`.
fn tally(trace: &str, home: &Path, window: std::ops::Range<f64>) -> Reads {
    let mut reads = Reads::default();
    let transcripts = [".codex/sessions", ".claude/projects"].map(|folder| home.join(folder));
    // A call that another thread interrupts is told in two lines; the first names the file, the second the result.
    let mut unfinished = BTreeMap::new();
    for line in trace.lines() {
        let Some((pid, at, call)) = fields(line) else { continue };
        if call.ends_with("<unfinished ...>") {
            unfinished.insert(pid, call);
            continue;
        }
        let begun = if call.starts_with("<...") { unfinished.remove(pid).unwrap_or(call) } else { call };
        let Some(result) = result(call).filter(|_| window.contains(&at)) else { continue };
        if begun.starts_with("execve(") {
            reads.programs += 1;
            continue;
        }
        let file = begun.split_once('<').and_then(|(_, rest)| rest.split_once('>')).map_or("", |(file, _)| file);
        let file = Path::new(file);
        if transcripts.iter().any(|folder| file.starts_with(folder)) {
            reads.transcripts += result;
        } else if file.starts_with("/proc") {
            reads.proc += result;
        } else {
            reads.other += result;
        }
    }
    reads
}

/// A line's process, time and call.
fn fields(line: &str) -> Option<(&str, f64, &str)> {
    let (pid, rest) = line.split_once(' ')?;
    let (at, call) = rest.trim_start().split_once(' ')?;
    Some((pid, at.parse().ok()?, call))
}

/// What a call gave back; `None` for one that failed or did not return.
fn result(call: &str) -> Option<u64> {
    call.rsplit_once(" = ")?.1.split(' ').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRACE: &str = "\
7  99.0 read(5</h/.codex/sessions/a.jsonl>, \"\"..., 9) = 1000
7  100.0 read(5</h/.codex/sessions/a.jsonl>, \"\"..., 9) = 10
7  100.05 read(5</h/.claude/projects/p/a.jsonl>, \"\"..., 9) = 5
7  100.1 read(6</proc/1/stat>, \"\"..., 4096) = 200
8  100.2 pread64(5</h/.codex/sessions/a.jsonl>, <unfinished ...>
7  100.3 read(0</dev/pts/0>, 0x1, 1) = -1 EAGAIN (Resource temporarily unavailable)
8  100.4 <... pread64 resumed>\"\"..., 9, 3) = 30
8  100.5 execve(\"/usr/bin/git\", \"\"..., 0x1 /* 9 vars */) = 0
8  100.6 execve(\"/nowhere/git\", \"\"..., 0x1 /* 9 vars */) = -1 ENOENT (No such file or directory)
7  100.7 read(3<anon_inode:[eventfd]>, \"\"..., 8) = 8
7  101.0 read(6</proc/1/stat>, \"\"..., 4096) = 200
";

    #[test]
    fn bytes_go_to_the_file_they_came_from() {
        let expected = Reads { transcripts: 45, proc: 200, other: 8, programs: 1, appended: 0 };
        assert_eq!(tally(TRACE, Path::new("/h"), 100.0..101.0), expected);
    }
}
