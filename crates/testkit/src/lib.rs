//! topside testkit.
