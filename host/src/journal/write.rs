//! Appending, within a number of bytes.

use super::Error;
use super::difference::Difference;
use super::entry::{Entry, Record};
use super::frame::{self, Sum};
use super::segment::{self, Segment};
use std::collections::VecDeque;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, BufReader, Write};
use std::path::{Path, PathBuf};

const LOCK: &str = "lock";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// All segments together take no more.
    pub bytes: u64,
    /// Every so many entries one is whole.
    pub ticks: u32,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { bytes: 200 << 20, ticks: 50 }
    }
}

#[derive(Debug)]
pub struct Journal {
    dir: PathBuf,
    limits: Limits,
    /// Held for as long as this lives; the system lets it go when the process ends, however it does.
    _lock: File,
    /// Oldest first; the last is the one that is open, if one is.
    segments: VecDeque<Segment>,
    open: Option<Open>,
    last_tick: Option<u64>,
}

/// The segment that is appended to.
#[derive(Debug)]
struct Open {
    file: File,
    entries: u32,
    sum: Sum,
    last: Entry,
}

impl Journal {
    /// Makes the folder where there is none. What is there stays as it is; the first entry begins a
    /// segment of its own.
    ///
    /// # Errors
    ///
    /// Where the folder cannot be used, or another process writes there.
    pub fn open(dir: &Path, limits: Limits) -> Result<Journal, Error> {
        fs::create_dir_all(dir).map_err(Error::io("made", dir))?;
        let path = dir.join(LOCK);
        let lock = OpenOptions::new().write(true).create(true).truncate(false).open(&path);
        let lock = lock.map_err(Error::io("written", &path))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(Error::Locked { dir: dir.to_path_buf() }),
            Err(TryLockError::Error(cause)) => return Err(Error::Io { doing: "locked", path, cause }),
        }
        let segments = VecDeque::from(segment::list(dir)?);
        let last_tick = segments.back().map(last_tick);
        Ok(Journal { dir: dir.to_path_buf(), limits, _lock: lock, segments, open: None, last_tick })
    }

    /// The least tick that an entry may have now: ticks go on where the run before ended.
    #[must_use]
    pub fn next_tick(&self) -> u64 {
        self.last_tick.map_or(1, |it| it.saturating_add(1))
    }

    /// How much all segments take.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.segments.iter().map(|it| it.bytes).sum()
    }

    /// Where it fails, what was written before stays readable, and the next entry is tried anew.
    ///
    /// # Errors
    ///
    /// Where the disk is full or cannot be written, or the entry is larger than the journal may be.
    pub fn append(&mut self, entry: &Entry) -> Result<(), Error> {
        if let Some(last) = self.last_tick.filter(|it| entry.tick <= *it) {
            return Err(Error::OutOfOrder { tick: entry.tick, last });
        }
        if let Some((open, held)) = self.room_for_more() {
            let record = Record::<&Entry>::Since(Box::new(Difference::between(&open.last, entry)));
            if let Some((bytes, sum)) = frame::pack(entry.tick, open.sum, &record)
                && held + bytes.len() as u64 <= self.limits.bytes
            {
                self.make_room(bytes.len() as u64)?;
                return self.go_on(entry, &bytes, sum);
            }
        }
        self.open = None;
        self.begin(entry)
    }

    /// The open segment and its bytes, if it may have another entry.
    fn room_for_more(&self) -> Option<(&Open, u64)> {
        let bytes = self.segments.back()?.bytes;
        // The oldest segment goes as a whole: none may be most of what there is.
        let few = bytes <= self.limits.bytes / 4;
        self.open.as_ref().filter(|it| few && it.entries < self.limits.ticks).map(|it| (it, bytes))
    }

    fn go_on(&mut self, entry: &Entry, bytes: &[u8], sum: Sum) -> Result<(), Error> {
        let (open, segment) = match (&mut self.open, self.segments.back_mut()) {
            (Some(open), Some(segment)) => (open, segment),
            _ => unreachable!("a segment is open"),
        };
        if let Err(cause) = open.file.write_all(bytes) {
            // Where that fails too, it is torn, which a reader can tell.
            let _ = open.file.set_len(segment.bytes);
            let path = segment.path.clone();
            self.open = None;
            return Err(Error::Io { doing: "written", path, cause });
        }
        segment.bytes += bytes.len() as u64;
        open.entries += 1;
        open.sum = sum;
        open.last = entry.clone();
        self.last_tick = Some(entry.tick);
        Ok(())
    }

    fn begin(&mut self, entry: &Entry) -> Result<(), Error> {
        let limit = self.limits.bytes;
        let packed = frame::pack(entry.tick, Sum::default(), &Record::Whole(entry));
        let Some((bytes, sum)) = packed else { return Err(Error::TooLarge { bytes: u64::MAX, limit }) };
        let length = bytes.len() as u64;
        if length > limit {
            return Err(Error::TooLarge { bytes: length, limit });
        }
        self.make_room(length)?;
        let mut segment = Segment::new(&self.dir, entry.tick);
        let file = OpenOptions::new().append(true).create_new(true).open(&segment.path);
        let mut file = file.map_err(Error::io("made", &segment.path))?;
        if let Err(cause) = file.write_all(&bytes) {
            // Where that fails too, it is torn, which a reader can tell.
            let _ = fs::remove_file(&segment.path);
            return Err(Error::Io { doing: "written", path: segment.path, cause });
        }
        segment.bytes = length;
        self.segments.push_back(segment);
        self.open = Some(Open { file, entries: 1, sum, last: entry.clone() });
        self.last_tick = Some(entry.tick);
        Ok(())
    }

    /// Deletes the oldest segments until so many bytes more may be written. The open one stays.
    fn make_room(&mut self, more: u64) -> Result<(), Error> {
        let stays = usize::from(self.open.is_some());
        while self.segments.len() > stays && self.bytes().saturating_add(more) > self.limits.bytes {
            let Some(oldest) = self.segments.front() else { break };
            match fs::remove_file(&oldest.path) {
                Err(cause) if cause.kind() != io::ErrorKind::NotFound => {
                    return Err(Error::Io { doing: "deleted", path: oldest.path.clone(), cause });
                }
                _ => self.segments.pop_front(),
            };
        }
        Ok(())
    }
}

/// Of the newest segment, as far as it can be read.
fn last_tick(newest: &Segment) -> u64 {
    let mut last = newest.first;
    let Ok(file) = File::open(&newest.path) else { return last };
    let (mut file, mut left, mut sum) = (BufReader::new(file), newest.bytes, Sum::default());
    while let Ok(Some(frame)) = frame::next(&mut file, left, sum) {
        left -= frame.bytes();
        sum = frame.sum;
        last = last.max(frame.tick);
    }
    last
}
