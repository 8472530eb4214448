//! Listening sockets from the kernel itself; needs no privilege. Source: `sock_diag(7)`.

use std::collections::BTreeMap;
use std::io;

use netlink_packet_core::{NLM_F_DUMP, NLM_F_REQUEST, NetlinkHeader, NetlinkMessage, NetlinkPayload};
use netlink_packet_sock_diag::SockDiagMessage;
use netlink_packet_sock_diag::constants::{AF_INET, AF_INET6, IPPROTO_TCP};
use netlink_packet_sock_diag::inet::{ExtensionFlags, InetRequest, SocketId, StateFlags};
use netlink_sys::protocols::NETLINK_SOCK_DIAG;
use netlink_sys::{Socket, SocketAddr};

use super::listeners::Endpoint;

/// Every listening TCP socket of this network namespace by inode.
pub(super) fn listening() -> io::Result<BTreeMap<u64, Endpoint>> {
    let socket = Socket::new(NETLINK_SOCK_DIAG)?;
    let kernel = SocketAddr::new(0, 0);
    socket.connect(&kernel)?;
    let mut endpoints = BTreeMap::new();
    for (family, any) in [(AF_INET, SocketId::new_v4()), (AF_INET6, SocketId::new_v6())] {
        socket.send(&request(family, any), 0)?;
        while take(&socket.recv_from_full()?.0, &mut endpoints)? {}
    }
    Ok(endpoints)
}

fn request(family: u8, any: SocketId) -> Vec<u8> {
    let mut header = NetlinkHeader::default();
    header.flags = NLM_F_REQUEST | NLM_F_DUMP;
    let asked = InetRequest {
        family,
        protocol: IPPROTO_TCP,
        extensions: ExtensionFlags::empty(),
        states: StateFlags::LISTEN,
        socket_id: any,
    };
    let mut message = NetlinkMessage::new(header, SockDiagMessage::InetRequest(asked).into());
    message.finalize();
    let mut bytes = vec![0; message.buffer_len()];
    message.serialize(&mut bytes);
    bytes
}

/// Takes the messages of one datagram; false after the last of an answer.
fn take(datagram: &[u8], endpoints: &mut BTreeMap<u64, Endpoint>) -> io::Result<bool> {
    let mut rest = datagram;
    while !rest.is_empty() {
        let message = NetlinkMessage::<SockDiagMessage>::deserialize(rest).map_err(io::Error::other)?;
        match message.payload {
            NetlinkPayload::Done(_) => return Ok(false),
            NetlinkPayload::Error(error) => return Err(error.to_io()),
            NetlinkPayload::InnerMessage(SockDiagMessage::InetResponse(socket)) => {
                let id = &socket.header.socket_id;
                endpoints.insert(u64::from(socket.header.inode), (id.source_address, id.source_port));
            }
            _ => {}
        }
        // Messages begin at multiples of four; a readable one is never empty.
        rest = rest.get(message.header.length.next_multiple_of(4) as usize..).unwrap_or_default();
    }
    Ok(true)
}
