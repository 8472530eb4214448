//! Pages about what history holds: usage, waits, limits, prices, the database itself.

use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context;
use topside_catalog::text::neutralise;
use topside_collect::Scope;
use topside_export::{text, wire::v1};
use topside_model::{Problem, Timestamp, Untrusted};
use topside_store::{Past, Store};

use super::{is_gone, own_zone, page, page_in, print_error, senseless, setup, unpriced, write, written};
use crate::budgets;
use crate::cli::Options;
use crate::collecting::{self, Setup};
use crate::db::{self, Db, Moment};
use crate::exit::Exit;
use crate::history::{self, Means, Question, Told};
use crate::meter::Meter;
use crate::price_update;
use crate::prices::{self, Known, What, own_tables};
use crate::usage::{self, Reported, Usage};
use crate::waits::{self, Waits};

/// So many hours back it is looked for limits, one after the other, where no session of now reports one.
const FARTHER: [u64; 4] = [1, 6, 24, 7 * 24];

/// Limits, who used them, and budgets.
pub(super) fn limited(options: &Options, json: bool) -> anyhow::Result<Exit> {
    let mut setup = setup(options, false)?;
    let mut snapshot = collecting::once(&setup)?;
    // A limit outlasts the session that reported it. No more is read than it takes to find one.
    for hours in FARTHER {
        if snapshot.limits.is_empty() {
            setup.scope = Scope::Current { recent: options.recent().max(Duration::from_hours(hours)) };
            snapshot = collecting::once(&setup)?;
        }
    }
    let mut end = Exit::Ok;
    if !(snapshot.limits.is_empty() && options.set.budgets.is_empty()) {
        let at = (own_zone, snapshot.taken_at);
        let told = with_past(options, &setup, &|past: &Past<'_>, _| {
            budgets::standing(&options.set.budgets, &snapshot.limits, past, &setup.prices, at)
        })?;
        (snapshot.budgets, snapshot.limit_use) = (told.answer.budgets, told.answer.limit_use);
        end = ending(told.lost.as_ref());
    }
    let page = if json { v1::limits(&snapshot).to_json() } else { text::limits(&snapshot, &page(options)) };
    written(write(&page)).map(|_| end)
}

/// What was used, and the budgets of which that is nearly everything.
pub(super) fn used(options: &Options, asked: &Usage) -> anyhow::Result<Exit> {
    let query = match usage::query(asked, own_zone) {
        Ok(query) => query,
        Err(error) => return Ok(senseless(&error)),
    };
    let setup = unpriced(options, true)?;
    let own = own_tables(options)?;
    let page = page_in(options, query.zone.clone());
    let question = Reported::new((asked, query), page, own, &options.set.budgets);
    let told = with_past(options, &setup, &question)?;
    if let Some(note) = &told.answer.note {
        print_error(note);
    }
    let end = ending(told.lost.as_ref());
    let left_out = left_out(&told, history_place(options).as_deref());
    written(write(&question.face(told.answer, &left_out))).map(|_| end)
}

