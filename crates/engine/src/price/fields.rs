//! JSON objects taken apart field by field, so that nothing in them is overlooked.

use std::rc::Rc;

use serde_json::{Map, Value};

use super::fault::{Fault, PriceFault};

/// Characters of a wrong value that are shown.
const SHOWN: usize = 40;

/// An object; fields nobody took from it are faults.
#[derive(Debug)]
pub(super) struct Fields {
    /// The field it is the value of; `None` for one that belongs to nothing.
    around: Option<Rc<Path>>,
    left: Map<String, Value>,
}

/// A value and its field.
#[derive(Debug)]
pub(super) struct Field {
    path: Rc<Path>,
    pub(super) value: Value,
}

/// The name of a field, and the field around it. Put in words for faults only: a table has thousands of fields.
#[derive(Debug)]
struct Path {
    around: Option<Rc<Self>>,
    name: Name,
}

#[derive(Debug)]
enum Name {
    /// One that the form gives.
    Given(&'static str),
    /// One that stands in the file.
    Found(String),
}

impl Path {
    /// The names from the outermost field on, with dots between them.
    fn words(&self) -> String {
        let around = self.around.as_ref().map(|around| around.words() + ".").unwrap_or_default();
        around
            + match &self.name {
                Name::Given(name) => name,
                Name::Found(name) => name,
            }
    }
}

impl Fields {
    /// The fields of a value that belongs to nothing.
    pub(super) fn root(value: Value) -> Result<Self, Fault> {
        let it = Path { around: None, name: Name::Given("it") };
        let fields = Field { path: Rc::new(it), value }.fields()?;
        Ok(Self { around: None, ..fields })
    }

    /// Takes a field that may be missing.
    pub(super) fn take(&mut self, name: &'static str) -> Option<Field> {
        let value = self.left.remove(name)?;
        Some(Field { path: self.path(Name::Given(name)), value })
    }

    /// The path of one of the fields.
    fn path(&self, name: Name) -> Rc<Path> {
        Rc::new(Path { around: self.around.clone(), name })
    }

    /// Takes a field that may be missing, as `read` reads its text; `wanted` says what that understands.
    pub(super) fn text<T>(
        &mut self,
        name: &'static str,
        wanted: &str,
        read: impl Fn(&str) -> Option<T>,
    ) -> Result<Option<T>, Fault> {
        self.take(name).map(|field| field.text(wanted, read)).transpose()
    }

    /// Takes the fields of an object that may be missing, whatever their names.
    pub(super) fn members(&mut self, name: &'static str) -> Result<Vec<(String, Field)>, Fault> {
        let Some(field) = self.take(name) else { return Ok(Vec::new()) };
        let mut fields = field.fields()?;
        let left = std::mem::take(&mut fields.left);
        let member = |(name, value): (String, Value)| {
            let path = fields.path(Name::Found(name.clone()));
            (name, Field { path, value })
        };
        Ok(left.into_iter().map(member).collect())
    }

    /// Says that every field was taken; `known` are the names there are.
    pub(super) fn finish(self, known: &'static str) -> Result<(), Fault> {
        match self.left.keys().next() {
            Some(name) => {
                let field = self.path(Name::Found(name.clone())).words();
                Err(Fault { field, wrong: PriceFault::Field(known) })
            }
            None => Ok(()),
        }
    }
}

impl Field {
    /// Its name behind those of the fields around it: `tiers.flex.input`.
    pub(super) fn path(&self) -> String {
        self.path.words()
    }

    /// The fields of an object.
    pub(super) fn fields(self) -> Result<Fields, Fault> {
        match self.value {
            Value::Object(left) => Ok(Fields { around: Some(self.path), left }),
            _ => Err(self.fault("an object: { … }")),
        }
    }

    /// The elements of a list.
    pub(super) fn list(self) -> Result<Vec<Self>, Fault> {
        match self.value {
            Value::Array(values) => {
                Ok(values.into_iter().map(|value| Self { path: Rc::clone(&self.path), value }).collect())
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
        Fault { field: self.path(), wrong: PriceFault::Value { found, wanted: wanted.into() } }
    }
}
