//! Fixtures, and decoding them to text.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use topside_collect::{Agent, Decoding, Layout, Level, Lines, Output, REGISTRY, Source};
use topside_model::{Event, SessionId, SourceId, Timestamp};
use topside_probe::{FileId, FileKind, FileStat};

/// Codex.
pub(crate) fn codex() -> &'static dyn Agent {
    agent("codex")
}

/// A recorded transcript.
#[derive(Debug, Clone)]
pub(crate) struct Fixture {
    /// Its folder.
    pub(crate) case: PathBuf,
    /// The agent that wrote it.
    agent: &'static str,
    /// The session its name tells.
    session: String,
}

impl Fixture {
    /// Everything the agent wrote.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        std::fs::read(self.case.join("input.jsonl")).expect("fixtures can be read")
    }

    /// Decodes `pieces` as they come.
    pub(crate) fn decode<'a>(&self, pieces: impl IntoIterator<Item = &'a [u8]>) -> Output {
        self.decode_at(Level::Full, pieces)
    }

    /// The same at any level.
    pub(crate) fn decode_at<'a>(&self, level: Level, pieces: impl IntoIterator<Item = &'a [u8]>) -> Output {
        decode_at(level, self.agent(), &self.source(), pieces)
    }

    /// Decodes the first `cut` bytes, saves, and goes on from what was saved with the rest.
    pub(crate) fn decode_with_restart(&self, level: Level, bytes: &[u8], cut: usize) -> Output {
        let (agent, source) = (self.agent(), self.source());
        let mut out = Output::default();
        let mut decoder = agent.decoder(&source, level, None);
        let mut lines = Lines::default();
        lines.feed(&bytes[..cut], &mut Decoding { decoder: &mut *decoder, out: &mut out });
        let (checkpoint, saved) = (lines.checkpoint(), decoder.save());
        // What was decided about the line in the middle is forgotten with the decoder, and decided again.
        out.events.retain(|event| event.origin.offset < checkpoint);
        let mut decoder = agent.decoder(&source, level, Some(&saved));
        let mut lines = Lines::at(checkpoint);
        let mut reader = Decoding { decoder: &mut *decoder, out: &mut out };
        lines.feed(&bytes[checkpoint as usize..], &mut reader);
        lines.finish(&mut reader);
        decoder.pause(&mut out);
        out
    }

    /// True when this agent wrote it.
    pub(crate) fn is_of(&self, agent: &str) -> bool {
        self.agent == agent
    }

    /// What a decoder remembers that has read it.
    pub(crate) fn saved(&self, level: Level) -> Vec<u8> {
        let mut decoder = self.agent().decoder(&self.source(), level, None);
        let mut out = Output::default();
        Lines::default().feed(&self.bytes(), &mut Decoding { decoder: &mut *decoder, out: &mut out });
        decoder.save()
    }

    /// The agent that wrote it.
    pub(crate) fn agent(&self) -> &'static dyn Agent {
        agent(self.agent)
    }

    /// The source it would be found as.
    pub(crate) fn source(&self) -> Source {
        Source { session: SessionId::new(&self.session), ..source(Layout::Lines) }
    }
}

/// Every recorded transcript of every agent.
pub(crate) fn fixtures() -> Vec<Fixture> {
    let agents = [("codex", "codex"), ("claude", "claude_code")];
    let found: Vec<Fixture> = agents.into_iter().flat_map(|(folder, agent)| recorded(folder, agent)).collect();
    assert!(found.len() >= 60, "the recorded cases are there");
    found
}

fn recorded(folder: &str, agent: &'static str) -> Vec<Fixture> {
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata").join(folder);
    let cases = std::fs::read_dir(cases).expect("fixtures are part of the project");
    let cases = cases.map(|case| case.expect("fixtures can be listed").path());
    let mut cases: Vec<PathBuf> = cases.filter(|case| case.join("input.jsonl").exists()).collect();
    cases.sort();
    cases.into_iter().map(|case| Fixture { session: named(&case, agent), case, agent }).collect()
}

/// The session that a fixture's original name tells; Codex says it in the file too.
fn named(case: &Path, agent: &str) -> String {
    if agent == "codex" {
        return "00000000-0000-7000-8000-000000000000".to_owned();
    }
    let provenance = std::fs::read_to_string(case.join("PROVENANCE.toml")).expect("every case says where it is from");
    let line = provenance.lines().find_map(|line| line.strip_prefix("file = ")).expect("and what it was called");
    let file = Path::new(line.trim_matches('"')).file_stem().expect("files have names");
    file.to_string_lossy().into_owned()
}

/// A registered agent.
pub(crate) fn agent(id: &str) -> &'static dyn Agent {
    REGISTRY.iter().copied().find(|agent| agent.manifest().id == id).expect("the agent is registered")
}

/// A source as discovery would make it.
pub(crate) fn source(layout: Layout) -> Source {
    let id = FileId { device: 1, inode: 1 };
    let stat = FileStat { kind: FileKind::File, id, len: 0, modified: Timestamp::UNIX_EPOCH };
    let session = SessionId::new("00000000-0000-7000-8000-000000000000");
    let (path, home) = (PathBuf::from("rollout.jsonl"), PathBuf::from("/home/u/.codex"));
    Source { id: SourceId(1), path, home: home.into(), stat, session, parent: None, rank: 1, layout, archived: false }
}

/// Decodes `pieces` of a Codex transcript as they come.
pub(crate) fn decode<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Output {
    decode_by(codex(), &source(Layout::Lines), pieces)
}

/// The same by any agent.
pub(crate) fn decode_by<'a>(agent: &dyn Agent, source: &Source, pieces: impl IntoIterator<Item = &'a [u8]>) -> Output {
    decode_at(Level::Full, agent, source, pieces)
}

/// The same at any level.
pub(crate) fn decode_at<'a>(
    level: Level,
    agent: &dyn Agent,
    source: &Source,
    pieces: impl IntoIterator<Item = &'a [u8]>,
) -> Output {
    let mut decoder = agent.decoder(source, level, None);
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
