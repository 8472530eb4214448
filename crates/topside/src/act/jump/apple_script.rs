//! Applications of macOS that are told by a script which tab to show.

use super::{Call, Plan};

/// Runs a script. What the script is about comes as arguments, which are data to it: its own text is fixed when topside
/// is built, so that nothing a terminal says of itself can become a part of it.
pub(super) fn call<'a>(script: &'static str, about: impl IntoIterator<Item = &'a str>) -> Call {
    Call::new("osascript", ["-e", script].into_iter().chain(about))
}

/// A plan that is this script and nothing else.
pub(super) fn plan<'a>(script: &'static str, about: impl IntoIterator<Item = &'a str>) -> Plan {
    Plan { calls: vec![call(script, about)], ..Plan::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_script_is_about_stays_out_of_its_text() {
        let evil = "/dev/ttys003\" & (do shell script \"id\") & \"";
        assert_eq!(plan("on run argv", [evil]).calls[0].args, ["-e", "on run argv", evil]);
    }
}
