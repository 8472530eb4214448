//! `topside db`: the database in which history is kept.

use std::path::Path;

use anyhow::Context;
use clap::{Args, Subcommand};
use topside_catalog::format;
use topside_model::Bytes;
use topside_store::Store;

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
}

/// Does it, and says what came of it.
pub(crate) fn run(what: What, place: &Path) -> anyhow::Result<String> {
    let whole = |words: &[String]| {
        anyhow::ensure!(
            words.is_empty(),
            "check {}: it is damaged ({}); move it away, and history is read anew from the transcripts that are left",
            place.display(),
            words.join("; ")
        );
        Ok(())
    };
    match what {
        What::Path => Ok(format!("{}\n", place.display())),
        What::Check => {
            let Some(store) = Store::open_to_read(place)? else {
                return Ok(format!("{} is not there yet\n", place.display()));
            };
            // Damage may be such that SQLite cannot even look for it.
            whole(&store.check().unwrap_or_else(|error| vec![format!("{:#}", anyhow::Error::from(error))]))?;
            Ok(format!("{} is whole\n", place.display()))
        }
        What::Vacuum => {
            let size =
                || Ok::<_, anyhow::Error>(Bytes(std::fs::metadata(place).context("look at the database")?.len()));
            let store = Store::open(place)?;
            let before = size()?;
            store.vacuum()?;
            Ok(format!("{}: {} before, {} now\n", place.display(), format::bytes(before), format::bytes(size()?)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_is_checked_and_made_small() {
        let folder = tempfile::tempdir().expect("a folder");
        let place = folder.path().join("history.db");
        let say = |what| run(what, &place).expect("it works");
        assert_eq!(say(What::Path), format!("{}\n", place.display()));
        assert!(say(What::Check).ends_with("is not there yet\n"));
        assert!(say(What::Vacuum).contains(" before, "));
        assert!(say(What::Check).ends_with("is whole\n"));
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
        let error = format!("{:#}", run(What::Check, &place).expect_err("it is damaged"));
        assert!(error.contains("move it away"), "{error}");
    }
}
