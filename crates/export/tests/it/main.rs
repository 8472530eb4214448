//! What leaves topside, looked at from outside.

mod budgets;
mod documents;
mod find;
mod hostile;
mod pages;
mod prices;
mod spent;
mod support;
mod usage;
