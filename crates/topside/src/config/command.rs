//! `topside config`: where the configuration file lies, whether it can be used, and what it may say.

use std::fmt::Write as _;

use anyhow::Context;
use clap::{Args, Subcommand};
use topside_catalog::text::neutralise;

use super::{Config, EXAMPLE, place};
use crate::cli::Options;
use crate::prices::configured_table;

/// `topside config`.
#[derive(Debug, Args)]
pub(crate) struct Asked {
    /// What to do with it.
    #[command(subcommand)]
    pub(crate) what: What,
}

/// What to do with the configuration.
#[derive(Debug, Clone, Copy, Subcommand)]
pub(crate) enum What {
    /// Print where the file belongs
    Path,
    /// Tell whether the file can be used, and what it sets
    Check,
    /// Print a file with every key, each explained
    Example,
}

/// Does it, and says what came of it.
pub(crate) fn run(what: What, options: &Options) -> anyhow::Result<String> {
    if matches!(what, What::Example) {
        return Ok(EXAMPLE.to_owned());
    }
    let place = place(options).context("find the configuration: under --root none is read; say --config FILE")?;
    let name = neutralise(&place.to_string_lossy());
    match what {
        What::Path | What::Example => Ok(format!("{name}\n")),
        What::Check => {
            let config = Config::load(options)?;
            config.prices_file.as_deref().map(configured_table).transpose()?;
            Ok(if config.file.is_none() { not_there(&name) } else { sets(&name, &config) })
        }
    }
}

/// What is said of a file that nobody has written.
fn not_there(name: &str) -> String {
    format!("{name} is not there yet: nothing is set; `topside config example` prints one to start from\n")
}

/// What a file that can be used sets.
fn sets(name: &str, config: &Config) -> String {
    let days = |days| format!("for {days} days");
    let count = |count: usize, what: &str| (count > 0).then(|| format!("{count} {what}"));
    let shown = |path: &std::path::PathBuf| neutralise(&path.to_string_lossy());
    let set = [
        ("theme", config.theme.map(|theme| theme.id().to_owned())),
        ("recent", config.recent.map(|minutes| format!("{minutes} minutes"))),
        ("titles", config.titles.map(|asked| if asked { "asked for" } else { "not asked for" }.to_owned())),
        ("read only", config.read_only.then(|| "yes".to_owned())),
        ("left over", config.idle_hours.map(|hours| format!("after {hours} hours without work"))),
        ("history", config.history.as_ref().map(shown)),
        ("details of history", config.keep_days.map(days)),
        ("prices", config.prices_file.as_ref().map(shown)),
        ("own prices", config.prices.as_ref().and_then(|(_, entries)| count(*entries, "entries"))),
        ("notifications", config.notify.as_ref().and_then(|plan| count(plan.policy.rules.len(), "rules"))),
        ("budgets", (!config.budgets.is_empty()).then(|| budget_names(config))),
    ];
    let mut text = format!("{name} can be used\n");
    for (what, value) in set {
        if let Some(value) = value {
            writeln!(text, "  {what}: {value}").expect("a string takes every text");
        }
    }
    text
}

fn budget_names(config: &Config) -> String {
    config.budgets.iter().map(|budget| neutralise(&budget.name)).collect::<Vec<_>>().join(", ")
}
