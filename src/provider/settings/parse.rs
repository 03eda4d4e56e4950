//! Texts of the settings, read: URLs, durations, names of headers.

use http::HeaderName;
use std::time::Duration;
use url::Url;

/// Reads a base URL, which must hold no secret.
pub(super) fn parse_url(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).ok().filter(|url| {
        matches!(url.scheme(), "http" | "https")
            && url.has_host()
            && url.username().is_empty()
            && url.password().is_none()
            && url.query().is_none()
            && url.fragment().is_none()
    });
    url.ok_or_else(|| {
        "A URL such as `https://quay.example.com` is needed, without user name, password, query \
         or fragment."
            .to_owned()
    })
}

/// Reads a duration such as `1h30m`, `45s`, `500ms`.
pub(in crate::provider) fn parse_duration(text: &str) -> Result<Duration, String> {
    let wrong = || format!("{text:?} is no duration such as `30s`, `5m` or `1h30m`.");
    let mut total = Duration::ZERO;
    let mut rest = text;
    while !rest.is_empty() {
        let digits = rest.find(|it: char| !it.is_ascii_digit()).ok_or_else(wrong)?;
        let (number, tail) = rest.split_at(digits);
        let unit = tail.find(|it: char| it.is_ascii_digit()).unwrap_or(tail.len());
        let (unit, tail) = tail.split_at(unit);
        let number: u32 = number.parse().map_err(|_| wrong())?;
        let unit = match unit {
            "ms" => Duration::from_millis(1),
            "s" => Duration::from_secs(1),
            "m" => Duration::from_mins(1),
            "h" => Duration::from_hours(1),
            _ => return Err(wrong()),
        };
        total = unit.checked_mul(number).and_then(|it| total.checked_add(it)).ok_or_else(wrong)?;
        rest = tail;
    }
    if total.is_zero() || total > Duration::from_hours(24) {
        return Err(format!("{text:?} is not between 1 ms and 24 h."));
    }
    Ok(total)
}

/// Reads the name of a header that may be set.
pub(super) fn header_name(name: &str) -> Result<HeaderName, String> {
    let parsed = HeaderName::try_from(name).map_err(|_| format!("{name:?} is no header name."))?;
    let reserved = ["authorization", "host"].contains(&parsed.as_str());
    if reserved || parsed.as_str().starts_with("content-") {
        return Err(format!("The header {name} is the provider's own and cannot be set."));
    }
    Ok(parsed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_as_people_write_them() {
        for (text, milliseconds) in
            [("30s", 30_000), ("5m", 300_000), ("1h30m", 5_400_000), ("500ms", 500)]
        {
            assert_eq!(parse_duration(text), Ok(Duration::from_millis(milliseconds)), "{text}");
        }
        for text in ["", "0s", "30", "s", "5 m", "-1s", "25h", "99999999999s", "1d"] {
            assert!(parse_duration(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_url_has_a_host_and_no_secrets() {
        for text in ["https://quay.example.com", "http://127.0.0.1:8080/prefix/", "https://[::1]"] {
            assert!(parse_url(text).is_ok(), "{text}");
        }
        for text in [
            "quay.example.com",
            "ftp://a.b",
            "https://u:p@a.b",
            "https://a.b?x",
            "https://a.b#x",
            "",
        ] {
            assert!(parse_url(text).is_err(), "{text}");
        }
    }

    #[test]
    fn headers_of_our_own_cannot_be_set() {
        for name in ["authorization", "Host", "Content-Type", "a b", ""] {
            assert!(header_name(name).is_err(), "{name}");
        }
        assert!(header_name("X-Gateway-Key").is_ok());
    }
}
