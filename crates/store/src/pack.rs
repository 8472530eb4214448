//! Many small values in one blob.

use rusqlite::Error;
use rusqlite::types::Type;

/// The lower 56 bits of a number, seven to a byte.
fn bytes(number: u64) -> u64 {
    let word = (number & 0x0fff_ffff) | (number & 0x00ff_ffff_f000_0000) << 4;
    let word = (word & 0x0000_3fff_0000_3fff) | (word & 0x0fff_c000_0fff_c000) << 2;
    (word & 0x007f_007f_007f_007f) | (word & 0x3f80_3f80_3f80_3f80) << 1
}

/// Writes numbers in the form in which postcard packs them, one by one.
pub(crate) struct Packing(Vec<u8>);

impl Packing {
    /// Has room for so many bytes before it grows.
    pub(crate) fn of(bytes: usize) -> Self {
        Self(Vec::with_capacity(bytes))
    }

    /// What was written.
    pub(crate) fn blob(self) -> Vec<u8> {
        self.0
    }

    /// As they are.
    pub(crate) fn bytes(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    /// See [`Numbers::unsigned`].
    pub(crate) fn unsigned(&mut self, mut number: u64) {
        if number >> 56 == 0 {
            // Without a branch on its length: it cannot be foreseen.
            let more = (number | 1).ilog2() / 7;
            let marks = 0x8080_8080_8080_8080 & ((1 << (8 * more)) - 1);
            let end = self.0.len() + more as usize + 1;
            self.0.extend_from_slice(&(bytes(number) | marks).to_le_bytes());
            self.0.truncate(end);
            return;
        }
        while number >= 0x80 {
            self.0.push(number as u8 | 0x80);
            number >>= 7;
        }
        self.0.push(number as u8);
    }

    /// See [`Numbers::several`].
    pub(crate) fn several<const COUNT: usize>(&mut self, numbers: [u64; COUNT]) {
        for number in numbers {
            self.unsigned(number);
        }
    }

    /// See [`Numbers::signed`].
    pub(crate) fn signed(&mut self, number: i64) {
        self.unsigned((number << 1 ^ number >> 63).cast_unsigned());
    }

    /// See [`Numbers::optional`].
    pub(crate) fn optional<T>(&mut self, value: Option<T>, write: impl FnOnce(&mut Self, T)) {
        self.0.push(u8::from(value.is_some()));
        if let Some(value) = value {
            write(self, value);
        }
    }
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

    /// As they are.
    pub(crate) fn bytes<const COUNT: usize>(&mut self) -> Result<[u8; COUNT], Cut> {
        let (first, rest) = self.0.split_first_chunk().ok_or(Cut)?;
        self.0 = rest;
        Ok(*first)
    }

    fn byte(&mut self) -> Result<u8, Cut> {
        self.bytes().map(|[byte]| byte)
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

    /// One of up to 32 bits.
    pub(crate) fn small(&mut self) -> Result<u32, Cut> {
        self.unsigned()?.try_into().map_err(|_| Cut)
    }

    /// As many as it takes.
    pub(crate) fn several<const COUNT: usize>(&mut self) -> Result<[u64; COUNT], Cut> {
        let mut numbers = [0; COUNT];
        for number in &mut numbers {
            *number = self.unsigned()?;
        }
        Ok(numbers)
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
    use proptest::prelude::*;

    use super::*;

    type Values = ([u8; 3], u64, i64, Option<u64>);

    fn packed((bytes, unsigned, signed, optional): Values) -> Vec<u8> {
        let mut packing = Packing::of(4);
        packing.bytes(&bytes);
        packing.unsigned(unsigned);
        packing.signed(signed);
        packing.optional(optional, Packing::unsigned);
        packing.blob()
    }

    fn unpacked(blob: &[u8]) -> Result<Values, Cut> {
        let mut numbers = Numbers::of(blob);
        let values = (numbers.bytes()?, numbers.unsigned()?, numbers.signed()?, numbers.optional(Numbers::unsigned)?);
        if numbers.is_empty() { Ok(values) } else { Err(Cut) }
    }

    #[track_caller]
    fn check(values: Values) {
        let blob = packed(values);
        assert_eq!(blob, postcard::to_stdvec(&values).expect("postcard packs it"), "it is postcard's form");
        assert_eq!(unpacked(&blob).expect("it is whole"), values);
        for len in 0..blob.len() {
            assert!(unpacked(&blob[..len]).is_err(), "cut after {len} bytes");
        }
    }

    #[test]
    fn numbers_of_every_length_are_there_again_and_what_is_cut_is_noticed() {
        for length in 0..64 {
            for number in [1 << length, (1 << length) - 1] {
                check(([7, 0, 255], number, number.cast_signed().wrapping_neg(), Some(number)));
            }
        }
        check(([0; 3], u64::MAX, i64::MIN, None));
    }

    proptest! {
        #[test]
        fn any_numbers_are_there_again(values: Values) {
            check(values);
        }
    }
}
