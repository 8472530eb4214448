//! JSON objects taken apart field by field, so that nothing in them is overlooked.

use serde_json::{Map, Value};

use super::fault::{Fault, PriceFault};

/// Characters of a wrong value that are shown.
const SHOWN: usize = 40;

/// An object; fields nobody took from it are faults.
#[derive(Debug)]
pub(super) struct Fields {
    /// Names of the fields around it, each with a dot behind it.
    path: String,
    left: Map<String, Value>,
}

/// A value and the path of its field.
#[derive(Debug)]
pub(super) struct Field {
    pub(super) path: String,
    pub(super) value: Value,
}

impl Fields {
    /// The fields of a value that belongs to nothing.
    pub(super) fn root(value: Value) -> Result<Self, Fault> {
        let mut fields = Field { path: "it".to_owned(), value }.fields()?;
        fields.path.clear();
        Ok(fields)
    }

    /// Takes a field that may be missing.
    pub(super) fn take(&mut self, name: &str) -> Option<Field> {
        let value = self.left.remove(name)?;
        Some(Field { path: format!("{}{name}", self.path), value })
    }

    /// Takes a field that may be missing, as `read` reads its text; `wanted` says what that understands.
    pub(super) fn text<T>(
        &mut self,
        name: &str,
        wanted: &str,
        read: impl Fn(&str) -> Option<T>,
    ) -> Result<Option<T>, Fault> {
        self.take(name).map(|field| field.text(wanted, read)).transpose()
    }

    /// Takes the fields of an object that may be missing, whatever their names.
    pub(super) fn members(&mut self, name: &str) -> Result<Vec<(String, Field)>, Fault> {
        let Some(field) = self.take(name) else { return Ok(Vec::new()) };
        let Self { path, left } = field.fields()?;
        Ok(left
            .into_iter()
            .map(|(name, value)| (name.clone(), Field { path: format!("{path}{name}"), value }))
            .collect())
    }

    /// Says that every field was taken; `known` are the names there are.
    pub(super) fn finish(self, known: &'static str) -> Result<(), Fault> {
        match self.left.keys().next() {
            Some(name) => Err(Fault { field: format!("{}{name}", self.path), wrong: PriceFault::Field(known) }),
            None => Ok(()),
        }
    }
}

impl Field {
    /// The fields of an object.
    pub(super) fn fields(self) -> Result<Fields, Fault> {
        match self.value {
            Value::Object(left) => Ok(Fields { path: format!("{}.", self.path), left }),
            _ => Err(self.fault("an object: { … }")),
        }
    }

    /// The elements of a list.
    pub(super) fn list(self) -> Result<Vec<Self>, Fault> {
        match self.value {
            Value::Array(values) => {
                Ok(values.into_iter().map(|value| Self { path: self.path.clone(), value }).collect())
            }
            _ => Err(self.fault("a list: [ … ]")),
        }
    }

    /// What `read` makes of a text; `wanted` says what it understands.
    pub(super) fn text<T>(&self, wanted: &str, read: impl Fn(&str) -> Option<T>) -> Result<T, Fault> {
        self.value.as_str().and_then(read).ok_or_else(|| self.fault(wanted))
    }

    /// Says that something else belongs here.
    pub(super) fn fault(&self, wanted: impl Into<String>) -> Fault {
        let mut found = self.value.to_string();
        if let Some((end, _)) = found.char_indices().nth(SHOWN) {
            found.truncate(end);
            found.push('…');
        }
        Fault { field: self.path.clone(), wrong: PriceFault::Value { found, wanted: wanted.into() } }
    }
}
