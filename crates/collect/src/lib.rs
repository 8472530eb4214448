//! topside collect.
