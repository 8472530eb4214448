//! cmux. By itself it takes commands only from programs that run in it.

use super::seat::Seat;
use super::{Call, Lost, Plan, Terminal, apple_script, plain_id, whole_path};

/// Which of several running ones it is.
const SOCKET: &str = "CMUX_SOCKET_PATH";

pub(super) const TERMINAL: Terminal = Terminal {
    name: "cmux",
    programs: &["cmux"],
    variables: &["CMUX_WORKSPACE_ID", "CMUX_SURFACE_ID", "CMUX_PANEL_ID", SOCKET],
    fits: |seat| seat.variable("CMUX_WORKSPACE_ID").is_some(),
    crosses_ssh: false,
    asks: |_| Vec::new(),
    plan,
};

/// What is chosen within cmux does not bring cmux to the front.
const ACTIVATE: &str = r#"tell application "cmux" to activate"#;

/// A workspace is a tab of the window, a surface a tab of a pane in it; older releases call that a panel.
fn plan(seat: &Seat, _: &[String]) -> Result<Plan, Lost> {
    let id = |name: &str| seat.variable(name).and_then(plain_id);
    let Some(workspace) = id("CMUX_WORKSPACE_ID") else {
        return Err(Lost(format!("{} in cmux, which does not say in which workspace", seat.tty_words())));
    };
    // An option, because cmux refuses two variables that name different sockets.
    let socket = seat.variable(SOCKET).and_then(whole_path).map(|socket| ["--socket", socket]);
    let cmux = |args: &[&str]| Call::new("cmux", socket.iter().flatten().chain(args).copied());
    let mut calls = vec![cmux(&["select-workspace", "--workspace", workspace])];
    if let Some(surface) = id("CMUX_SURFACE_ID").or_else(|| id("CMUX_PANEL_ID")) {
        calls.push(cmux(&["focus-panel", "--panel", surface, "--workspace", workspace]));
    }
    Ok(Plan { calls, raise: Some(apple_script::call(ACTIVATE, [])), ..Plan::default() })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Checks what is run for these variables, before cmux comes to the front.
    #[track_caller]
    fn check(variables: &[(&str, &str)], expected: &[&str]) {
        let plan = plan(&Seat::at("/dev/ttys003", variables), &[]).expect("a plan");
        assert_eq!(plan.raise.expect("it is raised").args, ["-e", ACTIVATE]);
        assert_eq!(plan.calls.iter().map(ToString::to_string).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn a_workspace_and_its_surface_are_chosen() {
        let workspace = "cmux select-workspace --workspace W-1";
        let panel = "cmux focus-panel --panel S-2 --workspace W-1";
        check(&[("CMUX_WORKSPACE_ID", "W-1"), ("CMUX_SURFACE_ID", "S-2")], &[workspace, panel]);
        check(&[("CMUX_WORKSPACE_ID", "W-1"), ("CMUX_PANEL_ID", "S-2")], &[workspace, panel]);
        check(&[("CMUX_WORKSPACE_ID", "W-1")], &[workspace]);
        let there = "cmux --socket /tmp/cmux.sock select-workspace --workspace W-1";
        check(&[("CMUX_WORKSPACE_ID", "W-1"), (SOCKET, "/tmp/cmux.sock")], &[there]);
        assert!(plan(&Seat::at("/dev/ttys003", &[("CMUX_WORKSPACE_ID", "--all")]), &[]).is_err());
    }
}
