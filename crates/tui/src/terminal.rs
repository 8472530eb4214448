//! The loop between a terminal and the screen.

use std::io::{self, BufWriter, Stdout, Write};
use std::panic;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

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

/// How long input is waited for before the snapshot and the time are looked at again: four frames a second.
const FRAME: Duration = Duration::from_millis(250);
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
/// Draws when a snapshot came, when a key or the mouse was used and when the seconds shown have changed, so a calm
/// screen is drawn once a second.
pub fn run(source: &impl Snapshots, options: &Options<'_>) -> Result<(), TuiError> {
    let _taken = Taken::over(options.mouse).map_err(TuiError::Enter)?;
    let backend = CrosstermBackend::new(BufWriter::with_capacity(BUFFER, io::stdout()));
    let mut terminal = Terminal::new(backend).map_err(TuiError::Enter)?;
    let size = terminal.size().map_err(TuiError::Enter)?;
    let mut seen = Seen::new(source.latest(), options);
    let mut screen = Screen::new(seen.time(options), options.zone.clone(), options.theme);
    update(&mut screen, &seen.snapshot, &Msg::Resize(size.width, size.height));
    let mut changed = true;
    let mut second = None;
    while !(options.stop)() {
        let latest = source.latest();
        if !Arc::ptr_eq(&latest, &seen.snapshot) {
            seen = Seen::new(latest, options);
            changed = true;
        }
        let time = seen.time(options);
        if changed || second != Some(time.as_second()) {
            update(&mut screen, &seen.snapshot, &Msg::Tick(time));
            paint(&mut terminal, &screen, &seen.snapshot).map_err(TuiError::Draw)?;
            second = Some(time.as_second());
            changed = false;
        }
        let mut wait = FRAME;
        while event::poll(wait).map_err(TuiError::Read)? {
            wait = Duration::ZERO;
            let Some(msg) = message(&event::read().map_err(TuiError::Read)?) else { continue };
            changed = true;
            if update(&mut screen, &seen.snapshot, &msg).contains(&Effect::Quit) {
                return Ok(());
            }
        }
    }
    Ok(())
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
