//! Which programs serve a person, whoever started them.

use std::path::Path;

use crate::process::ProcessView;

/// Programs in which a person has more than what one session needs: they and what runs in them are nobody's to clean up.
const PERSONS: [&str; 67] = [
    // What keeps terminals, and what shows them.
    "tmux",
    "screen",
    "zellij",
    "dtach",
    "abduco",
    "mosh-server",
    "sshd",
    "sshd-session",
    "kitty",
    "wezterm",
    "wezterm-gui",
    "wezterm-mux-server",
    "ghostty",
    "alacritty",
    "foot",
    "konsole",
    "gnome-terminal-server",
    "ptyxis",
    "xfce4-terminal",
    "xterm",
    "terminal",
    "iterm",
    "iterm2",
    "cmux",
    "warp",
    // Browsers.
    "chrome",
    "google-chrome",
    "google chrome",
    "chromium",
    "chromium-browser",
    "firefox",
    "firefox-bin",
    "firefox-esr",
    "brave",
    "brave-browser",
    "brave browser",
    "msedge",
    "microsoft edge",
    "opera",
    "vivaldi",
    "vivaldi-bin",
    "safari",
    // Editors.
    "code",
    "code-insiders",
    "visual studio code",
    "codium",
    "vscodium",
    "cursor",
    "windsurf",
    "zed",
    "zed-editor",
    "emacs",
    "emacs-gtk",
    "emacs-nox",
    "emacsclient",
    "vim",
    "vim.basic",
    "vim.tiny",
    "gvim",
    "nvim",
    "nano",
    "hx",
    // Services of the desktop and of the machine.
    "ssh-agent",
    "gpg-agent",
    "dbus-daemon",
    "systemd",
    "dockerd",
];

/// Words of a command line by which a program of that name serves another program: it is driven, or a part of one.
const DRIVEN: [&str; 7] = [
    "--headless",
    "-headless",
    "--enable-automation",
    "--remote-debugging-pipe",
    "--marionette",
    "--type",
    "-contentproc",
];

impl ProcessView {
    /// True for a program of a person: a terminal, an editor, a browser. One that an agent drives is none.
    pub fn serves_a_person(&self) -> bool {
        let command = self.command.raw();
        PERSONS.contains(&name(command).as_str()) && !command.split_whitespace().any(is_driven)
    }
}

/// The name of the program: `tmux: server` and `/usr/bin/tmux new` are both tmux. The path of an application of macOS may
/// have blanks.
fn name(command: &str) -> String {
    let application =
        command.split_once(".app/Contents/MacOS/").map(|(path, _)| path).filter(|path| path.starts_with('/'));
    let program = application.unwrap_or_else(|| command.split_whitespace().next().unwrap_or_default());
    let name = Path::new(program).file_name().and_then(|name| name.to_str()).unwrap_or(program).to_lowercase();
    name.trim_end_matches(':').trim_end_matches(".exe").to_owned()
}

fn is_driven(word: &str) -> bool {
    DRIVEN.contains(&word.split_once('=').map_or(word, |(option, _)| option))
}

#[cfg(test)]
mod tests {
    use crate::id::ProcessRef;
    use crate::process::{Tie, Vitals};
    use crate::text::Untrusted;

    use super::*;

    #[track_caller]
    fn check(command: &str, expected: bool) {
        let process = ProcessView {
            process: ProcessRef { pid: 7, started: 1 },
            parent: 1,
            depth: 1,
            command: Untrusted::new(command),
            vitals: Vitals::default(),
            started_at: None,
            tie: Tie::Environment,
        };
        assert_eq!(process.serves_a_person(), expected, "{command}");
    }

    #[test]
    fn terminals_editors_and_browsers_serve_a_person() {
        check("tmux: server", true);
        check("/usr/bin/tmux new", true);
        check("SCREEN -S work", true);
        check("/opt/google/chrome/chrome", true);
        check("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome --restart", true);
        check("/usr/share/code/code /src/shop", true);
        check("cargo test", false);
        check("node server.js /usr/bin/tmux", false);
        check("", false);
    }

    #[test]
    fn a_browser_that_a_program_drives_does_not() {
        check("chrome --headless=new --remote-debugging-port=9222", false);
        check("/opt/google/chrome/chrome --enable-automation", false);
        check("chrome --type=renderer --lang=en", false);
        check("firefox -contentproc -isForBrowser", false);
    }
}
