//! What a policy writes down during one call, as much of it as is taken.

use std::cell::RefCell;

const LINES_MAX: usize = 64;
const LINE_BYTES_MAX: usize = 1024;

/// 0 error, 1 warn, 2 info; 3 is debug and not taken.
const LEVEL_MAX: u32 = 2;

#[derive(Default)]
pub(crate) struct Log {
    lines: RefCell<Vec<(u32, String)>>,
}

impl Log {
    pub fn into_lines(self) -> Vec<(u32, String)> {
        self.lines.into_inner()
    }
}

impl policy_sdk::Log for Log {
    fn enabled(&self, level: u32) -> bool {
        level <= LEVEL_MAX
    }

    fn write(&self, level: u32, line: &str) {
        let mut lines = self.lines.borrow_mut();
        if level <= LEVEL_MAX && lines.len() < LINES_MAX {
            lines.push((level, line[..line.floor_char_boundary(LINE_BYTES_MAX)].to_owned()));
        }
    }
}
