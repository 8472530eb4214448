//! Which servers of tmux are asked.
//!
//! A server ends where a message is not what it expects, and all its sessions with it. Therefore only versions are asked
//! that were played with: `docs/status.md` says how.

/// Versions that were played with, as servers call themselves; 3.6a calls itself 3.6.
const PLAYED: [&str; 7] = ["3.2a", "3.3a", "3.4", "3.5a", "3.6", "3.7c", "3.8"];

/// Why a server of tmux of this version is not asked for titles; `None` where it is. Versions before 3.2 do not say theirs.
pub fn refusal(version: Option<&str>) -> Option<String> {
    if cfg!(target_endian = "big") {
        return Some("topside was not tried with tmux on machines of this kind, so it is not asked".to_owned());
    }
    let Some(version) = version else {
        return Some(
            "nothing says that it is a version of tmux that topside was tried with, so it is not asked".to_owned(),
        );
    };
    if PLAYED.contains(&version) {
        return None;
    }
    let version: String = version.chars().filter(|letter| !letter.is_control()).take(20).collect();
    Some(format!("topside was not tried with tmux {version}, so it is not asked; tried: {}", PLAYED.join(", ")))
}

#[cfg(all(test, target_endian = "little"))]
mod tests {
    use super::*;

    #[test]
    fn only_versions_that_were_played_with_are_asked() {
        assert!(PLAYED.iter().all(|version| refusal(Some(version)).is_none()));
        for other in ["", "3", "3.1c", "3.3", "3.3b", "3.33a", "next-3.9", "master", "4.0", "3.3a "] {
            let why = refusal(Some(other)).expect(other);
            assert!(why.starts_with(&format!("topside was not tried with tmux {other}, so it is not asked")), "{why}");
        }
        assert!(refusal(None).is_some());
    }

    #[test]
    fn what_a_version_says_cannot_act_on_a_terminal() {
        assert!(refusal(Some("3.8\u{1b}")).is_some(), "it is another one");
        let why = refusal(Some("\u{1b}[2J")).expect("it is no version");
        assert!(!why.contains('\u{1b}'), "{why:?}");
    }
}
