//! Tables for spreadsheets: comma-separated values as RFC 4180 has them.

mod fact;

use topside_model::{UsageReport, WaitReport};

pub use self::fact::{fact, facts};
use crate::wire::v1::{self, SpendingV1, TallyV1, UsageRowV1, UsageV1};

/// Names of the columns; those that the JSON document has too mean the same there.
const USAGE: &str = "period,key,agent,project,starts_at,ends_at,running,first_at,last_at,sessions,responses,input,\
    input_uncached,cache_read,cache_write_5m,cache_write_1h,output,reasoning,web_searches,total,usage_is_floor,\
    cost_micro_usd,cost_is_floor,unpriced_responses,unpriced_models,models";

/// The same of a report on waits.
const WAITS: &str = "by,key,agent,project,waits,seconds,approval_seconds,question_seconds,longest_seconds,any_seconds";

/// A usage report: one record for each row, without the total. What is not known is empty.
pub fn usage(report: &UsageReport) -> String {
    let document = v1::usage(report, &[]);
    let body = document.body();
    let mut table = format!("{USAGE}\r\n");
    for row in &body.rows {
        table.push_str(&record(body.period, row).join(","));
        table.push_str("\r\n");
    }
    table
}

fn record(period: &str, row: &UsageRowV1) -> Vec<String> {
    let SpendingV1 { first_at, last_at, sessions, tally, unpriced_models, models } = &row.spending;
    let TallyV1 { responses, usage, usage_is_floor, cost_micro_usd, cost_is_floor, unpriced_responses } = tally;
    let UsageV1 { input, input_uncached, cache_read, cache_write_5m, cache_write_1h, .. } = usage;
    let words = |text: &Option<String>| text.as_deref().map(cell).unwrap_or_default();
    vec![
        period.to_owned(),
        words(&row.key),
        words(&row.agent),
        words(&row.project),
        plain(row.starts_at.as_ref()),
        plain(row.ends_at.as_ref()),
        plain(row.running),
        plain(first_at.as_ref()),
        plain(last_at.as_ref()),
        sessions.to_string(),
        responses.to_string(),
        input.to_string(),
        input_uncached.to_string(),
        cache_read.to_string(),
        cache_write_5m.to_string(),
        cache_write_1h.to_string(),
        usage.output.to_string(),
        usage.reasoning.to_string(),
        usage.web_searches.to_string(),
        usage.total.to_string(),
        usage_is_floor.to_string(),
        plain(*cost_micro_usd),
        cost_is_floor.to_string(),
        unpriced_responses.to_string(),
        cell(&names(unpriced_models.iter())),
        cell(&names(models.iter().map(|model| &model.model))),
    ]
}

/// A report on waits: one record for each row, without the total. What is not known is empty.
pub fn waits(report: &WaitReport) -> String {
    let document = v1::waits(report);
    let body = document.body();
    let mut table = format!("{WAITS}\r\n");
    for row in &body.rows {
        let words = |text: &Option<String>| text.as_deref().map(cell).unwrap_or_default();
        let tally = &row.tally;
        let seconds =
            [tally.seconds, tally.approval_seconds, tally.question_seconds, tally.longest_seconds, tally.any_seconds];
        let names = [body.by.to_owned(), words(&row.key), words(&row.agent), words(&row.project)];
        let figures = std::iter::once(tally.waits).chain(seconds).map(|figure| figure.to_string());
        let record: Vec<String> = names.into_iter().chain(figures).collect();
        table.push_str(&record.join(","));
        table.push_str("\r\n");
    }
    table
}

/// A number, a time or a yes or no; empty where it is not known.
fn plain<T: ToString>(value: Option<T>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

fn names<'a>(models: impl Iterator<Item = &'a Option<String>>) -> String {
    let names: Vec<&str> = models.map(|model| model.as_deref().unwrap_or("unknown")).collect();
    names.join("; ")
}

/// Text as a field. A spreadsheet would take what begins like a formula for one and carry it out, so that an apostrophe
/// goes before it, also where only blanks stand in front.
fn cell(text: &str) -> String {
    let formula = text.starts_with(['\t', '\r']) || text.trim_start().starts_with(['=', '+', '-', '@']);
    let text = if formula { format!("'{text}") } else { text.to_owned() };
    if text.contains([',', '"', '\r', '\n']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

#[cfg(test)]
mod tests {
    use super::cell;

    #[test]
    fn a_cell_that_would_be_a_formula_is_text() {
        for formula in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r1", "  =1"] {
            assert!(cell(formula).trim_start_matches('"').starts_with('\''), "{formula:?}");
        }
        for text in ["gpt-5.6", "a=b", "", "2026-11-20", "'=1"] {
            assert_eq!(cell(text), text);
        }
    }

    #[test]
    fn a_cell_with_separators_is_quoted() {
        for (text, written) in [
            ("a,b", "\"a,b\""),
            ("a \"b\"", "\"a \"\"b\"\"\""),
            ("a\nb", "\"a\nb\""),
            ("=HYPERLINK(\"x\",\"y\")", "\"'=HYPERLINK(\"\"x\"\",\"\"y\"\")\""),
        ] {
            assert_eq!(cell(text), written);
        }
    }
}
