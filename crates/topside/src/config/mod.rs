//! What the user sets once: a file in TOML, which the command line wins over.

mod command;
mod error;
mod notify;
mod price;
mod record;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use toml::Spanned;
use topside_engine::Prices;
use topside_model::Budget;
use topside_tui::Theme;

pub(crate) use command::{Asked, run};
pub(crate) use error::ConfigError;

use crate::cli::Options;
use crate::notify::Plan;
use price::own_prices;
use record::{BudgetRecord, File, Place};

/// A file with every key, each explained.
pub(crate) const EXAMPLE: &str = include_str!("example.toml");

/// What the file says; nothing where there is none.
#[derive(Debug, Default)]
pub(crate) struct Config {
    /// Colours of the screen.
    pub(crate) theme: Option<Theme>,
    /// Minutes for which sessions that ended are shown.
    pub(crate) recent: Option<u32>,
    /// Whether terminals are asked for titles; they are where the file does not speak of it.
    pub(crate) titles: Option<bool>,
    /// True when nothing may be done to the machine.
    pub(crate) read_only: bool,
    /// Hours without work after which a session counts as left over.
    pub(crate) idle_hours: Option<u32>,
    /// Where history is kept.
    pub(crate) history: Option<PathBuf>,
    /// Days for which history tells turns, calls, states and limits; `None` for ever.
    pub(crate) keep_days: Option<u32>,
    /// A file of the user's own prices.
    pub(crate) prices_file: Option<PathBuf>,
    /// Prices written into the configuration itself, and how many entries they are.
    pub(crate) prices: Option<(Prices, usize)>,
    /// Budgets, in the order of the file.
    pub(crate) budgets: Vec<Budget>,
    /// Of what the user is told, and how; `None` where the file does not speak of it.
    pub(crate) notify: Option<Plan>,
    /// The file that says it.
    pub(crate) file: Option<PathBuf>,
}

/// Where the file lies: where the command line says, else in the user's folder for configuration, of which nothing is
/// read under `--root`.
pub(crate) fn place(options: &Options) -> Option<PathBuf> {
    use etcetera::BaseStrategy;
    let usual = || Some(etcetera::choose_base_strategy().ok()?.config_dir().join("topside").join("config.toml"));
    options.config.clone().or_else(|| options.root.is_none().then(usual).flatten())
}

impl Config {
    /// What the file of these options says. Only one that the command line names has to be there.
    pub(crate) fn load(options: &Options) -> Result<Self, ConfigError> {
        let Some(file) = place(options) else { return Ok(Self::default()) };
        match fs::read_to_string(&file) {
            Ok(text) => Self::parse(&text, &file),
            Err(error) if error.kind() == ErrorKind::NotFound && options.config.is_none() => Ok(Self::default()),
            Err(error) => Err(ConfigError::Read(file, error)),
        }
    }

    /// What `text`, which stands in `file`, says.
    pub(crate) fn parse(text: &str, file: &Path) -> Result<Self, ConfigError> {
        let wrong = |place: Option<usize>, what: &str| ConfigError::at(file, text, place, what);
        let read: Result<File, toml::de::Error> = toml::from_str(text);
        let read = read.map_err(|error| {
            let place = error.span().map(|span| span.start);
            wrong(place, &error::plain(text, place, error.message()))
        })?;
        let File { theme, recent, titles, ui, reclaim, history, prices, budget, notifications, notify, .. } = read;
        let (own, entries) = own_prices(text).map_err(|(place, what)| wrong(Some(place), &what))?;
        let folder = file.parent().unwrap_or(Path::new(""));
        let path = |Place(place): Place| folder.join(place);
        Ok(Self {
            theme,
            recent,
            titles,
            read_only: ui.read_only,
            idle_hours: reclaim.idle_hours,
            history: history.file.map(path),
            keep_days: history.keep_days,
            prices_file: prices.file.map(path),
            prices: (entries > 0).then_some((own, entries)),
            budgets: budgets(budget, text).map_err(|(place, what)| wrong(Some(place), &what))?,
            notify: notify::plan(notifications, notify).map_err(|(place, what)| wrong(Some(place), &what))?,
            file: Some(file.to_owned()),
        })
    }

    /// These options, with what they leave open as the file says it; [`Options::theme`] does so for colours.
    pub(crate) fn complete(self, options: &Options) -> Options {
        let mut options = options.clone();
        options.recent = options.recent.or(self.recent);
        options.history = options.history.or_else(|| self.history.clone());
        options.set = Arc::new(self);
        options
    }
}

/// The budgets of some records, or where what is wrong with one.
fn budgets(records: Vec<Spanned<BudgetRecord>>, text: &str) -> Result<Vec<Budget>, (usize, String)> {
    let mut names = BTreeSet::new();
    let mut budgets = Vec::with_capacity(records.len());
    for record in records {
        let place = record.span().start;
        let budget = record.into_inner().budget(text).map_err(|(inner, what)| (inner.unwrap_or(place), what))?;
        if !names.insert(budget.name.clone()) {
            return Err((place, format!("two budgets are called {:?}: give one of them another name", budget.name)));
        }
        budgets.push(budget);
    }
    Ok(budgets)
}
