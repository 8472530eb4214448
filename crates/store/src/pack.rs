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

/// A blob ends in the midst of a value, or holds something else.
#[derive(Debug)]
pub(crate) struct Cut;

impl From<Cut> for Error {
    fn from(_: Cut) -> Self {
        Self::FromSqlConversionFailure(0, Type::Blob, Box::new(postcard::Error::DeserializeUnexpectedEnd))
    }
}

/// The lower seven bits of each byte, put together. Without a branch: how long a number is cannot be foreseen.
fn sevens(word: u64) -> u64 {
    let word = word & 0x7f7f_7f7f_7f7f_7f7f;
    let word = (word & 0x007f_007f_007f_007f) | (word & 0x7f00_7f00_7f00_7f00) >> 1;
    let word = (word & 0x0000_3fff_0000_3fff) | (word & 0x3fff_0000_3fff_0000) >> 2;
    (word & 0x0fff_ffff) | (word & 0x0fff_ffff_0000_0000) >> 4
}

/// Numbers in the form in which postcard packs them, one by one.
pub(crate) struct Numbers<'a>(&'a [u8]);

impl<'a> Numbers<'a> {
    pub(crate) fn of(blob: &'a [u8]) -> Self {
        Self(blob)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn byte(&mut self) -> Result<u8, Cut> {
        let (first, rest) = self.0.split_first().ok_or(Cut)?;
        self.0 = rest;
        Ok(*first)
    }

    /// Seven bits in a byte, the lowest first; all bytes but the last have the eighth set.
    pub(crate) fn unsigned(&mut self) -> Result<u64, Cut> {
        if let Some((word, _)) = self.0.split_first_chunk() {
            let word = u64::from_le_bytes(*word);
            // The first byte whose eighth bit is not set is the last.
            let ends = !word & 0x8080_8080_8080_8080;
            if ends != 0 {
                self.0 = &self.0[ends.trailing_zeros() as usize / 8 + 1..];
                return Ok(sevens(word & (ends ^ (ends - 1))));
            }
        }
        self.unsigned_by_byte()
    }

    fn unsigned_by_byte(&mut self) -> Result<u64, Cut> {
        let (mut number, mut shift) = (0, 0);
        loop {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f).checked_shl(shift).ok_or(Cut)?;
            if byte < 0x80 {
                return Ok(number);
            }
            shift += 7;
        }
    }

    /// Twice the number, or one less than twice as much as it is below zero.
    pub(crate) fn signed(&mut self) -> Result<i64, Cut> {
        let number = self.unsigned()?;
        Ok((number >> 1).cast_signed() ^ -(number & 1).cast_signed())
    }

    /// A byte says whether something follows.
    pub(crate) fn optional<T>(&mut self, read: impl Fn(&mut Self) -> Result<T, Cut>) -> Result<Option<T>, Cut> {
        match self.byte()? {
            0 => Ok(None),
            1 => read(self).map(Some),
            _ => Err(Cut),
        }
    }
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
