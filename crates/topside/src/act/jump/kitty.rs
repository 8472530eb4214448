//! kitty.

use super::seat::Seat;
use super::{Call, Lost, Plan, Terminal, number};

pub(super) const TERMINAL: Terminal = Terminal {
    name: "kitty",
    programs: &["kitty"],
    variables: &["KITTY_WINDOW_ID", "KITTY_LISTEN_ON"],
    fits: |seat| seat.variable("KITTY_WINDOW_ID").is_some(),
    crosses_ssh: false,
    asks: |_| Vec::new(),
    plan,
};

fn plan(seat: &Seat, _: &[String]) -> Result<Plan, Lost> {
    let window = seat.variable("KITTY_WINDOW_ID").and_then(number);
    let socket = seat.variable("KITTY_LISTEN_ON").filter(|socket| is_address(socket));
    match (window, socket) {
        (Some(window), Some(socket)) => {
            let window = format!("id:{window}");
            let calls = vec![Call::new("kitty", ["@", "--to", socket, "focus-window", "--match", &window])];
            Ok(Plan { calls, ..Plan::default() })
        }
        (Some(window), None) => Err(Lost(format!(
            "it is in window {window} of kitty, which takes no commands; set allow_remote_control and listen_on in \
             kitty.conf and start kitty anew"
        ))),
        _ => Err(Lost(format!("{} in kitty, which does not say in which window", seat.tty_words()))),
    }
}

/// Only sockets of this machine's own file system or memory.
fn is_address(address: &str) -> bool {
    address.strip_prefix("unix:").is_some_and(|path| path.starts_with(['/', '@']) && !path.contains(char::is_control))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_is_chosen_by_its_number() {
        let seat = Seat::at("/dev/pts/3", &[("KITTY_WINDOW_ID", "4"), ("KITTY_LISTEN_ON", "unix:@kitty-9")]);
        let plan = plan(&seat, &[]).expect("a plan");
        assert_eq!(plan.calls[0].to_string(), "kitty @ --to unix:@kitty-9 focus-window --match id:4");
    }

    #[test]
    fn without_a_socket_it_is_said_what_to_set() {
        for socket in ["", "tcp:evil:99", "--password"] {
            let seat = Seat::at("/dev/pts/3", &[("KITTY_WINDOW_ID", "4"), ("KITTY_LISTEN_ON", socket)]);
            let lost = plan(&seat, &[]).expect_err("no way").to_string();
            assert!(lost.contains("window 4 of kitty") && lost.contains("listen_on"), "{lost}");
        }
    }
}
