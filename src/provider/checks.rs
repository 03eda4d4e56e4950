//! Quay's rules, and Terraform's manners, as rules for attributes.

use crate::quay::names;
use crate::terraform::value::Value;

/// The largest number of seconds that Quay can hold.
const SECONDS_MAX: u64 = 2_147_483_647;

fn text(value: &Value, rule: fn(&str) -> Result<(), String>) -> Result<(), String> {
    value.as_str().map_or(Ok(()), rule)
}

pub(super) fn organization_name(value: &Value) -> Result<(), String> {
    text(value, names::check_organization_name)
}

pub(super) fn email(value: &Value) -> Result<(), String> {
    text(value, names::check_email)
}

pub(super) fn segment(value: &Value) -> Result<(), String> {
    text(value, names::check_segment)
}

pub(super) fn short_text(value: &Value) -> Result<(), String> {
    text(value, names::check_text)
}

pub(super) fn characters(value: &Value) -> Result<(), String> {
    text(value, names::check_characters)
}

pub(super) fn application_name(value: &Value) -> Result<(), String> {
    text(value, names::check_application_name)
}

pub(super) fn upstream_registry(value: &Value) -> Result<(), String> {
    text(value, names::check_upstream_registry)
}

/// A URI with a scheme, or nothing.
pub(super) fn uri(value: &Value) -> Result<(), String> {
    text(value, |text| {
        names::check_text(text)?;
        if text.is_empty() || url::Url::parse(text).is_ok() {
            return Ok(());
        }
        Err("A URI such as `https://app.example.com/` is needed.".to_owned())
    })
}

/// Quay shows an empty text as none, so it can only be left out.
pub(super) fn not_empty(value: &Value) -> Result<(), String> {
    text(value, |text| {
        if text.is_empty() {
            return Err("An empty text is not allowed: leave the attribute out instead.".to_owned());
        }
        Ok(())
    })
}

/// Whole seconds that Quay can hold.
pub(super) fn seconds(value: &Value) -> Result<(), String> {
    match value {
        Value::Number(number) if number.as_u64().is_none_or(|it| it > SECONDS_MAX) => {
            Err(format!("A whole number of seconds from 0 to {SECONDS_MAX} is needed."))
        }
        _ => Ok(()),
    }
}

/// Any whole number that a machine can hold.
pub(super) fn whole(value: &Value) -> Result<(), String> {
    match value {
        Value::Number(number) if number.as_i64().is_none() => {
            Err(format!("A whole number from {} to {} is needed.", i64::MIN, i64::MAX))
        }
        _ => Ok(()),
    }
}

/// A duration such as `30s`.
pub(super) fn duration(value: &Value) -> Result<(), String> {
    text(value, |text| super::settings::parse_duration(text).map(drop))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_are_whole_and_fit_into_31_bits() {
        for number in ["0", "1209600", "2147483647", "1e3"] {
            assert_eq!(seconds(&Value::Number(number.parse().expect(number))), Ok(()), "{number}");
        }
        for number in ["-1", "1.5", "2147483648", "1e400"] {
            assert!(seconds(&Value::Number(number.parse().expect(number))).is_err(), "{number}");
        }
    }
}
