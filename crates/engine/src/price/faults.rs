//! What is said of prices that cannot be used.

use super::read::read;

#[track_caller]
fn check(text: &str, expected: &str) {
    assert_eq!(read(text).expect_err("a fault").to_string(), expected);
}

#[track_caller]
fn check_entry(fields: &str, expected: &str) {
    check(&format!(r#"{{"prices": [{{"models": ["m"], "input": "1"}}, {{{fields}}}]}}"#), expected);
}

#[test]
fn a_fault_names_the_place_and_what_to_write() {
    check("{", "read prices as JSON: EOF while parsing an object at line 1 column 1");
    check("[1, 2]", "read prices: it is [1,2]: write an object: { … }");
    check("{}", "read prices: prices is missing: write a list of entries: [ … ]");
    check(r#"{"prices": [], "price": 1}"#, "read prices: price is no field here: use as_of, note, sources, prices");
    check(
        r#"{"prices": [], "as_of": 20260101}"#,
        "read prices: as_of is 20260101: write a day in quotes, such as \"2026-01-31\"",
    );
    for day in ["2026-07-03T10:00", "20260703", "2026-7-3", "2026-02-30"] {
        check_entry(
            &format!(r#""models": ["a"], "from": "{day}", "input": "1""#),
            &format!("read the prices of \"a\": from is {day:?}: write a day in quotes, such as \"2026-01-31\""),
        );
    }
    check_entry(
        r#""input": "1""#,
        "read the prices of entry 2: models is missing: write the models it is for: [\"gpt-5\", …]",
    );
    check_entry(
        r#""models": ["a"], "input": 0.25"#,
        "read the prices of \"a\": input is 0.25: write US dollars per million tokens in quotes, such as \"0.25\", \
         with at most six decimals",
    );
    for empty in [r#""models": ["a"]"#, r#""models": ["a"], "tiers": {"flex": {"above": {"200000": {}}}}"#] {
        check_entry(
            empty,
            "read the prices of \"a\": every amount is missing: write at least one, such as input, in US dollars per \
             million tokens",
        );
    }
    check_entry(
        r#""models": ["a"], "outputs": "1""#,
        "read the prices of \"a\": outputs is no field here: use models, from, note, input, cache_read, \
         cache_write_5m, cache_write_1h, output, web_search, regional, above, tiers",
    );
    check_entry(
        r#""models": ["a"], "above": {"32000": {}}"#,
        "read the prices of \"a\": above.32000 is no field here: use 100000, 128000, 200000, 256000, 272000, 512000",
    );
    check_entry(
        r#""models": ["a"], "tiers": {"flex": {"above": {"200000": {"input": "x"}}}}"#,
        "read the prices of \"a\": tiers.flex.above.200000.input is \"x\": write US dollars per million tokens in \
         quotes, such as \"0.25\", with at most six decimals",
    );
    check_entry(
        r#""models": ["a"], "tiers": {"standard": "1"}"#,
        "read the prices of \"a\": tiers.standard is no field here: use fast, priority, flex, batch",
    );
    check_entry(
        r#""models": ["a"], "tiers": {"flex": {"web_search": "1"}}"#,
        "read the prices of \"a\": tiers.flex.web_search is no field here: use input, cache_read, cache_write_5m, \
         cache_write_1h, output, above",
    );
    check_entry(
        r#""models": ["a"], "above": {"128000": {"above": {}}}"#,
        "read the prices of \"a\": above.128000.above is no field here: use input, cache_read, cache_write_5m, \
         cache_write_1h, output",
    );
    check_entry(
        r#""models": ["a"], "input": "0.000001", "tiers": {"batch": "0.5"}"#,
        "read the prices of \"a\": tiers.batch makes a price with more than six decimals: write that price itself, \
         rounded as its seller does",
    );
    check_entry(
        r#""models": ["a", "m-2025-01-31"], "input": "1""#,
        "read the prices of \"m\": from has two entries that begin with no day: keep one of them",
    );
}

#[test]
fn what_a_fault_shows_is_short() {
    let text = format!(r#"{{"prices": "{}"}}"#, "x".repeat(1_000));
    assert!(read(&text).expect_err("a fault").to_string().len() < 100);
}
