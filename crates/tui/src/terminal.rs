//! The loop between a terminal and the screen.

use std::io::{self, BufWriter, Stdout, Write};
use std::mem;
use std::panic;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, bounded, never, select};
use crossterm::event::{
    self, DisableBracketedPaste, DisableMouseCapture, EnableBracketedPaste, EnableMouseCapture, Event, MouseEventKind,
};
use crossterm::terminal::{
    BeginSynchronizedUpdate, Clear, ClearType, EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen,
    disable_raw_mode, enable_raw_mode,
};
use crossterm::{cursor, execute, queue};
use ratatui::backend::{Backend, CrosstermBackend};
use ratatui::buffer::Buffer;
use topside_catalog::TimeZone;
use topside_model::{Snapshot, Timestamp, elapsed};

use crate::credit::Credit;
use crate::draw::draw;
use crate::msg::{Effect, Msg, Told};
use crate::screen::Screen;
use crate::theme::Theme;
use crate::update::update;

/// While news keeps coming, frames are this far apart; a few that follow on a pause are not, and a person never waits.
const FRAME: Duration = Duration::from_millis(300);
/// How many follow on a pause.
const BURST: u32 = 4;
/// Ages move on once a second.
const SECOND: Duration = Duration::from_secs(1);
/// A frame is written at once, not cell by cell.
const BUFFER: usize = 64 * 1024;

/// Where snapshots come from.
pub trait Snapshots {
    /// The newest one. The same `Arc` as before means that nothing changed.
    fn latest(&self) -> Arc<Snapshot>;
}

impl<F: Fn() -> Arc<Snapshot>> Snapshots for F {
    fn latest(&self) -> Arc<Snapshot> {
        self()
    }
}

/// How the screen starts, and what it asks the program for.
pub struct Options<'a> {
    /// Colours to start with.
    pub theme: Theme,
    /// The zone to show times in.
    pub zone: TimeZone,
    /// True to follow the mouse; the terminal's own selection then needs Shift.
    pub mouse: bool,
    /// The clock. It only measures how old a snapshot is; times are shown as of [`Snapshot::taken_at`].
    pub now: &'a dyn Fn() -> Timestamp,
    /// Rings when there is a newer snapshot.
    pub bell: &'a Receiver<()>,
    /// Asked between frames; true leaves, as `q` does.
    pub stop: &'a dyn Fn() -> bool,
    /// What is to be written between two frames as it is: bells, and sequences that move nothing. Ring `bell` for it.
    pub aside: &'a Receiver<Vec<u8>>,
    /// Who carries out what keys ask for; without one there are no such keys.
    pub acts: Option<Acts<'a>>,
}

/// Who carries out what the screen asks for.
#[derive(Clone, Copy)]
pub struct Acts<'a> {
    /// Takes an effect; returns at once.
    pub carry_out: &'a dyn Fn(Effect),
    /// What came of effects.
    pub told: &'a Receiver<Told>,
}

