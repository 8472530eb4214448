//! Decodes transcripts at the level of history and prints how many bytes, events and tokens they hold:
//! `decode_usage [--full] AGENT FILE…`. Measured by `cargo xtask bench decode`.
#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a program to measure has a command line and files"
)]

use std::error::Error;
use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::Path;

use memchr::memrchr;
use topside_collect::{Agent, Decoding, Layout, Level, Lines, Output, REGISTRY, Source};
use topside_model::{EventKind, SessionId, SourceId, Timestamp};
use topside_probe::{FileId, FileKind, FileStat};

/// Bytes read at once, as the collector does it.
const BUFFER: usize = 256 * 1024;

#[derive(Default)]
struct Sums {
    bytes: u64,
    events: u64,
    tokens: u64,
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut args: Vec<String> = std::env::args().skip(1).collect();
    let full = args.first().is_some_and(|arg| arg == "--full");
    let level = if full { Level::Full } else { Level::Usage };
    let mut args = args.drain(usize::from(full)..);
    let id = args.next().ok_or("no agent is named")?;
    let agent = REGISTRY.iter().copied().find(|agent| agent.manifest().id == id).ok_or("no such agent")?;
    let mut buffer = vec![0; BUFFER];
    let mut sums = Sums::default();
    for path in args {
        decode(agent, level, Path::new(&path), &mut buffer, &mut sums)?;
    }
    println!("{} {} {}", sums.bytes, sums.events, sums.tokens);
    Ok(())
}

fn decode(
    agent: &dyn Agent,
    level: Level,
    path: &Path,
    buffer: &mut [u8],
    sums: &mut Sums,
) -> Result<(), Box<dyn Error>> {
    let mut file = File::open(path)?;
    let mut decoder = agent.decoder(&source(path), level, None);
    let (mut lines, mut out) = (Lines::default(), Output::default());
    loop {
        file.seek(SeekFrom::Start(lines.position()))?;
        let count = file.read(buffer)?;
        let mut reader = Decoding { decoder: &mut *decoder, out: &mut out };
        if count == 0 {
            lines.finish(&mut reader);
            break;
        }
        let end = memrchr(b'\n', &buffer[..count]).filter(|_| count == buffer.len()).map_or(count, |end| end + 1);
        lines.feed(&buffer[..end], &mut reader);
    }
    sums.bytes += lines.position();
    decoder.pause(&mut out);
    sums.events += out.events.len() as u64;
    for event in &out.events {
        if let EventKind::ResponseUsage { usage, .. } = &event.kind {
            sums.tokens += usage.total().0;
        }
    }
    Ok(())
}

fn source(path: &Path) -> Source {
    let session = SessionId::new(path.file_stem().unwrap_or_default().to_string_lossy());
    let id = FileId { device: 0, inode: 0 };
    let stat = FileStat { kind: FileKind::File, id, len: 0, modified: Timestamp::UNIX_EPOCH };
    let (path, home) = (path.to_owned(), Path::new("").into());
    let layout = Layout::Lines;
    Source { id: SourceId(0), path, home, stat, session, parent: None, rank: 0, layout, archived: false }
}
