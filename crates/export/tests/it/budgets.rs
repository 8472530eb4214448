//! Budgets, and who used what limits are of.

use serde_json::Value;
use topside_catalog::TimeZone;
use topside_export::text::{self, Page};
use topside_export::wire::v1;
use topside_model::{
    AgentId, Amount, Budget, BudgetLevel, BudgetPer, BudgetState, Consumer, Limit, LimitMark, LimitUse, Money,
    PastName, Percent, SessionId, SessionKey, Snapshot, Timestamp, Tokens, Untrusted,
};
use unicode_width::UnicodeWidthStr;

use crate::support::{ago, rich};

const EVIL: &str = "\u{1b}[2J\u{202e}drow\nline two 漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字";

fn page(width: usize) -> Page {
    Page { width, colour: false, zone: TimeZone::UTC }
}

/// A day's budget of which a share is spent.
fn state(name: &str, project: Option<&str>, used: Amount, amount: Amount, floor: bool) -> BudgetState {
    let (agent, warn) = (project.map(|_| AgentId::new("codex")), Percent(80.0));
    let budget =
        Budget { name: name.to_owned(), per: BudgetPer::Day, project: project.map(str::to_owned), agent, amount, warn };
    let share = used.share_of(amount).expect("both are of one kind");
    let until = "2026-05-02T00:00:00Z".parse().expect("a moment");
    let level = BudgetLevel::of(share, warn);
    BudgetState { budget, used, share, level, from: ago(10 * 3_600), until, floor }
}

fn consumer<T>(who: T, tokens: u64, hourly: Option<u64>) -> Consumer<T> {
    Consumer { who, tokens: Tokens(tokens), share: Percent(tokens as f64 / 30_000.0), hourly: hourly.map(Tokens) }
}

/// What was used since a moment by seven sessions of three projects, some of which are not listed.
fn used(since: Timestamp, project: &str) -> LimitUse {
    let session = |place: u32| PastName {
        key: SessionKey {
            agent: AgentId::new("codex"),
            id: SessionId::new(format!("019c{place:02x}a4-51d0-7c3a-b2e4-8f60a1d9c7{place:02x}")),
        },
        project: (place != 2).then(|| Untrusted::new(project)),
    };
    LimitUse {
        agent: AgentId::new("codex"),
        since,
        tokens: Tokens(3_000_000),
        floor: true,
        sessions: (0..6).map(|place| consumer(session(place), 1_200_000 >> place, Some(90_000 >> place))).collect(),
        more_sessions: 1,
        projects: vec![consumer(Some(Untrusted::new(project)), 2_000_000, None), consumer(None, 1_000_000, Some(0))],
        more_projects: 1,
    }
}

/// Everything known, and a pace that changed.
fn spent(name: &str, project: &str) -> Snapshot {
    let money = |cents: u64| Amount::Money(Money::micros(cents * 10_000));
    let tokens = |millions: u64| Amount::Tokens(Tokens(millions * 1_000_000));
    let mut snapshot = rich();
    snapshot.budgets = vec![
        state("everything", None, money(412), money(2_000), false),
        state(name, Some(project), tokens(43), tokens(50), false),
        state("unpriced", None, money(2_101), money(2_000), true),
    ];
    let windows = snapshot.limits[0].sample.windows.clone();
    let running = windows.iter().filter(|window| window.resets_at > Some(snapshot.taken_at));
    snapshot.limit_use = running.map(|window| used(window.began().expect("its beginning"), project)).collect();
    let mark = LimitMark {
        window: windows[0].window.expect("its length"),
        at: ago(3_720),
        used: Percent(10.0),
        resets_at: windows[0].resets_at.expect("its end"),
    };
    snapshot.limits[0].marks = vec![mark];
    snapshot
}

#[test]
fn limits_say_who_used_them_and_how_budgets_stand() {
    for width in [60, 80, 120] {
        insta::assert_snapshot!(format!("spent_{width}"), text::limits(&spent("shop", "webshop"), &page(width)));
    }
}

#[test]
fn several_homes_of_an_agent_are_said_to_be_taken_together() {
    let mut snapshot = spent("shop", "webshop");
    let other = Limit { home: Untrusted::new("/home/ada/.codex-work"), ..snapshot.limits[0].clone() };
    snapshot.limits.push(other);
    let page = text::limits(&snapshot, &page(120));
    assert!(page.contains("who used codex in all its homes since"), "{page}");
}

#[test]
fn a_window_nobody_used_says_so() {
    let mut snapshot = spent("shop", "webshop");
    for used in &mut snapshot.limit_use {
        (used.sessions, used.projects, used.tokens) = (Vec::new(), Vec::new(), Tokens(0));
    }
    assert!(text::limits(&snapshot, &page(80)).contains("No tokens of codex are known since"));
}

#[test]
fn only_budgets_to_be_known_of_stand_below_usage() {
    let states = spent("shop", "webshop").budgets;
    insta::assert_snapshot!(text::budgets_above(&states, &page(80)));
    assert_eq!(text::budgets_above(&states[..1], &page(80)), "");
}

#[test]
fn a_document_says_the_same_and_keeps_to_its_schema() {
    let schema: Value = serde_json::from_str(include_str!("../../schema/limits.v1.json")).expect("JSON");
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    for snapshot in [spent("shop", "webshop"), spent(EVIL, EVIL)] {
        let document: Value = serde_json::from_str(&v1::limits(&snapshot).to_json()).expect("JSON");
        let errors: Vec<String> = validator.iter_errors(&document).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{errors:#?}\n{document:#}");
    }
    let document: Value = serde_json::from_str(&v1::limits(&spent("shop", "webshop")).to_json()).expect("JSON");
    let told = serde_json::json!([document["limits"][0]["forecasts"], document["budgets"], document["used_by"][0]]);
    insta::assert_snapshot!(serde_json::to_string_pretty(&told).expect("JSON"));
}

#[test]
fn nothing_that_acts_on_a_terminal_gets_out_and_tables_keep_to_the_page() {
    let snapshot = spent(EVIL, EVIL);
    for width in [60, 80, 120, 9_000] {
        let page = page(width);
        for face in [text::limits(&snapshot, &page), text::budgets_above(&snapshot.budgets, &page)] {
            assert!(!face.contains(|c: char| (c.is_control() && c != '\n') || c == '\u{202e}'), "{face:?}");
            // Lines of a limit and of its windows keep what they say, whatever the width.
            let of_limit = |line: &&str| ["reported", "resets", "afresh"].iter().any(|word| line.contains(word));
            for line in face.lines().filter(|line| !of_limit(line)) {
                assert!(line.width() <= width, "{width}: {line}");
            }
        }
    }
}

/// What is nearly spent is not spent.
#[test]
fn a_document_does_not_round_shares_of_budgets() {
    let mut snapshot = spent("shop", "webshop");
    (snapshot.budgets[0].share, snapshot.budgets[0].budget.warn) = (Percent(99.96), Percent(82.55));
    let document: Value = serde_json::from_str(&v1::limits(&snapshot).to_json()).expect("JSON");
    let told = ["used_percent", "warn_percent"].map(|key| document["budgets"][0][key].as_f64());
    assert_eq!(told, [Some(99.96), Some(82.55)]);
}
