//! `duration_seconds`: durations in Quay's notation as seconds.

use crate::terraform::function::{Function, FunctionError, Parameter};
use crate::terraform::schema::Kind;
use crate::terraform::value::Value;

/// `duration_seconds("2w")` is 1209600.
pub(in crate::provider) const DURATION_SECONDS: Function = Function {
    name: "duration_seconds",
    summary: "Seconds of a duration such as 2w",
    description: "Turns a duration in Quay's notation into seconds, for `tag_expiration_s` and \
                  `expiration_s`. The notation is a whole number and one unit, `s`, `m`, `h`, `d` \
                  or `w`, without fractions, signs or spaces.",
    parameters: &[Parameter {
        name: "duration",
        description: "Duration in Quay's notation, such as `2w`.",
        kind: Kind::String,
    }],
    returns: Kind::Number,
    call,
};

fn call(arguments: &[Value]) -> Result<Value, FunctionError> {
    let text = arguments.first().and_then(Value::as_str).unwrap_or_default();
    let seconds = seconds(text).ok_or_else(|| {
        let detail = format!(
            "{text:?} is no duration in Quay's notation: a whole number and one of s, m, h, d and \
             w are needed, such as 2w."
        );
        FunctionError::argument(0, detail)
    })?;
    Ok(seconds.into())
}

fn seconds(text: &str) -> Option<i64> {
    let unit = match text.chars().last()? {
        's' => 1,
        'm' => 60,
        'h' => 3_600,
        'd' => 86_400,
        'w' => 604_800,
        _ => return None,
    };
    let number = &text[..text.len() - 1];
    if number.is_empty() || !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    number.parse::<i64>().ok()?.checked_mul(unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_in_quays_notation_become_seconds() {
        for (text, expected) in
            [("0s", 0), ("90s", 90), ("5m", 300), ("2h", 7_200), ("1d", 86_400), ("2w", 1_209_600)]
        {
            assert_eq!(seconds(text), Some(expected), "{text}");
        }
        for text in
            ["", "w", "2", "2y", "-1d", "1.5h", "2W", " 2w", "2 w", "99999999999999999w", "\u{e9}"]
        {
            assert_eq!(seconds(text), None, "{text:?}");
        }
    }
}
