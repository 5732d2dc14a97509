//! Reading, as far as there is something to read. Nothing is locked: a journal can be read while it is
//! written.

use super::Error;
use super::entry::{Entry, Record};
use super::frame::{self, Broken, Frame, Sum};
use super::segment::{self, Segment};
use std::collections::VecDeque;
use std::fmt;
use std::fs::File;
use std::io::{self, BufReader};
use std::path::{Path, PathBuf};

/// What of a segment cannot be read: this and all that follows in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Damage {
    pub file: PathBuf,
    /// The last entry of the segment that could be read.
    pub after: Option<u64>,
    pub why: Broken,
}

impl fmt::Display for Damage {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} ", self.file.display())?;
        match self.after {
            Some(tick) => write!(out, "can be read up to tick {tick} and then {}", self.why),
            None => write!(out, "{}", self.why),
        }
    }
}

/// The entries of a journal, the newest last, one at a time: a world is large.
#[derive(Debug)]
pub struct Reader {
    segments: VecDeque<Segment>,
    open: Option<Open>,
    from: u64,
}

#[derive(Debug)]
struct Open {
    segment: Segment,
    file: BufReader<File>,
    left: u64,
    sum: Sum,
    last: Option<Entry>,
}

/// # Errors
///
/// Where the folder cannot be read. What is wrong with its files is told on the way.
pub fn read(dir: &Path) -> Result<Reader, Error> {
    Ok(Reader { segments: segment::list(dir)?.into(), open: None, from: 0 })
}

impl Reader {
    /// Leaves out what is older than a tick.
    #[must_use]
    pub fn starting_at(mut self, tick: u64) -> Reader {
        while self.segments.get(1).is_some_and(|it| it.first <= tick) {
            self.segments.pop_front();
        }
        self.from = tick;
        self
    }

    /// Leaves out all but so many of the newest.
    #[must_use]
    pub fn last(mut self, count: usize) -> Reader {
        let mut newest = Vec::new();
        for (at, segment) in self.segments.iter().enumerate().rev() {
            if newest.len() >= count {
                self.segments.drain(..=at);
                break;
            }
            newest.extend(ticks(segment).into_iter().rev());
        }
        newest.truncate(count);
        self.from = newest.last().copied().unwrap_or(0);
        self
    }

    /// Of all entries that are whole, without reading what is in them.
    #[must_use]
    pub fn ticks(self) -> Vec<u64> {
        self.segments.iter().flat_map(ticks).collect()
    }

    fn step(&mut self) -> Option<Result<Entry, Damage>> {
        loop {
            let Some(open) = &mut self.open else {
                let segment = self.segments.pop_front()?;
                match File::open(&segment.path) {
                    Ok(file) => self.open = Some(Open::of(segment, file)),
                    // The writer has deleted it since.
                    Err(gone) if gone.kind() == io::ErrorKind::NotFound => {}
                    Err(cause) => {
                        let why = Broken::Io(cause.to_string());
                        return Some(Err(Damage { file: segment.path, after: None, why }));
                    }
                }
                continue;
            };
            match open.next() {
                Ok(Some(entry)) => return Some(Ok(entry)),
                Ok(None) => self.open = None,
                Err(why) => {
                    let after = open.last.as_ref().map(|it| it.tick);
                    let file = open.segment.path.clone();
                    self.open = None;
                    return Some(Err(Damage { file, after, why }));
                }
            }
        }
    }
}

impl Iterator for Reader {
    type Item = Result<Entry, Damage>;

    fn next(&mut self) -> Option<Result<Entry, Damage>> {
        loop {
            match self.step()? {
                Ok(entry) if entry.tick < self.from => {}
                item => return Some(item),
            }
        }
    }
}

impl Open {
    fn of(segment: Segment, file: File) -> Open {
        Open { left: segment.bytes, segment, file: BufReader::new(file), sum: Sum::default(), last: None }
    }

    fn frame(&mut self) -> Result<Option<Frame>, Broken> {
        let frame = frame::next(&mut self.file, self.left, self.sum)?;
        if let Some(frame) = &frame {
            self.left -= frame.bytes();
            self.sum = frame.sum;
        }
        Ok(frame)
    }

    fn next(&mut self) -> Result<Option<Entry>, Broken> {
        if self.segment.bytes == 0 {
            return Err(Broken::Torn);
        }
        let Some(frame) = self.frame()? else { return Ok(None) };
        let entry = match (frame.unpack()?, &self.last) {
            (Record::Whole(entry), _) => entry,
            (Record::Since(difference), Some(last)) => difference
                .apply(last)
                .map_err(|_| Broken::Unreadable("it is no difference from the entry before it".into()))?,
            (Record::Since(_), None) => {
                return Err(Broken::Unreadable("it is the first, and only a difference".into()));
            }
        };
        self.last = Some(entry.clone());
        Ok(Some(entry))
    }
}

/// Of the entries that are whole, without reading what is in them.
fn ticks(segment: &Segment) -> Vec<u64> {
    let Ok(file) = File::open(&segment.path) else { return Vec::new() };
    let mut open = Open::of(segment.clone(), file);
    std::iter::from_fn(|| open.frame().ok().flatten()).map(|it| it.tick).collect()
}
