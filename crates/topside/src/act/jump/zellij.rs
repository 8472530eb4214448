//! zellij. It moves the terminal in which a key was typed last; where none was since it attached, nothing moves.

use super::seat::Seat;
use super::{Call, Lost, Outer, Plan, Terminal, number, plain_id, whole_path};

/// Where the sockets of sessions lie, the first of them that is set. That topside has one of them set tells nothing of where
/// those of the agent's session lie.
const FOLDERS: [&str; 2] = ["ZELLIJ_SOCKET_DIR", "XDG_RUNTIME_DIR"];

pub(super) const TERMINAL: Terminal = Terminal {
    name: "zellij",
    programs: &["zellij"],
    variables: &["ZELLIJ_SESSION_NAME", "ZELLIJ_PANE_ID", FOLDERS[0], FOLDERS[1]],
    fits: |seat| seat.variable("ZELLIJ_PANE_ID").is_some(),
    crosses_ssh: true,
    asks,
    plan,
};

/// Who shows the session: a heading, and a line for each terminal with its number and the pane it is in.
fn asks(seat: &Seat) -> Vec<Call> {
    session(seat).map(|session| zellij(seat, session, &["list-clients"])).into_iter().collect()
}

/// `focus-pane-id` came with zellij 0.44.
fn plan(seat: &Seat, answers: &[String]) -> Result<Plan, Lost> {
    let pane = seat.variable("ZELLIJ_PANE_ID").and_then(number);
    let (Some(session), Some(pane)) = (session(seat), pane) else {
        return Err(Lost(format!("{} in zellij, which does not say in which pane", seat.tty_words())));
    };
    let pane = format!("terminal_{pane}");
    let clients = answers.first().map(String::as_str).unwrap_or_default();
    // What is in front already it refuses to bring there.
    let is_shown = clients.lines().any(|client| client.split_whitespace().nth(1) == Some(&pane));
    let focus = (!is_shown).then(|| zellij(seat, session, &["focus-pane-id", &pane]));
    let calls = focus.into_iter().collect();
    Ok(if clients.lines().count() == 1 {
        let note = format!("zellij shows it nowhere; attach with: {}", Call::new("zellij", ["attach", session]));
        Plan { calls, note: Some(note), ..Plan::default() }
    } else {
        Plan { calls, outer: Some(Outer::Only("zellij")), ..Plan::default() }
    })
}

fn session(seat: &Seat) -> Option<&str> {
    seat.variable("ZELLIJ_SESSION_NAME").and_then(plain_id)
}

fn zellij(seat: &Seat, session: &str, action: &[&str]) -> Call {
    let call = Call::new("zellij", ["--session", session, "action"].into_iter().chain(action.iter().copied()));
    FOLDERS.into_iter().fold(call, |call, name| match seat.variable(name).and_then(whole_path) {
        Some(folder) => call.with(name, folder),
        None => call.without(name),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SESSION: (&str, &str) = ("ZELLIJ_SESSION_NAME", "work");
    const PANE: (&str, &str) = ("ZELLIJ_PANE_ID", "7");

    /// What zellij 0.45.1 answers to `list-clients`.
    const SHOWN: &str = "CLIENT_ID ZELLIJ_PANE_ID RUNNING_COMMAND\n1         terminal_2     sleep 3000     \n";
    const HIDDEN: &str = "CLIENT_ID ZELLIJ_PANE_ID RUNNING_COMMAND\n";

    #[test]
    fn a_pane_is_chosen_by_its_number() {
        let (of_user, own) = (("XDG_RUNTIME_DIR", "/run/user/7"), ("ZELLIJ_SOCKET_DIR", "/tmp/z"));
        let elsewhere = ("ZELLIJ_SOCKET_DIR", "--z");
        for (folders, expected) in [
            (vec![], "env -u ZELLIJ_SOCKET_DIR -u XDG_RUNTIME_DIR"),
            (vec![of_user, elsewhere], "env -u ZELLIJ_SOCKET_DIR XDG_RUNTIME_DIR=/run/user/7"),
            (vec![own], "env -u XDG_RUNTIME_DIR ZELLIJ_SOCKET_DIR=/tmp/z"),
            (vec![of_user, own], "ZELLIJ_SOCKET_DIR=/tmp/z XDG_RUNTIME_DIR=/run/user/7"),
        ] {
            let variables = [vec![SESSION, PANE], folders].concat();
            let expected = format!("{expected} zellij --session work action focus-pane-id terminal_7");
            let seat = Seat::at("/dev/pts/3", &variables);
            assert!(asks(&seat)[0].to_string().ends_with("zellij --session work action list-clients"));
            // Older ones do not answer.
            for answer in [SHOWN, ""] {
                let plan = plan(&seat, &[answer.to_owned()]).expect("a plan");
                assert_eq!((plan.calls[0].to_string().as_str(), plan.note), (expected.as_str(), None));
                assert_eq!(plan.outer, Some(Outer::Only("zellij")));
            }
        }
    }

    #[test]
    fn a_pane_that_is_shown_already_is_left_alone() {
        let seat = Seat::at("/dev/pts/3", &[SESSION, ("ZELLIJ_PANE_ID", "2")]);
        let expected = Plan { outer: Some(Outer::Only("zellij")), ..Plan::default() };
        assert_eq!(plan(&seat, &[SHOWN.to_owned()]), Ok(expected));
    }

    #[test]
    fn a_session_that_nobody_shows_is_still_prepared() {
        let plan = plan(&Seat::at("/dev/pts/3", &[SESSION, PANE]), &[HIDDEN.to_owned()]).expect("a plan");
        assert_eq!((plan.calls.len(), plan.outer), (1, None));
        assert_eq!(plan.note.as_deref(), Some("zellij shows it nowhere; attach with: zellij attach work"));
    }

    #[test]
    fn a_pane_without_a_number_is_lost() {
        for (session, pane) in [("work", ""), ("", "7"), ("--x", "7"), ("work", "7;x")] {
            let seat = Seat::at("/dev/pts/3", &[("ZELLIJ_SESSION_NAME", session), ("ZELLIJ_PANE_ID", pane)]);
            assert!(plan(&seat, &[String::new()]).is_err(), "{session} {pane}");
        }
    }
}
