//! `topside prices`: the table of list prices, and which models of history it lacks.

use std::cmp::Reverse;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow};
use clap::{Args, Subcommand};
use topside_catalog::text::neutralise;
use topside_engine::Prices;
use topside_export::text::{self, Page};
use topside_export::wire::v1;
use topside_model::{ModelId, PriceCheck, PriceGap, PriceList, PriceTable, Timestamp, Untrusted, UsageReport};

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

/// What `report` found no price of, in the form that was asked for.
pub(crate) fn check(asked: &Which, known: &Known, report: &UsageReport, page: &Page) -> String {
    let mut check = PriceCheck {
        taken_at: report.taken_at,
        table: known.table(),
        model: asked.model.as_deref(),
        models: 0,
        replies: 0,
        gaps: Vec::new(),
    };
    for used in &report.total.models {
        let model = used.model.as_ref();
        if !asked.wants(model.map(ModelId::as_str)) {
            continue;
        }
        check.models += 1;
        check.replies += used.tally.replies;
        let cost = &used.tally.cost;
        if cost.unpriced_replies > 0 {
            check.gaps.push(PriceGap {
                model: model.cloned(),
                replies: cost.unpriced_replies,
                tokens: cost.unpriced_tokens,
                priced_otherwise: model.is_some() && known.prices.check(model).is_empty(),
            });
        }
    }
    check.gaps.sort_by_key(|gap| Reverse(gap.tokens));
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
    use topside_engine::UsageFold;
    use topside_model::{
        AgentId, Billing, Bucket, Lineage, Period, SessionId, SessionKey, Terms, Tier, TimeZone, Tokens, Usage,
        UsageQuery,
    };

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

    /// A reply of a thousand tokens by each of these models, asked for of these services.
    fn report(replies: &[(Option<&str>, Tier)], known: &Known) -> UsageReport {
        let sessions = [Lineage::new(SessionKey { agent: AgentId::new("codex"), id: SessionId::new("s") })];
        let terms = |tier| Terms { tier, regional: false };
        let billing = |(model, tier): &(Option<&str>, Tier)| Billing {
            model: model.map(ModelId::new),
            terms: terms(*tier),
            ..Billing::default()
        };
        let billings: Vec<Billing> = replies.iter().map(billing).collect();
        let price = |billing: &_, at| known.prices.price(billing, at);
        let mut fold = UsageFold::new(UsageQuery::all(Period::Model, TimeZone::UTC), &sessions, &billings, &price);
        for billing in 0..billings.len() {
            let usage = Usage { output: Tokens(1_000), ..Usage::default() };
            let (start, span) = (Some(now()), Some((now(), now())));
            fold.add(&Bucket { session: 0, billing, start, span, usage, replies: 1, unsettled: 0 });
        }
        fold.report(now())
    }

    /// Checks which models lack a price, how many tokens of them do, and whether the table has another price of them.
    #[track_caller]
    fn check_gaps(replies: &[(Option<&str>, Tier)], options: &[&str], expected: &[(Option<&str>, u64, bool)]) {
        let known = known();
        let words = ["check", "--json"].iter().chain(options).copied().collect::<Vec<_>>();
        let document = check(&asked(&words), &known, &report(replies, &known), &page());
        let document: serde_json::Value = serde_json::from_str(&document).expect("JSON");
        let gaps = document["unpriced"].as_array().expect("a list");
        let gap = |gap: &serde_json::Value| {
            let model = gap["model"].as_str().map(str::to_owned);
            (model, gap["tokens"].as_u64().expect("a count"), gap["priced_otherwise"].as_bool().expect("yes or no"))
        };
        let found: Vec<(Option<String>, u64, bool)> = gaps.iter().map(gap).collect();
        let expected: Vec<_> = expected.iter().map(|(m, t, p)| (m.map(str::to_owned), *t, *p)).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn what_is_priced_lacks_nothing() {
        check_gaps(&[], &[], &[]);
        check_gaps(&[(Some("claude-opus-5"), Tier::Standard), (Some("gpt-5-codex"), Tier::Priority)], &[], &[]);
    }

    #[test]
    fn what_has_no_price_is_told_from_what_has_another() {
        let replies = [
            (Some("gpt-5-codex"), Tier::Standard),
            (Some("gpt-5-codex"), Tier::Flex),
            (Some("nobody"), Tier::Standard),
            (Some("nobody"), Tier::Flex),
            (None, Tier::Standard),
        ];
        let gaps = [(Some("nobody"), 2_000, false), (Some("gpt-5-codex"), 1_000, true), (None, 1_000, false)];
        check_gaps(&replies, &[], &gaps);
        check_gaps(&replies, &["--model", "CODEX"], &gaps[1..2]);
        check_gaps(&replies, &["--model", "somebody"], &[]);
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
