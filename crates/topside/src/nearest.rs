//! Names that are like one that was not found.

use std::collections::BTreeSet;

/// More would be no help.
const MOST: usize = 3;
/// Names that are less alike than this, in thousandths, have nothing in common.
const ALIKE: u64 = 800;

/// Those of `names` that are nearest to `wanted`, the nearest first: where one differs only in case, only such ones.
pub(crate) fn nearest<'a>(wanted: &str, names: &BTreeSet<&'a str>) -> Vec<&'a str> {
    let wanted = wanted.to_lowercase();
    let mut ranked: Vec<_> =
        names.iter().filter_map(|name| Some((rank(&wanted, &name.to_lowercase())?, *name))).collect();
    ranked.sort_unstable();
    let same = ranked.iter().filter(|(rank, _)| rank.0 == Likeness::Same).count();
    ranked.truncate(if same > 0 { same } else { MOST });
    ranked.into_iter().map(|(_, name)| name).collect()
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Likeness {
    Same,
    /// One is a part of the other.
    Part,
    Alike,
}

/// How near `name` is, and how far off within that; `None` where it is not near at all.
fn rank(wanted: &str, name: &str) -> Option<(Likeness, u64)> {
    if wanted == name {
        return Some((Likeness::Same, 0));
    }
    let shorter = name.len().min(wanted.len());
    if shorter > 1 && (name.contains(wanted) || wanted.contains(name)) {
        return Some((Likeness::Part, name.len().abs_diff(wanted.len()) as u64));
    }
    let alike = (strsim::jaro_winkler(wanted, name) * 1000.0) as u64;
    (alike >= ALIKE).then_some((Likeness::Alike, 1000 - alike.min(1000)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(wanted: &str, expected: &[&str]) {
        let names = BTreeSet::from(["api", "API", "billing", "webshop", "webshop-admin", "webshop-e2e", "old-webshop"]);
        assert_eq!(nearest(wanted, &names), expected);
    }

    #[test]
    fn case_is_nearer_than_parts_and_parts_than_letters() {
        check("Api", &["API", "api"]);
        check("WEBSHOP", &["webshop"]);
        check("shop", &["webshop", "old-webshop", "webshop-e2e"]);
        check("biling", &["billing"]);
        check("weshbop-e2e", &["webshop-e2e", "webshop"]);
        check("zzz", &[]);
        check("b", &[]);
        check("", &[]);
    }
}
