//! What the session of the documents, and of the screen's tests, cost, and what came into its context.

use std::collections::BTreeSet;

use topside_model::{
    Added, Addition, Bill, Cost, Growth, ModelId, Money, Part, PartBill, ReportedCost, ReportedFor, SessionCost,
    Tokens, Untrusted,
};

/// Prices in units of money for a token.
fn part(part: Part, count: u64, [least, most]: [u64; 2]) -> PartBill {
    let [least, most] = [least, most].map(|each| Money(each.into()));
    PartBill { part, count, priced: count, money: Money(most.0 * u128::from(count)), each: Some((least, most)) }
}

fn bill(parts: Vec<PartBill>) -> Bill {
    let money = parts.iter().fold(Money::default(), |sum, part| sum + part.money);
    Bill { cost: Cost { money, ..Cost::default() }, parts }
}

/// Two models, one of them without a price.
pub(crate) fn cost() -> SessionCost {
    let parts = |each: u64| {
        vec![
            part(Part::Input, 93_000, [each, 1_250_000]),
            part(Part::CacheRead, 1_476_000, [each / 10, 125_000]),
            part(Part::CacheWrite5m, 20_000, [each * 2, 2_500_000]),
            part(Part::Output, 21_300, [each * 8, 10_000_000]),
            part(Part::WebSearches, 3, [10_000_000_000, 10_000_000_000]),
        ]
    };
    let mut all = bill(parts(250_000));
    let stranger = ModelId::new("no-such-model\u{1b}[1m");
    all.cost.unpriced = BTreeSet::from([Some(stranger.clone())]);
    all.cost.unpriced_tokens = Tokens(4_000);
    all.parts[3].count += 4_000;
    let output = PartBill { part: Part::Output, count: 4_000, priced: 0, money: Money::default(), each: None };
    let unpriced = Bill { cost: Cost { money: Money::default(), ..all.cost.clone() }, parts: vec![output] };
    SessionCost {
        all,
        models: vec![(Some(ModelId::new("gpt-5.6")), bill(parts(1_250_000))), (Some(stranger), unpriced)],
    }
}

/// What the agent says.
pub(crate) fn reported() -> ReportedCost {
    let covers = ReportedFor::Session { outdated: false };
    ReportedCost { money: Money::micros(610_000), covers, list: Some(Money::micros(593_750)) }
}

/// One of everything.
pub(crate) fn growth() -> Growth {
    let added = |what, times, tokens, held, cents: u64| Added {
        what,
        times,
        tokens: Tokens(tokens),
        held: Tokens(held),
        cost: Some(Money::micros(cents * 10_000)),
    };
    let items = vec![
        added(Addition::Tool(Untrusted::new("exec")), 212, 81_000, 40_400, 31),
        added(Addition::File(Untrusted::new("/home/ada/webshop/src/checkout/payment/form.rs")), 4, 22_600, 12_900, 12),
        added(Addition::Start, 2, 18_200, 9_100, 9),
        added(Addition::Prompt(3), 1, 12_000, 0, 6),
        added(Addition::Replies, 81, 21_300, 11_000, 4),
        added(Addition::File(Untrusted::new("/etc/hosts\u{1b}]0;owned\u{7}")), 1, 900, 900, 1),
        added(Addition::Notes, 17, 3_100, 1_000, 1),
        added(Addition::Unknown, 2, 900, 900, 0),
        added(Addition::Rest, 41, 1_200, 0, 0),
    ];
    Growth { items, cost_is_floor: false }
}
