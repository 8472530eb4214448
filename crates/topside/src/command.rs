//! Carries out the command line.

use std::cell::{LazyCell, RefCell};
use std::io::{self, BufWriter, ErrorKind, IsTerminal, Write};
use std::panic::resume_unwind;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, anyhow};
use crossbeam_channel::{Receiver, never};
use topside_catalog::TimeZone;
use topside_catalog::text::neutralise;
use topside_collect::{REGISTRY, Scope};
use topside_engine::Prices;
use topside_export::text::{self, Listing, Page};
use topside_export::{FindError, find, wire::v1};
use topside_model::{Period, Session, Snapshot, Timestamp, UsageQuery};
use topside_probe::Host;
use topside_store::{Days, Past, StoreError};
use topside_tui::{Acts, Effect, Options as Screen, Theme};

use crate::act::{self, Actor, OsHands};
use crate::budgets;
use crate::cli::{Cli, Command, Ls, Options};
use crate::collecting::{self, Setup};
use crate::config::{self, Config};
use crate::db::{self, Db, Moment};
use crate::demo;
use crate::exit::Exit;
use crate::history::{self, Keeping, Means};
use crate::hooks;
use crate::live::Live;
use crate::meter::Meter;
use crate::notify;
use crate::price_update;
use crate::prices::{self, Known, What};
use crate::script;
use crate::usage::{self, Usage};
use crate::waits::{self, Waits};

/// How often it is asked whether there is still somebody who rings.
pub(crate) const PULSE: Duration = Duration::from_secs(5);
/// What sessions left behind is told of those that were written to within this time.
const LEFT_WITHIN: Duration = Duration::from_hours(7 * 24);
/// Columns of a page that no terminal shows.
const PAGE_WIDTH: usize = 120;

/// Carries out the command line.
pub(crate) fn run(cli: &Cli) -> anyhow::Result<Exit> {
    // A file that cannot be used does not keep one from asking about it.
    let asks_about_it = matches!(cli.command, Some(Command::Config(_)));
    let config = if asks_about_it { Config::default() } else { Config::load(&cli.options)? };
    let options = &config.complete(&cli.options);
    match &cli.command {
        None if io::stdout().is_terminal() && io::stdin().is_terminal() => screen(options),
        None => listing(options, &Ls { json: false, agent: None, all: false, watch: false, text: false }),
        Some(Command::Ls(ls)) => listing(options, ls),
        Some(Command::Show(show)) => about(options, &show.session, |snapshot, session, page| {
            if show.json {
                v1::session(snapshot, session, show.text).to_json()
            } else {
                text::show(snapshot, session, show.text, page)
            }
        }),
        Some(Command::Why(why)) => about(options, &why.session, |snapshot, session, page| {
            if why.json { v1::why(snapshot, session, false).to_json() } else { text::why(snapshot, session, page) }
        }),
        Some(Command::Ports(report)) => {
            answer(
                options,
                |snapshot, page| {
                    if report.json { v1::ports(snapshot).to_json() } else { text::ports(snapshot, page) }
                },
            )
        }
        Some(Command::Limits(report)) => limited(options, report.json),
        Some(Command::Usage(asked)) => used(options, asked),
        Some(Command::Waits(asked)) => waited(options, asked),
        Some(Command::Conflicts(report)) => answer(options, |snapshot, page| {
            if report.json { v1::conflicts(snapshot).to_json() } else { text::conflicts(snapshot, page) }
        }),
        Some(Command::Prices(asked)) => priced(options, asked),
        Some(Command::Config(asked)) => written(write(&config::run(asked.what, options)?)),
        Some(Command::Db(asked)) => after_the_database(options, asked),
        Some(Command::Notify(asked)) => notifying(options, asked.what),
        Some(Command::Jump(asked)) => acting(options, |snapshot| act::jump(asked, snapshot)),
        Some(Command::Reclaim(asked)) => reclaimed(options, asked),
        Some(Command::Stop(asked)) => acting(options, |snapshot| act::stop(asked, snapshot)),
        Some(Command::Doctor(report)) => examined(options, report.json),
        Some(Command::Wait(asked)) => script::wait(options, asked),
        Some(Command::Status(asked)) => script::status(options, asked),
        Some(Command::Watch(asked)) => script::watch(options, asked),
        Some(Command::Mcp) => script::mcp(options),
        Some(Command::Hooks(asked)) => hooks::run(asked, options),
        Some(Command::Demo) => show_demo(options),
    }
}

