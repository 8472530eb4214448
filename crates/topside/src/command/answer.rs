//! How a command answers: pages as wide as the terminal, messages about what went wrong.

use std::io::{self, BufWriter, ErrorKind, IsTerminal, Write};
use std::sync::Once;

use anyhow::Context;
use topside_catalog::TimeZone;
use topside_catalog::text::neutralise;
use topside_export::FindError;
use topside_export::text::Page;

use crate::cli::Options;
use crate::exit::Exit;

/// Columns of a page that no terminal shows.
const PAGE_WIDTH: usize = 120;

pub(crate) fn page(options: &Options) -> Page {
    page_in(options, own_zone())
}

/// The zone of this machine, UTC where it has none. One that is named and that nobody knows is told of, once.
pub(crate) fn own_zone() -> TimeZone {
    static TOLD: Once = Once::new();
    let zone = TimeZone::system();
    if !zone.is_unknown() {
        return zone;
    }
    if let Some(name) = std::env::var_os("TZ").filter(|name| !name.is_empty()) {
        let name = name.display();
        let told = format!("no time zone is called \"{name}\", which TZ says: days and times are those of UTC");
        TOLD.call_once(|| print_error(&told));
    }
    TimeZone::UTC
}

/// Asking for one's own zone looks through all zones of the system.
pub(crate) fn page_in(options: &Options, zone: TimeZone) -> Page {
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
    // It may quote files, and words of other programs. Nothing better can be done when it cannot be written.
    let lines: Vec<String> = text.lines().map(neutralise).collect();
    writeln!(io::stderr(), "topside: {}", lines.join("\n")).ok();
}
