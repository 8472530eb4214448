//! Ghostty: on macOS it can be scripted (since 1.3); elsewhere nobody can choose a tab for a person.

use super::seat::Seat;
use super::{Call, Lost, Plan, Terminal, whole_path};

pub(super) const TERMINAL: Terminal = Terminal {
    name: "Ghostty",
    programs: &["ghostty"],
    variables: &["GHOSTTY_RESOURCES_DIR", "TERM_PROGRAM"],
    fits: |seat| seat.is_in("ghostty") || seat.variable("GHOSTTY_RESOURCES_DIR").is_some(),
    asks: |_| Vec::new(),
    plan,
};

/// Ghostty tells neither devices nor processes of its terminals, only their directories.
const SCRIPT: &str = r#"on run argv
    tell application "Ghostty"
        set found to every terminal whose working directory is (item 1 of argv)
        if (count of found) is not 1 then error "" & (count of found) & " terminals of Ghostty are in " & (item 1 of argv)
        focus (item 1 of found)
        activate
    end tell
end run"#;

fn plan(seat: &Seat, _: &[String]) -> Result<Plan, Lost> {
    match seat.cwd.as_deref().and_then(whole_path).filter(|_| seat.macos) {
        Some(cwd) => Ok(Plan { calls: vec![Call::new("osascript", ["-e", SCRIPT, cwd])], ..Plan::default() }),
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
    fn a_tab_is_found_by_its_directory_where_ghostty_can_be_scripted() {
        let mut seat = Seat::at("/dev/ttys003", &[("TERM_PROGRAM", "ghostty")]);
        let plan_there = plan(&seat, &[]).expect("a plan");
        assert_eq!(plan_there.calls[0].args, ["-e", SCRIPT, "/home/ada/shop"]);
        seat.macos = false;
        let lost = plan(&seat, &[]).expect_err("no way").to_string();
        assert!(lost.starts_with("its terminal is /dev/ttys003 in Ghostty"), "{lost}");
    }
}
