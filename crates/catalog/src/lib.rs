//! topside catalog.
