//! The whole program, started as a person or a script starts it, each time on a home of its own.

mod endings;
mod faces;
mod fixture;
mod home;
mod inventory;
mod schema;
