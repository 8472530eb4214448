//! Fixtures, and decoding them to text.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use topside_collect::{Agent, Decoding, Layout, Lines, Output, REGISTRY, Source};
use topside_model::{Event, SessionId, SourceId, Timestamp};
use topside_probe::{FileId, FileKind, FileStat};

/// Codex.
pub(crate) fn codex() -> &'static dyn Agent {
    REGISTRY.iter().copied().find(|agent| agent.manifest().id == "codex").expect("codex is registered")
}

/// Every recorded transcript: its agent's id and its file.
pub(crate) fn fixtures() -> Vec<PathBuf> {
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/codex");
    let mut found: Vec<PathBuf> = std::fs::read_dir(cases)
        .expect("fixtures are part of the project")
        .map(|case| case.expect("fixtures can be listed").path().join("input.jsonl"))
        .filter(|input| input.exists())
        .collect();
    found.sort();
    assert!(found.len() >= 18, "the recorded cases are there");
    found
}

/// A source as discovery would make it.
pub(crate) fn source(layout: Layout) -> Source {
    let id = FileId { device: 1, inode: 1 };
    let stat = FileStat { kind: FileKind::File, id, len: 0, modified: Timestamp::UNIX_EPOCH };
    let session = SessionId::new("00000000-0000-7000-8000-000000000000");
    let (path, home) = (PathBuf::from("rollout.jsonl"), PathBuf::from("/home/u/.codex"));
    Source { id: SourceId(1), path, home, stat, session, rank: 1, layout, archived: false }
}

/// Decodes `pieces` as they come.
pub(crate) fn decode<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Output {
    let mut decoder = codex().decoder(&source(Layout::Lines), None);
    let mut lines = Lines::default();
    let mut out = Output::default();
    let mut reader = Decoding { decoder: &mut *decoder, out: &mut out };
    for piece in pieces {
        lines.feed(piece, &mut reader);
    }
    lines.finish(&mut reader);
    decoder.pause(&mut out);
    out
}

/// Decodes the first `cut` bytes, saves, and goes on from what was saved with the rest.
pub(crate) fn decode_with_restart(bytes: &[u8], cut: usize) -> Output {
    let mut out = Output::default();
    let mut decoder = codex().decoder(&source(Layout::Lines), None);
    let mut lines = Lines::default();
    lines.feed(&bytes[..cut], &mut Decoding { decoder: &mut *decoder, out: &mut out });
    let (checkpoint, saved) = (lines.checkpoint(), decoder.save());
    // What was decided about the line in the middle is forgotten with the decoder, and decided again.
    out.events.retain(|event| event.origin.offset < checkpoint);
    let mut decoder = codex().decoder(&source(Layout::Lines), Some(&saved));
    let mut lines = Lines::at(checkpoint);
    let mut reader = Decoding { decoder: &mut *decoder, out: &mut out };
    lines.feed(&bytes[checkpoint as usize..], &mut reader);
    lines.finish(&mut reader);
    decoder.pause(&mut out);
    out
}

/// One line of text per event.
pub(crate) fn text(out: &Output) -> String {
    let mut text = String::new();
    for Event { session, at, origin, kind } in &out.events {
        let at = at.map_or("-".to_owned(), |at| format!("{at:.3}"));
        let short = session.as_str().get(..8).unwrap_or(session.as_str());
        writeln!(text, "{short} {:>7} {at} {kind:?}", origin.offset).expect("strings take everything");
    }
    for ((kind, version), count) in &out.unknown {
        writeln!(text, "unknown {kind} of {version:?}: {count}").expect("strings take everything");
    }
    if out.unreadable > 0 {
        writeln!(text, "unreadable: {}", out.unreadable).expect("strings take everything");
    }
    text
}
