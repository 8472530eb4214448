//! What a session of the fleet costs, and what its context is made of.

use topside_engine::list_price;
use topside_model::{
    Added, Addition, Billing, Growth, ModelId, Money, SessionCost, SizeClass, Terms, Tokens, Untrusted,
};

use super::Scene;
use crate::demo::part::Beat;
use crate::demo::prop::{PRICES, usage};

impl Scene {
    /// List price of all its tokens.
    pub(super) fn cost(&self) -> SessionCost {
        let model = Some(ModelId::new(self.part.model));
        let billing = Billing { model, terms: Terms::default(), size: SizeClass::default() };
        list_price([(&billing, Some(self.now), usage(self.tokens()))], &PRICES)
    }

    /// What it read, ran and was told, each with its share of the context and of what was spent on reading it.
    pub(super) fn growth(&self) -> Growth {
        let held = self.context().used.unwrap_or_default();
        let cost = self.cost().all.cost.known();
        let (command, edit) = self.part.agent.tools;
        let file = |name: &str| Untrusted::new(format!("{}/{name}", self.cwd().raw()));
        let edited = self.part.script.iter().find_map(|(_, beat)| match beat {
            Beat::Edit(name) => Some(Addition::File(file(name))),
            _ => None,
        });
        // Percent of the context, and how often it came in.
        let kinds = [
            (Some(Addition::Tool(Untrusted::new(command))), 38, self.tokens() / 11_000),
            (Some(Addition::Start), 19, 1),
            (edited, 14, 3),
            (Some(Addition::Replies), 12, self.tokens() / 21_000),
            (Some(Addition::Tool(Untrusted::new(edit))), 9, self.tokens() / 60_000),
            (Some(Addition::Prompt(1)), 5, 1),
            (Some(Addition::Notes), 3, self.tokens() / 90_000),
        ];
        let added = |(what, share, times): (Option<Addition>, u64, u64)| {
            let tokens = Tokens(held.0 * share / 100);
            let cost = cost.map(|Money(units)| Money(units * u128::from(share) / 150));
            Some(Added { what: what?, times: times.max(1), tokens, held: tokens, cost })
        };
        Growth { items: kinds.into_iter().filter_map(added).collect(), cost_is_floor: false }
    }
}
