//! zstd-compressed files.

use std::io::{self, Read};

/// How much is handed on at once.
const PIECE: usize = 128 * 1024;

/// Largest window a file may ask for, as a power of two: 128 MiB, what the `zstd` tool itself accepts by default.
const WINDOW_LOG: u32 = 27;

/// Gives the plain bytes of `packed` to `sink` piece by piece, until it returns false or they end. Frames that follow
/// each other are read as one file.
pub(crate) fn unpack(packed: impl Read, sink: &mut dyn FnMut(&[u8]) -> bool) -> io::Result<()> {
    let mut plain = zstd::Decoder::new(packed)?;
    plain.window_log_max(WINDOW_LOG)?;
    let mut piece = vec![0; PIECE];
    loop {
        let len = plain.read(&mut piece)?;
        if len == 0 || !sink(&piece[..len]) {
            return Ok(());
        }
    }
}
