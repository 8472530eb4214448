//! kitty's remote control, as far as it takes to ask for the title of a window.
//!
//! Only where the user has it on: kitty answers no to who has no password where one is wanted, and asks nobody. Source:
//! `docs/rc_protocol.rst` of kitty.

use serde_json::Value;

use super::Place;
use super::ask::{Answer, Trouble, ask};

const START: &[u8] = b"\x1bP@kitty-cmd";
const END: &[u8] = b"\x1b\\";

/// The title of a window that shows the process `pid`; `None` where it does not.
pub(super) fn title(window: &Place, pid: u32) -> Result<Option<String>, Trouble> {
    let mut reply = Reply::default();
    ask(&window.socket, None, &question(window.part), &mut reply)?;
    reply.title(window.part, pid)
}

/// The oldest version that has what is asked for: kitty refuses those newer than itself.
fn question(window: u64) -> Vec<u8> {
    let list = format!(r#"{{"cmd":"ls","version":[0,14,2],"payload":{{"match":"id:{window}"}}}}"#);
    [START, list.as_bytes(), END].concat()
}

#[derive(Default)]
struct Reply(Vec<u8>);

impl Answer for Reply {
    fn hear(&mut self, bytes: &[u8]) -> Result<Option<Vec<u8>>, Trouble> {
        self.0.extend(bytes);
        Ok((!self.0.ends_with(END)).then(Vec::new))
    }
}

impl Reply {
    /// `{ok, data}`: `data` is a text, the JSON of windows of the system, which have tabs, which have windows.
    fn title(&self, window: u64, pid: u32) -> Result<Option<String>, Trouble> {
        let odd = || Trouble::Refused("its answer is not what it should be".to_owned());
        let reply = self.0.strip_prefix(START).and_then(|rest| rest.strip_suffix(END)).ok_or_else(odd)?;
        let reply: Value = serde_json::from_slice(reply).map_err(|_| odd())?;
        if reply["ok"] != true {
            let why = reply["error"].as_str().unwrap_or("it says no");
            return Err(Trouble::Refused(why.chars().filter(|letter| !letter.is_control()).take(100).collect()));
        }
        let listed = reply["data"].as_str().ok_or_else(odd)?;
        let listed: Value = serde_json::from_str(listed).map_err(|_| odd())?;
        let items = |value: &Value| value.as_array().cloned().unwrap_or_default();
        let tabs = items(&listed).into_iter().flat_map(|one| items(&one["tabs"]));
        let mut windows = tabs.flat_map(|tab| items(&tab["windows"]));
        let shows = |one: &Value| items(&one["foreground_processes"]).iter().any(|process| process["pid"] == pid);
        let found = windows.find(|one| one["id"] == window).filter(shows);
        Ok(found.and_then(|one| one["title"].as_str().map(str::to_owned)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(json: &str) -> Reply {
        Reply([START, json.as_bytes(), END].concat())
    }

    const LISTED: &str = r#"{"ok": true, "data": "[{\"id\": 1, \"tabs\": [{\"id\": 1, \"windows\": [{\"id\": 3, \"title\": \"other\", \"foreground_processes\": []}, {\"id\": 4, \"title\": \"[ ! ] Action Required\", \"foreground_processes\": [{\"pid\": 70, \"cmdline\": [\"node\"]}, {\"pid\": 71}]}]}]}]"}"#;

    #[test]
    fn the_window_that_shows_the_process_has_the_title() {
        let title = |window, pid| reply(LISTED).title(window, pid).expect("an answer");
        assert_eq!(title(4, 71).as_deref(), Some("[ ! ] Action Required"));
        assert_eq!((title(4, 99), title(3, 71), title(5, 71)), (None, None, None));
    }

    #[test]
    fn a_no_is_final() {
        let why = |reply: Reply| reply.title(4, 71).expect_err("no title").to_string();
        assert_eq!(
            why(reply(r#"{"ok": false, "error": "Remote control is\u001b disabled"}"#)),
            "Remote control is disabled"
        );
        for other in ["", "{}", "[1", r#"{"ok":true}"#, r#"{"ok":true,"data":"x"}"#] {
            assert!(reply(other).title(4, 71).is_err(), "{other}");
        }
        assert!(Reply(b"HTTP/1.1 400\r\n".to_vec()).title(4, 71).is_err());
    }

    #[test]
    fn an_answer_ends_with_its_mark() {
        let mut heard = Reply::default();
        assert!(matches!(heard.hear(b"\x1bP@kitty-cmd{}\x1b"), Ok(Some(say)) if say.is_empty()));
        assert!(matches!(heard.hear(b"\\"), Ok(None)));
        assert_eq!(
            question(4),
            b"\x1bP@kitty-cmd{\"cmd\":\"ls\",\"version\":[0,14,2],\"payload\":{\"match\":\"id:4\"}}\x1b\\"
        );
    }
}
