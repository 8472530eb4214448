//! Systems on which nothing tells which program a terminal shows.

use topside_model::Timestamp;

use super::{HearTitle, Seat};
use crate::talk::{Connection, ConnectionState, SharedState, Wakes};

pub(crate) fn start(seat: &Seat, _: HearTitle, _: impl Fn() -> Timestamp + Send + 'static, _: Wakes) -> Connection {
    let why = format!("ask {} for a title: not on this system", seat.socket());
    Connection::new(SharedState::new(ConnectionState::Closed { why }), || {})
}
