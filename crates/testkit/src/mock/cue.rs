//! The scenario a conversation is in, as its prompts name it.

/// The scenario a conversation is in.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Cue {
    /// Its name; empty where no prompt names one.
    pub(super) name: String,
    /// What follows the colon.
    pub(super) argument: String,
    /// Results of the tools called since, in order.
    pub(super) results: Vec<String>,
}

impl Cue {
    /// Goes on after a person, or an agent that stands for one, said `text`: the last scenario it names begins.
    pub(super) fn hear(&mut self, text: &str) {
        if let Some(next) = Self::find(text) {
            *self = next;
        }
    }

    /// The last scenario named in `text`.
    fn find(text: &str) -> Option<Self> {
        let (_, rest) = text.rsplit_once("%%")?;
        let rest = rest.lines().next()?;
        let name: String = rest.chars().take_while(char::is_ascii_alphanumeric).collect();
        let argument = rest[name.len()..].strip_prefix(':').unwrap_or_default().trim().to_owned();
        (!name.is_empty()).then_some(Self { name, argument, results: Vec::new() })
    }

    /// How many tools were called since the prompt.
    pub(super) fn step(&self) -> usize {
        self.results.len()
    }

    /// The argument as a number.
    pub(super) fn number(&self) -> Option<u64> {
        self.argument.parse().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_name_wins_and_a_text_without_one_changes_nothing() {
        let mut cue = Cue::default();
        cue.hear("a %%sleep:3 or rather %%cmd:echo 'x: 1' \nmore");
        assert_eq!((cue.name.as_str(), cue.argument.as_str()), ("cmd", "echo 'x: 1'"));
        cue.results.push("x".to_owned());
        cue.hear("100 %% sure");
        assert_eq!((cue.name.as_str(), cue.step()), ("cmd", 1));
    }
}
