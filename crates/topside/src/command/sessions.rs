//! Pages about sessions as they are now, and what is done to them.

use std::time::Duration;

use topside_collect::{REGISTRY, Scope};
use topside_export::text::{self, Listing, Page};
use topside_export::{FindError, find, wire::v1};
use topside_model::{Session, Snapshot};

use super::past::remembered;
use super::{PULSE, alive, page, print_error, senseless, setup, unclear, unpriced, write, written};
use crate::act;
use crate::cli::{Ls, Options};
use crate::collecting::{self, Setup};
use crate::exit::Exit;
use crate::live::Live;
use crate::notify;

/// What sessions left behind is told of those that were written to within this time.
const LEFT_WITHIN: Duration = Duration::from_hours(7 * 24);

pub(super) fn listing(options: &Options, ls: &Ls) -> anyhow::Result<Exit> {
    if let Some(agent) = &ls.agent {
        let known: Vec<&str> = REGISTRY.iter().map(|agent| agent.manifest().id).collect();
        if !known.contains(&agent.as_str()) {
            return Ok(senseless(&format!("no agent is called {agent}; there are: {}", known.join(", "))));
        }
    }
    let setup = setup(options, ls.all)?;
    let face = |snapshot: &Snapshot| {
        let snapshot = of_agent(snapshot, ls.agent.as_deref());
        match (ls.json, ls.watch) {
            (true, true) => v1::snapshot(&snapshot, ls.text).to_json_line(),
            (true, false) => v1::snapshot(&snapshot, ls.text).to_json(),
            (false, _) => text::ls(&snapshot, &list(options, ls.agent.as_deref(), ls.all, ls.text), &page(options)),
        }
    };
    if !ls.watch {
        return written(write(&face(&collecting::once(&setup)?)));
    }
    let live = Live::start(&setup, None)?;
    let mut before = String::new();
    loop {
        let now = face(&live.latest());
        if now != before {
            let result = write(&now);
            if result.is_err() {
                return written(result);
            }
        }
        before = now;
        while live.bell.recv_timeout(PULSE).is_err() {
            alive(&live)?;
        }
    }
}

/// The same with the sessions of one agent only.
fn of_agent(snapshot: &Snapshot, agent: Option<&str>) -> Snapshot {
    let mut snapshot = snapshot.clone();
    if let Some(agent) = agent {
        snapshot.sessions.retain(|session| session.key.agent.as_str() == agent);
    }
    snapshot
}

pub(super) fn list<'a>(options: &Options, agent: Option<&'a str>, all: bool, text: bool) -> Listing<'a> {
    Listing { agent, all, recent: options.recent(), text }
}

pub(super) fn answer(options: &Options, face: impl Fn(&Snapshot, &Page) -> String) -> anyhow::Result<Exit> {
    let snapshot = collecting::once(&setup(options, false)?)?;
    written(write(&face(&snapshot, &page(options))))
}

/// A page about one session, wherever in history it is.
pub(super) fn about(
    options: &Options,
    wanted: &str,
    face: impl Fn(&Snapshot, &Session, &Page) -> String,
) -> anyhow::Result<Exit> {
    let snapshot = looked_for(wanted, |all| setup(options, all))?;
    match find(&snapshot, wanted) {
        Ok(session) => written(write(&face(&snapshot, session, &page(options)))),
        Err(error @ FindError::NotFound { .. }) => Ok(match remembered(options, wanted) {
            Some(said) => {
                print_error(&said);
                Exit::from(&error)
            }
            None => unclear(&error),
        }),
        Err(error) => Ok(unclear(&error)),
    }
}

/// Sessions as they are now; where none of them is `wanted`, all there ever were.
fn looked_for(wanted: &str, setup: impl Fn(bool) -> anyhow::Result<Setup>) -> anyhow::Result<Snapshot> {
    let snapshot = collecting::once(&setup(false)?)?;
    if find(&snapshot, wanted).is_ok() { Ok(snapshot) } else { collecting::once(&setup(true)?) }
}

/// Where topside looked, what it could not read, and how telling the user fares.
pub(super) fn examined(options: &Options, json: bool) -> anyhow::Result<Exit> {
    let snapshot = collecting::once(&setup(options, false)?)?;
    let snapshot = Snapshot { deliveries: notify::deliveries(options), ..snapshot };
    written(write(&if json { v1::doctor(&snapshot).to_json() } else { text::doctor(&snapshot, &page(options)) }))
}

/// Does something to the machine as it is now, where that is allowed: to the session `wanted`, where one is named.
pub(super) fn acting(
    options: &Options,
    wanted: Option<&str>,
    act: impl FnOnce(&Snapshot) -> anyhow::Result<Exit>,
) -> anyhow::Result<Exit> {
    options.may_act()?;
    act(&match wanted {
        Some(wanted) => looked_for(wanted, |all| unpriced(options, all))?,
        None => collecting::once(&unpriced(options, false)?)?,
    })
}

/// What could be won back; ended where that is wanted.
pub(super) fn reclaimed(options: &Options, asked: &act::Reclaim) -> anyhow::Result<Exit> {
    if asked.manner.yes {
        options.may_act()?;
    }
    let recent = options.recent().max(LEFT_WITHIN);
    let setup = Setup { scope: Scope::Current { recent }, ..unpriced(options, false)? };
    let snapshot = collecting::once_everywhere(&setup)?;
    let told = written(write(&if asked.json {
        v1::reclaim(&snapshot).to_json()
    } else {
        text::reclaim(&snapshot, &page(options))
    }))?;
    if options.is_read_only() || !asked.ends() { Ok(told) } else { act::reclaim(asked, &snapshot) }
}
