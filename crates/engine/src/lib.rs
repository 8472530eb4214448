//! topside engine.
