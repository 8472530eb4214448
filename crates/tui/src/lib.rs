//! topside tui.
