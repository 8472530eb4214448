//! Transcripts that real agents wrote, kept beside the collector that reads them.

use std::fs;
use std::path::Path;

use topside_model::Timestamp;

/// A transcript and the name its agent gave it.
#[derive(Clone)]
pub(crate) struct Transcript {
    /// `rollout-<local time>-<thread>.jsonl`.
    pub(crate) file: String,
    pub(crate) bytes: Vec<u8>,
}

impl Transcript {
    /// The transcript called `name` among the collector's fixtures.
    pub(crate) fn of(name: &str) -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../collect/testdata/codex").join(name);
        let provenance = fs::read_to_string(folder.join("PROVENANCE.toml")).expect("a fixture says where it is from");
        let file = provenance.lines().find_map(|line| line.strip_prefix("file = \"")?.strip_suffix('"'));
        let file = file.expect("a fixture says what its file was called").to_owned();
        Self { file, bytes: fs::read(folder.join("input.jsonl")).expect("a fixture has an input") }
    }

    /// The thread it belongs to.
    pub(crate) fn thread(&self) -> &str {
        let end = self.file.find(".jsonl").expect("a transcript's name ends with what it is");
        let stem = &self.file[..self.file.find('_').unwrap_or(end)];
        &stem[stem.len() - 36..]
    }

    /// The dated folder it lies in, below `sessions`.
    pub(crate) fn folder(&self) -> String {
        self.file["rollout-".len()..][.."2026-11-20".len()].replace('-', "/")
    }

    /// Its lines, each with its end.
    pub(crate) fn lines(&self) -> Vec<&[u8]> {
        self.bytes.split_inclusive(|byte| *byte == b'\n').collect()
    }

    /// When its last record was written.
    pub(crate) fn last_at(&self) -> Timestamp {
        let last = self.lines().last().copied().expect("a transcript has lines");
        let record: serde_json::Value = serde_json::from_slice(last).expect("a record");
        record["timestamp"].as_str().expect("a record has a time").parse().expect("a time")
    }

    /// The same as the work of another thread.
    #[cfg(unix)]
    pub(crate) fn as_thread(&self, thread: &str) -> Self {
        self.with(self.thread(), thread)
    }

    /// The same with `old` replaced by `new`, also in its name.
    #[cfg(unix)]
    pub(crate) fn with(&self, old: &str, new: &str) -> Self {
        let text = String::from_utf8(self.bytes.clone()).expect("fixtures are text");
        Self { bytes: text.replace(old, new).into_bytes(), file: self.file.replace(old, new) }
    }
}
