//! Differences that are known and right. Each rule stands in docs/numbers.md under its id, with its reason.

use crate::corpus::cell::Cell;
use crate::corpus::compare::Difference;
use crate::corpus::oracle::Row;

/// A kind of difference that is explained.
struct Rule {
    id: &'static str,
    explains: fn(&Difference, Row<'_>) -> anyhow::Result<bool>,
}

const RULES: &[Rule] = &[Rule { id: "untyped-items", explains: untyped_items }];

/// The rule that explains `difference` in a thread of which the oracle says `row`.
pub(super) fn explaining(difference: &Difference, row: Row<'_>) -> anyhow::Result<Option<&'static str>> {
    for rule in RULES {
        if (rule.explains)(difference, row)? {
            return Ok(Some(rule.id));
        }
    }
    Ok(None)
}

/// Items of the oldest dialect have a role and no type. The oracle's rule counts them by role, its program by type.
fn untyped_items(difference: &Difference, row: Row<'_>) -> anyhow::Result<bool> {
    let old = row.get("dialect")? == Some("legacy-json");
    Ok(old && difference.column == "user_messages" && difference.oracle == Cell::Count(0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::corpus::oracle::Table;

    #[test]
    fn every_rule_is_told_to_the_reader() {
        let numbers = std::fs::read_to_string(crate::repo::root().join("docs/numbers.md")).unwrap();
        for rule in RULES {
            assert!(numbers.contains(&format!("`{}`", rule.id)), "docs/numbers.md does not name {}", rule.id);
        }
    }

    #[track_caller]
    fn check(dialect: &str, column: &str, oracle: u64, expected: Option<&str>) {
        let table = Table::parse(&format!("dialect\n{dialect}\n")).unwrap();
        let (home, row, column) = (String::new(), String::new(), column.to_owned());
        let difference =
            Difference { home, row, column, ours: Cell::Count(1), oracle: Cell::Count(oracle), rule: None };
        assert_eq!(explaining(&difference, table.rows().next().unwrap()).unwrap(), expected);
    }

    #[test]
    fn only_prompts_the_oracle_cannot_see_are_explained() {
        check("legacy-json", "user_messages", 0, Some("untyped-items"));
        check("legacy-json", "user_messages", 2, None);
        check("legacy-json", "tool_calls", 0, None);
        check("bare", "user_messages", 0, None);
    }
}
