//! `topside prices`: the table of list prices, and which models of history it lacks.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow};
use clap::{Args, Subcommand};
use topside_catalog::text::neutralise;
use topside_engine::{PriceGapFold, PriceGaps, Prices};
use topside_export::text::{self, Page};
use topside_export::wire::v1;
use topside_model::{ModelId, PriceCheck, PriceList, PriceTable, Timestamp, Untrusted};
use topside_store::{Past, StoreError};

use crate::cli::Options;
use crate::history;
use crate::price_update::Update;

/// `topside prices`.
#[derive(Debug, Args)]
pub(crate) struct Asked {
    /// What to do; nothing lists them.
    #[command(subcommand)]
    pub(crate) what: Option<What>,
    /// Which of them; may stand behind the command as well.
    #[command(flatten)]
    pub(crate) which: Which,
}

/// What `topside prices` does.
#[derive(Debug, Subcommand)]
pub(crate) enum What {
    /// List every price that is known
    List(Which),
    /// Name the models in history that have none
    Check(Which),
    /// Put a table of prices in place of your own, and show what that changes
    Update(Update),
}

/// Which prices, and in which form.
#[derive(Debug, Clone, Args)]
pub(crate) struct Which {
    /// Only models with TEXT in their names
    #[arg(long, value_name = "TEXT")]
    pub(crate) model: Option<String>,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// Prices, and whose they are.
#[derive(Debug)]
pub(crate) struct Known {
    prices: Prices,
    /// The files of the user's own, each before those in front of it.
    own: Vec<Untrusted>,
}

/// Where `topside prices update` puts the user's own table: in the folder for data. Under `--root` there is none.
pub(crate) fn own_place(options: &Options) -> Option<PathBuf> {
    let usual = || Some(history::usual_place()?.with_file_name("prices.json"));
    options.root.is_none().then(usual).flatten()
}

/// The table in a file.
fn read_table(path: &Path) -> anyhow::Result<Prices> {
    let text = fs::read_to_string(path).map_err(|error| anyhow!("{error}; give a file that can be read"))?;
    // A fault quotes the file.
    Prices::parse(&text).map_err(|fault| anyhow!(neutralise(&fault.to_string())))
}

/// The table in the file that the configuration names.
pub(crate) fn configured_table(file: &Path) -> anyhow::Result<Prices> {
    read_table(file).with_context(|| format!("use the prices in {}", neutralise(&file.to_string_lossy())))
}

/// A table of the user's own.
pub(crate) struct OwnTable {
    prices: Prices,
    file: PathBuf,
}

/// Tables of the user's own: those that an update put in place, then what the configuration says, and last the file on the
/// command line, which is in place of the configuration's.
pub(crate) fn own_tables(options: &Options) -> anyhow::Result<Vec<OwnTable>> {
    let config = &options.set;
    let mut own = Vec::new();
    let mut add = |prices, file: &Path| own.push(OwnTable { prices, file: file.to_owned() });
    if let Some(place) = own_place(options).filter(|place| there(place)) {
        let name = neutralise(&place.to_string_lossy());
        let table =
            read_table(&place).with_context(|| format!("use {name}, which `topside prices update` replaces"))?;
        add(table, &place);
    }
    if let (Some(file), None) = (&config.prices_file, &options.prices) {
        add(configured_table(file)?, file);
    }
    if let (Some((table, _)), Some(file)) = (&config.prices, &config.file) {
        add(table.clone(), file);
    }
    if let Some(file) = &options.prices {
        let name = neutralise(&file.to_string_lossy());
        add(read_table(file).with_context(|| format!("use --prices {name}"))?, file);
    }
    Ok(own)
}

impl Known {
    /// The prices this build knows.
    pub(crate) fn built_in() -> Self {
        Self { prices: Prices::vendored(), own: Vec::new() }
    }

    /// The prices this build knows, and before them the user's own.
    pub(crate) fn read(options: &Options) -> anyhow::Result<Self> {
        Ok(Self::built_in().with(own_tables(options)?))
    }

    /// The same prices and before them `own` tables, each before those in front of it.
    pub(crate) fn with(self, own: Vec<OwnTable>) -> Self {
        own.into_iter().fold(self, |mut known, OwnTable { prices, file }| {
            known.own.push(Untrusted::new(file.to_string_lossy()));
            Self { prices: known.prices.with(prices), ..known }
        })
    }

    /// The prices.
    pub(crate) fn prices(&self) -> &Prices {
        &self.prices
    }

