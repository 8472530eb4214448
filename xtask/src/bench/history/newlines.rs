//! The least that reading transcripts can cost: their bytes, and where each line ends.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use anyhow::Context as _;

use crate::Verdict;
use crate::bench::history::homes::transcripts;

/// Larger ones are not quicker, and leave the processor's own memory.
const BUFFER: usize = 256 * 1024;

/// Counts the lines of every transcript in `home` one by one, on one core, and prints how many there are.
pub(super) fn run(home: &Path) -> anyhow::Result<Verdict> {
    let mut buffer = vec![0; BUFFER];
    let mut lines = 0;
    for path in transcripts(home)? {
        let mut file = File::open(&path).with_context(|| format!("open {}", path.display()))?;
        lines += count(&mut file, &mut buffer).with_context(|| format!("read {}", path.display()))?;
    }
    println!("{lines}");
    Ok(Verdict::Passed)
}

fn count(file: &mut File, buffer: &mut [u8]) -> std::io::Result<u64> {
    let mut lines = 0;
    loop {
        let read = file.read(buffer)?;
        if read == 0 {
            return Ok(lines);
        }
        // What knows only how many there are is quicker still, and could not read them.
        for _end in memchr::memchr_iter(b'\n', &buffer[..read]) {
            lines += 1;
        }
    }
}
