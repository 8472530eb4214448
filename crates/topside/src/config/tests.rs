//! What a configuration says, and what is said of one that cannot be used.

use std::time::Duration;

use topside_model::{AlertKind, Amount, BudgetPer, Money, Percent, Tokens};

use super::*;

const FILE: &str = "/home/ada/.config/topside/config.toml";

fn parse(text: &str) -> Result<Config, ConfigError> {
    Config::parse(text, Path::new(FILE))
}

/// Checks what is said of a file that says `text`.
#[track_caller]
fn check(text: &str, expected: &str) {
    let error = parse(text).expect_err("it cannot be used").to_string();
    assert_eq!(error.strip_prefix(&format!("use the configuration {FILE}")), Some(expected), "{error}");
}

/// The example with everything in it set: what it explains has a blank behind its `#`.
fn example() -> String {
    let set = |line: &str| line.strip_prefix('#').filter(|key| !key.starts_with(' ')).unwrap_or(line).to_owned() + "\n";
    EXAMPLE.lines().map(set).collect()
}

#[test]
fn the_example_sets_nothing() {
    let nothing = Config { file: Some(FILE.into()), ..Config::default() };
    assert_eq!(format!("{:?}", parse(EXAMPLE).expect("the example")), format!("{nothing:?}"));
}

#[test]
fn the_example_has_every_key_and_can_be_used() {
    let config = parse(&example()).expect("the example");
    assert_eq!((config.theme, config.recent, config.keep_days), (Some(Theme::Dark), Some(10), Some(400)));
    assert_eq!(config.titles, Some(false));
    assert_eq!(config.prices_file.as_deref(), Some(Path::new("/home/ada/.config/topside/prices.json")));
    assert_eq!(config.history.as_deref(), Some(Path::new("/home/ada/.local/share/topside/history.db")));
    let (prices, entries) = config.prices.expect("prices");
    assert_eq!((entries, prices.models().collect::<Vec<_>>()), (2, vec!["house-model", "house-model-large"]));
    // Three services, each for small and for large requests.
    assert_eq!(prices.rows().filter(|row| row.model == "house-model-large").count(), 5);
    let [everything, webshop] = config.budgets.as_slice() else { panic!("{:?}", config.budgets) };
    assert_eq!((everything.per, everything.amount), (BudgetPer::Day, Amount::Money(Money::micros(20_000_000))));
    assert_eq!((everything.warn, webshop.warn), (Percent(80.0), Percent(90.0)));
    assert_eq!((webshop.per, webshop.amount), (BudgetPer::Month, Amount::Tokens(Tokens(500_000_000))));
    let plan = config.notify.expect("notifications");
    let [approval, done, limit] = plan.policy.rules.as_slice() else { panic!("{plan:?}") };
    assert_eq!((approval.when, approval.after, approval.urgent), (AlertKind::Approval, Duration::ZERO, false));
    assert_eq!((done.after, done.project.as_deref()), (Duration::from_mins(2), Some("webshop")));
    assert_eq!((limit.at, limit.urgent), (Percent(90.0), true));
    let to: Vec<Vec<&str>> = plan.to.iter().map(|to| to.iter().map(|target| target.id()).collect()).collect();
    assert_eq!(to, [vec!["desktop", "bell"], vec!["desktop"], vec!["webhook", "command"]]);
    assert_eq!((plan.policy.per_minute, plan.command.len()), (6, 3));
    assert_eq!(webshop.agent.as_ref().map(topside_model::AgentId::as_str), Some("claude_code"));
}

#[test]
fn an_empty_file_sets_nothing() {
    let config = parse("").expect("nothing is wrong with it");
    assert!(config.theme.is_none() && config.prices.is_none() && config.budgets.is_empty());
}

#[test]
fn a_fault_names_the_file_the_line_and_what_to_write() {
    check(
        "\ntheme = \"pink\"",
        ", line 2: no theme is called \"pink\": write one of \"dark\", \"light\", \"colour-safe\", \"plain\"",
    );
    check(
        "themes = 1",
        ", line 1: unknown field `themes`, expected one of `theme`, `recent`, `titles`, `ui`, `reclaim`, `history`, `prices`, `price`, `budget`, `notifications`, `notify`",
    );
    check("[history]\nfile = \"~/h.db\"", ", line 2: ~ has no meaning here: write the whole path");
    check(
        "[history]\nkeep_days = 0",
        ", line 2: 0 days keep nothing: write a number of days, or leave the key out to keep all",
    );
    check("recent = \"10\"", ", line 1: recent is \"10\": write a whole number from 0 to 4294967295");
}

/// Checks what is said of a budget with these lines behind its name.
#[track_caller]
fn check_budget(lines: &str, expected: &str) {
    check(&format!("[[budget]]\nname = \"b\"\n{lines}"), expected);
}

