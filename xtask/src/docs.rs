//! Pages written from the code: `docs/fields.md` from the catalogue, the README's screen from the program.

use std::fmt::Write as _;
use std::process::Command;

use anyhow::{Context as _, bail};
use topside_catalog::{Field, Kind, SESSION, Unit};

use crate::{Verdict, repo, shell};

/// A page, or a part of one, that the code writes.
struct Page {
    path: &'static str,
    text: String,
}

/// Writes the pages; with `--check`, fails where one is not as it would be written.
pub(crate) fn run(args: &[String]) -> anyhow::Result<Verdict> {
    let check = match args {
        [] => false,
        [check] if check == "--check" => true,
        _ => bail!("usage: cargo xtask docs [--check]"),
    };
    let mut verdict = Verdict::Passed;
    for Page { path, text } in [Page { path: "docs/fields.md", text: fields() }, readme()?] {
        let file = repo::root().join(path);
        if !check {
            std::fs::write(&file, text).with_context(|| format!("write {path}"))?;
            continue;
        }
        // A checkout may have turned the line ends.
        let written = std::fs::read_to_string(&file).with_context(|| format!("read {path}"))?;
        if !written.lines().eq(text.lines()) {
            println!("docs: {path} is not what the code says; run cargo xtask docs");
            verdict = Verdict::Failed;
        }
    }
    Ok(verdict)
}

/// The README with the screen the program shows today.
fn readme() -> anyhow::Result<Page> {
    const PATH: &str = "README.md";
    const BEGIN: &str = "<!-- screen:begin -->\n";
    const END: &str = "<!-- screen:end -->";
    let written = std::fs::read_to_string(repo::root().join(PATH)).with_context(|| format!("read {PATH}"))?;
    let written = written.replace("\r\n", "\n");
    let marks = || Some((written.find(BEGIN)? + BEGIN.len(), written.find(END)?));
    let (from, to) = marks().with_context(|| format!("find the marks of the screen in {PATH}"))?;
    let mut demo = Command::new(repo::topside(false)?);
    demo.args(["demo", "--now", "2026-11-17T12:00:00Z"]).env("TZ", "UTC");
    let screen = shell::output(&mut demo)?;
    let text = format!("{}```text\n{}\n```\n{}", &written[..from], screen.trim_end(), &written[to..]);
    Ok(Page { path: PATH, text })
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
