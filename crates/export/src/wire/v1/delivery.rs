//! How the ways fare by which the user is told.

use serde::Serialize;
use topside_model::Delivery;

use super::leaf::{TimeV1, id, time};

/// How one way of telling fares.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct DeliveryV1 {
    /// Its name in the configuration.
    pub target: &'static str,
    /// True unless the last attempt failed.
    pub works: bool,
    /// When something last arrived.
    pub sent_at: Option<TimeV1>,
    /// When something last failed to arrive.
    pub failed_at: Option<TimeV1>,
    /// Why it did not.
    pub failure: Option<String>,
}

impl From<&Delivery> for DeliveryV1 {
    fn from(delivery: &Delivery) -> Self {
        Self {
            target: delivery.target,
            works: delivery.trouble().is_none(),
            sent_at: time(delivery.sent_at),
            failed_at: time(delivery.failed.as_ref().map(|(at, _)| *at)),
            failure: delivery.failed.as_ref().map(|(_, why)| id(why)),
        }
    }
}
