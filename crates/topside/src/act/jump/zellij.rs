//! zellij.

use super::seat::Seat;
use super::{Call, Lost, Outer, Plan, Terminal, number, plain_id};

pub(super) const TERMINAL: Terminal = Terminal {
    name: "zellij",
    programs: &["zellij"],
    variables: &["ZELLIJ_SESSION_NAME", "ZELLIJ_PANE_ID"],
    fits: |seat| seat.variable("ZELLIJ_PANE_ID").is_some(),
    crosses_ssh: true,
    asks: |_| Vec::new(),
    plan,
};

/// `focus-pane-id` came with zellij 0.44.
fn plan(seat: &Seat, _: &[String]) -> Result<Plan, Lost> {
    let session = seat.variable("ZELLIJ_SESSION_NAME").and_then(plain_id);
    let pane = seat.variable("ZELLIJ_PANE_ID").and_then(number);
    let (Some(session), Some(pane)) = (session, pane) else {
        return Err(Lost(format!("{} in zellij, which does not say in which pane", seat.tty_words())));
    };
    let pane = format!("terminal_{pane}");
    let calls = vec![Call::new("zellij", ["--session", session, "action", "focus-pane-id", &pane])];
    Ok(Plan { calls, outer: Some(Outer::Only("zellij")), note: None })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pane_is_chosen_by_its_number() {
        let seat = Seat::at("/dev/pts/3", &[("ZELLIJ_SESSION_NAME", "work"), ("ZELLIJ_PANE_ID", "7")]);
        let plan = plan(&seat, &[]).expect("a plan");
        assert_eq!(plan.calls[0].to_string(), "zellij --session work action focus-pane-id terminal_7");
        assert_eq!(plan.outer, Some(Outer::Only("zellij")));
    }

    #[test]
    fn a_pane_without_a_number_is_lost() {
        for (session, pane) in [("work", ""), ("", "7"), ("--x", "7"), ("work", "7;x")] {
            let seat = Seat::at("/dev/pts/3", &[("ZELLIJ_SESSION_NAME", session), ("ZELLIJ_PANE_ID", pane)]);
            assert!(plan(&seat, &[]).is_err(), "{session} {pane}");
        }
    }
}
