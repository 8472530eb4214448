//! Pages written from the code: `docs/fields.md` from the catalogue.

use std::fmt::Write as _;

use anyhow::{Context as _, bail};
use topside_catalog::{Field, Kind, SESSION, Unit};

use crate::{Verdict, repo};

const FIELDS: &str = "docs/fields.md";

/// Writes the pages; with `--check`, fails where one is not as it would be written.
pub(crate) fn run(args: &[String]) -> anyhow::Result<Verdict> {
    let path = repo::root().join(FIELDS);
    let page = fields();
    match args {
        [] => {
            std::fs::write(&path, page).with_context(|| format!("write {FIELDS}"))?;
            Ok(Verdict::Passed)
        }
        [check] if check == "--check" => {
            // A checkout may have turned the line ends.
            let written = std::fs::read_to_string(&path).with_context(|| format!("read {FIELDS}"))?;
            if written.lines().eq(page.lines()) {
                return Ok(Verdict::Passed);
            }
            println!("docs: {FIELDS} is not what the catalogue says; run cargo xtask docs");
            Ok(Verdict::Failed)
        }
        _ => bail!("usage: cargo xtask docs [--check]"),
    }
}

fn fields() -> String {
    let mut page = "# Fields of a session\n\n\
        Written from the catalogue by `cargo xtask docs`. What is not known has no value, whatever the field.\n\n\
        | Field | Title | Kind | Unit | Meaning |\n|---|---|---|---|---|\n"
        .to_owned();
    for Field { id, title, unit, kind, help, .. } in SESSION {
        let _ = writeln!(page, "| `{id}` | {title} | {} | {} | {help} |", kind_name(*kind), unit_name(*unit));
    }
    page
}

fn kind_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Label => "label",
        Kind::Gauge => "gauge",
        Kind::Counter => "counter",
    }
}

fn unit_name(unit: Unit) -> &'static str {
    match unit {
        Unit::None => "",
        Unit::Count => "count",
        Unit::Tokens => "tokens",
        Unit::TokensPerMinute => "tokens per minute",
        Unit::Percent => "percent",
        Unit::Seconds => "seconds",
        Unit::Bytes => "bytes",
        Unit::Time => "time",
    }
}
