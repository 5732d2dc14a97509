//! What a whole number may be.

use syn::{Error, Expr, ExprLit, ExprRange, ExprUnary, Lit, RangeLimits, UnOp};

/// From the least to the most, both included.
#[derive(Clone, Copy)]
pub(crate) struct Bounds {
    pub(crate) least: i64,
    pub(crate) most: i64,
}

impl Bounds {
    /// Of a type of whole numbers, as far as settings hold them.
    pub(crate) fn of_type(name: &str) -> Option<Bounds> {
        let (least, most) = match name {
            "i8" => (i8::MIN.into(), i8::MAX.into()),
            "i16" => (i16::MIN.into(), i16::MAX.into()),
            "i32" => (i32::MIN.into(), i32::MAX.into()),
            "i64" => (i64::MIN, i64::MAX),
            "u8" => (0, u8::MAX.into()),
            "u16" => (0, u16::MAX.into()),
            "u32" | "usize" => (0, u32::MAX.into()),
            "u64" => (0, i64::MAX),
            _ => return None,
        };
        Some(Bounds { least, most })
    }

    /// `a..=b`, within what the type holds.
    pub(crate) fn read(expr: &Expr, holds: Bounds) -> Result<Bounds, Error> {
        let Expr::Range(ExprRange {
            start: Some(least),
            limits: RangeLimits::Closed(_),
            end: Some(most),
            ..
        }) = expr
        else {
            return Err(Error::new_spanned(expr, "expected a range such as 0..=100"));
        };
        let bounds = Bounds { least: number(least)?, most: number(most)? };
        if bounds.least > bounds.most || !holds.contains(bounds.least) || !holds.contains(bounds.most) {
            let (least, most) = (holds.least, holds.most);
            return Err(Error::new_spanned(expr, format!("expected a range within {least}..={most}")));
        }
        Ok(bounds)
    }

    pub(crate) fn contains(self, number: i64) -> bool {
        (self.least..=self.most).contains(&number)
    }
}

/// A whole number as it is written.
pub(crate) fn number(expr: &Expr) -> Result<i64, Error> {
    let wrong = || Error::new_spanned(expr, "expected a whole number");
    match expr {
        Expr::Lit(ExprLit { lit: Lit::Int(int), .. }) => int.base10_parse().map_err(|_| wrong()),
        Expr::Unary(ExprUnary { op: UnOp::Neg(_), expr, .. }) => Ok(-number(expr)?),
        _ => Err(wrong()),
    }
}
