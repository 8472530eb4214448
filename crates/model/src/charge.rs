//! What the price of a model reply depends on besides its tokens, and money.

use crate::id::ModelId;
use crate::unit::Tokens;

/// The service a reply was asked for.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tier {
    /// The usual one; also where nothing is said.
    #[default]
    Standard,
    /// The same model on faster machines (Anthropic: `speed: fast`).
    Fast,
    /// Served before others (OpenAI: `priority`, in Codex also called `fast`).
    Priority,
    /// Served when there is room.
    Flex,
    /// Served within a day.
    Batch,
}

impl Tier {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Standard, Self::Fast, Self::Priority, Self::Flex, Self::Batch];

    /// Its name in JSON and in files.
    pub fn id(self) -> &'static str {
        match self {
            Self::Standard => "standard",
            Self::Fast => "fast",
            Self::Priority => "priority",
            Self::Flex => "flex",
            Self::Batch => "batch",
        }
    }

    /// The tier of that name.
    pub fn of_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|tier| tier.id() == id)
    }
}

/// What a reply was asked for besides its model.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Terms {
    /// The service.
    pub tier: Tier,
    /// True when it had to be made in one country (Anthropic: `inference_geo: us`).
    pub regional: bool,
}

/// How large the input of a request was, as far as prices depend on it.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SizeClass(u8);

impl SizeClass {
    /// Sizes at which vendors' prices step up. A price that steps elsewhere cannot be told from sums.
    pub const STEPS: [Tokens; 6] =
        [Tokens(100_000), Tokens(128_000), Tokens(200_000), Tokens(256_000), Tokens(272_000), Tokens(512_000)];

    /// The class of a request with so much input, cached or not.
    pub fn of(input: Tokens) -> Self {
        Self(Self::STEPS.iter().filter(|step| input > **step).count() as u8)
    }

    /// The class of that number, as [`SizeClass::number`] gave it; the largest for what it never gives.
    pub fn numbered(number: u8) -> Self {
        Self(number.min(Self::STEPS.len() as u8))
    }

    /// Its number; larger classes have larger ones.
    pub fn number(self) -> u8 {
        self.0
    }

    /// True when requests of this class have more input than `step`, which is one of [`SizeClass::STEPS`].
    pub fn exceeds(self, step: Tokens) -> bool {
        self > Self::of(step)
    }
}

/// What replies have in common for which the same tokens cost the same.
#[derive(Debug, Default, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Billing {
    /// The model; `None` where no record says.
    pub model: Option<ModelId>,
    /// What was asked for.
    pub terms: Terms,
    /// How large the requests were.
    pub size: SizeClass,
}

/// Money, exact: in millionths of millionths of a US dollar, which is a token's price where a million of them cost
/// whole millionths.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Money(pub u128);

impl Money {
    /// So many millionths of a US dollar.
    pub const fn micros(micros: u64) -> Self {
        Self(micros as u128 * 1_000_000)
    }

    /// In millionths of a US dollar, rounded half up.
    pub fn as_micros(self) -> u64 {
        u64::try_from((self.0 + 500_000) / 1_000_000).unwrap_or(u64::MAX)
    }
}

impl std::ops::Add for Money {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl std::ops::AddAssign for Money {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_of_exactly_a_step_is_below_it() {
        let at = SizeClass::of(Tokens(200_000));
        let above = SizeClass::of(Tokens(200_001));
        assert!(!at.exceeds(Tokens(200_000)) && above.exceeds(Tokens(200_000)));
        assert!(at.exceeds(Tokens(128_000)) && !above.exceeds(Tokens(256_000)));
        assert_eq!(SizeClass::numbered(above.number()), above);
        assert_eq!(SizeClass::of(Tokens(u64::MAX)), SizeClass::numbered(u8::MAX));
    }

    #[test]
    fn money_is_rounded_once_at_the_end() {
        let half = Money(500_000);
        assert_eq!((half + half).as_micros(), 1);
        assert_eq!(half.as_micros(), 1);
        assert_eq!(Money(499_999).as_micros(), 0);
        assert_eq!(Money::micros(7).as_micros(), 7);
    }

    #[test]
    fn every_tier_is_found_by_its_name() {
        for tier in Tier::ALL {
            assert_eq!(Tier::of_id(tier.id()), Some(tier));
        }
    }
}
