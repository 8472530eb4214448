//! What came into a context, and what it has cost since, by hand.
//!
//! One token of input costs 10, of what is read from the cache 1, of what is written to it 20; money is in these units.

mod forks;
mod growth;
mod properties;

use topside_engine::{Engine, Prices};
use topside_model::{
    Added, Addition, Bytes, EventKind, Growth, ModelId, Money, Outcome, ResponseId, SessionId, Share, SourceId, Terms,
    Tokens, Untrusted, Usage, Work,
};

use crate::scene::{Scene, at, start};

/// A token of input costs ten units of money.
fn prices() -> Prices {
    let json = r#"{"prices": [{"models": ["m"], "input": "0.000010", "cache_read": "0.000001",
        "cache_write_5m": "0.000020", "output": "0.000100"}]}"#;
    Prices::parse(json).expect("prices")
}

/// Tokens of a reply: afresh, from the cache, into the cache, written.
fn tokens([input, read, written, output]: [u64; 4]) -> Usage {
    Usage {
        input_uncached: Tokens(input),
        cache_read: Tokens(read),
        cache_write_5m: Tokens(written),
        output: Tokens(output),
        ..Usage::default()
    }
}

trait Tells: Sized {
    fn tells(self, kind: EventKind) -> Self;

    fn replies(self, id: &str, usage: [u64; 4]) -> Self {
        self.replies_as(id, tokens(usage), Share::Own, "m")
    }

    fn replies_as(self, id: &str, usage: Usage, share: Share, model: &str) -> Self {
        let (response, model) = (ResponseId::new(id), Some(ModelId::new(model)));
        self.tells(EventKind::ResponseUsage { response, model, usage, terms: Terms::default(), share, settled: true })
    }

    fn asks(self, size: Option<u64>) -> Self {
        self.tells(EventKind::PromptSent { prompt: None, text: None, size: size.map(Bytes) })
    }

    /// A call of a tool, called like its work, and its result.
    fn gets(self, call: &str, work: Work, file: Option<&str>, size: Option<u64>) -> Self {
        let mut start = start(call, work, false);
        start.reads = file.map(Untrusted::new);
        let call = start.call.clone();
        let (outcome, size) = (Outcome::Completed, size.map(Bytes));
        self.tells(EventKind::ToolStarted(Box::new(start))).tells(EventKind::ToolFinished {
            call,
            outcome,
            exit_code: None,
            took: None,
            delivered: true,
            size,
        })
    }
}

impl Tells for Scene {
    fn tells(self, kind: EventKind) -> Self {
        self.says(20, kind)
    }
}

fn growth(scene: &Scene) -> Growth {
    let mut engine = Engine::priced(prices());
    scene.tell(&mut engine, SourceId(1));
    let snapshot = engine.snapshot(at(100));
    let session = snapshot.session(&SessionId::new(scene.id)).expect("the session is there");
    Growth::clone(&session.detail.growth)
}

fn line(added: &Added) -> String {
    let Added { what, times, tokens, held, cost } = added;
    let name = match what {
        Addition::Tool(name) | Addition::File(name) => format!(" {}", name.raw()),
        Addition::Prompt(number) => format!(" {number}"),
        _ => String::new(),
    };
    let cost = cost.map_or("?".to_owned(), |Money(units)| units.to_string());
    format!("{}{name} ×{times} {}/{} {cost}", what.id(), tokens.0, held.0)
}

/// Compares what came in, dearest first: how often, tokens added and still there, what it has cost.
#[track_caller]
fn check(scene: &Scene, expected: &[&str]) {
    assert_eq!(growth(scene).items.iter().map(line).collect::<Vec<_>>(), expected);
}