    fn table(&self) -> PriceTable<'_> {
        PriceTable { as_of: self.prices.as_of(), sources: self.prices.sources(), own: self.own.clone() }
    }
}

/// True where a file is there, or cannot be looked at: then reading it will say why.
fn there(file: &Path) -> bool {
    !matches!(fs::metadata(file), Err(error) if error.kind() == ErrorKind::NotFound)
}

/// The lines of the table that were asked for, in the form that was.
pub(crate) fn list(asked: &Which, known: &Known, now: Timestamp, page: &Page) -> String {
    let rows = known.prices.rows().filter(|row| asked.wants(Some(row.model)));
    let list = PriceList { taken_at: now, table: known.table(), model: asked.model.as_deref(), rows: rows.collect() };
    if asked.json { v1::prices(&list).to_json() } else { text::prices(&list, page) }
}

/// What of `past` has no price.
pub(crate) fn gaps(asked: &Which, known: &Known, past: &Past<'_>) -> Result<PriceGaps, StoreError> {
    let mut fold = PriceGapFold::new(&known.prices, &past.billings);
    let models = past.billings.iter().map(|billing| billing.model.as_ref().map(ModelId::as_str));
    let wanted: Vec<bool> = models.map(|model| asked.wants(model)).collect();
    past.buckets(|bucket| {
        if wanted[bucket.billing] {
            fold.add(&bucket);
        }
    })?;
    Ok(fold.gaps())
}

/// What was found to have no price, in the form that was asked for.
pub(crate) fn check(asked: &Which, known: &Known, found: PriceGaps, now: Timestamp, page: &Page) -> String {
    let PriceGaps { models, replies, gaps } = found;
    let model = asked.model.as_deref();
    let check = PriceCheck { taken_at: now, table: known.table(), model, models, replies, gaps };
    if asked.json { v1::price_check(&check).to_json() } else { text::price_check(&check, page) }
}

impl Which {
    /// These, with what they leave open as `other` has it.
    pub(crate) fn or(&self, other: &Self) -> Self {
        Self { model: self.model.clone().or_else(|| other.model.clone()), json: self.json || other.json }
    }

    /// True when nothing was said.
    pub(crate) fn is_all(&self) -> bool {
        self.model.is_none() && !self.json
    }

    /// True when `model` was asked for.
    fn wants(&self, model: Option<&str>) -> bool {
        let wanted = self.model.as_ref().map(|text| text.to_lowercase());
        wanted.is_none_or(|wanted| model.is_some_and(|model| model.to_lowercase().contains(&wanted)))
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;
    use topside_model::TimeZone;

    use super::*;
    use crate::cli::{Cli, Command};

    fn asked(options: &[&str]) -> Which {
        let words = ["topside", "prices"].iter().chain(options);
        let cli = Cli::try_parse_from(words).expect("a command line");
        let Some(Command::Prices(asked)) = cli.command else { panic!("another command") };
        match asked.what {
            None => asked.which,
            Some(What::List(which) | What::Check(which)) => which.or(&asked.which),
            Some(What::Update(_)) => panic!("it lists nothing"),
        }
    }

    fn known() -> Known {
        Known::built_in()
    }

    fn now() -> Timestamp {
        "2026-11-20T12:00:00Z".parse().expect("a moment")
    }

    fn page() -> Page {
        Page { width: 80, colour: false, zone: TimeZone::UTC }
    }

    #[test]
    fn models_are_picked_by_any_part_of_their_names() {
        let asked = asked(&["check", "--model", "CODEX"]);
        assert_eq!([Some("gpt-5-codex"), Some("gpt-5"), None].map(|model| asked.wants(model)), [true, false, false]);
    }

    #[test]
    fn which_may_stand_before_and_behind_the_command() {
        let (before, behind) = (asked(&["--model", "x", "list", "--json"]), asked(&["list", "--model", "x", "--json"]));
        assert_eq!((before.model, before.json), (behind.model, behind.json));
    }

    #[test]
    fn the_list_is_what_is_asked_for_first() {
        assert_eq!(list(&asked(&[]), &known(), now(), &page()), list(&asked(&["list"]), &known(), now(), &page()));
    }

    #[test]
    fn a_list_has_only_models_of_that_name() {
        let listed = list(&asked(&["--model", "Opus-5-5"]), &known(), now(), &page());
        let models: Vec<&str> =
            listed.lines().filter_map(|line| line.split_once("  20")).map(|(name, _)| name).collect();
        assert!(!models.is_empty() && models.iter().all(|model| model.trim() == "claude-opus-5-5"), "{listed}");
    }
}
