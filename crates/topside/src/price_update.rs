//! `topside prices update`: another table in place of the user's own.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow, bail};
use clap::Args;
use topside_catalog::text::neutralise;
use topside_engine::{Converted, LiteLlm, Prices};
use topside_export::text::{self, Page};
use topside_model::{Date, PriceUpdate, Untrusted};

use crate::cli::Options;
use crate::prices::own_place;
use crate::usage::day;

/// What `--help` says of the file and of the day.
const TABLE: &str = "A table in the form that --prices takes, or LiteLLM's model_prices_and_context_window.json";
const FROM: &str = "The first day on which the prices of LiteLLM's list hold; it has none of its own. What your table \
                    says of the days before stays";

/// `topside prices update`.
#[derive(Debug, Args)]
pub(crate) struct Update {
    #[arg(value_name = "FILE", help = TABLE)]
    file: PathBuf,
    #[arg(long, value_name = "DAY", value_parser = day, help = FROM)]
    from: Option<Date>,
    /// Show what would change, and write nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
}

/// Checks the table, puts it in place, and says what that changes.
pub(crate) fn update(asked: &Update, options: &Options, page: &Page) -> anyhow::Result<String> {
    let place = own_place(options).context("find where your own prices are kept: under --root nothing is")?;
    let name = neutralise(&asked.file.to_string_lossy());
    let old = fs::read_to_string(&place).unwrap_or_default();
    let Converted { table, left_out } = read(asked, &old).with_context(|| format!("use the prices in {name}"))?;
    let new = Prices::parse(&table).map_err(|fault| anyhow!(neutralise(&fault.to_string())));
    let new = new.with_context(|| format!("use the prices in {name}"))?;
    // A table that cannot be read is in use by nothing, and is replaced.
    let old = Prices::parse(&old).unwrap_or_default();
    let models: BTreeSet<&str> = old.models().chain(new.models()).collect();
    let before = Prices::vendored().with(old.clone());
    let changes = before.compare(&Prices::vendored().with(new.clone()), models);
    if !asked.dry_run {
        put(&place, &table).with_context(|| format!("write {}", neutralise(&place.to_string_lossy())))?;
    }
    let place = Untrusted::new(place.to_string_lossy());
    let left_out = left_out.into_iter().collect();
    Ok(text::price_update(&PriceUpdate { place, dry: asked.dry_run, changes, left_out }, page))
}

/// The table in the file, whichever form it has; one that has no days goes behind the `old` one.
fn read(asked: &Update, old: &str) -> anyhow::Result<Converted> {
    let text = fs::read_to_string(&asked.file).map_err(|error| anyhow!("{error}; give a file that can be read"))?;
    match (LiteLlm::read(&text), asked.from) {
        (Some(list), Some(from)) => Ok(list.table(from, old)),
        (Some(_), None) => bail!("LiteLLM's list has no days: say from which on it holds, such as --from 2026-11-20"),
        (None, Some(_)) => bail!("--from is for LiteLLM's list: leave it out, this table has days of its own"),
        (None, None) => Ok(Converted { table: text, left_out: BTreeSet::new() }),
    }
}

/// Puts `table` at `place` as a whole, whatever happens meanwhile.
fn put(place: &Path, table: &str) -> anyhow::Result<()> {
    let folder = place.parent().context("find its folder")?;
    fs::create_dir_all(folder)?;
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(table.as_bytes())?;
    file.as_file().sync_all()?;
    file.persist(place)?;
    Ok(())
}
