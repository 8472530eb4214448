//! VS Code and what is made of it: a window can be brought to the front, a terminal within it cannot.

use super::seat::Seat;
use super::{Call, Lost, Plan, Terminal, whole_path};

/// Path of the program that runs in the editor's place; its folder names the editor.
const EDITOR: &str = "VSCODE_GIT_ASKPASS_NODE";

pub(super) const TERMINAL: Terminal = Terminal {
    name: "VS Code",
    programs: &["code", "code-insiders", "codium", "cursor", "windsurf"],
    variables: &["TERM_PROGRAM", EDITOR, "VSCODE_IPC_HOOK_CLI"],
    fits: |seat| seat.is_in("vscode"),
    crosses_ssh: true,
    asks: |_| Vec::new(),
    plan,
};

fn plan(seat: &Seat, _: &[String]) -> Result<Plan, Lost> {
    let Some(cwd) = seat.cwd.as_deref().and_then(whole_path) else {
        return Err(Lost("it is in a terminal of an editor, and its folder is not known".to_owned()));
    };
    let call = Call::new(editor(seat.variable(EDITOR).unwrap_or_default()), [cwd]);
    let call = match seat.variable("VSCODE_IPC_HOOK_CLI").and_then(whole_path) {
        // Where the editor's window is on another machine, this is the way to it.
        Some(hook) => call.with("VSCODE_IPC_HOOK_CLI", hook),
        None => call,
    };
    let note = "the editor's window is opened; choose the terminal there, no command can".to_owned();
    Ok(Plan { calls: vec![call], note: Some(note), ..Plan::default() })
}

fn editor(path: &str) -> &'static str {
    let path = path.to_lowercase();
    let known = [("cursor", "cursor"), ("windsurf", "windsurf"), ("codium", "codium"), ("insiders", "code-insiders")];
    known.into_iter().find_map(|(part, program)| path.contains(part).then_some(program)).unwrap_or("code")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_window_of_the_folder_is_opened_by_its_own_editor() {
        for (editor, expected) in [
            ("/usr/share/code/code", "code /home/ada/shop"),
            ("/Applications/Cursor.app/Contents/Frameworks/Cursor Helper", "cursor /home/ada/shop"),
            ("/usr/share/codium/codium", "codium /home/ada/shop"),
            ("", "code /home/ada/shop"),
        ] {
            let seat = Seat::at("/dev/pts/3", &[("TERM_PROGRAM", "vscode"), (EDITOR, editor)]);
            let plan = plan(&seat, &[]).expect("a plan");
            assert_eq!(plan.calls[0].to_string(), expected);
            assert!(plan.note.is_some(), "it says what is left to do");
        }
    }
}
