//! What installing and removing make of the text of a file. Nothing is written here.

use std::path::Path;

use topside_catalog::shell::unquoted;

use super::command::{self, StatusLine};
use super::edit::{Document, Hook};
use super::table::Integration;

/// Editors of Windows begin files so; it is no part of the JSON.
const BOM: &str = "\u{feff}";
/// A file that is made where there was none.
const NEW: &str = "{}\n";

/// What is put in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Hooks,
    StatusLine,
}

/// The text with the hooks, or with the bridge of the status line. `now` is `None` where there is no file.
pub(super) fn install(now: Option<&str>, of: &Integration, part: Part, program: &Path) -> anyhow::Result<String> {
    let (bom, text) = split(now.unwrap_or(NEW));
    let document = Document::parse(text)?;
    add(&document, of, part, program)?;
    if found_in(&document, of).status_line.is_some() {
        // A topside that moved would leave an empty line behind.
        add(&document, of, Part::StatusLine, program)?;
    }
    Ok(format!("{bom}{document}"))
}

fn add(document: &Document, of: &Integration, part: Part, program: &Path) -> anyhow::Result<()> {
    match part {
        Part::Hooks => {
            document.add_hooks(of.events, &command::hook(program, of.agent), &|one| command::is_hook(one, of.agent))
        }
        Part::StatusLine => document.set_status_line(|now| Ok(bridge(now, of, program))),
    }
}

/// The command for a status line that is shown by `now`, whether or not topside stands before that already.
pub(super) fn bridge(now: Option<&str>, of: &Integration, program: &Path) -> String {
    let before = now.and_then(|now| match command::status_line(now, of.agent) {
        StatusLine::Ours => None,
        StatusLine::Through(before) => Some(before),
        StatusLine::Others => Some(now.to_owned()),
    });
    command::bridge(program, of.agent, before.as_deref())
}

/// The text without anything of topside; `None` where no file is left. `backup` is what it was before topside was put in,
/// `None` where there was no file.
pub(super) fn remove(now: &str, of: &Integration, backup: Option<&str>) -> anyhow::Result<Option<String>> {
    let (bom, text) = split(now);
    let document = Document::parse(text)?;
    if found_in(&document, of).is_nothing() {
        // Then topside made none of it, however little it says.
        return Ok(Some(now.to_owned()));
    }
    let is_ours = |one: &str| command::is_hook(one, of.agent);
    if is_as_installed(now, of, &document, backup) {
        return Ok(backup.map(str::to_owned));
    }
    let before = backup.and_then(|backup| Document::parse(split(backup).1).ok());
    document.remove_hooks(&is_ours, before.as_ref());
    match document.status_line_command().map(|now| command::status_line(&now, of.agent)) {
        Some(StatusLine::Through(before)) => document.set_status_line(|_| Ok(before))?,
        Some(StatusLine::Ours) => document.remove_status_line(),
        Some(StatusLine::Others) | None => {}
    }
    let made_by_us = backup.is_none() && document.is_empty() && document.to_string().trim() == NEW.trim();
    Ok((!made_by_us).then(|| format!("{bom}{document}")))
}

/// What of topside stands in a file.
#[derive(Debug)]
pub(super) struct Found {
    /// Its hooks.
    pub(super) hooks: Vec<Hook>,
    /// Its command for the status line.
    pub(super) status_line: Option<String>,
}

impl Found {
    /// True when nothing of topside is there.
    pub(super) fn is_nothing(&self) -> bool {
        self.hooks.is_empty() && self.status_line.is_none()
    }
}

/// What of topside stands in the text.
pub(super) fn found(now: &str, of: &Integration) -> anyhow::Result<Found> {
    Ok(found_in(&Document::parse(split(now).1)?, of))
}

fn found_in(document: &Document, of: &Integration) -> Found {
    let hooks = document.found_hooks(&|one| command::is_hook(one, of.agent));
    let line = document.status_line_command();
    let status_line = line.filter(|now| command::status_line(now, of.agent) != StatusLine::Others);
    Found { hooks, status_line }
}

/// True when the text is what installing makes of `backup`, so that nobody else changed anything since.
fn is_as_installed(now: &str, of: &Integration, document: &Document, backup: Option<&str>) -> bool {
    let program = |command: &str, end: &str| {
        let word = command.split_once(end)?.0;
        unquoted(word).map(std::path::PathBuf::from)
    };
    let Found { hooks, status_line } = found_in(document, of);
    let hook = hooks.first().and_then(|one| program(&one.command, &format!(" hook {}", of.agent)));
    let line = status_line.and_then(|line| program(&line, &format!(" status-line {}", of.agent)));
    let mut orders = vec![vec![(Part::Hooks, hook), (Part::StatusLine, line)]];
    orders.push(orders[0].iter().cloned().rev().collect());
    // Which was put in first decides which stands first in a new file.
    orders.into_iter().any(|order| {
        let (bom, text) = split(backup.unwrap_or(NEW));
        let Ok(document) = Document::parse(text) else { return false };
        let added = order
            .into_iter()
            .all(|(part, program)| program.is_none_or(|program| add(&document, of, part, &program).is_ok()));
        added && format!("{bom}{document}") == now
    })
}

fn split(text: &str) -> (&str, &str) {
    text.strip_prefix(BOM).map_or(("", text), |rest| (BOM, rest))
}

#[cfg(test)]
mod tests;
