//! What leaves topside, looked at from outside.

mod documents;
mod find;
mod hostile;
mod pages;
mod prices;
mod spent;
mod support;
mod usage;
