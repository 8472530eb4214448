//! What can be wrong with a list of prices.

/// Why prices cannot be used; completes "failed to …".
#[derive(Debug, thiserror::Error)]
pub enum PriceError {
    /// The text is not JSON.
    #[error("read prices as JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// A field beside the entries is wrong.
    #[error("read prices: {field} {wrong}")]
    Head {
        /// Which field.
        field: String,
        /// What is wrong with it.
        wrong: PriceFault,
    },
    /// An entry is wrong.
    #[error("read the prices of {entry}: {field} {wrong}")]
    Entry {
        /// The first model it names, in quotes, or its number among the entries.
        entry: String,
        /// Which field, with those around it: `tiers.flex.input`.
        field: String,
        /// What is wrong with it.
        wrong: PriceFault,
    },
}

/// What is wrong with a field, and what to write instead.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PriceFault {
    /// It has to be there.
    #[error("is missing: write {0}")]
    Missing(&'static str),
    /// It holds something else.
    #[error("is {found}: write {wanted}")]
    Value {
        /// What it holds, as JSON.
        found: String,
        /// What it may hold.
        wanted: String,
    },
    /// There is no such field.
    #[error("is no field here: use {0}")]
    Field(&'static str),
    /// Another entry begins on the same day.
    #[error("has two entries that begin {0}: keep one of them")]
    Twice(String),
    /// A multiple of a price is finer than money is counted.
    #[error("makes a price with more than six decimals: write that price itself, rounded as its seller does")]
    TooFine,
}

/// A fault and the field it was found in.
#[derive(Debug)]
pub(super) struct Fault {
    pub(super) field: String,
    pub(super) wrong: PriceFault,
}
