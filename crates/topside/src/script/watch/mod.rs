//! `topside watch`: what happens, event by event.

mod cursor;
mod replay;

use std::collections::BTreeSet;
use std::io::{self, BufWriter, Write};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use clap::Args;
use topside_engine::changes;
use topside_export::text;
use topside_export::wire::v1::{EventV1, SubjectV1, WhatV1};
use topside_model::{Snapshot, Timestamp};

use self::cursor::Cursor;
use super::{pick::Pick, reader};
use crate::cli::Options;
use crate::command::{alive, history_place, page, stop_flag, unpriced, written};
use crate::exit::Exit;
use crate::live::Live;

/// How often it is asked whether anybody still reads, while nothing happens.
const REST: Duration = Duration::from_secs(1);

/// `topside watch`.
#[derive(Debug, Args)]
pub(crate) struct Watch {
    /// Print JSON, one event on each line
    #[arg(long)]
    jsonl: bool,
    /// Tell what happened since the line with this cursor first, as far as history and transcripts know it
    #[arg(long, value_name = "CURSOR")]
    since: Option<Cursor>,
    /// Only this session: its id, the start of its id, or its name
    #[arg(long, value_name = "SESSION")]
    session: Option<String>,
    /// Include what agents ask
    #[arg(long)]
    text: bool,
    #[command(flatten)]
    pick: Pick,
}

impl Watch {
    /// True for an event that is asked for. A gap is told to everybody; limits are nobody's but an agent's.
    fn takes(&self, event: &EventV1) -> bool {
        match (&event.session, &event.what) {
            (_, WhatV1::Gap { .. }) => true,
            (_, WhatV1::LimitObserved { limit }) => self.session.is_none() && self.pick.takes(&limit.agent, None),
            (_, WhatV1::ConflictBegan { conflict } | WhatV1::ConflictEnded { conflict }) => {
                conflict.sessions.iter().any(|session| self.means(session))
            }
            (Some(session), _) => self.means(session),
            (None, _) => self.session.is_none() && self.pick.is_open(),
        }
    }

    fn means(&self, session: &SubjectV1) -> bool {
        let called = |name: &String, wanted: &str| name.to_lowercase() == wanted.to_lowercase();
        let picked = self.pick.takes(&session.agent, session.project.as_deref());
        picked
            && self.session.as_deref().is_none_or(|wanted| {
                session.id.starts_with(wanted) || session.name.as_ref().is_some_and(|name| called(name, wanted))
            })
    }
}

/// Watches until it is told to end, or nobody reads any more.
pub(crate) fn watch(options: &Options, asked: &Watch) -> anyhow::Result<Exit> {
    let live = Live::start(&unpriced(options, false)?, None)?;
    let ringing = live.clone();
    let stop = stop_flag(move || ringing.ring())?;
    let mut before = live.latest();
    let mut lines = Lines::new(options, asked);
    let started = before.taken_at;
    // A cursor of a later moment than now gives way to now: what goes on from it would stay in that moment.
    let since = asked.since.map_or(Cursor(started), |cursor| Cursor(cursor.0.min(started)));
    // What is so at the start is told as if it had come since the beginning of time, so that each start tells the same.
    let mut events = news(&Snapshot::empty(Timestamp::UNIX_EPOCH), &before, asked.text);
    let told = match asked.since {
        Some(cursor) => {
            let mut kept = replay::replay(history_place(options).as_deref(), &before, cursor);
            // What is still so is told as it is now.
            for kept in &mut kept {
                if let Some(event) = events.iter().find(|event| event.id == kept.id) {
                    kept.clone_from(event);
                }
            }
            let told = kept.iter().map(|event| event.id.clone()).collect();
            if let Err(error) = lines.tell_kept(&kept, since) {
                return written(Err(error));
            }
            told
        }
        None => BTreeSet::new(),
    };
    // But for what was told before.
    events.retain(|event| !told.contains(&event.id));
    let mut until = since;
    loop {
        let now = Cursor(before.taken_at);
        if let Err(error) = lines.tell(&events, until, now) {
            return written(Err(error));
        }
        until = now;
        while live.bell.recv_timeout(REST).is_err() && !reader::is_gone() {
            alive(&live)?;
        }
        // A bell that rings each second leaves no rest in which it could be asked.
        if stop.load(Ordering::Relaxed) || reader::is_gone() {
            return Ok(Exit::Ok);
        }
        let after = live.latest();
        events = news(&before, &after, asked.text);
        before = after;
    }
}

