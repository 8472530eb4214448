//! The oracle's tables: tab-separated, one heading, nothing quoted.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context as _, bail};

/// One table.
#[derive(Debug)]
pub(super) struct Table {
    columns: BTreeMap<String, usize>,
    rows: Vec<Vec<String>>,
}

/// One row of a table.
#[derive(Debug, Clone, Copy)]
pub(super) struct Row<'a> {
    table: &'a Table,
    cells: &'a [String],
}

impl Table {
    /// The table in `path`.
    pub(super) fn read(path: &Path) -> anyhow::Result<Self> {
        let text = std::fs::read_to_string(path).with_context(|| format!("read {}", path.display()))?;
        Self::parse(&text).with_context(|| format!("read {}", path.display()))
    }

    /// The table that `text` holds.
    pub(super) fn parse(text: &str) -> anyhow::Result<Self> {
        let mut lines = text.lines();
        let heading = lines.next().context("the table has no heading")?;
        let columns: BTreeMap<_, _> = heading.split('\t').enumerate().map(|(at, name)| (name.to_owned(), at)).collect();
        let mut rows = Vec::new();
        for line in lines {
            let cells: Vec<String> = line.split('\t').map(str::to_owned).collect();
            if cells.len() != columns.len() {
                bail!("a row has {} cells and the heading {}", cells.len(), columns.len());
            }
            rows.push(cells);
        }
        Ok(Self { columns, rows })
    }

    /// The sum of the counts under `column`.
    pub(super) fn total(&self, column: &str) -> anyhow::Result<u64> {
        let counts = self.rows().map(|row| Ok(row.get(column)?.unwrap_or("0").parse::<u64>()?));
        counts.sum::<anyhow::Result<u64>>().with_context(|| format!("add up {column}"))
    }

    /// The names in its heading.
    pub(super) fn columns(&self) -> impl Iterator<Item = &str> {
        self.columns.keys().map(String::as_str)
    }

    /// Its rows, in order.
    pub(super) fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        self.rows.iter().map(|cells| Row { table: self, cells })
    }
}

impl<'a> Row<'a> {
    /// The cell under `column`; `None` is "not known". A table without that column is an error.
    pub(super) fn get(&self, column: &str) -> anyhow::Result<Option<&'a str>> {
        let at = self.table.columns.get(column).with_context(|| format!("the table has no column {column}"))?;
        let cell = self.cells[*at].as_str();
        Ok((!cell.is_empty()).then_some(cell))
    }
}
