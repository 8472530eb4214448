//! `/proc/PID/stat`.

/// The kernel's flag of its own threads (`PF_KTHREAD` in `include/linux/sched.h`).
const KERNEL_THREAD: u64 = 0x0020_0000;

/// What is taken from a process's `stat`. Source of the field numbers: `proc_pid_stat(5)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stat {
    pub(super) name: String,
    /// Ended, but not yet taken note of by its parent.
    pub(super) dead: bool,
    pub(super) parent: u32,
    /// Device number; 0 in the file is none.
    pub(super) terminal: Option<u64>,
    /// True when its terminal takes keys for its group of processes.
    pub(super) foreground: bool,
    pub(super) kernel_thread: bool,
    /// User and system time, in clock ticks.
    pub(super) cpu_ticks: u64,
    /// Since boot, in clock ticks.
    pub(super) started: u64,
    pub(super) resident_pages: u64,
}

impl Stat {
    /// `None` for a line of another shape.
    pub(super) fn parse(line: &str) -> Option<Self> {
        // The name may hold anything, also parentheses and blanks; nothing after it does.
        let (head, tail) = line.rsplit_once(')')?;
        let (_, name) = head.split_once('(')?;
        // The first field after the name is number 3.
        let mut fields = tail.split_ascii_whitespace();
        let state = fields.next()?;
        let parent = fields.next()?.parse().ok()?;
        let group = fields.next()?.parse::<i32>().ok()?;
        let terminal = fields.nth(7 - 6)?.parse::<i32>().ok()?;
        let in_front = fields.next()?.parse::<i32>().ok()?;
        let mut number = |skipped: usize| fields.nth(skipped)?.parse::<u64>().ok();
        let flags = number(0)?;
        let (user_ticks, system_ticks) = (number(14 - 10)?, number(0)?);
        Some(Self {
            name: name.to_owned(),
            dead: matches!(state, "Z" | "X" | "x"),
            parent,
            terminal: (terminal != 0).then(|| u64::from(terminal.cast_unsigned())),
            foreground: terminal != 0 && group == in_front,
            kernel_thread: flags & KERNEL_THREAD != 0,
            cpu_ticks: user_ticks.saturating_add(system_ticks),
            started: number(22 - 16)?,
            resident_pages: number(24 - 23)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_may_hold_parentheses_and_blanks() {
        let line = "4242 (a) b (c) S 17 4242 4242 34817 4242 4194304 1 0 0 0 70 30 0 0 20 0 1 0 123456 9000000 512 \
                    18446744073709551615 1 1 0 0 0 0 0 0 0 0 0 0 17 1 0 0 0 0 0 0 0 0 0 0 0 0 0\n";
        let expected = Stat {
            name: "a) b (c".to_owned(),
            dead: false,
            parent: 17,
            terminal: Some(34817),
            foreground: true,
            kernel_thread: false,
            cpu_ticks: 100,
            started: 123_456,
            resident_pages: 512,
        };
        assert_eq!(Stat::parse(line), Some(expected));
    }

    #[test]
    fn kernel_threads_and_the_dead_are_told_apart() {
        let kernel = "2 (kthreadd) S 0 0 0 0 -1 2129984 0 0 0 0 0 1 0 0 20 0 1 0 6 0 0 0";
        let stat = Stat::parse(kernel).expect("a line of the kernel");
        assert!(stat.kernel_thread && !stat.dead);
        assert_eq!((stat.terminal, stat.foreground), (None, false));
        let dead = Stat::parse(&kernel.replace(" S ", " Z ")).expect("a line of the kernel");
        assert!(dead.dead);
    }

    #[test]
    fn another_shape_is_nothing() {
        for line in ["", "1 (x", "1 (x) S", "1 (x) S a 0 0 0 -1 0 0 0 0 0 0 1 0 0 20 0 1 0 6 0 0 0"] {
            assert_eq!(Stat::parse(line), None, "{line}");
        }
    }
}
