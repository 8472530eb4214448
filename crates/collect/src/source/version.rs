//! Versions as agents write them.

/// Its first three numbers; those that are not there are 0.
pub(crate) fn numbers(version: &str) -> [u32; 3] {
    let mut parts = version.split(['.', '-', '+']).map_while(|part| part.parse().ok());
    std::array::from_fn(|_| parts.next().unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_in_their_order() {
        let versions = ["", "dev", "0.99.3", "0.100", "0.100.0-alpha.1", "0.115.0", "1.0.2+build.7", "2.1.50"];
        let told = [[0; 3], [0; 3], [0, 99, 3], [0, 100, 0], [0, 100, 0], [0, 115, 0], [1, 0, 2], [2, 1, 50]];
        assert_eq!(versions.map(numbers), told);
        assert!(told.is_sorted());
    }
}
