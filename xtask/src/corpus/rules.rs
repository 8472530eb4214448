//! Names of the differences that are known and right. Each stands in docs/numbers.md with its reason; what it covers
//! stands beside the comparison that finds it.

/// Prompts of the oldest Codex dialect, which the oracle's program cannot see.
pub(super) const UNTYPED_ITEMS: &str = "untyped-items";
/// What a Claude side question copied from its own session, which the oracle counts twice.
pub(super) const ASIDE_COPIES: &str = "aside-copies";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_is_told_to_the_reader() {
        let numbers = std::fs::read_to_string(crate::repo::root().join("docs/numbers.md")).unwrap();
        for rule in [UNTYPED_ITEMS, ASIDE_COPIES] {
            assert!(numbers.contains(&format!("`{rule}`")), "docs/numbers.md does not name {rule}");
        }
    }
}
