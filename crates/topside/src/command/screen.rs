//! The screen, on this machine or on a simulated fleet, and telling a person without one.

use std::cell::RefCell;
use std::io::{self, IsTerminal};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use anyhow::Context;
use crossbeam_channel::{Receiver, never};
use topside_export::text;
use topside_model::{Snapshot, Timestamp};
use topside_store::Days;
use topside_tui::{Acts, Effect, Options as Screen, Theme};

use super::past::history_place;
use super::sessions::list;
use super::{own_zone, page, setup, write, written};
use crate::act::{Actor, OsHands};
use crate::cli::Options;
use crate::collecting::Setup;
use crate::demo;
use crate::exit::Exit;
use crate::history::Keeping;
use crate::live::Live;
use crate::notify;

pub(super) fn screen(options: &Options) -> anyhow::Result<Exit> {
    let live = keeping_live(options)?;
    let fixed = options.now;
    let aside = notify::beside(&live, options);
    let ringing = live.clone();
    let told = stop_flag(move || ringing.ring())?;
    let acting = live.clone();
    // Where nothing can be done, the screen offers nothing.
    let hands = if options.is_read_only() { None } else { OsHands::new().ok() };
    let actor = hands.map(|hands| Actor::start(Box::new(hands), move || acting.latest()));
    let shown = Shown {
        latest: &|| live.latest(),
        bell: &live.bell,
        stop: &|| told.load(Ordering::Relaxed) || live.is_dead(),
        now: &|| fixed.unwrap_or_else(Timestamp::now),
        aside: &aside,
        actor: actor.as_ref(),
    };
    let exit = show(options, &shown)?;
    alive(&live)?;
    live.end();
    Ok(exit)
}

/// Collects, and keeps history.
fn keeping_live(options: &Options) -> anyhow::Result<Live> {
    let keeping = history_place(options).map(|place| keeping(options, place));
    Live::start(&Setup { loaded_first: true, ..setup(options, false)? }, keeping)
}

/// Rules of what a person is told, and telling without a screen.
pub(super) fn notifying(options: &Options, what: notify::What) -> anyhow::Result<Exit> {
    notify::run(
        what,
        options,
        || keeping_live(options),
        |live| {
            let ringing = live.clone();
            let told = stop_flag(move || ringing.ring())?;
            Ok(Box::new(move || told.load(Ordering::Relaxed)))
        },
    )
}

/// How the screen keeps history.
fn keeping(options: &Options, place: PathBuf) -> Keeping {
    let (budgets, keep) = (options.set.budgets.clone(), options.set.keep_days.map(Days));
    Keeping { place, zone: own_zone(), budgets, keep }
}

pub(crate) fn alive(live: &Live) -> anyhow::Result<()> {
    anyhow::ensure!(!live.is_dead(), "collect: the collecting thread panicked; this is a defect of topside");
    Ok(())
}

pub(super) fn show_demo(options: &Options) -> anyhow::Result<Exit> {
    let start = Instant::now();
    let clock = || options.now.unwrap_or_else(Timestamp::now);
    if !io::stdout().is_terminal() {
        let fleet = text::ls(&demo::fleet(clock(), 0), &list(options, None, true, false), &page(options));
        return written(write(&fleet));
    }
    // A new fleet a second; the same one in between, so that a calm screen stays calm. No other one while the clock
    // stands still, so that its pictures are always the same.
    let kept = RefCell::new((u64::MAX, Arc::new(Snapshot::empty(clock()))));
    let history = Arc::new(demo::history(clock(), &own_zone()));
    let fleet = || {
        let tick = if options.now.is_some() { 0 } else { start.elapsed().as_secs() };
        let mut kept = kept.borrow_mut();
        if kept.0 != tick {
            let history = Some(Arc::clone(&history));
            *kept = (tick, Arc::new(Snapshot { history, ..demo::fleet(clock(), tick) }));
        }
        Arc::clone(&kept.1)
    };
    let told = stop_flag(|| {})?;
    let actor = (!options.is_read_only()).then(Actor::of_demo);
    let stop = || told.load(Ordering::Relaxed);
    let (bell, aside) = (&never(), &never());
    show(options, &Shown { latest: &fleet, bell, stop: &stop, now: &clock, aside, actor: actor.as_ref() })
}

/// What the screen shows.
struct Shown<'a> {
    latest: &'a dyn Fn() -> Arc<Snapshot>,
    bell: &'a Receiver<()>,
    stop: &'a dyn Fn() -> bool,
    now: &'a dyn Fn() -> Timestamp,
    /// What is written to the terminal between two frames.
    aside: &'a Receiver<Vec<u8>>,
    actor: Option<&'a Actor>,
}

/// Set when the program is told to end, so that it gives the terminal back first.
pub(crate) fn stop_flag(wake: impl Fn() + Send + 'static) -> anyhow::Result<Arc<AtomicBool>> {
    let stop = Arc::new(AtomicBool::new(false));
    let set = Arc::clone(&stop);
    ctrlc::set_handler(move || {
        set.store(true, Ordering::Relaxed);
        wake();
    })
    .context("listen for the signal to end")?;
    Ok(stop)
}

fn show(options: &Options, shown: &Shown<'_>) -> anyhow::Result<Exit> {
    let suits = || Theme::for_terminal(std::env::var("COLORFGBG").ok().as_deref());
    let theme = options.theme(std::env::var_os("NO_COLOR").as_deref(), suits);
    let carry_out = |effect: Effect| shown.actor.iter().for_each(|actor| actor.carry_out(effect.clone()));
    let acts = shown.actor.map(|actor| Acts { carry_out: &carry_out, told: &actor.told });
    let Shown { bell, stop, now, aside, .. } = *shown;
    let screen = Screen { theme, zone: own_zone(), mouse: true, now, bell, stop, aside, acts };
    topside_tui::run(&|| (shown.latest)(), &screen)?;
    Ok(Exit::Ok)
}
