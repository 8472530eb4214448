//! `topside status`: how the fleet stands, on one line.

use clap::{Args, ValueEnum};
use topside_catalog::TimeZone;
use topside_export::text::{self, Glance};
use topside_export::wire::v1;

use crate::cli::Options;
use crate::collecting;
use crate::command::{page, page_in, unpriced, write, written};
use crate::exit::Exit;

/// `topside status`.
#[derive(Debug, Args)]
pub(crate) struct Status {
    /// Who shows it
    #[arg(long, value_name = "FORM", default_value = "plain")]
    format: Form,
}

/// The form of the line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Form {
    /// Words, without colours
    Plain,
    /// For status-right of tmux, with its styles
    Tmux,
    /// For a custom module of waybar with return-type json
    Waybar,
    /// For a custom module of starship: signs alone, nothing where no agent runs
    Starship,
    /// For the status line of Claude Code, with colours
    Claude,
    /// JSON
    Json,
}

/// Tells how the fleet stands.
pub(crate) fn status(options: &Options, asked: &Status) -> anyhow::Result<Exit> {
    let snapshot = collecting::glance(&unpriced(options, false)?)?;
    // Only a tooltip tells the time of day, and to learn one's own zone costs more than all of the line.
    let page = || if asked.format == Form::Waybar { page(options) } else { page_in(options, TimeZone::UTC) };
    let line = |form| text::glance(&snapshot, form, &page());
    let said = match asked.format {
        Form::Plain => line(Glance::Plain),
        Form::Tmux => line(Glance::Tmux),
        Form::Waybar => line(Glance::Waybar),
        Form::Starship => line(Glance::Starship),
        Form::Claude => line(Glance::Claude),
        Form::Json => v1::status(&snapshot).to_json(),
    };
    // A prompt shows nothing where there is nothing to say, not an empty line.
    if said.is_empty() { Ok(Exit::Ok) } else { written(write(&said)) }
}
