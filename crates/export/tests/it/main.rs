//! What leaves topside, looked at from outside.

mod budgets;
mod documents;
mod events;
mod find;
mod full;
mod glance;
mod hostile;
mod pages;
mod peers;
mod prices;
mod spent;
mod support;
mod usage;
mod waits;
