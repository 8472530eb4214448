//! The paper that pages are written on: its width, its inks, its lines.

use std::fmt::Write;

use anstyle::{AnsiColor, Style};
use topside_catalog::TimeZone;
use topside_catalog::format::{self, DASH};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// How a page is laid out.
#[derive(Debug, Clone)]
pub struct Page {
    /// Width in columns. Tables keep to it; a path or an id alone on its line may pass it, since it is to be copied.
    pub width: usize,
    /// True to write colours as ANSI escape sequences.
    pub colour: bool,
    /// Zone that times of day are shown in.
    pub zone: TimeZone,
}

/// What a piece of text means to the eye. Meaning is never in the colour alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ink {
    Plain,
    Strong,
    Dim,
    /// A person is needed.
    Need,
    /// Something failed.
    Fail,
}

impl Ink {
    fn style(self) -> Style {
        match self {
            Self::Plain => Style::new(),
            Self::Strong => Style::new().bold(),
            Self::Dim => Style::new().dimmed(),
            Self::Need => AnsiColor::Yellow.on_default(),
            Self::Fail => AnsiColor::Red.on_default(),
        }
    }
}

/// A piece of text in one ink. The text is fit to be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Piece {
    pub(super) text: String,
    pub(super) ink: Ink,
}

impl Piece {
    pub(super) fn new(text: impl Into<String>, ink: Ink) -> Self {
        Self { text: text.into(), ink }
    }

    pub(super) fn plain(text: impl Into<String>) -> Self {
        Self::new(text, Ink::Plain)
    }

    pub(super) fn dim(text: impl Into<String>) -> Self {
        Self::new(text, Ink::Dim)
    }

    /// The text, or a dim dash where it is not known.
    pub(super) fn known(text: Option<String>) -> Self {
        text.map_or_else(|| Self::dim(DASH), Self::plain)
    }
}

/// A page being written.
pub(super) struct Sheet<'a> {
    pub(super) page: &'a Page,
    written: String,
}

impl<'a> Sheet<'a> {
    pub(super) fn new(page: &'a Page) -> Self {
        Self { page, written: String::new() }
    }

    /// One line of pieces, end to end.
    pub(super) fn line(&mut self, pieces: &[Piece]) {
        for piece in pieces {
            self.ink(piece);
        }
        self.written.push('\n');
    }

    /// A line in plain ink.
    pub(super) fn say(&mut self, text: impl Into<String>) {
        self.line(&[Piece::plain(text)]);
    }

    /// An empty line, unless the page is empty.
    pub(super) fn gap(&mut self) {
        if !self.written.is_empty() {
            self.written.push('\n');
        }
    }

    /// A rule across the page that names what stands below it.
    pub(super) fn rule(&mut self, title: &str) {
        let ends = "─".repeat(self.page.width.saturating_sub(width(title) + 4));
        self.line(&[Piece::dim("─ "), Piece::new(title, Ink::Strong), Piece::dim(format!(" {ends}─"))]);
    }

    /// A line `label  value`, the labels of one page aligned.
    pub(super) fn pair(&mut self, label: &str, value: Option<String>) {
        self.line(&[Piece::dim(format!("  {label:<14}")), Piece::known(value)]);
    }

    /// What was written.
    pub(super) fn finish(self) -> String {
        self.written
    }

    fn ink(&mut self, piece: &Piece) {
        let style = if self.page.colour { piece.ink.style() } else { Style::new() };
        write!(self.written, "{style}{}{style:#}", piece.text).expect("a string takes every text");
    }
}

/// Columns that `text` takes.
pub(super) fn width(text: &str) -> usize {
    text.width()
}

/// `text`, or as much of it as fits before an ellipsis.
pub(super) fn clip(text: &str, columns: usize) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    let mut taken = 0;
    let kept: String = text
        .chars()
        .take_while(|c| {
            taken += c.width().unwrap_or(0);
            taken < columns
        })
        .collect();
    let end = if columns == 0 { "" } else { "…" };
    kept.trim_end().to_owned() + end
}

/// A count and what is counted.
pub(super) fn many(count: u64, one: &str, more: &str) -> String {
    format!("{} {}", format::count(count), if count == 1 { one } else { more })
}

/// Pieces on one line, or their words on as many as they need, each but the first behind `indent` blanks.
pub(super) fn flowing(sheet: &mut Sheet<'_>, indent: usize, pieces: &[Piece]) {
    let room = sheet.page.width;
    let mut taken = 0;
    let mut begun = true;
    let mut line: Vec<Piece> = Vec::new();
    for piece in pieces {
        let mut part = String::new();
        for word in piece.text.split_inclusive(' ') {
            if taken > indent && taken + width(word.trim_end()) > room {
                line.push(Piece::new(std::mem::take(&mut part).trim_end(), piece.ink));
                sheet.line(&std::mem::take(&mut line));
                line.push(Piece::plain(" ".repeat(indent)));
                (taken, begun) = (indent, false);
            }
            // A line that goes on begins with a word.
            if begun || word != " " {
                taken += width(word);
                part.push_str(word);
                begun = true;
            }
        }
        line.push(Piece::new(part, piece.ink));
    }
    sheet.line(&line);
}

/// Words on as many lines as they need.
pub(super) fn wrapped(sheet: &mut Sheet<'_>, ink: Ink, text: &str) {
    let room = sheet.page.width;
    let mut line = String::new();
    for word in text.split(' ') {
        if !line.is_empty() && width(&line) + 1 + width(word) > room {
            sheet.line(&[Piece::new(std::mem::take(&mut line), ink)]);
        }
        let space = if line.is_empty() { "" } else { " " };
        line.push_str(space);
        line.push_str(&clip(word, room));
    }
    sheet.line(&[Piece::new(line, ink)]);
}
