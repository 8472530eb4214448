//! Asks a person on the command line.

use std::io::{self, BufRead, IsTerminal, Write};

/// Asks on standard error and reads the answer; only `y` and `yes` agree. `None` where there is no person to ask.
pub(crate) fn agrees(question: &str) -> io::Result<Option<bool>> {
    let (mut out, input) = (io::stderr(), io::stdin());
    if !(input.is_terminal() && out.is_terminal()) {
        return Ok(None);
    }
    write!(out, "{question} [y/N] ")?;
    out.flush()?;
    let mut answer = String::new();
    input.lock().read_line(&mut answer)?;
    Ok(Some(is_yes(&answer)))
}

fn is_yes(answer: &str) -> bool {
    matches!(answer.trim().to_lowercase().as_str(), "y" | "yes")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_yes_agrees() {
        for (answer, expected) in [("y\n", true), (" YES \n", true), ("\n", false), ("n\n", false), ("yep\n", false)] {
            assert_eq!(is_yes(answer), expected, "{answer:?}");
        }
    }
}
