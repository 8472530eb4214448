//! `topside db`: the database in which history is kept.

use std::io::Write;
use std::path::Path;

use anyhow::Context;
use clap::{Args, Subcommand};
use topside_catalog::format;
use topside_model::{FactKind, TimeZone, Timestamp};
use topside_store::{DAMAGE_REMEDY, Days, Plan, Retention, Store};

use crate::facts::{self, Export};

/// `topside db`.
#[derive(Debug, Args)]
pub(crate) struct Db {
    /// What to do with it.
    #[command(subcommand)]
    pub(crate) what: What,
}

/// What to do with the database.
#[derive(Debug, Clone, Copy, Subcommand)]
pub(crate) enum What {
    /// Print where history is kept
    Path,
    /// Tell whether the database is whole
    Check,
    /// Give space back that is no longer used
    Vacuum,
    /// Delete old states, turns, tool calls and limits
    ///
    /// What sessions used and cost is kept. `topside db vacuum` then gives the space back.
    Prune(Prune),
    /// Write everything history holds to standard output, fact by fact
    Export(Export),
}

impl What {
    /// True for what changes the database.
    pub(crate) fn writes(self) -> bool {
        match self {
            Self::Vacuum => true,
            Self::Prune(asked) => !asked.dry_run,
            Self::Path | Self::Check | Self::Export(_) => false,
        }
    }
}

/// `topside db prune`.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct Prune {
    /// Delete those of days (UTC) that ended DAYS ago or earlier
    #[arg(long, value_name = "DAYS", value_parser = days)]
    pub(crate) older_than: u32,
    /// Only say what would be deleted
    #[arg(long)]
    pub(crate) dry_run: bool,
}

/// Days as people type them.
fn days(text: &str) -> Result<u32, String> {
    text.parse().ok().filter(|days| *days > 0).ok_or_else(|| "give a number of days from 1 on, such as 90".to_owned())
}

/// When and where something is done with it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Moment<'a> {
    /// The database.
    pub(crate) place: &'a Path,
    /// The moment.
    pub(crate) now: Timestamp,
    /// Where days begin and end.
    pub(crate) zone: &'a TimeZone,
}

/// Does it, and writes what came of it to `out`.
pub(crate) fn run(what: What, moment: Moment<'_>, out: &mut dyn Write) -> anyhow::Result<()> {
    let place = moment.place;
    let said = match what {
        What::Path => format!("{}\n", place.display()),
        What::Check => check(place)?,
        What::Vacuum => vacuum(place)?,
        What::Prune(asked) => prune(asked, place, moment.now)?,
        What::Export(asked) => return facts::export(asked, moment.zone, place, out),
    };
    out.write_all(said.as_bytes()).and_then(|()| out.flush()).context("write to standard output")
}

fn check(place: &Path) -> anyhow::Result<String> {
    let Some(store) = Store::open_to_read(place)? else { return Ok(missing(place)) };
    let words = store.check()?;
    anyhow::ensure!(
        words.is_empty(),
        "check {}: it is damaged ({}); {DAMAGE_REMEDY}",
        place.display(),
        words.join("; ")
    );
    Ok(format!("{} is whole\n", place.display()))
}

fn vacuum(place: &Path) -> anyhow::Result<String> {
    if !place.is_file() {
        return Ok(missing(place));
    }
    let before = Store::size(place);
    Store::open(place)?.vacuum()?;
    Ok(format!("{}: {} before, {} now\n", place.display(), format::bytes(before), format::bytes(Store::size(place))))
}

fn prune(asked: Prune, place: &Path, now: Timestamp) -> anyhow::Result<String> {
    let retention = Retention { keep: Some(Days(asked.older_than)) };
    if asked.dry_run {
        let Some(store) = Store::open_to_read(place)? else { return Ok(missing(place)) };
        return Ok(format!("would delete {}\n", words(&retention.plan(now, &store.held()?))));
    }
    if !place.is_file() {
        return Ok(missing(place));
    }
    let mut store = Store::open(place)?;
    let plan = retention.plan(now, &store.held()?);
    store.retain(&plan)?;
    Ok(format!("deleted {}\n", words(&plan)))
}

fn missing(place: &Path) -> String {
    format!("{} is not there yet; `topside usage` makes it\n", place.display())
}

