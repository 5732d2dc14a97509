//! How one record lies in a file: a header, and compressed JSON behind it.
//!
//! ```text
//! byte  0  "vpsiejnl"
//!       8  format number of what follows the header     u32
//!      12  bytes that follow the header                 u32
//!      16  tick                                         u64
//!      24  the first 16 bytes of SHA-256 of the sum of the record before (zeros for the first of a
//!          file), of bytes 0 to 24, and of what follows
//! ```
//!
//! Numbers are little-endian. The header is the same in every format, so that a record of a format
//! that is not known is passed over and named, and what is damaged is told from what is new. Each
//! sum rests on the one before: a record counts only where it was written.

use lz4_flex::frame::{BlockSize, FrameDecoder, FrameEncoder, FrameInfo};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};
use std::fmt;
use std::io::{self, Read};

/// To be raised with every change of what an entry holds or means, once a release has written it.
pub const FORMAT: u32 = 1;

const MAGIC: &[u8; 8] = b"vpsiejnl";
const HEADER: usize = 40;
const SUM_AT: usize = 24;
/// No record is larger, unpacked: it would be a cluster of some millions of pods.
const UNPACKED_MAX: u64 = 2 << 30;

/// What the next record of a file is bound to.
pub type Sum = [u8; HEADER - SUM_AT];

/// One record as it lies in the file.
#[derive(Debug)]
pub struct Frame {
    pub tick: u64,
    pub format: u32,
    pub sum: Sum,
    payload: Vec<u8>,
}

/// Why there is no further record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Broken {
    /// The file ends inside of it.
    Torn,
    /// Its sum is not that of what stands there.
    Damaged,
    /// It is whole, and of a format that this version does not know.
    Unknown {
        format: u32,
    },
    /// It is whole, and cannot be understood all the same.
    Unreadable(String),
    Io(String),
}

/// The bytes of a record, ready to be appended, and its sum; none where it is too large for one.
#[must_use]
pub fn pack(tick: u64, before: Sum, content: &impl Serialize) -> Option<(Vec<u8>, Sum)> {
    let info = FrameInfo::new().block_size(BlockSize::Max256KB);
    let mut encoder = FrameEncoder::with_frame_info(info, vec![0; HEADER]);
    serde_json::to_writer(&mut encoder, content).expect("plain values, written to memory");
    let mut bytes = encoder.finish().expect("memory takes what is written");
    let length = u32::try_from(bytes.len() - HEADER).ok()?;
    bytes[..8].copy_from_slice(MAGIC);
    bytes[8..12].copy_from_slice(&FORMAT.to_le_bytes());
    bytes[12..16].copy_from_slice(&length.to_le_bytes());
    bytes[16..SUM_AT].copy_from_slice(&tick.to_le_bytes());
    let sum = sum(before, &bytes[..SUM_AT], &bytes[HEADER..]);
    bytes[SUM_AT..HEADER].copy_from_slice(&sum);
    Some((bytes, sum))
}

/// The next record; none at the end of the file. `left`: how many bytes the file has from here.
///
/// # Errors
///
/// Where there is no whole record.
pub fn next(from: &mut impl Read, left: u64, before: Sum) -> Result<Option<Frame>, Broken> {
    if left == 0 {
        return Ok(None);
    }
    if left < HEADER as u64 {
        return Err(Broken::Torn);
    }
    let mut header = [0; HEADER];
    from.read_exact(&mut header).map_err(|it| Broken::of(&it))?;
    let [format, length] =
        [8, 12].map(|at| u32::from_le_bytes(header[at..at + 4].try_into().expect("4 bytes")));
    let tick = u64::from_le_bytes(header[16..SUM_AT].try_into().expect("8 bytes"));
    if header[..8] != *MAGIC {
        return Err(Broken::Damaged);
    }
    if left - (HEADER as u64) < u64::from(length) {
        return Err(Broken::Torn);
    }
    let mut payload = vec![0; length as usize];
    from.read_exact(&mut payload).map_err(|it| Broken::of(&it))?;
    let sum = sum(before, &header[..SUM_AT], &payload);
    if header[SUM_AT..] != sum {
        return Err(Broken::Damaged);
    }
    Ok(Some(Frame { tick, format, sum, payload }))
}

impl Frame {
    /// How many bytes it takes in the file.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        (HEADER + self.payload.len()) as u64
    }

    /// # Errors
    ///
    /// Where its format is not known, or what stands in it is not what its format says.
    pub fn unpack<T: DeserializeOwned>(&self) -> Result<T, Broken> {
        if self.format != FORMAT {
            return Err(Broken::Unknown { format: self.format });
        }
        let mut json = Vec::new();
        let mut decoder = FrameDecoder::new(&*self.payload).take(UNPACKED_MAX + 1);
        decoder.read_to_end(&mut json).map_err(|it| Broken::Unreadable(it.to_string()))?;
        if json.len() as u64 > UNPACKED_MAX {
            return Err(Broken::Unreadable(format!("unpacked it is larger than {UNPACKED_MAX} bytes")));
        }
        serde_json::from_slice(&json).map_err(|it| Broken::Unreadable(it.to_string()))
    }
}

fn sum(before: Sum, header: &[u8], payload: &[u8]) -> Sum {
    let mut hash = Sha256::new();
    hash.update(before);
    hash.update(header);
    hash.update(payload);
    let mut sum = Sum::default();
    sum.copy_from_slice(&hash.finalize()[..HEADER - SUM_AT]);
    sum
}

impl Broken {
    fn of(error: &io::Error) -> Broken {
        match error.kind() {
            // It became shorter while it was read.
            io::ErrorKind::UnexpectedEof => Broken::Torn,
            _ => Broken::Io(error.to_string()),
        }
    }
}

impl fmt::Display for Broken {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Broken::Torn => out.write_str("ends inside an entry, as when its writer was killed"),
            Broken::Damaged => out.write_str("is damaged from here on: the sum of the next entry is wrong"),
            Broken::Unknown { format } => write!(
                out,
                "has entries of format {format}, and this version knows format {FORMAT} alone; \
                 read it with the version that wrote it"
            ),
            Broken::Unreadable(why) => write!(out, "has an entry that cannot be understood: {why}"),
            Broken::Io(why) => write!(out, "cannot be read: {why}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> Result<u64, Broken> {
        let mut from = bytes;
        let frame = next(&mut from, bytes.len() as u64, Sum::default())?.expect("a record");
        frame.unpack::<u64>()
    }

    #[test]
    fn another_format_is_named_and_damage_is_not_taken_for_one() {
        let (mut bytes, _) = pack(7, Sum::default(), &42_u64).expect("it is small");
        assert_eq!(read(&bytes), Ok(42));
        bytes[8] = 9;
        assert_eq!(read(&bytes), Err(Broken::Damaged));
        let other = sum(Sum::default(), &bytes[..SUM_AT], &bytes[HEADER..]);
        bytes[SUM_AT..HEADER].copy_from_slice(&other);
        let refused = read(&bytes).expect_err("format 9 is not known");
        assert_eq!(
            refused.to_string(),
            "has entries of format 9, and this version knows format 1 alone; read it with the version that wrote it"
        );
    }

    #[test]
    fn what_is_whole_and_makes_no_sense_is_told() {
        let (bytes, _) = pack(7, Sum::default(), &"no number").expect("it is small");
        let refused = read(&bytes).expect_err("it is a text").to_string();
        assert!(
            refused.starts_with("has an entry that cannot be understood: invalid type: string"),
            "{refused}"
        );
    }
}
