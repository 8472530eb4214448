//! The loop between a terminal and the screen.

use std::io::{self, BufWriter, Stdout, Write};
use std::iter;
use std::panic;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, bounded, never, select};
use crossterm::event::{self, DisableMouseCapture, EnableMouseCapture, Event, MouseEventKind};
use crossterm::terminal::{
    BeginSynchronizedUpdate, EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode,
    enable_raw_mode,
};
use crossterm::{cursor, execute, queue};
use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;
use topside_catalog::TimeZone;
use topside_model::{Snapshot, Timestamp, elapsed};

use crate::draw::draw;
use crate::msg::{Effect, Msg};
use crate::screen::Screen;
use crate::theme::Theme;
use crate::update::update;

/// Two frames are at least this far apart unless a person wants one sooner.
const FRAME: Duration = Duration::from_millis(300);
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
/// Draws when the bell rings, when a key or the mouse was used and when the seconds shown have changed, so a calm
/// screen is drawn once a second and a busy one three times.
#[expect(clippy::disallowed_methods, reason = "frames are paced by real time, which no argument knows")]
pub fn run(source: &impl Snapshots, options: &Options<'_>) -> Result<(), TuiError> {
    let _taken = Taken::over(options.mouse).map_err(TuiError::Enter)?;
    let backend = CrosstermBackend::new(BufWriter::with_capacity(BUFFER, io::stdout()));
    let mut terminal = Terminal::new(backend).map_err(TuiError::Enter)?;
    let size = terminal.size().map_err(TuiError::Enter)?;
    let mut seen = Seen::new(source.latest(), options);
    let mut screen = Screen::new(seen.time(options), options.zone.clone(), options.theme);
    update(&mut screen, &seen.snapshot, &Msg::Resize(size.width, size.height));
    let input = input();
    let mut told = Instant::now();
    while !(options.stop)() {
        let latest = source.latest();
        if !Arc::ptr_eq(&latest, &seen.snapshot) {
            seen = Seen::new(latest, options);
        }
        update(&mut screen, &seen.snapshot, &Msg::Tick(seen.time(options)));
        paint(&mut terminal, &screen, &seen.snapshot).map_err(TuiError::Draw)?;
        let mut heard = wait(&input, options.bell, SECOND).map_err(TuiError::Read)?;
        // News that follows on news may wait for the next frame; a person may not.
        let rung = matches!(heard, Heard::Bell);
        if rung && told.elapsed() < FRAME {
            heard = wait(&input, &never(), FRAME.saturating_sub(told.elapsed())).map_err(TuiError::Read)?;
        }
        if rung {
            told = Instant::now();
        }
        let Heard::Input(event) = heard else { continue };
        let events = iter::once(event).chain(input.try_iter().filter_map(Result::ok));
        for msg in events.filter_map(|event| message(&event)) {
            if update(&mut screen, &seen.snapshot, &msg).contains(&Effect::Quit) {
                return Ok(());
            }
        }
    }
    Ok(())
}

/// What ended a wait.
enum Heard {
    Input(Event),
    Bell,
    Nothing,
}

/// Waits for a person or for the bell, at most so long.
fn wait(input: &Receiver<io::Result<Event>>, bell: &Receiver<()>, most: Duration) -> io::Result<Heard> {
    select! {
        recv(input) -> event => event.map_or(Ok(Heard::Nothing), |event| event.map(Heard::Input)),
        recv(bell) -> rung => Ok(if rung.is_ok() { Heard::Bell } else { Heard::Nothing }),
        default(most) => Ok(Heard::Nothing),
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
        Event::FocusGained | Event::FocusLost | Event::Paste(_) => None,
    }
}

/// Writes a frame between the marks of a synchronized update (CSI ?2026), so that no terminal shows half of it.
fn paint(
    terminal: &mut Terminal<CrosstermBackend<BufWriter<Stdout>>>,
    screen: &Screen,
    snapshot: &Snapshot,
) -> io::Result<()> {
    queue!(terminal.backend_mut(), BeginSynchronizedUpdate)?;
    terminal.draw(|frame| draw(frame, screen, snapshot))?;
    queue!(terminal.backend_mut(), EndSynchronizedUpdate)?;
    Write::flush(terminal.backend_mut())
}

/// True while the terminal is ours.
static TAKEN: AtomicBool = AtomicBool::new(false);

/// The terminal, taken over until this is dropped.
struct Taken;

impl Taken {
    fn over(mouse: bool) -> io::Result<Self> {
        let previous = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            give_back();
            previous(info);
        }));
        enable_raw_mode()?;
        TAKEN.store(true, Ordering::SeqCst);
        let taken = Self;
        execute!(io::stdout(), EnterAlternateScreen, cursor::Hide)?;
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
        let _ = execute!(io::stdout(), EndSynchronizedUpdate, DisableMouseCapture, LeaveAlternateScreen, cursor::Show);
        let _ = disable_raw_mode();
    }
}