#[test]
fn a_budget_that_cannot_be_used_says_why() {
    check_budget("per = \"year\"", ", line 3: no budget is per \"year\": write one of \"day\", \"week\", \"month\"");
    for wrong in ["\"$20\"", "\"\"", "-5", "0", "1e3", "0x10", "true", "[20]", "0.0000000000001"] {
        let told = format!(", line 4: {wrong} is no amount: write US dollars, such as 20 or 19.90");
        check_budget(&format!("per = \"day\"\nusd = {wrong}"), &told);
    }
    check_budget("per = \"day\"\ntokens = -5", ", line 4: tokens is -5: write a whole number from 0 on");
    check_budget("usd = 1", ", line 1: per is missing: `topside config example` shows how it is written");
    check_budget("per = \"day\"\nusd = \"1\"\nwarn = 101", ", line 5: 101 is no share: write percent from 1 to 100");
    check_budget("per = \"day\"\ntokens = 0", ", line 4: 0 is no budget: write a number of tokens, such as 5_000_000");
    check_budget("per = \"day\"", ", line 1: a budget needs an amount: write usd = 20.00 or tokens = 5_000_000");
    check_budget("per = \"day\"\nusd = \"1\"\ntokens = 1", ", line 1: a budget has one amount: keep usd or tokens");
    for name in ["", " "] {
        check(
            &format!("[[budget]]\nper = \"day\"\nname = \"{name}\"\nusd = \"1\""),
            ", line 3: no budget has an empty name: write what it is for, such as \"webshop\"",
        );
    }
    let agents = ", line 4: no agent is called \"nobody\": write one of \"codex\", \"claude_code\"";
    check_budget("per = \"day\"\nagent = \"nobody\"", agents);
    check_budget(
        "per = \"day\"\nusd = \"1\"\n[[budget]]\nname = \"b\"\nper = \"week\"\nusd = \"1\"",
        ", line 5: two budgets are called \"b\": give one of them another name",
    );
}

/// Checks what is said of a rule with these lines behind its target.
#[track_caller]
fn check_rule(lines: &str, expected: &str) {
    check(&format!("[[notify]]\nto = [\"bell\"]\n{lines}"), expected);
}

#[test]
fn a_rule_that_cannot_be_used_says_why() {
    let kinds = "\"approval\", \"question\", \"done\", \"failed\", \"limited\", \"stalled\", \"limit\", \"budget\", \"orphan_port\"";
    check_rule("when = \"idle\"", &format!(", line 3: no rule is for \"idle\": write one of {kinds}"));
    check_rule(
        "when = \"done\"\nafter = \"2 days\"",
        ", line 4: \"2 days\" is no time: write seconds, minutes or hours, such as \"30s\", \"5m\" or \"1h\"",
    );
    check_rule("when = \"limit\"\nat = 0", ", line 4: 0 is no share: write percent from 1 to 100");
    check_rule(
        "when = \"budget\"\nat = 80",
        ", line 1: only a rule with when = \"limit\" has a share: leave `at` out; budgets have their own `warn`",
    );
    check_rule(
        "when = \"limit\"\nproject = \"webshop\"",
        ", line 1: a limit is an account's, not a project's: leave `project` out",
    );
    let targets = "\"desktop\", \"bell\", \"osc9\", \"osc777\", \"osc99\", \"webhook\", \"command\"";
    check(
        "[[notify]]\nwhen = \"done\"\nto = [\"phone\"]",
        &format!(", line 3: no target is called \"phone\": write some of {targets}"),
    );
    check(
        "[[notify]]\nwhen = \"done\"\nto = []",
        &format!(", line 3: a rule without a target tells nobody: write some of {targets}"),
    );
    check(
        "[[notify]]\nwhen = \"done\"\nto = [\"webhook\"]",
        ", line 1: a rule tells \"webhook\", which is not set: write webhook = \"https://…\" below [notifications]",
    );
}

#[test]
fn manners_that_cannot_be_kept_say_why() {
    let check = |line: &str, expected: &str| check(&format!("[notifications]\n{line}"), expected);
    for hours in ["22:00", "22:00-22:00", "22-25", "night"] {
        let wrong = "are no hours: write when they begin and end, such as \"22:00-07:00\"";
        check(&format!("quiet = \"{hours}\""), &format!(", line 2: {hours:?} {wrong}"));
    }
    check("per_minute = 0", ", line 2: 0 alerts a minute tell nothing: write a number, or take the rules away");
    for address in ["example.org", "ftp://example.org/x", "https://"] {
        let wrong = "this is no address of a webhook: write one that begins with https:// or http://";
        check(&format!("webhook = \"{address}\""), &format!(", line 2: {wrong}"));
    }
    check("command = []", ", line 2: a command begins with a program: write [\"/path/to/program\", \"argument\"]");
}