/// Why the screen had to end; completes "failed to …".
#[derive(Debug, thiserror::Error)]
pub enum TuiError {
    /// The terminal did not go into the mode the screen needs, or there is none.
    #[error("take over the terminal")]
    Enter(#[source] io::Error),
    /// A frame could not be written.
    #[error("draw on the terminal")]
    Draw(#[source] io::Error),
    /// Keys could not be read.
    #[error("read from the terminal")]
    Read(#[source] io::Error),
}

/// Shows snapshots until the person leaves. The terminal is given back as it was, after an error and a panic too.
///
/// A frame is made when there is a newer snapshot, when a key or the mouse was used and when the seconds shown have
/// changed, so a calm screen is made once a second and a busy one a little more often. What did not change is not written.
#[expect(clippy::disallowed_methods, reason = "frames are paced by real time, which no argument knows")]
pub fn run(source: &impl Snapshots, options: &Options<'_>) -> Result<(), TuiError> {
    let _taken = Taken::over(options.mouse).map_err(TuiError::Enter)?;
    let (width, height) = crossterm::terminal::size().map_err(TuiError::Enter)?;
    let mut canvas = Canvas::new();
    let mut seen = Seen::new(source.latest(), options);
    let mut screen = Screen::new(seen.time(options), options.zone.clone(), options.theme);
    if options.acts.is_none() {
        screen = screen.read_only();
    }
    update(&mut screen, &seen.snapshot, &Msg::Resize(width, height));
    let (input, nobody) = (input(), never());
    let ears = Ears { input: &input, bell: options.bell, told: options.acts.map_or(&nobody, |acts| acts.told) };
    let start = Instant::now();
    let mut pace = Pace { news: Credit::new(FRAME, BURST, start), drawn: start };
    // The second that the frame on the terminal shows; `None` where it must be made anew.
    let mut shown: Option<i64> = None;
    while !(options.stop)() {
        options.aside.try_iter().try_for_each(|bytes| canvas.say(&bytes)).map_err(TuiError::Draw)?;
        let latest = source.latest();
        if !Arc::ptr_eq(&latest, &seen.snapshot) {
            seen = Seen::new(latest, options);
            shown = None;
        }
        let now = seen.time(options);
        if shown != Some(now.as_second()) {
            update(&mut screen, &seen.snapshot, &Msg::Tick(now));
            canvas.paint(&screen, &seen.snapshot).map_err(TuiError::Draw)?;
            shown = Some(now.as_second());
            pace.drawn = Instant::now();
        }
        let Heard::Person(first) = pace.wait(&ears, until_next_second(now)).map_err(TuiError::Read)? else {
            continue;
        };
        shown = None;
        let events = input.try_iter().filter_map(Result::ok).filter_map(|event| message(&event));
        for msg in first.into_iter().chain(events) {
            for effect in update(&mut screen, &seen.snapshot, &msg) {
                match (effect, options.acts) {
                    (Effect::Quit, _) => return Ok(()),
                    (effect, Some(acts)) => (acts.carry_out)(effect),
                    (_, None) => {}
                }
            }
        }
    }
    Ok(())
}

/// When frames were made.
struct Pace {
    /// Those for news.
    news: Credit,
    /// The last one.
    drawn: Instant,
}

impl Pace {
    /// Waits until a frame is due: what a person did, news, or else `most`. News that keeps coming, and time that goes on,
    /// may wait until [`FRAME`] has passed; news after a pause may not, and a person never.
    #[expect(clippy::disallowed_methods, reason = "frames are paced by real time, which no argument knows")]
    fn wait(&mut self, ears: &Ears<'_>, most: Duration) -> io::Result<Heard> {
        let (rung, rest) = match ears.wait(most)? {
            Heard::Person(msg) => return Ok(Heard::Person(msg)),
            Heard::Bell => (true, self.news.wait(Instant::now())),
            Heard::Nothing => (false, FRAME.saturating_sub(self.drawn.elapsed())),
        };
        let deaf = Ears { bell: &never(), ..*ears };
        let heard = if rest.is_zero() { Heard::Nothing } else { deaf.wait(rest)? };
        if rung {
            self.news.spend(Instant::now());
        }
        Ok(heard)
    }
}

/// Time until the seconds shown change.
fn until_next_second(now: Timestamp) -> Duration {
    let passed = Duration::from_nanos(now.subsec_nanosecond().unsigned_abs().into());
    SECOND.saturating_sub(passed).max(Duration::from_millis(1))
}

/// What ended a wait.
enum Heard {
    /// Something that a person did, or that became of it; `None` where it changes nothing.
    Person(Option<Msg>),
    Bell,
    Nothing,
}

/// What is listened to.
#[derive(Clone, Copy)]
struct Ears<'a> {
    input: &'a Receiver<io::Result<Event>>,
    bell: &'a Receiver<()>,
    told: &'a Receiver<Told>,
}

impl Ears<'_> {
    /// Waits for a person, for what a person asked for, or for the bell, at most so long.
    fn wait(&self, most: Duration) -> io::Result<Heard> {
        select! {
            recv(self.input) -> event => event.map_or(Ok(Heard::Nothing), |event| {
                event.map(|event| Heard::Person(message(&event)))
            }),
            recv(self.told) -> told => Ok(told.map_or(Heard::Nothing, |told| Heard::Person(Some(Msg::Told(told))))),
            recv(self.bell) -> rung => Ok(if rung.is_ok() { Heard::Bell } else { Heard::Nothing }),
            default(most) => Ok(Heard::Nothing),
        }
    }
}

/// Input, read on a thread of its own, because a terminal and a bell cannot be waited for in one call. The thread sleeps
/// in that call until the program ends.
fn input() -> Receiver<io::Result<Event>> {
    let (send, receive) = bounded(64);
    std::thread::spawn(move || {
        loop {
            let event = event::read();
            let failed = event.is_err();
            if send.send(event).is_err() || failed {
                return;
            }
        }
    });
    receive
}

/// A snapshot, and when it was first seen by the program's clock.
struct Seen {
    snapshot: Arc<Snapshot>,
    at: Timestamp,
}

impl Seen {
    fn new(snapshot: Arc<Snapshot>, options: &Options<'_>) -> Self {
        Self { snapshot, at: (options.now)() }
    }

