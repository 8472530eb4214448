//! topside export.