/// How long sessions waited for a person.
pub(super) fn waited(options: &Options, asked: &Waits) -> anyhow::Result<Exit> {
    let query = match waits::query(asked, own_zone) {
        Ok(query) => query,
        Err(error) => return Ok(senseless(&error)),
    };
    let setup = unpriced(options, true)?;
    let told = with_past(options, &setup, &|past: &Past<'_>, now| waits::report(query.clone(), past, now))?;
    // No transcript tells of them: nothing is known without history.
    if let Some(lost) = told.lost {
        return Err(lost);
    }
    let (report, note) = told.answer;
    if let Some(note) = note {
        print_error(&note);
    }
    written(write(&waits::face(asked, &report, &page(options))))
}

/// Prices, the models that have none, or another table of one's own.
pub(super) fn priced(options: &Options, asked: &prices::Asked) -> anyhow::Result<Exit> {
    let page = page(options);
    let now = options.now.unwrap_or_else(Timestamp::now);
    let (which, checks) = match &asked.what {
        Some(What::Update(_)) if !asked.which.is_all() => {
            return Ok(senseless("--model and --json are for lists of prices; leave them out"));
        }
        Some(What::Update(update)) => {
            if !update.dry_run {
                options.may_act()?;
            }
            return written(write(&price_update::update(update, options, &page)?));
        }
        Some(What::Check(which)) => (which.or(&asked.which), true),
        Some(What::List(which)) => (which.or(&asked.which), false),
        None => (asked.which.clone(), false),
    };
    let known = Known::read(options)?;
    if !checks {
        return written(write(&prices::list(&which, &known, now, &page)));
    }
    let setup = unpriced(options, true)?;
    let question = |past: &Past<'_>, now| Ok((prices::gaps(&which, &known, past)?, now));
    let told = with_past(options, &setup, &question)?;
    let (end, (found, now)) = (ending(told.lost.as_ref()), told.answer);
    written(write(&prices::check(&which, &known, found, now, &page))).map(|_| end)
}

/// How a command ends whose figures lack what history holds, where that is `lost`: it says so, and a script learns it too.
fn ending(lost: Option<&anyhow::Error>) -> Exit {
    let Some(lost) = lost else { return Exit::Ok };
    print_error(&history::missing(lost));
    Exit::Failure
}

/// What an answer leaves out: what could not be read, and what history at `place` holds where that is lost.
fn left_out<T>(told: &Told<T>, place: Option<&Path>) -> Vec<Problem> {
    let problem = |path: &Path, what| Problem { path: Untrusted::new(path.to_string_lossy()), what };
    let lost = told.lost.iter().zip(place).map(|(lost, place)| problem(place, history::missing(lost)));
    let unread = told.gaps.unreadable.iter().map(|(path, error)| problem(path, error.to_string()));
    lost.chain(unread).collect()
}

/// What history answers, when everything new is read.
fn with_past<Q: Question>(options: &Options, setup: &Setup, question: &Q) -> anyhow::Result<Told<Q::Answer>> {
    let host = setup.host()?;
    let place = history_place(options);
    let mut meter = Meter::new();
    let told = history::ask(place.as_deref(), Means::all(&*host, setup), |progress| meter.tell(progress), question)?;
    drop(meter);
    let but = if place.is_some() && told.lost.is_none() { ", but for what was read before" } else { "" };
    for (path, error) in &told.gaps.unreadable {
        print_error(&format!("{} is left out{but}: {error}", neutralise(&path.to_string_lossy())));
    }
    if let Some(note) = &told.note {
        print_error(note);
    }
    Ok(told)
}

/// What history says of sessions that left no transcript, where it knows any whose ids begin with `wanted`.
pub(super) fn remembered(options: &Options, wanted: &str) -> Option<String> {
    let store = Store::open_to_read(&history_place(options)?).ok()??;
    let past = store.past().ok()?;
    let ids = past.sessions.iter().map(|session| session.key.id.as_str());
    let found: Vec<&str> = ids.filter(|id| !wanted.is_empty() && id.starts_with(wanted)).collect();
    let more = found.len().saturating_sub(1);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    let id = neutralise(found.first()?);
    Some(format!(
        "no transcript is left of session {id}{more}; history still tells what was used: `topside usage session`"
    ))
}

/// Where history is kept; under `--root` nowhere but where the user says.
pub(crate) fn history_place(options: &Options) -> Option<PathBuf> {
    options.history.clone().or_else(|| options.root.is_none().then(history::usual_place).flatten())
}

pub(super) fn after_the_database(options: &Options, asked: &Db) -> anyhow::Result<Exit> {
    if let db::What::Export(asked) = &asked.what
        && let Err(error) = usage::in_order(asked.since, asked.until)
    {
        return Ok(senseless(&error));
    }
    if asked.what.writes() {
        options.may_act()?;
    }
    let place =
        history_place(options).context("find where history is kept: under --root nowhere; say --history FILE")?;
    let now = options.now.unwrap_or_else(Timestamp::now);
    let moment = Moment { place: &place, now, zone: &own_zone() };
    match db::run(asked.what, moment, &mut BufWriter::new(io::stdout().lock())) {
        Err(error) if !is_gone(error.downcast_ref()) => Err(error),
        _ => Ok(Exit::Ok),
    }
}
