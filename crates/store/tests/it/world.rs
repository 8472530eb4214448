//! Transcripts told in a few words, and history read back as lines of text.

use std::path::PathBuf;

use topside_model::{
    AgentId, Billing, Bytes, Chapter, Charge, FileCursor, LeafNews, ModelId, PastSession, SessionId, SessionKey, Share,
    SizeClass, Terms, Timestamp, Tokens, Usage,
};
use topside_store::Store;

/// A moment, in minutes after midnight.
pub(crate) fn at(minute: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 / 86_400 * 86_400 + minute * 60).expect("a time")
}

/// A reply of so many tokens of output.
pub(crate) fn charge(mark: u64, minute: i64, output: u64) -> Charge {
    Charge {
        mark,
        shared: true,
        at: Some(at(minute)),
        billing: Billing { model: Some(ModelId::new("m")), terms: Terms::default(), size: SizeClass::default() },
        usage: Usage { output: Tokens(output), ..Usage::default() },
        share: Share::Own,
        settled: true,
    }
}

/// What `file` tells of a session of its own name: `charges`, the session's first record being of `first`.
pub(crate) fn chapter(file: &str, first: i64, charges: Vec<Charge>) -> Chapter {
    let session = PastSession {
        first_at: Some(at(first)),
        last_at: Some(at(first + 100)),
        ..PastSession::new(SessionKey { agent: AgentId::new("a"), id: SessionId::new(file) })
    };
    let cursor = FileCursor {
        agent: AgentId::new("a"),
        path: PathBuf::from(format!("/t/{file}")),
        id: (1, file.len() as u64),
        len: Bytes(10),
        modified: at(0),
        // As of a document, which is always read from its start.
        offset: Bytes(0),
        head: u64::MAX,
        before: 2,
        state: file.as_bytes().to_vec(),
    };
    Chapter { cursor, from: Bytes(0), anew: false, leaves: vec![LeafNews { rank: 0, session, charges }] }
}

/// Sums of history: `session quarter tokens replies`, sorted.
pub(crate) fn sums(store: &Store) -> Vec<String> {
    let mut buckets = Vec::new();
    let past = store.past().expect("it is read");
    past.buckets(|bucket| buckets.push(bucket)).expect("they are read");
    let line = |bucket: &topside_model::Bucket| {
        let session = &past.sessions[bucket.session].key.id;
        let quarter = bucket.start.map_or("?".to_owned(), |start| start.strftime("%H:%M").to_string());
        format!("{session} {quarter} {} in {}", bucket.usage.total().0, bucket.replies)
    };
    let mut lines: Vec<String> = buckets.iter().map(line).collect();
    lines.sort();
    lines
}

/// A history that was told these chapters, each by itself.
pub(crate) fn told(chapters: &[Chapter]) -> Store {
    let mut store = Store::in_memory().expect("there is memory");
    for chapter in chapters {
        store.commit(std::slice::from_ref(chapter)).expect("it is written");
    }
    store
}
