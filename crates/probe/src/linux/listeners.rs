//! Listening TCP sockets, joined with the processes that hold them.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::proc_dir::ProcDir;
use super::{handles, sock_diag};
use crate::Listener;

/// Where a socket listens.
pub(super) type Endpoint = (IpAddr, u16);

/// The state of a listening socket in `/proc/net/tcp` (`TCP_LISTEN` in `include/net/tcp_states.h`).
const LISTEN: &str = "0A";

/// Every so many looks at a process its handles are read whatever happened: that finds sockets which were handed from one
/// process to another.
const FULL_LOOK_EVERY: u64 = 30;

/// Looks at a process that read its handles in any case: between `fork` and the program it is to run it still holds what
/// its parent holds.
const FIRST_LOOKS: u64 = 4;

/// Looks at others after which a process nobody asks for is forgotten.
const FORGOTTEN_AFTER: u64 = 16;

/// Who holds which listening socket, kept from look to look: handles are dear to read, and matter only of processes that
/// are new or when there is a new socket.
#[derive(Debug, Default)]
pub(super) struct Holders {
    looks: u64,
    /// The machine's listening sockets.
    endpoints: BTreeMap<u64, Endpoint>,
    /// Grows when there is a new one.
    generation: u64,
    by_pid: BTreeMap<u32, Held>,
}

/// What one process held when its handles were read last.
#[derive(Debug, Default)]
struct Held {
    /// Looks at this process.
    looks: u64,
    /// The last of all looks that was at this one.
    last: u64,
    generation: u64,
    sockets: Vec<u64>,
}

impl Holders {
    /// A process that is gone or may not be looked into has no listeners.
    pub(super) fn look(&mut self, proc: &ProcDir, pids: &BTreeSet<u32>) -> io::Result<Vec<Listener>> {
        let before = std::mem::replace(&mut self.endpoints, endpoints(proc)?);
        self.generation += u64::from(self.endpoints.keys().any(|socket| !before.contains_key(socket)));
        self.looks += 1;
        self.by_pid.retain(|_, held| self.looks - held.last < FORGOTTEN_AFTER);
        let mut found = BTreeSet::new();
        for &pid in pids.iter().filter(|_| !self.endpoints.is_empty()) {
            let held = self.by_pid.entry(pid).or_default();
            if held.is_due(self.generation) {
                let sockets = handles::sockets(proc, pid).into_iter().flatten();
                held.sockets = sockets.filter(|socket| self.endpoints.contains_key(socket)).collect();
            }
            (held.looks, held.last, held.generation) = (held.looks + 1, self.looks, self.generation);
            let endpoints = held.sockets.iter().filter_map(|socket| self.endpoints.get(socket));
            found.extend(endpoints.map(|&(address, port)| Listener { pid, address, port }));
        }
        Ok(found.into_iter().collect())
    }
}

impl Held {
    fn is_due(&self, generation: u64) -> bool {
        self.looks < FIRST_LOOKS || self.looks.is_multiple_of(FULL_LOOK_EVERY) || self.generation != generation
    }
}

/// Every listening socket by inode. Asking the kernel for just these is a hundred times cheaper than its text tables,
/// which are read only where a sandbox forbids to ask.
fn endpoints(proc: &ProcDir) -> io::Result<BTreeMap<u64, Endpoint>> {
    sock_diag::listening().or_else(|_| from_text(proc))
}

pub(super) fn from_text(proc: &ProcDir) -> io::Result<BTreeMap<u64, Endpoint>> {
    let v4 = proc.text("net/tcp")?;
    // Absent where IPv6 is switched off.
    let v6 = proc.text("net/tcp6").unwrap_or_default();
    Ok(v4.lines().chain(v6.lines()).filter_map(parse).collect())
}

/// A line of `/proc/net/tcp` or `tcp6`; source: `proc_pid_net(5)`.
fn parse(line: &str) -> Option<(u64, Endpoint)> {
    let fields: Vec<&str> = line.split_ascii_whitespace().collect();
    let [_, local, _, LISTEN, _, _, _, _, _, inode, ..] = fields[..] else { return None };
    let (address, port) = local.split_once(':')?;
    Some((inode.parse().ok()?, (parse_address(address)?, u16::from_str_radix(port, 16).ok()?)))
}

/// An address is printed as 32-bit words, each in the machine's own byte order.
fn parse_address(hex: &str) -> Option<IpAddr> {
    let word = |at: usize| u32::from_str_radix(hex.get(at..at + 8)?, 16).ok().map(u32::to_ne_bytes);
    match hex.len() {
        8 => Some(Ipv4Addr::from(word(0)?).into()),
        32 => {
            let words = [word(0)?, word(8)?, word(16)?, word(24)?];
            let octets: [u8; 16] = words.concat().try_into().ok()?;
            Some(Ipv6Addr::from(octets).into())
        }
        _ => None,
    }
}

#[cfg(all(test, target_endian = "little"))]
mod tests {
    use super::*;

    #[test]
    fn a_listening_line_gives_its_inode_address_and_port() {
        let v4 =
            "   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 4711 1 0 1";
        assert_eq!(parse(v4), Some((4711, (Ipv4Addr::LOCALHOST.into(), 8080))));
        let v6 = "   0: 00000000000000000000000001000000:0050 00000000000000000000000000000000:0000 0A \
                  00000000:00000000 00:00000000 00000000     0        0 4712 1 0 1";
        assert_eq!(parse(v6), Some((4712, (Ipv6Addr::LOCALHOST.into(), 80))));
    }

    #[test]
    fn connections_and_headings_are_left_out() {
        for line in [
            "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode",
            "   0: 0100007F:1F90 0100007F:9999 01 00000000:00000000 00:00000000 00000000  1000        0 4711 1 0 1",
            "   0: 01007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 4711 1 0 1",
            "",
        ] {
            assert_eq!(parse(line), None, "{line}");
        }
    }
}