    /// The time to show: that of the snapshot, advanced by its age.
    fn time(&self, options: &Options<'_>) -> Timestamp {
        let taken_at = self.snapshot.taken_at;
        taken_at.checked_add(elapsed(self.at, (options.now)())).unwrap_or(taken_at)
    }
}

/// What an event means to the screen; `None` where it changes nothing.
fn message(event: &Event) -> Option<Msg> {
    match event {
        Event::Mouse(mouse) if mouse.kind == MouseEventKind::Moved => None,
        Event::Key(key) => Some(Msg::Key(*key)),
        Event::Mouse(mouse) => Some(Msg::Mouse(*mouse)),
        Event::Resize(width, height) => Some(Msg::Resize(*width, *height)),
        Event::Paste(text) => Some(Msg::Paste(text.clone())),
        Event::FocusGained | Event::FocusLost => None,
    }
}

/// The frame on the terminal, and the next one.
struct Canvas {
    backend: CrosstermBackend<BufWriter<Stdout>>,
    on_terminal: Buffer,
    next: Buffer,
}

impl Canvas {
    fn new() -> Self {
        let backend = CrosstermBackend::new(BufWriter::with_capacity(BUFFER, io::stdout()));
        Self { backend, on_terminal: Buffer::default(), next: Buffer::default() }
    }

    /// Writes bytes that leave the frame as it is.
    fn say(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.backend.write_all(bytes)?;
        Write::flush(&mut self.backend)
    }

    /// Makes the next frame and writes what differs, between the marks of a synchronized update (CSI ?2026), so that no
    /// terminal shows half of it.
    fn paint(&mut self, screen: &Screen, snapshot: &Snapshot) -> io::Result<()> {
        let resized = self.on_terminal.area != screen.size;
        if resized {
            (self.on_terminal, self.next) = (Buffer::empty(screen.size), Buffer::empty(screen.size));
        }
        self.next.reset();
        draw(&mut self.next, screen, snapshot);
        let changes = self.on_terminal.diff(&self.next);
        if resized || !changes.is_empty() {
            queue!(self.backend, BeginSynchronizedUpdate)?;
            if resized {
                queue!(self.backend, Clear(ClearType::All))?;
            }
            self.backend.draw(changes.into_iter())?;
            queue!(self.backend, EndSynchronizedUpdate)?;
            Write::flush(&mut self.backend)?;
        }
        mem::swap(&mut self.on_terminal, &mut self.next);
        Ok(())
    }
}

/// True while the terminal is ours.
static TAKEN: AtomicBool = AtomicBool::new(false);

/// The terminal, taken over until this is dropped.
struct Taken;

impl Taken {
    fn over(mouse: bool) -> io::Result<Self> {
        let previous = panic::take_hook();
        let draws = thread::current().id();
        panic::set_hook(Box::new(move |info| {
            // Another thread's panic is caught where it matters; the screen goes on, and words would stand in its midst.
            if thread::current().id() == draws {
                give_back();
            }
            if !TAKEN.load(Ordering::SeqCst) {
                previous(info);
            }
        }));
        enable_raw_mode()?;
        TAKEN.store(true, Ordering::SeqCst);
        let taken = Self;
        execute!(io::stdout(), EnterAlternateScreen, cursor::Hide)?;
        // Pasted text shall not act as keys; a console that cannot tell it apart is used all the same.
        let _ = execute!(io::stdout(), EnableBracketedPaste);
        if mouse {
            execute!(io::stdout(), EnableMouseCapture)?;
        }
        Ok(taken)
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        give_back();
    }
}

/// Gives the terminal back, once. Errors have nobody left to hear them.
fn give_back() {
    if TAKEN.swap(false, Ordering::SeqCst) {
        let _ = execute!(io::stdout(), DisableBracketedPaste);
        let _ = execute!(io::stdout(), EndSynchronizedUpdate, DisableMouseCapture, LeaveAlternateScreen, cursor::Show);
        let _ = disable_raw_mode();
    }
}
