//! cmux.

use super::seat::Seat;
use super::{Call, Lost, Plan, Terminal, plain_id};

pub(super) const TERMINAL: Terminal = Terminal {
    name: "cmux",
    programs: &["cmux"],
    variables: &["CMUX_WORKSPACE_ID", "CMUX_SURFACE_ID", "CMUX_PANEL_ID"],
    fits: |seat| seat.variable("CMUX_WORKSPACE_ID").is_some(),
    asks: |_| Vec::new(),
    plan,
};

/// A workspace is a tab of the window, a surface a tab of a pane in it; older releases call that a panel.
fn plan(seat: &Seat, _: &[String]) -> Result<Plan, Lost> {
    let id = |name: &str| seat.variable(name).and_then(plain_id);
    let Some(workspace) = id("CMUX_WORKSPACE_ID") else {
        return Err(Lost(format!("{} in cmux, which does not say in which workspace", seat.tty_words())));
    };
    let mut calls = vec![Call::new("cmux", ["select-workspace", "--workspace", workspace])];
    if let Some(surface) = id("CMUX_SURFACE_ID").or_else(|| id("CMUX_PANEL_ID")) {
        calls.push(Call::new("cmux", ["focus-panel", "--panel", surface, "--workspace", workspace]));
    }
    Ok(Plan { calls, ..Plan::default() })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Checks what is run for these variables.
    #[track_caller]
    fn check(variables: &[(&str, &str)], expected: &[&str]) {
        let plan = plan(&Seat::at("/dev/ttys003", variables), &[]).expect("a plan");
        assert_eq!(plan.calls.iter().map(ToString::to_string).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn a_workspace_and_its_surface_are_chosen() {
        let workspace = "cmux select-workspace --workspace W-1";
        let panel = "cmux focus-panel --panel S-2 --workspace W-1";
        check(&[("CMUX_WORKSPACE_ID", "W-1"), ("CMUX_SURFACE_ID", "S-2")], &[workspace, panel]);
        check(&[("CMUX_WORKSPACE_ID", "W-1"), ("CMUX_PANEL_ID", "S-2")], &[workspace, panel]);
        check(&[("CMUX_WORKSPACE_ID", "W-1")], &[workspace]);
        assert!(plan(&Seat::at("/dev/ttys003", &[("CMUX_WORKSPACE_ID", "--all")]), &[]).is_err());
    }
}