/// Tells a person what failed, and everything behind it.
pub(crate) fn complain(error: &anyhow::Error) {
    // Nothing better can be done when even this cannot be written.
    writeln!(io::stderr(), "topside: failed to {error:#}").ok();
}

pub(crate) fn setup(options: &Options, all: bool) -> anyhow::Result<Setup> {
    let prices = Known::read(options)?.prices().clone();
    Ok(Setup { prices, ..unpriced(options, all)? })
}

/// The same where nobody asks what anything costs: no price is read.
pub(crate) fn unpriced(options: &Options, all: bool) -> anyhow::Result<Setup> {
    let scope = if all { Scope::All } else { Scope::Current { recent: options.recent() } };
    let root = options.root.as_ref().map(|root| {
        let found = std::path::absolute(root).with_context(|| format!("find {}", root.display()))?;
        anyhow::ensure!(
            found.is_dir(),
            "look under {}: there is no such directory; give --root one that exists",
            root.display()
        );
        Ok(found)
    });
    Ok(Setup {
        root: root.transpose()?,
        homes: options.home.clone(),
        now: options.now,
        scope,
        loaded_first: false,
        prices: Prices::default(),
        idle: options.set.idle_hours.map(|hours| Duration::from_hours(hours.into())),
    })
}

fn screen(options: &Options) -> anyhow::Result<Exit> {
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
fn notifying(options: &Options, what: notify::What) -> anyhow::Result<Exit> {
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

/// Where topside looked, what it could not read, and how telling the user fares.
fn examined(options: &Options, json: bool) -> anyhow::Result<Exit> {
    let snapshot = collecting::once(&setup(options, false)?)?;
    let snapshot = Snapshot { deliveries: notify::deliveries(options), ..snapshot };
    written(write(&if json { v1::doctor(&snapshot).to_json() } else { text::doctor(&snapshot, &page(options)) }))
}

/// How the screen keeps history.
fn keeping(options: &Options, place: PathBuf) -> Keeping {
    let (budgets, keep) = (options.set.budgets.clone(), options.set.keep_days.map(Days));
    Keeping { place, zone: TimeZone::system(), budgets, keep }
}

pub(crate) fn alive(live: &Live) -> anyhow::Result<()> {
    anyhow::ensure!(!live.is_dead(), "collect: the collecting thread panicked; this is a defect of topside");
    Ok(())
}

fn show_demo(options: &Options) -> anyhow::Result<Exit> {
    let start = Instant::now();
    let clock = || options.now.unwrap_or_else(Timestamp::now);
    if !io::stdout().is_terminal() {
        let fleet = text::ls(&demo::fleet(clock(), 0), &list(options, None, true, false), &page(options));
        return written(write(&fleet));
    }
    // A new fleet a second; the same one in between, so that a calm screen stays calm. No other one while the clock
    // stands still, so that its pictures are always the same.
    let kept = RefCell::new((u64::MAX, Arc::new(Snapshot::empty(clock()))));
    let history = Arc::new(demo::history(clock(), &TimeZone::system()));
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
    let screen = Screen { theme, zone: TimeZone::system(), mouse: true, now, bell, stop, aside, acts };
    topside_tui::run(&|| (shown.latest)(), &screen)?;
    Ok(Exit::Ok)
}

fn listing(options: &Options, ls: &Ls) -> anyhow::Result<Exit> {
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

fn list<'a>(options: &Options, agent: Option<&'a str>, all: bool, text: bool) -> Listing<'a> {
    Listing { agent, all, recent: options.recent(), text }
}

fn answer(options: &Options, face: impl Fn(&Snapshot, &Page) -> String) -> anyhow::Result<Exit> {
    let snapshot = collecting::once(&setup(options, false)?)?;
    written(write(&face(&snapshot, &page(options))))
}

/// Does something to the machine as it is now, where that is allowed.
fn acting(options: &Options, act: impl FnOnce(&Snapshot) -> anyhow::Result<Exit>) -> anyhow::Result<Exit> {
    options.may_act()?;
    act(&collecting::once(&unpriced(options, false)?)?)
}

/// What could be won back; ended where that is wanted.
fn reclaimed(options: &Options, asked: &act::Reclaim) -> anyhow::Result<Exit> {
    if asked.manner.yes {
        options.may_act()?;
    }
    let mut setup = unpriced(options, false)?;
    setup.scope = Scope::Current { recent: options.recent().max(LEFT_WITHIN) };
    let snapshot = collecting::once_everywhere(&setup)?;
    let told = written(write(&if asked.json {
        v1::reclaim(&snapshot).to_json()
    } else {
        text::reclaim(&snapshot, &page(options))
    }))?;
    if options.is_read_only() || !asked.ends() { Ok(told) } else { act::reclaim(asked, &snapshot) }
}

/// A page about one session, wherever in history it is.
fn about(options: &Options, wanted: &str, face: impl Fn(&Snapshot, &Session, &Page) -> String) -> anyhow::Result<Exit> {
    let mut snapshot = collecting::once(&setup(options, false)?)?;
    if find(&snapshot, wanted).is_err() {
        snapshot = collecting::once(&setup(options, true)?)?;
    }
    match find(&snapshot, wanted) {
        Ok(session) => written(write(&face(&snapshot, session, &page(options)))),
        Err(error) => Ok(unclear(&error)),
    }
}

/// Limits, who used them, and budgets.
fn limited(options: &Options, json: bool) -> anyhow::Result<Exit> {
    let setup = setup(options, false)?;
    let mut snapshot = collecting::once(&setup)?;
    if !(snapshot.limits.is_empty() && options.set.budgets.is_empty()) {
        let at = (TimeZone::system, snapshot.taken_at);
        let standing = with_past(options, &setup, |past, _| {
            budgets::standing(&options.set.budgets, &snapshot.limits, past, &setup.prices, at)
        })?;
        (snapshot.budgets, snapshot.limit_use) = (standing.budgets, standing.limit_use);
    }
    written(write(&if json { v1::limits(&snapshot).to_json() } else { text::limits(&snapshot, &page(options)) }))
}

/// What was used, and the budgets of which that is nearly everything.
fn used(options: &Options, asked: &Usage) -> anyhow::Result<Exit> {
    let query = match usage::query(asked, TimeZone::system) {
        Ok(query) => query,
        Err(error) => return Ok(senseless(&error)),
    };
    let setup = unpriced(options, true)?;
    let (report, standing) = thread::scope(|scope| {
        // While the database is opened.
        let reading = scope.spawn(|| Known::read(options));
        let known = LazyCell::new(|| reading.join().unwrap_or_else(|panic| resume_unwind(panic)));
        with_past(options, &setup, |past, now| {
            let prices = match &*known {
                Ok(known) => known.prices(),
                Err(error) => return Ok(Err(anyhow!("{error:#}"))),
            };
            let report = usage::report(query.clone(), past, prices, now)?;
            Ok(Ok((report, budgets::standing(&options.set.budgets, &[], past, prices, (TimeZone::system, now))?)))
        })?
    })?;
    let page = page_in(options, report.query.zone.clone());
    let mut answer = usage::face(asked, &report, &page);
    if asked.is_for_people() {
        answer.push_str(&text::budgets_above(&standing.budgets, &page));
    }
    written(write(&answer))
}

/// How long sessions waited for a person.
fn waited(options: &Options, asked: &Waits) -> anyhow::Result<Exit> {
    let query = match waits::query(asked, TimeZone::system) {
        Ok(query) => query,
        Err(error) => return Ok(senseless(&error)),
    };
    let setup = unpriced(options, true)?;
    let report = with_past(options, &setup, |past, now| waits::report(query.clone(), past, now))?;
    written(write(&waits::face(asked, &report, &page(options))))
}

/// Prices, the models that have none, or another table of one's own.
fn priced(options: &Options, asked: &prices::Asked) -> anyhow::Result<Exit> {
    let page = page(options);
    let now = options.now.unwrap_or_else(Timestamp::now);
    let (which, checks) = match &asked.what {
        Some(What::Update(_)) if !asked.which.is_all() => {
            return Ok(senseless("--model and --json are for lists of prices; leave them out"));
        }
        Some(What::Update(update)) => return written(write(&price_update::update(update, options, &page)?)),
        Some(What::Check(which)) => (which.or(&asked.which), true),
        Some(What::List(which)) => (which.or(&asked.which), false),
        None => (asked.which.clone(), false),
    };
    let known = Known::read(options)?;
    written(write(&if checks {
        let everything = UsageQuery::all(Period::Model, TimeZone::UTC);
        let setup = setup(options, true)?;
        let report =
            with_past(options, &setup, |past, now| usage::report(everything.clone(), past, &setup.prices, now))?;
        prices::check(&which, &known, &report, &page)
    } else {
        prices::list(&which, &known, now, &page)
    }))
}

/// What `tell` makes of history, when everything new is read.
fn with_past<T>(
    options: &Options,
    setup: &Setup,
    tell: impl Fn(&Past<'_>, Timestamp) -> Result<T, StoreError>,
) -> anyhow::Result<T> {
    let host = setup.host()?;
    let place = history_place(options);
    let mut opened = history::open(place.as_deref())?;
    let tell = |past: &Past<'_>| tell(past, host.now());
    let told = if opened.writes {
        let mut meter = Meter::new();
        let (told, gaps) = opened.told(Means::all(&*host, setup), |progress| meter.tell(progress), tell)?;
        drop(meter);
        for (path, error) in gaps.unreadable {
            print_error(&format!("{} is left out: {error}", neutralise(&path.to_string_lossy())));
        }
        told
    } else {
        tell(&opened.store.past()?)?
    };
    if let Some(note) = opened.note {
        print_error(&note);
    }
    Ok(told)
}

/// Where history is kept; under `--root` nowhere but where the user says.
pub(crate) fn history_place(options: &Options) -> Option<PathBuf> {
    options.history.clone().or_else(|| options.root.is_none().then(history::usual_place).flatten())
}

fn after_the_database(options: &Options, asked: &Db) -> anyhow::Result<Exit> {
    if let db::What::Export(asked) = &asked.what
        && let Err(error) = usage::in_order(asked.since, asked.until)
    {
        return Ok(senseless(&error));
    }
    let place = history_place(options).context("find where history is kept: say --history FILE")?;
    let now = options.now.unwrap_or_else(Timestamp::now);
    let moment = Moment { place: &place, now, zone: &TimeZone::system() };
    match db::run(asked.what, moment, &mut BufWriter::new(io::stdout().lock())) {
        Err(error) if !is_gone(error.downcast_ref()) => Err(error),
        _ => Ok(Exit::Ok),
    }
}

pub(crate) fn page(options: &Options) -> Page {
    page_in(options, TimeZone::system())
}

/// Asking for one's own zone looks through all zones of the system.
fn page_in(options: &Options, zone: TimeZone) -> Page {
    let terminal = io::stdout().is_terminal();
    let width = terminal_size::terminal_size().filter(|_| terminal).map_or(PAGE_WIDTH, |(width, _)| width.0.into());
    let colour = options.coloured(std::env::var_os("NO_COLOR").as_deref(), terminal);
    Page { width, colour, zone }
}

/// Writes to standard output.
pub(crate) fn write(text: &str) -> io::Result<()> {
    let mut out = BufWriter::new(io::stdout().lock());
    writeln!(out, "{}", text.trim_end_matches('\n'))?;
    out.flush()
}

/// The end of a command that wrote its answer. A reader that went away (`topside ls | head`) is no failure.
pub(crate) fn written(result: io::Result<()>) -> anyhow::Result<Exit> {
    match result {
        Err(error) if !is_gone(Some(&error)) => Err(error).context("write to standard output"),
        _ => Ok(Exit::Ok),
    }
}

/// True when nobody reads any more.
pub(crate) fn is_gone(error: Option<&io::Error>) -> bool {
    error.is_some_and(|error| error.kind() == ErrorKind::BrokenPipe)
}

/// The end of a command that no session, or more than one, fits.
pub(crate) fn unclear(error: &FindError) -> Exit {
    print_error(&error.to_string());
    Exit::from(error)
}

/// The end of a command that makes no sense as it was given.
pub(crate) fn senseless(text: &str) -> Exit {
    print_error(text);
    Exit::Usage
}

pub(crate) fn print_error(text: &str) {
    writeln!(io::stderr(), "topside: {text}").ok();
}
