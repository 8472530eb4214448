//! Systems on which programs listen on no unix sockets.

use std::path::Path;

use topside_model::Timestamp;

use super::{Connection, ConnectionState, SharedState, Talk, Wakes};

pub(crate) fn start(path: &Path, _: Box<dyn Talk>, _: impl Fn() -> Timestamp + Send + 'static, _: Wakes) -> Connection {
    let why = format!("connect to {}: this system has no unix sockets", path.display());
    Connection::new(SharedState::new(ConnectionState::Closed { why }), || {})
}
