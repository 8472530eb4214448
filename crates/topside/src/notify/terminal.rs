//! What makes a terminal tell something.
//!
//! Texts are harmless lines already; what has a meaning within these sequences is replaced.

use std::sync::atomic::{AtomicU64, Ordering};

use super::message::Message;
use super::target::Target;

const BELL: &str = "\u{7}";
const OSC: &str = "\u{1b}]";
const ST: &str = "\u{1b}\\";

/// The bytes by which a terminal tells `message` in the way of `target`; none for ways that are not the terminal's. Inside
/// tmux, where `allow-passthrough` must be on, they are handed on to the terminal it runs in.
pub(crate) fn bytes(target: Target, message: &Message, tmux: bool) -> Vec<u8> {
    static TOLD: AtomicU64 = AtomicU64::new(0);
    // A notification takes the place of one with the same name.
    let name = format!("topside-{}-{}", std::process::id(), TOLD.fetch_add(1, Ordering::Relaxed));
    written(target, message, &name, tmux)
}

fn written(target: Target, message: &Message, name: &str, tmux: bool) -> Vec<u8> {
    let Message { title, body, .. } = message;
    let text = match target {
        // tmux has bells of its own.
        Target::Bell => return BELL.into(),
        Target::Osc9 => osc9(title, body.as_deref()),
        Target::Osc777 => {
            format!("{OSC}777;notify;{};{}{BELL}", title.replace(';', ","), body.as_deref().unwrap_or(""))
        }
        Target::Osc99 => osc99(message, name),
        Target::Desktop | Target::Webhook | Target::Command => return Vec::new(),
    };
    if tmux { format!("\u{1b}Ptmux;{}{ST}", text.replace('\u{1b}', "\u{1b}\u{1b}")).into() } else { text.into() }
}

/// One line. Some terminals take a number in front for a command of theirs, so it never stands there.
fn osc9(title: &str, body: Option<&str>) -> String {
    let body = body.map(|body| format!(" ({body})")).unwrap_or_default();
    format!("{OSC}9;topside: {title}{body}{BELL}")
}

/// Headline and body in two parts of one notification.
fn osc99(message: &Message, name: &str) -> String {
    let urgency = if message.urgent { 2 } else { 1 };
    let part = |done: u8, kind: &str, text: &str| format!("{OSC}99;i={name}:u={urgency}:d={done}:p={kind};{text}{ST}");
    match &message.body {
        Some(body) => part(0, "title", &message.title) + &part(1, "body", body),
        None => part(1, "title", &message.title),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    fn message(title: &str, body: Option<&str>) -> Message {
        let (title, body) = (title.to_owned(), body.map(str::to_owned));
        Message { title, body, urgent: false, document: String::new(), variables: Vec::new(), made: Instant::now() }
    }

    #[track_caller]
    fn check(target: Target, message: &Message, tmux: bool, expected: &str) {
        let text = String::from_utf8(written(target, message, "topside-7-1", tmux)).expect("text");
        assert_eq!(text.escape_debug().to_string(), expected);
    }

    #[test]
    fn a_terminal_is_told_in_its_own_way() {
        let told = message("webshop needs your permission: Bash", Some("npm publish; echo ok"));
        let alone = message("4;1;50 is done", None);
        check(Target::Bell, &told, false, r"\u{7}");
        check(Target::Bell, &told, true, r"\u{7}");
        check(
            Target::Osc9,
            &told,
            false,
            r"\u{1b}]9;topside: webshop needs your permission: Bash (npm publish; echo ok)\u{7}",
        );
        check(Target::Osc9, &alone, false, r"\u{1b}]9;topside: 4;1;50 is done\u{7}");
        check(
            Target::Osc777,
            &told,
            false,
            r"\u{1b}]777;notify;webshop needs your permission: Bash;npm publish; echo ok\u{7}",
        );
        check(Target::Osc777, &alone, false, r"\u{1b}]777;notify;4,1,50 is done;\u{7}");
        check(Target::Osc99, &alone, false, r"\u{1b}]99;i=topside-7-1:u=1:d=1:p=title;4;1;50 is done\u{1b}\\");
        let parts = [
            r"\u{1b}]99;i=topside-7-1:u=2:d=0:p=title;webshop needs your permission: Bash\u{1b}\\",
            r"\u{1b}]99;i=topside-7-1:u=2:d=1:p=body;npm publish; echo ok\u{1b}\\",
        ];
        check(Target::Osc99, &Message { urgent: true, ..told }, false, &parts.concat());
    }

    #[test]
    fn no_notification_takes_the_place_of_another() {
        let told = || bytes(Target::Osc99, &message("webshop is done", None), false);
        assert_ne!(told(), told());
    }

    #[test]
    fn tmux_hands_it_on() {
        let wrapped = r"\u{1b}Ptmux;\u{1b}\u{1b}]9;topside: webshop is done\u{7}\u{1b}\\";
        check(Target::Osc9, &message("webshop is done", None), true, wrapped);
    }

    #[test]
    fn other_ways_leave_the_terminal_alone() {
        for target in [Target::Desktop, Target::Webhook, Target::Command] {
            check(target, &message("webshop is done", None), false, "");
        }
    }
}
