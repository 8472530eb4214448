//! Prices as pages and documents.

use serde_json::Value;
use topside_catalog::TimeZone;
use topside_export::text::{self, Page};
use topside_export::wire::v1;
use topside_model::{
    Date, ModelId, Money, Part, Price, PriceCheck, PriceGap, PriceList, PriceNeeds, PriceRow, PriceTable, Terms, Tier,
    Timestamp, Tokens, Uncovered, Untrusted,
};
use unicode_width::UnicodeWidthStr;

const EVIL: &str = "evil\u{1b}[2J\u{202e}drow\nline two \"quoted\"";

fn page(width: usize) -> Page {
    Page { width, colour: false, zone: TimeZone::UTC }
}

fn now() -> Timestamp {
    "2026-11-20T12:00:00Z".parse().expect("a moment")
}

fn day(text: &str) -> Date {
    text.parse().expect("a day")
}

fn sources() -> Vec<String> {
    vec!["what the seller charges for known usage".to_owned(), "a list of prices 1.2.3 (MIT licence)".to_owned()]
}

fn table(sources: &[String]) -> PriceTable<'_> {
    PriceTable { as_of: Some(day("2026-11-19")), sources, own: Vec::new() }
}

/// Input at so many thousandths of a dollar for a million tokens; the rest as vendors usually derive it.
fn price(mills: u128) -> Price {
    Price {
        input: Some(Money(mills * 1_000)),
        cache_read: Some(Money(mills * 100)),
        cache_write_5m: Some(Money(mills * 1_250)),
        cache_write_1h: Some(Money(mills * 2_000)),
        output: Some(Money(mills * 5_000)),
        web_search: Some(Money::micros(10_000)),
    }
}

/// A model that changed its price and has services, one with two sizes, one without any cache, one of one's own.
fn rows() -> Vec<PriceRow<'static>> {
    let terms = |tier, regional| Terms { tier, regional };
    let usual = Terms::default();
    let since = |text| Some(day(text));
    let row = |model, from, terms, above, price| PriceRow { model, from, terms, above, price };
    let plain = Price { cache_read: None, cache_write_5m: None, cache_write_1h: None, web_search: None, ..price(35) };
    vec![
        row("claude-opus-5", since("2026-04-01"), usual, None, price(15_000)),
        row("claude-opus-5", since("2026-08-01"), usual, None, price(5_000)),
        row("claude-opus-5", since("2026-08-01"), terms(Tier::Standard, true), None, price(5_500)),
        row("claude-opus-5", since("2026-08-01"), terms(Tier::Fast, false), None, price(10_000)),
        row("claude-opus-5", since("2026-08-01"), terms(Tier::Fast, true), None, price(11_000)),
        row("gpt-5.6-sol", since("2026-07-01"), usual, None, price(4_000)),
        row("gpt-5.6-sol", since("2026-07-01"), usual, Some(Tokens(272_000)), price(8_000)),
        row("gpt-5.6-sol", since("2026-07-01"), terms(Tier::Flex, true), Some(Tokens(272_000)), price(4_400)),
        row("house-model", None, usual, None, plain),
    ]
}

fn list(sources: &[String]) -> PriceList<'_> {
    PriceList { taken_at: now(), table: table(sources), model: None, rows: rows() }
}

fn nothing_found(sources: &[String]) -> PriceList<'_> {
    PriceList { model: Some("nobody"), rows: Vec::new(), ..list(sources) }
}

fn with_own(sources: &[String]) -> PriceTable<'_> {
    PriceTable { own: vec![Untrusted::new("/home/ana/prices.json")], ..table(sources) }
}

fn gap(model: Option<&str>, replies: u64, tokens: u64, priced_otherwise: bool) -> PriceGap {
    PriceGap { model: model.map(ModelId::new), replies, tokens: Tokens(tokens), priced_otherwise, ..Default::default() }
}

/// A model whose own price lacks some parts.
fn partly(model: &str, uncovered: &[Uncovered], needs: PriceNeeds) -> PriceGap {
    let uncovered = uncovered.iter().copied().collect();
    PriceGap { uncovered, from: Some(day("2026-03-02")), needs, ..gap(Some(model), 12, 340_000, true) }
}

fn check_of(sources: &[String]) -> PriceCheck<'_> {
    let gaps = vec![
        gap(Some("new-model-2026-11-18"), 1_204, 48_300_000, false),
        partly("gpt-5.6-sol", &[Uncovered::Days, Uncovered::Services], PriceNeeds::default()),
        gap(None, 1, 900, false),
    ];
    PriceCheck { taken_at: now(), table: table(sources), model: None, models: 9, replies: 20_311, gaps }
}

fn hostile(sources: &[String]) -> (PriceList<'_>, PriceCheck<'_>) {
    let long = format!("{EVIL}{}", "endless".repeat(60));
    let table = PriceTable { own: vec![Untrusted::new(&long)], ..table(sources) };
    let row = PriceRow { model: EVIL, ..rows()[0] };
    (
        PriceList { table: table.clone(), model: Some(EVIL), rows: vec![row], ..list(sources) },
        PriceCheck { table, model: Some(EVIL), gaps: vec![gap(Some(&long), 1, 1, false)], ..check_of(sources) },
    )
}

