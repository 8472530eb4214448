//! For scripts, status lines and agents: what waits, watches, tells at a glance, and answers over a protocol.

mod mcp;
mod pick;
mod reader;
mod status;
mod wait;
mod watch;

pub(crate) use self::mcp::mcp;
pub(crate) use self::status::{Status, status};
pub(crate) use self::wait::{Wait, wait};
pub(crate) use self::watch::{Watch, watch};