fn news(before: &Snapshot, after: &Arc<Snapshot>, text: bool) -> Vec<EventV1> {
    changes(before, after).iter().map(|change| EventV1::of(change, text)).collect()
}

/// The lines that are written.
struct Lines<'a> {
    asked: &'a Watch,
    page: text::Page,
    out: BufWriter<io::StdoutLock<'static>>,
    seq: u64,
}

impl<'a> Lines<'a> {
    fn new(options: &Options, asked: &'a Watch) -> Self {
        Self { asked, page: page(options), out: BufWriter::new(io::stdout().lock()), seq: 0 }
    }

    /// Tells what was kept since a cursor, by time: after each event one can go on from its time.
    fn tell_kept(&mut self, events: &[EventV1], since: Cursor) -> io::Result<()> {
        for event in events.iter().filter(|event| self.asked.takes(event)) {
            let is_gap = matches!(event.what, WhatV1::Gap { .. });
            let reached: Timestamp = if is_gap { since.0 } else { event.moment.max(since.0) };
            self.line(event, Cursor(reached))?;
        }
        self.out.flush()
    }

    /// Tells what came between two looks. Only after the last event is one as far as the second.
    fn tell(&mut self, events: &[EventV1], until: Cursor, now: Cursor) -> io::Result<()> {
        let mut events = events.iter().filter(|event| self.asked.takes(event)).peekable();
        while let Some(event) = events.next() {
            let reached = if events.peek().is_some() { until } else { now };
            self.line(event, reached)?;
        }
        self.out.flush()
    }

    fn line(&mut self, event: &EventV1, reached: Cursor) -> io::Result<()> {
        self.seq += 1;
        if self.asked.jsonl {
            writeln!(self.out, "{}", event.to_json_line(self.seq, &reached.to_string()))
        } else {
            write!(self.out, "{}", text::event(event, &self.page))
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;
    use topside_export::wire::v1::KindV1;

    use super::*;
    use crate::cli::{Cli, Command};

    fn watch(words: &str) -> Watch {
        let cli = Cli::try_parse_from(["topside", "watch"].into_iter().chain(words.split_whitespace()));
        match cli.expect("a command line").command {
            Some(Command::Watch(watch)) => watch,
            other => panic!("{other:?} is no watch"),
        }
    }

    fn gap() -> EventV1 {
        EventV1::gap((Timestamp::UNIX_EPOCH, Timestamp::UNIX_EPOCH), &[], &[], "a test")
    }

    /// An event of the session `a1b2`, called `Release`, of the project `shop`.
    fn appeared() -> EventV1 {
        let session = SubjectV1 {
            agent: "codex".to_owned(),
            id: "a1b2".to_owned(),
            name: Some("Release".to_owned()),
            kind: KindV1::User,
            parent: None,
            project: Some("shop".to_owned()),
            cwd: None,
        };
        EventV1 { session: Some(session), what: WhatV1::SessionAppeared { status: None }, ..gap() }
    }

    #[track_caller]
    fn check(words: &str, expected: bool) {
        assert_eq!(watch(words).takes(&appeared()), expected, "{words}");
    }

    #[test]
    fn sessions_are_picked_by_agent_project_id_and_name() {
        check("", true);
        check("--agent codex --project shop", true);
        check("--agent claude_code", false);
        check("--project sho", false);
        check("--session a1", true);
        check("--session release", true);
        check("--session b2", false);
        check("--session a1 --agent claude_code", false);
    }

    #[test]
    fn everybody_is_told_of_a_gap_and_only_those_who_ask_for_all_of_what_is_nobodys() {
        let nobodys = EventV1 { session: None, ..appeared() };
        for words in ["--agent codex", "--project shop", "--session a1"] {
            assert!(watch(words).takes(&gap()) && !watch(words).takes(&nobodys), "{words}");
        }
        assert!(watch("").takes(&nobodys));
    }
}
