//! tmux' own protocol, as far as it takes to ask for the title of a pane.
//!
//! Frames of OpenBSD's `imsg`. Since 3.6 their length has 32 bits in place of 16 and 16 of flags, which is the same on
//! little-endian machines as long as no descriptor is passed. What is said is what `tmux display-message -p` says, message
//! by message and without its descriptors, and nothing after a message that was cut: a server ends where a message is not
//! what it expects, and all its sessions with it. Which versions were played with: [`super::version`]. It attaches to
//! nothing. Source: `tmux-protocol.h`, `client.c` and `server-client.c` of tmux 3.3a.

use super::Pane;
use super::ask::{Answer, Trouble, ask};

/// The version of the protocol; a frame of another one is not understood.
const VERSION: u32 = 8;
const HEADER: usize = 16;
/// Longest text taken.
const LONGEST: usize = 16 * 1024;

const OTHER_VERSION: u32 = 12;
const TERM: u32 = 101;
const TTY_NAME: u32 = 102;
const DONE: u32 = 106;
const CLIENT_PID: u32 = 107;
const CWD: u32 = 108;
const FEATURES: u32 = 109;
const LONG_FLAGS: u32 = 111;
const COMMAND: u32 = 200;
const EXIT: u32 = 203;
const FLAGS: u32 = 218;
const WRITE_OPEN: u32 = 303;
const WRITE: u32 = 304;
const WRITE_READY: u32 = 305;
const WRITE_CLOSE: u32 = 306;

/// The flag of a client that understands UTF-8; others are given underscores.
const UTF8: u64 = 0x1_0000;
/// The standard output, as streams are numbered.
const OUTPUT: i32 = 1;

/// The device of the pane's terminal, and its title. A device has no blank in its name.
const FORMAT: &str = "#{pane_tty} #{pane_title}";

/// The device of a pane's terminal and its title; `None` where there is no such pane.
pub(super) fn title(pane: &Pane) -> Result<Option<(String, String)>, Trouble> {
    let mut answer = Reader::default();
    ask(&pane.place.socket, Some(pane.server), &question(pane.place.part), &mut answer)?;
    Ok(answer.title())
}

/// Who asks, and what for.
fn question(pane: u64) -> Vec<u8> {
    let target = format!("%{pane}");
    let words = ["display-message", "-p", "-t", &target, FORMAT];
    let mut command = i32::try_from(words.len()).unwrap_or_default().to_ne_bytes().to_vec();
    for word in words {
        command.extend(text(word));
    }
    let said = [
        (LONG_FLAGS, UTF8.to_ne_bytes().to_vec()),
        (TERM, text("")),
        (FEATURES, 0_i32.to_ne_bytes().to_vec()),
        // There is none, which is said in so many words: a server takes it for granted that something was said.
        (TTY_NAME, text("")),
        (CWD, text("/")),
        (CLIENT_PID, std::process::id().to_ne_bytes().to_vec()),
        (DONE, Vec::new()),
        (COMMAND, command),
    ];
    said.iter().flat_map(|(kind, data)| frame(*kind, data)).collect()
}

fn text(word: &str) -> Vec<u8> {
    [word.as_bytes(), &[0]].concat()
}

fn frame(kind: u32, data: &[u8]) -> Vec<u8> {
    let len = u16::try_from(HEADER + data.len()).unwrap_or_default();
    let [kind, version, pid] = [kind, VERSION, std::process::id()].map(u32::to_ne_bytes);
    let flags = 0_u16;
    [&kind, &len.to_ne_bytes()[..], &flags.to_ne_bytes(), &version, &pid, data].concat()
}

/// What a server says.
#[derive(Default)]
struct Reader {
    /// Bytes of a frame that is not there to its end.
    rest: Vec<u8>,
    output: Vec<u8>,
}

impl Reader {
    fn title(&self) -> Option<(String, String)> {
        let output = String::from_utf8_lossy(&self.output);
        let (tty, title) = output.trim_end_matches('\n').split_once(' ')?;
        (!tty.is_empty()).then(|| (tty.to_owned(), title.to_owned()))
    }

    /// The next frame that is there from end to end: its kind and data.
    fn next(&mut self) -> Result<Option<(u32, Vec<u8>)>, Trouble> {
        let Some(header) = self.rest.first_chunk::<HEADER>() else { return Ok(None) };
        let word = |at: usize| header[at..].first_chunk().copied().map_or(0, u32::from_ne_bytes);
        let len = header[4..].first_chunk().copied().map_or(0, u16::from_ne_bytes);
        let (kind, version) = (word(0), word(8) & 0xff);
        if kind == OTHER_VERSION || version != VERSION {
            return Err(Trouble::Refused(format!("its protocol has version {version}; known is {VERSION}")));
        }
        let len = usize::from(len);
        if len < HEADER {
            return Err(odd(kind));
        }
        if self.rest.len() < len {
            return Ok(None);
        }
        let frame: Vec<u8> = self.rest.drain(..len).collect();
        Ok(Some((kind, frame[HEADER..].to_vec())))
    }
}

