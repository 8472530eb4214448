//! `WezTerm`: it chooses a tab and a pane in their window, and raises no window.

use super::seat::Seat;
use super::{Call, Lost, Plan, Terminal, apple_script, number, whole_path};

/// Which of several running ones it is.
const SOCKET: &str = "WEZTERM_UNIX_SOCKET";

pub(super) const TERMINAL: Terminal = Terminal {
    name: "WezTerm",
    programs: &["wezterm-gui", "wezterm-mux-server"],
    variables: &["WEZTERM_PANE", SOCKET],
    fits: |seat| seat.variable("WEZTERM_PANE").is_some(),
    crosses_ssh: false,
    asks: |_| Vec::new(),
    plan,
};

/// All its windows come to the front, the last used one first.
const ACTIVATE: &str = r#"tell application "WezTerm" to activate"#;

/// `activate-pane` came with `WezTerm` 20230326.
fn plan(seat: &Seat, _: &[String]) -> Result<Plan, Lost> {
    let Some(pane) = seat.variable("WEZTERM_PANE").and_then(number) else {
        return Err(Lost(format!("{} in WezTerm, which does not say in which pane", seat.tty_words())));
    };
    let call = Call::new("wezterm", ["cli", "--no-auto-start", "activate-pane", "--pane-id", pane]);
    let call = match seat.variable(SOCKET).and_then(whole_path) {
        Some(socket) => call.with(SOCKET, socket),
        None => call,
    };
    let raise = seat.macos.then(|| apple_script::call(ACTIVATE, []));
    let note = "WezTerm raises no window; look for the one that shows it".to_owned();
    Ok(Plan { calls: vec![call], raise, outer: None, note: Some(note) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pane_is_chosen_by_its_number_in_its_own_server() {
        let expected = "wezterm cli --no-auto-start activate-pane --pane-id 5";
        let pane = ("WEZTERM_PANE", "5");
        for (variables, expected) in [
            (vec![pane, (SOCKET, "/run/gui-1")], format!("WEZTERM_UNIX_SOCKET=/run/gui-1 {expected}")),
            (vec![pane], expected.to_owned()),
        ] {
            let seat = Seat::at("/dev/pts/3", &variables);
            let of = |seat: &Seat| plan(seat, &[]).expect("a plan");
            assert_eq!(of(&seat).calls.iter().map(ToString::to_string).collect::<Vec<_>>(), [expected]);
            assert_eq!(of(&seat).raise.expect("it is raised").args, ["-e", ACTIVATE]);
            assert_eq!(of(&Seat { macos: false, ..seat }).raise, None);
        }
        assert!(plan(&Seat::at("/dev/pts/3", &[("WEZTERM_PANE", "--help")]), &[]).is_err());
    }
}
