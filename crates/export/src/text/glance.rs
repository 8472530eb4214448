//! `topside status`: the fleet on one line, in the form of the program that shows it.

use serde::Serialize;
use topside_catalog::summary::Summary;
use topside_catalog::text::shown_path;
use topside_catalog::{format, status};
use topside_model::{Session, Snapshot, elapsed};

use super::ls::doing;
use super::page::{Ink, Page, Piece, Sheet};

/// Who shows the line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Glance {
    /// A person or a script: words, no colours.
    Plain,
    /// The status line of tmux: its own styles.
    Tmux,
    /// waybar: a JSON object with markup.
    Waybar,
    /// A prompt: signs alone, and nothing where nothing runs.
    Starship,
    /// The status line of Claude Code: ANSI colours.
    Claude,
}

/// How the fleet of `snapshot` stands, on one line.
pub fn glance(snapshot: &Snapshot, form: Glance, page: &Page) -> String {
    let summary = Summary::of(snapshot);
    let pieces = pieces(&summary, snapshot, form == Glance::Plain);
    match form {
        Glance::Starship if summary.sessions() == 0 => String::new(),
        Glance::Plain | Glance::Starship => line(&pieces, &Page { colour: false, ..page.clone() }),
        Glance::Claude => line(&pieces, &Page { colour: true, ..page.clone() }),
        Glance::Tmux => pieces.iter().map(tmux).collect(),
        Glance::Waybar => waybar(&pieces, &summary, snapshot, page),
    }
}

/// The parts of the line, with what stands between them.
fn pieces(summary: &Summary<'_>, snapshot: &Snapshot, in_words: bool) -> Vec<Piece> {
    let mut parts = Vec::new();
    let word = |word: &str| if in_words { format!(" {word}") } else { String::new() };
    if let Some(first) = summary.need.first() {
        let needs = if summary.need.len() == 1 { "needs you" } else { "need you" };
        let colon = if in_words { ":" } else { "" };
        let waits = status::held(&first.status, snapshot.taken_at).map(|time| format!(" {}", format::age(time)));
        let who = format!("{colon} {}{}", called(first), waits.unwrap_or_default());
        parts.push(Piece::new(format!("◆ {}{}{who}", summary.need.len(), word(needs)), Ink::Need));
    }
    for (sign, count, name, ink) in [
        ("●", summary.working, "working", Ink::Plain),
        ("◌", summary.idle, "idle", Ink::Dim),
        ("?", summary.unknown, "unknown", Ink::Dim),
    ] {
        if count > 0 {
            parts.push(Piece::new(format!("{sign} {count}{}", word(name)), ink));
        }
    }
    if parts.is_empty() {
        parts.push(Piece::dim("no agents"));
    }
    parts.extend(summary.nearest.map(|nearest| {
        let name = nearest.window.window.map_or_else(|| "limit".to_owned(), format::window);
        let ink = if nearest.window.used.0 >= 90.0 { Ink::Fail } else { Ink::Plain };
        Piece::new(format!("{name} {}", format::percent(nearest.window.used)), ink)
    }));
    let mut line = Vec::new();
    for part in parts {
        if !line.is_empty() {
            line.push(Piece::plain("  "));
        }
        line.push(part);
    }
    line
}

fn line(pieces: &[Piece], page: &Page) -> String {
    let mut sheet = Sheet::new(page);
    sheet.line(pieces);
    sheet.finish()
}

/// What a session goes by: its project, else its agent.
fn called(session: &Session) -> String {
    session.project.name.as_ref().map_or_else(|| session.key.agent.to_string(), shown_path)
}

/// A piece in the styles of tmux, which takes a doubled `#` for one that means nothing.
fn tmux(piece: &Piece) -> String {
    let text = piece.text.replace('#', "##");
    let style = match piece.ink {
        Ink::Plain => return text,
        Ink::Strong => "bold",
        Ink::Dim => "dim",
        Ink::Need => "fg=yellow",
        Ink::Fail => "fg=red",
    };
    format!("#[{style}]{text}#[default]")
}

/// What waybar reads from a module whose `return-type` is `json`.
#[derive(Serialize)]
struct Module {
    text: String,
    tooltip: String,
    /// `need`, `working`, `idle` or `none`, for the style sheet.
    class: &'static str,
    alt: &'static str,
}

fn waybar(pieces: &[Piece], summary: &Summary<'_>, snapshot: &Snapshot, page: &Page) -> String {
    let text: String = pieces.iter().map(|piece| pango(&piece.text)).collect();
    let lines: Vec<String> = summary.need.iter().map(|session| pango(&waiting(session, snapshot, page))).collect();
    let class = match summary {
        Summary { need, .. } if !need.is_empty() => "need",
        Summary { working: 1.., .. } => "working",
        Summary { idle: 1.., .. } | Summary { unknown: 1.., .. } => "idle",
        _ => "none",
    };
    let module = Module { text, tooltip: lines.join("\n"), class, alt: class };
    serde_json::to_string(&module).expect("texts are JSON")
}

/// A session that needs a person, in words.
fn waiting(session: &Session, snapshot: &Snapshot, page: &Page) -> String {
    let waits = session.status.since().map(|since| format::duration(elapsed(since, snapshot.taken_at)));
    let waits = waits.map(|waits| format!("  {waits}")).unwrap_or_default();
    let sign = status::glyph(&session.status);
    format!("{sign} {}  {}{waits}", called(session), doing(session, false, snapshot.taken_at, page))
}

/// Text in which Pango sees no markup.
fn pango(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&apos;"),
            c => safe.push(c),
        }
    }
    safe
}
