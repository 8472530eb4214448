//! Where a program is shown, as far as it can tell itself.

use std::collections::BTreeMap;

/// Addresses and ports of both ends of an ssh connection, the far one first.
pub(super) const SSH: &str = "SSH_CONNECTION";

/// A program's place in front of a person.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Seat {
    /// The device of its terminal: `/dev/pts/3`.
    pub(super) tty: Option<String>,
    /// What its environment says of terminals.
    pub(super) variables: BTreeMap<String, String>,
    /// Its directory.
    pub(super) cwd: Option<String>,
    /// Sockets of tmux servers that it may be in.
    pub(super) tmux_sockets: Vec<String>,
    /// True on macOS, where applications can be scripted.
    pub(super) macos: bool,
}

impl Seat {
    /// What the environment says, where that is not nothing.
    pub(super) fn variable(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// True where the environment names this program as the terminal.
    pub(super) fn is_in(&self, program: &str) -> bool {
        self.variable("TERM_PROGRAM") == Some(program)
    }

    /// The address of the machine that its ssh connection comes from, where it has such a connection.
    pub(super) fn came_from(&self) -> Option<&str> {
        let connection = self.variable(SSH)?;
        Some(connection.split(' ').next().and_then(address).unwrap_or("another machine"))
    }

    /// Its terminal's device, for people.
    pub(super) fn tty_words(&self) -> String {
        self.tty
            .as_deref()
            .map_or_else(|| "its terminal is not known".to_owned(), |tty| format!("its terminal is {tty}"))
    }
}

/// An address (`fe80::1%eth0` too) or a name of a machine; nothing else is shown.
fn address(text: &str) -> Option<&str> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b".:-_%".contains(&byte);
    (!text.is_empty() && text.len() < 256 && text.bytes().all(plain)).then_some(text)
}

/// Path of the terminal with this device number. Source of the numbers: `Documentation/admin-guide/devices.txt` of Linux.
pub(super) fn tty_path(device: u64) -> Option<String> {
    let (major, minor) = ((device >> 8) & 0xfff, (device & 0xff) | ((device >> 12) & 0xf_ff00));
    match major {
        // 8 majors of 256 terminals each, for programs that know only 8 bits.
        136..=143 => Some(format!("/dev/pts/{}", (major - 136) * 256 + minor)),
        4 if minor < 64 => Some(format!("/dev/tty{minor}")),
        4 => Some(format!("/dev/ttyS{}", minor - 64)),
        _ => None,
    }
}

#[cfg(test)]
impl Seat {
    /// A seat at this terminal with these variables.
    pub(super) fn at(tty: &str, variables: &[(&str, &str)]) -> Self {
        let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        Self {
            tty: Some(tty.to_owned()),
            variables: variables.iter().map(own).collect(),
            cwd: Some("/home/ada/shop".to_owned()),
            tmux_sockets: Vec::new(),
            macos: true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connection_comes_from_an_address_or_from_somewhere() {
        for (connection, expected) in [
            ("10.0.0.7 50122 10.0.0.2 22", Some("10.0.0.7")),
            ("fe80::1%eth0 50122 fe80::2%eth0 22", Some("fe80::1%eth0")),
            ("build-1.example 1 2 3", Some("build-1.example")),
            ("\u{1b}[31m10.0.0.7 1 2 3", Some("another machine")),
            ("ü 1 2 3", Some("another machine")),
            (" 1 2 3", Some("another machine")),
            ("", None),
        ] {
            assert_eq!(Seat::at("/dev/pts/3", &[(SSH, connection)]).came_from(), expected, "{connection:?}");
        }
        assert_eq!(Seat::at("/dev/pts/3", &[]).came_from(), None);
    }

    #[test]
    fn a_device_number_names_its_terminal() {
        for (device, expected) in [
            (0x8803, Some("/dev/pts/3")),
            (0x8900, Some("/dev/pts/256")),
            (0x10_8801, Some("/dev/pts/257")),
            (0x0402, Some("/dev/tty2")),
            (0x0440, Some("/dev/ttyS0")),
            (0x0501, None),
        ] {
            assert_eq!(tty_path(device).as_deref(), expected, "{device:x}");
        }
    }
}
