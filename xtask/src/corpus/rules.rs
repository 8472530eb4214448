//! Differences that are known and right. Each rule stands in docs/numbers.md under its id, with its reason.

use crate::corpus::compare::Difference;

/// A kind of difference that is explained.
pub(super) struct Rule {
    id: &'static str,
    explains: fn(&Difference) -> bool,
}

const RULES: &[Rule] = &[];

/// The rule that explains `difference`.
pub(super) fn explaining(difference: &Difference) -> Option<&'static str> {
    RULES.iter().find(|rule| (rule.explains)(difference)).map(|rule| rule.id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_is_told_to_the_reader() {
        let numbers = std::fs::read_to_string(crate::repo::root().join("docs/numbers.md")).unwrap();
        for rule in RULES {
            assert!(numbers.contains(&format!("`{}`", rule.id)), "docs/numbers.md does not name {}", rule.id);
        }
    }
}
