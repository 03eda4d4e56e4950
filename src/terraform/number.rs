//! Exact decimal numbers.
//!
//! Terraform computes with 512 bits and writes what does not fit a machine word as decimal text.
//! A number is therefore kept as its decimal digits, in one canonical form, so that `1.50`, `1.5`
//! and `15e-1` are equal and nothing is ever rounded.

use std::fmt;
use std::str::FromStr;

/// The longest number that is written without an exponent, in digits.
const PLAIN_DIGITS: i64 = 400;

/// An exact decimal number: `digits` × 10^`exponent`, with a sign.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Number {
    negative: bool,
    exponent: i64,
    /// Neither a leading nor a trailing zero; empty for zero.
    digits: String,
}

/// The text is not a finite decimal number.
#[derive(Debug, Eq, PartialEq)]
pub struct NotANumber;

impl Number {
    fn canonical(negative: bool, digits: &str, exponent: i64) -> Self {
        let digits = digits.trim_start_matches('0');
        let significant = digits.trim_end_matches('0');
        if significant.is_empty() {
            return Self { negative: false, exponent: 0, digits: String::new() };
        }
        let dropped = i64::try_from(digits.len() - significant.len()).unwrap_or(i64::MAX);
        Self {
            negative,
            exponent: exponent.saturating_add(dropped),
            digits: significant.to_owned(),
        }
    }

    /// The number of a float, by its shortest decimal text; `None` for infinities and NaN.
    pub fn from_f64(float: f64) -> Option<Self> {
        float.is_finite().then(|| float.to_string().parse().ok()).flatten()
    }

    /// The number as a signed integer, if it is one and fits.
    pub fn as_i64(&self) -> Option<i64> {
        if self.exponent < 0 || self.exponent > 19 {
            return None;
        }
        self.to_string().parse().ok()
    }

    /// The number as an unsigned integer, if it is one and fits.
    pub fn as_u64(&self) -> Option<u64> {
        if self.exponent < 0 || self.exponent > 20 {
            return None;
        }
        self.to_string().parse().ok()
    }
}

impl From<i64> for Number {
    fn from(integer: i64) -> Self {
        Self::canonical(integer < 0, &integer.unsigned_abs().to_string(), 0)
    }
}

impl From<u64> for Number {
    fn from(integer: u64) -> Self {
        Self::canonical(false, &integer.to_string(), 0)
    }
}

impl FromStr for Number {
    type Err = NotANumber;

    fn from_str(text: &str) -> Result<Self, NotANumber> {
        let (negative, unsigned) = match text.strip_prefix(['-', '+']) {
            Some(rest) => (text.starts_with('-'), rest),
            None => (false, text),
        };
        let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
            // A larger exponent is no number that anybody writes, and must not overflow below.
            Some((mantissa, exponent)) => {
                (mantissa, exponent.parse::<i32>().map_err(|_| NotANumber)?)
            }
            None => (unsigned, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let digits = [whole, fraction].concat();
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(NotANumber);
        }
        let shift = i64::try_from(fraction.len()).map_err(|_| NotANumber)?;
        let number = Self::canonical(negative, &digits, i64::from(exponent) - shift);
        // What is shown with this exponent must be readable again.
        i32::try_from(number.exponent).map(|_| number).map_err(|_| NotANumber)
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.digits.is_empty() {
            return f.write_str("0");
        }
        if self.negative {
            f.write_str("-")?;
        }
        let length = i64::try_from(self.digits.len()).unwrap_or(i64::MAX);
        let point = length.saturating_add(self.exponent);
        if self.exponent >= 0 && point <= PLAIN_DIGITS {
            let zeros = usize::try_from(self.exponent).unwrap_or(0);
            write!(f, "{}{}", self.digits, "0".repeat(zeros))
        } else if self.exponent < 0 && point > 0 {
            let (whole, fraction) = self.digits.split_at(usize::try_from(point).unwrap_or(0));
            write!(f, "{whole}.{fraction}")
        } else if self.exponent < 0 && point > -PLAIN_DIGITS {
            let zeros = usize::try_from(-point).unwrap_or(0);
            write!(f, "0.{}{}", "0".repeat(zeros), self.digits)
        } else {
            write!(f, "{}e{}", self.digits, self.exponent)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, shown: &str) {
        let number: Number = text.parse().expect(text);
        assert_eq!(number.to_string(), shown, "{text}");
        assert_eq!(shown.parse::<Number>().expect(shown), number, "{text} does not round-trip");
    }

    #[test]
    fn numbers_are_kept_exactly_and_in_one_form() {
        check("0", "0");
        check("-0.000", "0");
        check("1209600", "1209600");
        check("604800.0", "604800");
        check("15e-1", "1.5");
        check("0.1", "0.1");
        check("-0.0010", "-0.001");
        check("123456789012345678901234567890", "123456789012345678901234567890");
        check("1e3", "1000");
        check("25E-4", "0.0025");
        check("1e1000", "1e1000");
        check("12e-1000", "12e-1000");
        check("1e-2147483647", "1e-2147483647");
    }

    #[test]
    fn what_is_no_finite_number_is_refused() {
        for text in ["", "-", ".", "e5", "1e", "0x10", "inf", "NaN", "1 ", "1e99999999999", "--1"] {
            assert_eq!(text.parse::<Number>(), Err(NotANumber), "{text:?}");
        }
        assert_eq!(Number::from_f64(f64::INFINITY), None);
        assert_eq!(Number::from_f64(f64::NAN), None);
    }

    /// Found by a property: such a number was read, but what was written of it was not.
    #[test]
    fn a_number_whose_own_text_could_not_be_read_is_refused() {
        for text in ["0.1e-2147483648", "10e2147483647", "-120e2147483647"] {
            assert_eq!(text.parse::<Number>(), Err(NotANumber), "{text:?}");
        }
        check("0.1e2147483647", "1e2147483646");
        check("10e-2147483648", "1e-2147483647");
        check("0.0e-2147483648", "0");
    }

    #[test]
    fn integers_come_back_only_where_they_fit() {
        assert_eq!(Number::from(i64::MIN).as_i64(), Some(i64::MIN));
        assert_eq!(Number::from(u64::MAX).as_i64(), None);
        assert_eq!(Number::from(u64::MAX).as_u64(), Some(u64::MAX));
        assert_eq!("1.5".parse::<Number>().map(|number| number.as_i64()), Ok(None));
        assert_eq!("1e400".parse::<Number>().map(|number| number.as_i64()), Ok(None));
        assert_eq!("1e3".parse::<Number>().map(|number| number.as_i64()), Ok(Some(1000)));
    }
}
