//! Reading `days`, `from` and `to`.

use policy_sdk::civil::{Days, HoursMinutes, Span, Weekly, instant};
use policy_sdk::settings::{Object, Value};

const TIME: &str = "HH:MM, up to 24:00";
const TIME_OR_INSTANT: &str = "HH:MM, up to 24:00, or an instant such as 2026-12-24T18:00:00Z";
const DAY: &str = "a day such as Mon, or a range of days such as Fri-Mon";

/// The three as they are given.
struct Times<'a> {
    days: Option<Value<'a>>,
    from: Option<Value<'a>>,
    to: Option<Value<'a>>,
}

/// Hours on days of every week.
pub(crate) fn weekly(object: &mut Object<'_>) -> Option<Weekly> {
    Times::get(object).weekly(TIME)
}

/// Hours on days of every week, or from one instant to another; and how people are told of it.
pub(crate) fn span(object: &mut Object<'_>) -> Option<(Span, String)> {
    let times = Times::get(object);
    if times.absolute() {
        return times.instants(object);
    }
    let weekly = times.weekly(TIME_OR_INSTANT)?;
    Some((Span::Weekly(weekly), format!("{weekly}")))
}

impl<'a> Times<'a> {
    fn get(object: &mut Object<'a>) -> Self {
        Self { days: object.get("days"), from: object.get("from"), to: object.get("to") }
    }

    /// Whether an end is longer than any time of day.
    fn absolute(&self) -> bool {
        let ends = [&self.from, &self.to].into_iter().flatten();
        let mut texts = ends.filter_map(Value::as_text);
        texts.any(|text| text.len() > "24:00".len())
    }

    fn weekly(&self, expected: &str) -> Option<Weekly> {
        let time = |value: &Value<'_>| value.parse(expected, HoursMinutes::read);
        let begins = |value: &Value<'_>| {
            let from = time(value)?;
            if from == HoursMinutes::DAY_END {
                value.refuse("24:00 is an end and no beginning; the day begins at 00:00");
                return None;
            }
            Some(from)
        };
        let days = self.days.as_ref().map_or(Some(Days::EVERY), days);
        let from = self.from.as_ref().map_or(Some(HoursMinutes::MIDNIGHT), begins);
        let to = self.to.as_ref().map_or(Some(HoursMinutes::DAY_END), time);
        Some(Weekly { days: days?, from: from?, to: to? })
    }

    fn instants(&self, object: &Object<'_>) -> Option<(Span, String)> {
        if let Some(days) = &self.days {
            days.refuse("days do not go together with instants");
        }
        let (Some(from), Some(to)) = (&self.from, &self.to) else {
            object.refuse("an instant needs both from and to");
            return None;
        };
        let read = |value: &Value<'a>| {
            let read = |text| Some((instant(text)?, text));
            value.parse("an instant such as 2026-12-24T18:00:00Z", read)
        };
        let (begins, ends) = (read(from), read(to));
        let ((begins, from_text), (ends, to_text)) = (begins?, ends?);
        if ends < begins {
            to.refuse("is before from");
        }
        Some((Span::Absolute { from: begins, to: ends }, format!("{from_text} to {to_text}")))
    }
}

fn days(value: &Value<'_>) -> Option<Days> {
    if value.as_text().is_some() {
        return value.parse("days such as Mon-Fri or Sat,Sun", Days::read_list);
    }
    let items = value.list(|item| item.parse(DAY, Days::read))?;
    if items.is_empty() {
        value.refuse("names no day; without days it is every day");
    }
    Some(items.into_iter().fold(Days::NONE, Days::and))
}
