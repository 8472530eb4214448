//! `/proc/locks`.

use std::collections::BTreeSet;
use std::io;

use super::proc_dir::{FIRST_READ, ProcDir};
use crate::FileLock;

/// The system tells them in portions and finds its place again by counting: a lock that comes or goes in between makes
/// another be told twice or be left out. So each is told once, and a table longer than a portion is read twice.
pub(super) fn locks(proc: &ProcDir) -> io::Result<Vec<FileLock>> {
    let mut text = proc.text("locks")?;
    if text.len() >= FIRST_READ {
        text += &proc.text("locks")?;
    }
    Ok(held(&text))
}

fn held(text: &str) -> Vec<FileLock> {
    let held: BTreeSet<FileLock> = text.lines().filter_map(parse).collect();
    held.into_iter().collect()
}

/// A line such as `1: FLOCK  ADVISORY  WRITE 4270 fe:00:10010743 0 EOF`; source: `proc_locks(5)`.
///
/// `None` for those who wait (`->` after the number), leases, locks on a part of a file, and locks whose holder has no
/// number here: 0 where it lives outside this namespace, -1 for a lock that belongs to an open file.
fn parse(line: &str) -> Option<FileLock> {
    let fields: Vec<&str> = line.split_ascii_whitespace().collect();
    let [_, "FLOCK" | "POSIX" | "OFDLCK", _, mode, pid, file, "0", "EOF"] = fields[..] else { return None };
    Some(FileLock {
        pid: pid.parse().ok().filter(|pid| *pid != 0)?,
        inode: file.rsplit(':').next()?.parse().ok()?,
        exclusive: mode == "WRITE",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holders_of_whole_files_are_found() {
        let held = |pid, inode, exclusive| Some(FileLock { pid, inode, exclusive });
        assert_eq!(parse("1: FLOCK  ADVISORY  WRITE 4270 fe:00:10010743 0 EOF"), held(4270, 10_010_743, true));
        assert_eq!(parse("2: POSIX  ADVISORY  READ  77 00:1a:5 0 EOF"), held(77, 5, false));
    }

    #[test]
    fn a_lock_told_twice_is_one() {
        let line = "1: FLOCK  ADVISORY  READ 4270 fe:00:7 0 EOF\n2: POSIX  ADVISORY  READ  77 00:1a:5 0 EOF\n";
        let told = [(77, 5), (4270, 7)].map(|(pid, inode)| FileLock { pid, inode, exclusive: false });
        assert_eq!(held(&line.repeat(2)), told);
    }

    #[test]
    fn waiters_leases_parts_and_unknown_holders_are_left_out() {
        for line in [
            "1: -> FLOCK  ADVISORY  WRITE 4271 fe:00:10010743 0 EOF",
            "3: LEASE  ACTIVE    READ 9 fe:00:8 0 EOF",
            "4: POSIX  ADVISORY  READ 9 fe:00:8 128 128",
            "5: OFDLCK ADVISORY  WRITE -1 fe:00:8 0 EOF",
            "6: FLOCK  ADVISORY  WRITE 0 fe:00:8 0 EOF",
            "",
        ] {
            assert_eq!(parse(line), None, "{line}");
        }
    }
}