impl Answer for Reader {
    fn hear(&mut self, bytes: &[u8]) -> Result<Option<Vec<u8>>, Trouble> {
        self.rest.extend(bytes);
        let mut say = Vec::new();
        while let Some((kind, data)) = self.next()? {
            let stream = data.first_chunk().copied().map(i32::from_ne_bytes);
            match (kind, stream) {
                (WRITE_OPEN, Some(stream)) => {
                    let no_error = 0_i32;
                    say.extend(frame(WRITE_READY, &[stream.to_ne_bytes(), no_error.to_ne_bytes()].concat()));
                }
                (WRITE, Some(stream)) => {
                    let room = LONGEST.saturating_sub(self.output.len());
                    let written = data[4..].iter().take(if stream == OUTPUT { room } else { 0 });
                    self.output.extend(written);
                }
                // The client's part ends here: it leaves, as tmux' own does.
                (EXIT, _) => return Ok(None),
                (FLAGS | WRITE_CLOSE, _) => {}
                (other, _) => return Err(odd(other)),
            }
        }
        Ok(Some(say))
    }
}

fn odd(kind: u32) -> Trouble {
    Trouble::Refused(format!("it says something that is not known (message {kind})"))
}

#[cfg(all(test, target_endian = "little"))]
mod tests {
    use super::*;

    /// What tmux 3.3a said: it opens the output, writes a line, and is done.
    const RECORDED: &[&[u8]] = &[
        b"\x2f\x01\0\0\x1c\0\0\0\x08\0\0\0\x50\x52\0\0\x01\0\0\0\x01\0\0\0\0\0\0\0",
        b"\x30\x01\0\0\x28\0\0\0\x08\0\0\0\x50\x52\0\0\x01\0\0\0/dev/pts/5 \xe2\xa0\xb4 proj\n",
        b"\xcb\0\0\0\x14\0\0\0\x08\0\0\0\x50\x52\0\0\0\0\0\0",
    ];

    /// Hears `bytes` in pieces of `step`; what was said to them.
    #[track_caller]
    fn hear(bytes: &[u8], step: usize) -> (Reader, Vec<u8>) {
        let (mut reader, mut said) = (Reader::default(), Vec::new());
        for piece in bytes.chunks(step) {
            match reader.hear(piece).expect("it is understood") {
                Some(say) => said.extend(say),
                None => return (reader, said),
            }
        }
        panic!("it goes on");
    }

    #[test]
    fn an_answer_is_read_however_it_was_cut() {
        let bytes = RECORDED.concat();
        for step in 1..bytes.len() {
            let (reader, said) = hear(&bytes, step);
            assert_eq!(reader.title(), Some(("/dev/pts/5".to_owned(), "\u{2834} proj".to_owned())));
            assert_eq!(said, frame(WRITE_READY, &[1, 0, 0, 0, 0, 0, 0, 0]));
        }
    }

    #[test]
    fn another_version_is_left_alone() {
        for bytes in [b"\x0c\0\0\0\x10\0\0\0\x08\0\0\0\0\0\0\0", b"\xcb\0\0\0\x10\0\0\0\x09\0\0\0\0\0\0\0"] {
            let refused = Reader::default().hear(bytes);
            assert!(matches!(&refused, Err(Trouble::Refused(why)) if why.contains("version")), "{refused:?}");
        }
    }

    #[test]
    fn what_is_not_known_ends_it() {
        for bytes in [frame(999, b""), b"\x2f\x01\0\0\x02\0\0\0\x08\0\0\0\0\0\0\0".to_vec(), frame(WRITE, b"")] {
            assert!(Reader::default().hear(&bytes).is_err(), "{bytes:?}");
        }
    }

    #[test]
    fn errors_and_a_pane_that_is_gone_are_no_title() {
        let write = |stream: i32, line: &[u8]| frame(WRITE, &[&stream.to_ne_bytes(), line].concat());
        let (reader, _) = hear(&[write(2, b"no pane\n"), frame(EXIT, b"")].concat(), 7);
        assert_eq!(reader.title(), None);
        let (reader, _) = hear(&[write(1, b" \n"), frame(EXIT, b"")].concat(), 7);
        assert_eq!(reader.title(), None);
    }

    #[test]
    fn an_endless_line_is_cut() {
        let long = frame(WRITE, &[&OUTPUT.to_ne_bytes()[..], &[b'x'; 16_000]].concat());
        let (reader, _) = hear(&[long.clone(), long, frame(EXIT, b"")].concat(), 4096);
        assert_eq!(reader.output.len(), LONGEST);
    }
}
