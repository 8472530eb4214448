//! iTerm2.

use super::seat::Seat;
use super::{Lost, Plan, Terminal, apple_script, plain_id, whole_path};

pub(super) const TERMINAL: Terminal = Terminal {
    name: "iTerm2",
    programs: &["iTerm2", "iTermServer"],
    variables: &["ITERM_SESSION_ID"],
    fits: |seat| seat.variable("ITERM_SESSION_ID").is_some(),
    crosses_ssh: false,
    asks: |_| Vec::new(),
    plan,
};

/// Chooses the session with this device or this id.
const SCRIPT: &str = r#"on run argv
    tell application "iTerm2"
        repeat with w in windows
            repeat with t in tabs of w
                repeat with s in sessions of t
                    if (tty of s) is (item 1 of argv) or (unique id of s) is (item 1 of argv) then
                        select w
                        tell t to select
                        tell s to select
                        activate
                        return
                    end if
                end repeat
            end repeat
        end repeat
    end tell
    error "no session of iTerm2 is " & (item 1 of argv)
end run"#;

fn plan(seat: &Seat, _: &[String]) -> Result<Plan, Lost> {
    // The id follows the place: `w0t1p0:9F2C…`.
    let id = || seat.variable("ITERM_SESSION_ID")?.rsplit(':').next().and_then(plain_id);
    let Some(which) = seat.tty.as_deref().and_then(whole_path).or_else(id) else {
        return Err(Lost("it is in iTerm2, which does not say in which session".to_owned()));
    };
    Ok(apple_script::plan(SCRIPT, [which]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_is_found_by_its_device_else_by_its_id() {
        let mut seat = Seat::at("/dev/ttys003", &[("ITERM_SESSION_ID", "w0t1p0:9F2C-11")]);
        assert_eq!(plan(&seat, &[]).expect("a plan").calls[0].args[2], "/dev/ttys003");
        seat.tty = None;
        assert_eq!(plan(&seat, &[]).expect("a plan").calls[0].args[2], "9F2C-11");
        seat.variables.clear();
        assert!(plan(&seat, &[]).is_err());
    }
}