/// What goes by a plan.
fn words(plan: &Plan) -> String {
    let name = |kind| match kind {
        FactKind::State => "states",
        FactKind::Turn => "turns",
        FactKind::Call => "tool calls",
        FactKind::Limit => "figures of limits",
    };
    let goes: Vec<String> = plan.goes.iter().map(|(kind, facts)| format!("{facts} {}", name(*kind))).collect();
    let goes = if goes.is_empty() { "nothing".to_owned() } else { goes.join(", ") };
    // Nobody needs to know of days on which there was nothing yet.
    let day = (plan.before >= Timestamp::UNIX_EPOCH).then(|| plan.before.strftime(" from before %Y-%m-%d"));
    format!("{goes}{}", day.map_or_else(String::new, |day| day.to_string()))
}

#[cfg(test)]
mod tests {
    use topside_model::{AgentId, Fact, LimitId, LimitSeen, Percent, Untrusted};

    use super::*;

    /// What is said of the database at `place`, forty days after 1970.
    fn said(what: What, place: &Path) -> anyhow::Result<String> {
        let now = Timestamp::from_second(40 * 24 * 3_600).expect("a moment");
        let mut out = Vec::new();
        run(what, Moment { place, now, zone: &TimeZone::UTC }, &mut out)?;
        Ok(String::from_utf8(out)?)
    }

    #[test]
    fn a_database_is_checked_and_made_small() {
        let folder = tempfile::tempdir().expect("a folder");
        let place = folder.path().join("history.db");
        let say = |what| said(what, &place).expect("it works");
        assert_eq!(say(What::Path), format!("{}\n", place.display()));
        assert!(say(What::Check).ends_with("is not there yet; `topside usage` makes it\n"));
        assert!(say(What::Vacuum).ends_with("is not there yet; `topside usage` makes it\n") && !place.exists());
        drop(Store::open(&place).expect("it opens"));
        assert!(say(What::Vacuum).contains(" before, "));
        assert!(say(What::Check).ends_with("is whole\n"));
    }

    /// What a program that was killed has written is still in the log.
    #[test]
    fn space_that_the_log_takes_is_counted() {
        let folder = tempfile::tempdir().expect("a folder");
        let [place, killed] = ["history.db", "killed.db"].map(|name| folder.path().join(name));
        let store = Store::open(&place).expect("it opens");
        for end in ["", "-wal"] {
            let of = |place: &Path| format!("{}{end}", place.display());
            std::fs::copy(of(&place), of(&killed)).expect("it is copied");
        }
        drop(store);
        let (before, after) = (Store::size(&killed), said(What::Vacuum, &killed).expect("it works"));
        assert!(before > Store::size(&place), "its tables are in the log");
        assert!(after.contains(&format!("{} before, ", format::bytes(before))), "{after}");
    }

    #[test]
    fn only_what_is_old_is_deleted() {
        let folder = tempfile::tempdir().expect("a folder");
        let place = folder.path().join("history.db");
        let prune = |older_than, dry_run| said(What::Prune(Prune { older_than, dry_run }), &place).expect("it works");
        assert!(prune(30, false).ends_with("is not there yet; `topside usage` makes it\n") && !place.exists());
        let seen = |day: i64| {
            Fact::Limit(LimitSeen {
                agent: AgentId::new("codex"),
                home: Untrusted::new("/home/ada/.codex"),
                limit: LimitId::new("weekly"),
                window: None,
                used: Percent(1.0),
                resets_at: None,
                at: Timestamp::from_second(day * 24 * 3_600).expect("a moment"),
            })
        };
        let mut store = Store::open(&place).expect("it opens");
        store.record(&[seen(1), seen(9), seen(10), seen(39)], Timestamp::UNIX_EPOCH).expect("it is written");
        drop(store);
        assert_eq!(prune(30, true), "would delete 2 figures of limits from before 1970-01-11\n");
        assert_eq!(prune(30, false), "deleted 2 figures of limits from before 1970-01-11\n");
        assert_eq!(prune(30, false), "deleted nothing from before 1970-01-11\n");
        assert_eq!(prune(u32::MAX, false), "deleted nothing\n");
    }

    #[test]
    fn damage_is_told_with_what_to_do() {
        let folder = tempfile::tempdir().expect("a folder");
        let place = folder.path().join("history.db");
        drop(Store::open(&place).expect("it opens"));
        let mut bytes = std::fs::read(&place).expect("it is read");
        let len = bytes.len();
        bytes[len / 2..].fill(0xff);
        std::fs::write(&place, bytes).expect("it is written");
        let error = format!("{:#}", said(What::Check, &place).expect_err("it is damaged"));
        assert!(error.contains("move it away"), "{error}");
    }
}
