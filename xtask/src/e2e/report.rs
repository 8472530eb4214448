//! The table of results, printed and kept in docs/status.md.

use std::path::Path;

use anyhow::Context as _;

use super::stage::Outcome;

const BEGIN: &str = "<!-- e2e:begin -->\n";
const END: &str = "<!-- e2e:end -->";

/// A line of the table.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) scenario: &'static str,
    /// How it came out; an error where it could not be played.
    pub(crate) outcome: anyhow::Result<Outcome>,
}

impl Row {
    /// True when everything was seen, in time and to the token.
    pub(crate) fn passed(&self) -> bool {
        self.outcome.as_ref().is_ok_and(|outcome| outcome.told.problems.is_empty())
    }
}

/// The table, in Markdown.
pub(crate) fn table(rows: &[Row]) -> String {
    let head = "| scenario | seen within | samples right | tokens shown / true | |\n|---|---|---|---|---|\n";
    std::iter::once(head.to_owned()).chain(rows.iter().map(line)).collect()
}

fn line(row: &Row) -> String {
    let cells = match &row.outcome {
        Err(_) => "– | – | –".to_owned(),
        Ok(Outcome { told, tokens: (shown, delivered) }) => {
            let seen = told.slowest.map_or("–".to_owned(), |slowest| format!("{:.1} s", slowest.as_secs_f64()));
            let share = 100.0 * told.right as f64 / told.samples.max(1) as f64;
            format!("{seen} | {share:.1} % of {} | {shown} / {delivered}", told.samples)
        }
    };
    format!("| {} | {cells} | {} |\n", row.scenario, if row.passed() { "ok" } else { "**wrong**" })
}

/// What went wrong in a scenario, one line each; empty when nothing did.
pub(crate) fn problems(row: &Row) -> Vec<String> {
    match &row.outcome {
        Err(error) => vec![format!("{}: could not be played: {error:#}", row.scenario)],
        Ok(outcome) => outcome.told.problems.iter().map(|problem| format!("{}: {problem}", row.scenario)).collect(),
    }
}

/// Puts `table` between the markers of the file at `path`.
pub(crate) fn write(path: &Path, table: &str) -> anyhow::Result<()> {
    let text = std::fs::read_to_string(path).with_context(|| format!("read {}", path.display()))?;
    let text = replaced(&text, table).with_context(|| format!("{} has no e2e markers", path.display()))?;
    std::fs::write(path, text).with_context(|| format!("write {}", path.display()))
}

fn replaced(text: &str, table: &str) -> Option<String> {
    let (before, rest) = text.split_once(BEGIN)?;
    let (_, after) = rest.split_once(END)?;
    Some(format!("{before}{BEGIN}{table}{END}{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_replaces_what_stood_between_the_markers() {
        let text = format!("a\n{BEGIN}old\n{END}\nb\n");
        assert_eq!(replaced(&text, "new\n"), Some(format!("a\n{BEGIN}new\n{END}\nb\n")));
        assert_eq!(replaced("no markers", "new"), None);
    }
}
