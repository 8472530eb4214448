//! Many small values in one blob.

use rusqlite::Error;
use rusqlite::types::Type;
use serde::{Serialize, de::DeserializeOwned};

/// The values in a row, without anything between them.
pub(crate) fn pack<T: Serialize>(values: impl Iterator<Item = T>) -> rusqlite::Result<Vec<u8>> {
    let failed = |error| Error::ToSqlConversionFailure(Box::new(error));
    values.into_iter().try_fold(Vec::new(), |blob, value| postcard::to_extend(&value, blob).map_err(failed))
}

/// Hands each of the values in `blob` to `take`.
pub(crate) fn unpack<T: DeserializeOwned>(mut blob: &[u8], mut take: impl FnMut(T)) -> rusqlite::Result<()> {
    while !blob.is_empty() {
        let failed = |error| Error::FromSqlConversionFailure(0, Type::Blob, Box::new(error));
        let (value, rest) = postcard::take_from_bytes(blob).map_err(failed)?;
        take(value);
        blob = rest;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_packed_is_there_again_and_what_is_cut_is_noticed() {
        let values = [(1_u64, Some(-5_i64)), (u64::MAX, None)];
        let blob = pack(values.iter()).expect("it is packed");
        let mut found = Vec::new();
        unpack(&blob, |value: (u64, Option<i64>)| found.push(value)).expect("it is whole");
        assert_eq!(found, values);
        unpack(&blob[..blob.len() - 1], |_: (u64, Option<i64>)| {}).expect_err("it is cut");
    }
}