/// Checks a page at 60, 80 and 120 columns against its goldens.
fn check(name: &str, face: impl Fn(&Page) -> String) {
    for width in [60, 80, 120] {
        insta::assert_snapshot!(format!("{name}_{width}"), face(&page(width)));
    }
}

#[test]
fn the_table_says_what_holds_for_whom_from_when_on() {
    check("list", |page| text::prices(&list(&sources()), page));
}

#[test]
fn models_are_picked_and_own_prices_named() {
    let sources = sources();
    let rows = rows().into_iter().filter(|row| row.model == "house-model").collect();
    let list = PriceList { model: Some("House"), rows, table: with_own(&sources), ..list(&sources) };
    insta::assert_snapshot!(text::prices(&list, &page(80)));
}

#[test]
fn where_no_model_has_that_name_something_can_be_done() {
    insta::assert_snapshot!(text::prices(&nothing_found(&sources()), &page(60)));
}

#[test]
fn models_without_a_price_are_named_with_what_they_used() {
    check("check", |page| text::price_check(&check_of(&sources()), page));
}

#[test]
fn what_is_to_be_written_covers_every_reply_of_the_model() {
    let sources = sources();
    let writes =
        [Part::Input, Part::CacheRead, Part::CacheWrite5m, Part::CacheWrite1h, Part::Output, Part::WebSearches];
    let needs = PriceNeeds { parts: writes.into(), tiers: [Tier::Standard, Tier::Flex].into(), regional: true };
    let missing = [Uncovered::Part(Part::CacheWrite5m), Uncovered::Part(Part::WebSearches)];
    let unknown = PriceNeeds { parts: writes[..5].iter().copied().collect(), ..PriceNeeds::default() };
    let gaps = [
        partly("claude-sonnet-4-6", &missing, needs),
        PriceGap { needs: unknown, ..gap(Some("minimax-m9"), 3, 4_830, false) },
    ];
    let pages = gaps.map(|gap| text::price_check(&PriceCheck { gaps: vec![gap], ..check_of(&sources) }, &page(80)));
    insta::assert_snapshot!(pages.join("-----\n"));
}

#[test]
fn a_history_that_lacks_nothing_is_told_so() {
    let sources = sources();
    let fine = PriceCheck { gaps: Vec::new(), table: with_own(&sources), ..check_of(&sources) };
    let empty = PriceCheck { models: 0, replies: 0, table: table(&sources), ..fine.clone() };
    let unknown = PriceCheck { model: Some("nobody"), ..empty.clone() };
    let pages = [fine, empty, unknown].map(|check| text::price_check(&check, &page(80)));
    insta::assert_snapshot!(pages.join("-----\n"));
}

#[test]
fn documents_tell_prices_in_whole_units() {
    let sources = sources();
    insta::assert_snapshot!(
        "list_json",
        v1::prices(&PriceList { rows: rows()[7..].to_vec(), ..list(&sources) }).to_json()
    );
    insta::assert_snapshot!("check_json", v1::price_check(&check_of(&sources)).to_json());
}

#[test]
fn every_document_keeps_to_its_schema() {
    #[track_caller]
    fn check(schema: &str, document: &str) {
        let parse = |text| serde_json::from_str::<Value>(text).expect("JSON");
        let validator = jsonschema::validator_for(&parse(schema)).expect("a schema");
        let errors: Vec<String> = validator.iter_errors(&parse(document)).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{errors:#?}\n{document}");
    }
    let sources = sources();
    let (evil_list, evil_check) = hostile(&sources);
    for list in [list(&sources), nothing_found(&sources), evil_list] {
        check(include_str!("../../schema/prices.v1.json"), &v1::prices(&list).to_json());
    }
    for lack in [check_of(&sources), evil_check] {
        check(include_str!("../../schema/price_check.v1.json"), &v1::price_check(&lack).to_json());
    }
}

#[test]
fn a_page_keeps_to_its_width_whatever_it_holds() {
    let sources = sources();
    let (evil_list, evil_check) = hostile(&sources);
    for width in [60, 80, 120, 200] {
        let lists = [list(&sources), nothing_found(&sources), evil_list.clone()];
        let lists = lists.map(|list| text::prices(&list, &page(width)));
        let checks = [check_of(&sources), evil_check.clone()].map(|check| text::price_check(&check, &page(width)));
        // What is to be copied stands on one line, however long.
        let is_to_be_read = |line: &&str| !line.starts_with("{\"prices\"");
        for line in lists.iter().chain(&checks).flat_map(|page| page.lines()).filter(is_to_be_read) {
            assert!(line.width() <= width, "{width}: {line}");
        }
    }
}

#[test]
fn nothing_that_acts_on_a_terminal_gets_out() {
    let acts = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
    let sources = vec![EVIL.to_owned()];
    let (list, check) = hostile(&sources);
    let page = page(9_000);
    for face in [
        text::prices(&list, &page),
        text::price_check(&check, &page),
        v1::prices(&list).to_json(),
        v1::price_check(&check).to_json(),
    ] {
        assert!(!face.contains(acts) && !face.contains("\\u00"), "{face:?}");
    }
}
