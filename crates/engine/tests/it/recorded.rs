//! Real transcripts, decoded.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use topside_collect::{Agent, Decoding, Layout, Level, Lines, Output, REGISTRY, Source};
use topside_engine::Engine;
use topside_model::{Event, SessionId, Snapshot, SourceId, Timestamp};
use topside_probe::{FileId, FileKind, FileStat};

use crate::scene::agent;

/// Names and events of every recorded transcript.
pub(crate) static TRANSCRIPTS: LazyLock<Vec<(String, Vec<Event>)>> = LazyLock::new(|| {
    let mut names: Vec<String> = cases().iter().map(|case| file_name(case)).collect();
    names.sort();
    assert!(names.len() >= 18, "the recorded cases are there");
    names.into_iter().map(|name| (name.clone(), transcript(&name, 1))).collect()
});

/// Events of one recorded transcript, as the file of the given place among those of its session.
#[expect(clippy::disallowed_methods, reason = "recorded transcripts are files")]
pub(crate) fn transcript(name: &str, rank: u64) -> Vec<Event> {
    let bytes = std::fs::read(folder().join(name).join("input.jsonl")).expect("a case has an input");
    let agent: &dyn Agent = *REGISTRY.iter().find(|agent| agent.manifest().id == "codex").expect("codex is registered");
    let mut decoder = agent.decoder(&source(rank), Level::Full, None);
    let mut out = Output::default();
    let mut lines = Lines::default();
    let mut reader = Decoding { decoder: &mut *decoder, out: &mut out };
    lines.feed(&bytes, &mut reader);
    lines.finish(&mut reader);
    decoder.pause(&mut out);
    out.events
}

/// What the engine shows after `events`, long after they happened.
pub(crate) fn shown<'a>(events: impl IntoIterator<Item = &'a Event>) -> Snapshot {
    let mut engine = Engine::new();
    events.into_iter().for_each(|event| engine.apply(&agent(), event.clone()));
    engine.snapshot("2026-11-20T05:00:00Z".parse().expect("a time"))
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../collect/testdata/codex")
}

#[expect(clippy::disallowed_methods, reason = "recorded transcripts are files")]
fn cases() -> Vec<PathBuf> {
    let cases = std::fs::read_dir(folder()).expect("fixtures are part of the project");
    let cases = cases.map(|case| case.expect("fixtures can be listed").path());
    cases.filter(|case| case.join("input.jsonl").exists()).collect()
}

fn file_name(path: &Path) -> String {
    path.file_name().expect("a case has a name").to_string_lossy().into_owned()
}

fn source(rank: u64) -> Source {
    let id = FileId { device: 1, inode: rank };
    let stat = FileStat { kind: FileKind::File, id, len: 0, modified: Timestamp::UNIX_EPOCH };
    Source {
        id: SourceId(rank as u32),
        path: "rollout.jsonl".into(),
        home: Path::new("/home/u/.codex").into(),
        stat,
        session: SessionId::new("00000000-0000-7000-8000-000000000000"),
        parent: None,
        rank,
        layout: Layout::Lines,
        archived: false,
    }
}