#[test]
fn what_is_not_said_of_a_rule_has_usual_values() {
    let plan = parse("[[notify]]\nwhen = \"done\"\nto = [\"bell\", \"bell\"]").expect("a rule").notify.expect("a plan");
    assert_eq!((plan.policy.rules[0].after, plan.to[0].len()), (Duration::from_secs(30), 1));
    assert_eq!((plan.policy.quiet, plan.policy.per_minute, plan.webhook), (None, 6, None));
}

#[test]
fn a_value_of_another_kind_is_told_by_its_key_with_what_to_write() {
    check("titles = \"no\"", ", line 1: titles is \"no\": write true or false");
    check("theme = 3", ", line 1: theme is 3: write a text in quotes");
    check("recent = 1.5", ", line 1: recent is 1.5: write a whole number from 0 to 4294967295");
    check("\n[history]\nkeep_days = -1", ", line 3: keep_days is -1: write a whole number from 0 to 4294967295");
    check("history = { keep_days = -1 }", ", line 1: keep_days is -1: write a whole number from 0 to 4294967295");
    check("history = { file = 1, keep_days = 3 }", ", line 1: file is 1: write a text in quotes");
    check("ui = true", ", line 1: ui is true: write it as a section of its own: [ui]");
    check("[budget]\nname = \"b\"", ", line 1: budget is a table: write two brackets around its name: [[budget]]");
    check("price = 5", ", line 1: price is 5: write a list: [ … ]");
    check("[[notify]]\nwhen = \"done\"\nto = \"bell\"", ", line 3: to is \"bell\": write a list: [ … ]");
    check("[[notify]]\nwhen = \"done\"\nto = [5]", ", line 3: this is 5: write a text in quotes");
}

/// Checks that money may be written so, and the same in quotes.
#[track_caller]
fn check_money(number: &str, micros: u64) {
    for written in [number.to_owned(), format!("\"{}\"", number.replace('_', ""))] {
        let budget = format!("[[budget]]\nname = \"b\"\nper = \"day\"\nusd = {written} # a day\n");
        let price = format!("[[price]]\nmodels = [\"m\"]\ninput = {written}\n");
        let config = parse(&(budget + &price)).expect("money");
        assert_eq!(config.budgets[0].amount, Amount::Money(Money::micros(micros)), "{written}");
        let (prices, _) = config.prices.expect("a price");
        let input = prices.rows().next().and_then(|row| row.price.input);
        assert_eq!(input, Some(Money(micros.into())), "{written}");
    }
}

#[test]
fn money_is_taken_as_it_is_written() {
    check_money("10", 10_000_000);
    check_money("19.90", 19_900_000);
    check_money("1_000.25", 1_000_250_000);
    // No float is as exact.
    check_money("123456789.123457", 123_456_789_123_457);
}

#[test]
fn a_price_that_cannot_be_used_says_why_and_where() {
    let wanted = "write US dollars per million tokens in quotes, such as \"0.25\", with at most six decimals";
    let good = "[[price]]\nmodels = [\"a\"]\ninput = 1\n";
    check(
        &format!("{good}[[price]]\nmodels = [\"b\"]\ninput = 1.0000001"),
        &format!(", line 6: read the prices of \"b\": input is \"1.0000001\": {wanted}"),
    );
    check(
        &format!("{good}[[price]]\nmodels = [\"b\"]\ninput = 1\n\ntiers.flex = {{ above.\"200000\".output = \"x\" }}"),
        &format!(", line 8: read the prices of \"b\": tiers.flex.above.200000.output is \"x\": {wanted}"),
    );
    check(
        &format!("{good}[[price]]\nmodels = [\"b\"]\ninput = 1\n{good}"),
        ", line 7: read the prices of \"a\": from has two entries that begin with no day: keep one of them",
    );
    check(
        &format!("{good}[[price]]\ninput = 1"),
        ", line 4: read the prices of entry 2: models is missing: write the models it is for: [\"gpt-5\", …]",
    );
    check(
        "[[price]]\nmodels = [\"x\"]",
        ", line 1: read the prices of \"x\": every amount is missing: write at least one, such as input, in US dollars \
         per million tokens",
    );
}

#[test]
fn a_day_needs_no_quotes() {
    let entry = |from: &str| format!("[[price]]\nmodels = [\"a\"]\nfrom = {from}\ninput = \"1\"");
    let prices = |from: &str| parse(&entry(from)).expect("a price").prices.map(|(prices, _)| prices);
    assert_eq!(prices("2026-11-01"), prices("\"2026-11-01\""));
    check(
        &entry("07:32:00"),
        ", line 3: read the prices of \"a\": from is \"07:32:00\": write a day in quotes, such as \"2026-01-31\"",
    );
}

#[test]
fn what_a_file_says_cannot_act_on_a_terminal() {
    let error = parse("theme = \"\\u001b[2J\"").expect_err("no theme").to_string();
    assert!(!error.contains('\u{1b}'), "{error:?}");
}
