//! Apple's Terminal.

use super::seat::Seat;
use super::{Lost, Plan, Terminal, apple_script, whole_path};

pub(super) const TERMINAL: Terminal = Terminal {
    name: "Terminal",
    programs: &["Terminal"],
    variables: &["TERM_PROGRAM"],
    fits: |seat| seat.is_in("Apple_Terminal"),
    crosses_ssh: false,
    asks: |_| Vec::new(),
    plan,
};

/// Chooses the tab with this device.
const SCRIPT: &str = r#"on run argv
    tell application "Terminal"
        repeat with w in windows
            repeat with t in tabs of w
                if (tty of t) is (item 1 of argv) then
                    set selected of t to true
                    set index of w to 1
                    activate
                    return
                end if
            end repeat
        end repeat
    end tell
    error "no tab of Terminal is " & (item 1 of argv)
end run"#;

fn plan(seat: &Seat, _: &[String]) -> Result<Plan, Lost> {
    let Some(tty) = seat.tty.as_deref().and_then(whole_path) else {
        return Err(Lost("it is in Terminal, and which tab that is cannot be told without its device".to_owned()));
    };
    Ok(apple_script::plan(SCRIPT, [tty]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tab_is_found_by_its_device() {
        let mut seat = Seat::at("/dev/ttys003", &[("TERM_PROGRAM", "Apple_Terminal")]);
        assert_eq!(plan(&seat, &[]).expect("a plan").calls[0].args, ["-e", SCRIPT, "/dev/ttys003"]);
        seat.tty = None;
        assert!(plan(&seat, &[]).is_err());
    }
}
