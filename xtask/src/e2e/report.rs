//! The table of results, printed and kept in docs/status.md.

use std::path::Path;

use anyhow::Context as _;

use super::judge::State;
use super::scenario::all;
use super::stage::Outcome;

/// What stands before and behind the table of agents as they come, and of those with hooks.
const MARKS: (&str, &str) = ("<!-- e2e:begin -->\n", "<!-- e2e:end -->");
const HOOKED_MARKS: (&str, &str) = ("<!-- e2e-hooks:begin -->\n", "<!-- e2e-hooks:end -->");

/// A line of the table.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) agent: &'static str,
    pub(crate) scenario: &'static str,
    /// How it came out; an error where it could not be played.
    pub(crate) outcome: anyhow::Result<Outcome>,
    /// How often it was played.
    pub(crate) tries: u32,
}

impl Row {
    /// True when everything was seen, in time and to the token.
    pub(crate) fn passed(&self) -> bool {
        problems(self).is_empty()
    }
}

/// What came out, in one line for people who watch: the states, when each that lasted was seen, and how many samples
/// said something else.
pub(crate) fn story(row: &Row) -> String {
    let states = row.outcome.iter().flat_map(|outcome| &outcome.told.states);
    let words = states.map(|State { name, after, wrong }| {
        let after = after.map(|after| format!(" {:.1} s", after.as_secs_f64())).unwrap_or_default();
        let wrong = if *wrong == 0 { String::new() } else { format!(" ({wrong} wrong)") };
        format!("{name}{after}{wrong}")
    });
    let verdict = if row.passed() { "ok   " } else { "WRONG" };
    format!("{verdict} {} {}: {}", row.agent, row.scenario, words.collect::<Vec<_>>().join(", "))
}

/// The table, in Markdown.
pub(crate) fn table(rows: &[Row]) -> String {
    let head =
        "| agent | scenario | seen within | samples right | tokens shown / true | |\n|---|---|---|---|---|---|\n";
    std::iter::once(head.to_owned()).chain(rows.iter().map(line)).collect()
}

fn line(row: &Row) -> String {
    let cells = match &row.outcome {
        Err(_) => "– | – | –".to_owned(),
        Ok(Outcome { told, tokens: (shown, delivered) }) => {
            let seen = told.slowest().map_or("–".to_owned(), |slowest| format!("{:.1} s", slowest.as_secs_f64()));
            format!("{seen} | {:.1} % of {} | {shown} / {delivered}", told.share(), told.samples)
        }
    };
    let verdict = match (row.passed(), row.tries) {
        (true, 1) => "ok",
        (true, _) => "ok, played again alone",
        (false, _) => "**wrong**",
    };
    format!("| {} | {} | {cells} | {verdict} |\n", row.agent, row.scenario)
}

/// What went wrong in a scenario, one line each; empty when nothing did.
pub(crate) fn problems(row: &Row) -> Vec<String> {
    let name = format!("{} {}", row.agent, row.scenario);
    let told = match &row.outcome {
        Err(error) => return vec![format!("{name}: could not be played: {error:#}")],
        Ok(outcome) => &outcome.told,
    };
    let often_wrong = told.is_often_wrong().then(|| format!("only {:.1} % of the samples are right", told.share()));
    told.problems.iter().chain(&often_wrong).map(|problem| format!("{name}: {problem}")).collect()
}

/// Puts `table` between the markers of the file at `path`; with `hooks` between those of agents with hooks. What was not
/// played now keeps its line.
pub(crate) fn write(path: &Path, table: &str, hooks: bool) -> anyhow::Result<()> {
    let text = std::fs::read_to_string(path).with_context(|| format!("read {}", path.display()))?;
    let marks = if hooks { HOOKED_MARKS } else { MARKS };
    let names: Vec<(&str, &str)> = all().map(|scenario| (scenario.agent.name(), scenario.name)).collect();
    let text =
        replaced(&text, table, &names, marks).with_context(|| format!("{} has no e2e markers", path.display()))?;
    std::fs::write(path, text).with_context(|| format!("write {}", path.display()))
}

/// `text` with the lines of `table` between its markers, and those lines of before whose scenarios are among `names` and
/// not in the table, in the order of `names`.
fn replaced(text: &str, table: &str, names: &[(&str, &str)], (begin, end): (&str, &str)) -> Option<String> {
    let (before, rest) = text.split_once(begin)?;
    let (old, after) = rest.split_once(end)?;
    let head = table.split_inclusive('\n').take(2);
    let line = |(agent, scenario): &(&str, &str)| {
        let start = format!("| {agent} | {scenario} |");
        let find =
            |table: &'_ str| table.split_inclusive('\n').find(|line| line.starts_with(&start)).map(str::to_owned);
        find(table).or_else(|| find(old))
    };
    let lines: String = head.map(str::to_owned).chain(names.iter().filter_map(line)).collect();
    Some(format!("{before}{begin}{lines}{end}{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_played_replaces_its_lines_and_leaves_those_of_others() {
        let (begin, end) = MARKS;
        let names = [("a", "first"), ("a", "second"), ("b", "first")];
        let old = "| head |\n|---|\n| a | first | old |\n| a | gone | old |\n| b | first | old |\n";
        let new = "| head |\n|---|\n| b | first | new |\n| a | second | new |\n";
        let both = "| head |\n|---|\n| a | first | old |\n| a | second | new |\n| b | first | new |\n";
        let text = |table| format!("a\n{begin}{table}{end}\nb\n");
        assert_eq!(replaced(&text(old), new, &names, MARKS), Some(text(both)));
        assert_eq!(replaced(&text(old), new, &names, HOOKED_MARKS), None);
        assert_eq!(replaced("no markers", new, &names, MARKS), None);
    }
}
