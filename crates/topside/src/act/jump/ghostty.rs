//! Ghostty: on macOS it can be scripted (since 1.3); elsewhere nobody can choose a tab for a person.

use super::seat::Seat;
use super::{Lost, Plan, Terminal, apple_script, whole_path};

pub(super) const TERMINAL: Terminal = Terminal {
    name: "Ghostty",
    programs: &["ghostty"],
    variables: &["GHOSTTY_RESOURCES_DIR", "TERM_PROGRAM"],
    fits: |seat| seat.is_in("ghostty") || seat.variable("GHOSTTY_RESOURCES_DIR").is_some(),
    crosses_ssh: false,
    asks: |_| Vec::new(),
    plan,
};

/// Chooses the terminal with this device, or, where Ghostty does not tell devices (up to 1.3.1), the only one in this
/// directory.
const SCRIPT: &str = r#"on run argv
    tell application "Ghostty"
        set found to {}
        try
            if (item 1 of argv) is "" then error "no device"
            repeat with t in terminals
                if (tty of t) is (item 1 of argv) then set end of found to contents of t
            end repeat
        on error
            set found to every terminal whose working directory is (item 2 of argv)
        end try
        if (count of found) is not 1 then
            error "" & (count of found) & " terminals of Ghostty are " & (item 1 of argv) & " in " & (item 2 of argv)
        end if
        focus (item 1 of found)
        activate
    end tell
end run"#;

fn plan(seat: &Seat, _: &[String]) -> Result<Plan, Lost> {
    match seat.cwd.as_deref().and_then(whole_path).filter(|_| seat.macos) {
        Some(cwd) => {
            Ok(apple_script::plan(SCRIPT, [seat.tty.as_deref().and_then(whole_path).unwrap_or_default(), cwd]))
        }
        None => Err(Lost(format!(
            "{} in Ghostty, which lets nobody choose a tab here; look for it, or run agents in tmux",
            seat.tty_words()
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tab_is_found_by_its_device_or_directory_where_ghostty_can_be_scripted() {
        let mut seat = Seat::at("/dev/ttys003", &[("TERM_PROGRAM", "ghostty")]);
        let args = |seat: &Seat| plan(seat, &[]).expect("a plan").calls[0].args.clone();
        assert_eq!(args(&seat), ["-e", SCRIPT, "/dev/ttys003", "/home/ada/shop"]);
        assert_eq!(args(&Seat { tty: None, ..seat.clone() }), ["-e", SCRIPT, "", "/home/ada/shop"]);
        seat.macos = false;
        let lost = plan(&seat, &[]).expect_err("no way").to_string();
        assert!(lost.starts_with("its terminal is /dev/ttys003 in Ghostty"), "{lost}");
    }
}
