//! Logs as Terraform wants them: one JSON object per line on stderr, in the format of hclog.
//!
//! Only our own events are written. Those of the HTTP and TLS libraries could quote a header with a
//! token in it, and logs are pasted into bug reports.

use serde_json::{Map, Value};
use std::ffi::OsString;
use std::fmt::Debug;
use std::io::Write;
use std::sync::OnceLock;
use std::time::{SystemTime, UNIX_EPOCH};
use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::Interest;
use tracing::{Event, Level, Metadata, Subscriber};
use tracing_subscriber::Registry;
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::registry::{LookupSpan, Scope};

/// Terraform reads lines into a buffer of this size, and takes what is longer for plain text.
const LONGEST_LINE: usize = 64 << 10;

/// What the targets of our own events begin with.
const OURS: &str = env!("CARGO_CRATE_NAME");

/// Set once logs are wanted.
static HCLOG: OnceLock<Hclog> = OnceLock::new();

/// Starts writing logs, if the environment asks for any. Without logs an event costs nothing.
pub(super) fn init(provider: &str) {
    let level = level(provider, variable);
    if level == LevelFilter::OFF {
        return;
    }
    let hclog = HCLOG.get_or_init(|| Hclog { level, module: format!("provider.{provider}") });
    // Fails only if there is one already, and then that one keeps working.
    let _ = tracing::subscriber::set_global_default(Registry::default().with(hclog));
}

/// Writes an error without tracing, which may be what failed.
pub(super) fn write_error(message: &str, place: &str) {
    if let Some(hclog) = HCLOG.get() {
        hclog.write(Level::ERROR, [("message", message), ("place", place)].into_iter().collect());
    }
}

/// The most particular variable decides. Terraform itself hides what it does not want to show.
fn level(provider: &str, variable: impl Fn(&str) -> Option<OsString>) -> LevelFilter {
    let own = format!("TF_LOG_PROVIDER_{}", provider.to_uppercase().replace('-', "_"));
    let wanted = [own.as_str(), "TF_LOG_PROVIDER", "TF_LOG"]
        .into_iter()
        .filter_map(variable)
        .find(|value| !value.is_empty());
    match wanted.map(|value| value.to_string_lossy().to_uppercase()).as_deref() {
        None | Some("OFF") => LevelFilter::OFF,
        Some("ERROR") => LevelFilter::ERROR,
        Some("WARN") => LevelFilter::WARN,
        Some("INFO") => LevelFilter::INFO,
        Some("DEBUG") => LevelFilter::DEBUG,
        // `JSON` is the most there is, and so is what Terraform does not understand either.
        Some(_) => LevelFilter::TRACE,
    }
}

#[expect(clippy::disallowed_methods, reason = "this is the place that reads the log level")]
fn variable(name: &str) -> Option<OsString> {
    std::env::var_os(name)
}

/// The layer that writes.
struct Hclog {
    level: LevelFilter,
    module: String,
}

impl Hclog {
    fn wants(&self, metadata: &Metadata<'_>) -> bool {
        let of_ours = metadata.target().strip_prefix(OURS);
        *metadata.level() <= self.level
            && of_ours.is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
    }

    fn write(&self, level: Level, fields: Fields) {
        let line = line(level, &self.module, SystemTime::now(), fields.0);
        // In one piece, so that lines of several threads do not mix. A log that cannot be written
        // is no reason to fail.
        let _ = std::io::stderr().lock().write_all(line.as_bytes());
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for &'static Hclog {
    fn register_callsite(&self, metadata: &'static Metadata<'static>) -> Interest {
        if self.wants(metadata) { Interest::always() } else { Interest::never() }
    }

    fn enabled(&self, metadata: &Metadata<'_>, _: Context<'_, S>) -> bool {
        self.wants(metadata)
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(self.level)
    }

    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        if let Some(span) = context.span(id) {
            let mut fields = Fields::default();
            attributes.record(&mut fields);
            span.extensions_mut().insert(fields);
        }
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        if let Some(span) = context.span(id)
            && let Some(fields) = span.extensions_mut().get_mut::<Fields>()
        {
            values.record(fields);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut fields = Fields::default();
        for span in context.event_scope(event).into_iter().flat_map(Scope::from_root) {
            if let Some(of_span) = span.extensions().get::<Fields>() {
                fields.0.extend(of_span.0.clone());
            }
        }
        event.record(&mut fields);
        self.write(*event.metadata().level(), fields);
    }
}

/// What an event, or the spans around it, say.
#[derive(Default)]
struct Fields(Map<String, Value>);

impl<'a> FromIterator<(&'a str, &'a str)> for Fields {
    fn from_iter<I: IntoIterator<Item = (&'a str, &'a str)>>(pairs: I) -> Self {
        Self(pairs.into_iter().map(|(key, value)| (key.to_owned(), value.into())).collect())
    }
}

impl Fields {
    fn set(&mut self, field: &Field, value: impl Into<Value>) {
        self.0.insert(field.name().to_owned(), value.into());
    }
}

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.set(field, format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.set(field, value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.set(field, value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.set(field, value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.set(field, value);
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.set(field, value);
    }
}

/// One line. The three fields with an `@` that Terraform reads are always there and always text:
/// anything else in them would crash Terraform.
fn line(level: Level, module: &str, now: SystemTime, mut fields: Map<String, Value>) -> String {
    let message = match fields.remove("message") {
        Some(Value::String(message)) => message,
        Some(other) => other.to_string(),
        None => String::new(),
    };
    fields.retain(|key, _| !key.starts_with('@'));
    fields.insert("@level".into(), level.as_str().to_lowercase().into());
    fields.insert("@message".into(), message.into());
    fields.insert("@module".into(), module.into());
    fields.insert("@timestamp".into(), timestamp(now).into());
    let mut most = LONGEST_LINE;
    loop {
        let line = format!("{}\n", Value::Object(fields.clone()));
        if line.len() <= LONGEST_LINE {
            return line;
        }
        most /= 4;
        for value in fields.values_mut() {
            shorten(value, most);
        }
        if most < 64 {
            // So many fields that even short ones are too much.
            fields.retain(|key, _| key.starts_with('@'));
        }
    }
}

/// Cuts a text to so many bytes, between two letters.
fn shorten(value: &mut Value, most: usize) {
    if let Value::String(text) = value
        && text.len() > most
    {
        text.truncate(text.floor_char_boundary(most));
        text.push('…');
    }
}

/// Coordinated universal time with six decimals; with any other number of them Terraform takes the
/// line for plain text.
fn timestamp(now: SystemTime) -> String {
    let since = now.duration_since(UNIX_EPOCH).unwrap_or_default();
    let (year, month, day) = date(since.as_secs() / 86_400);
    let second = since.as_secs() % 86_400;
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    let micros = since.subsec_micros();
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{micros:06}Z")
}

/// The date so many days after the beginning of 1970.
///
/// Counted in eras of 400 years, which all have as many days, and in years that begin in March, so
/// that the leap day is the last one.
fn date(days: u64) -> (u64, u64, u64) {
    let days = days + 719_468;
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_based = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * march_based + 2) / 5 + 1;
    let month = if march_based < 10 { march_based + 3 } else { march_based - 9 };
    (400 * era + year_of_era + u64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_timestamp_has_six_decimals_and_the_right_day() {
        let at = |secs, micros| {
            timestamp(UNIX_EPOCH + Duration::from_secs(secs) + Duration::from_micros(micros))
        };
        assert_eq!(at(0, 0), "1970-01-01T00:00:00.000000Z");
        assert_eq!(at(951_782_399, 7), "2000-02-28T23:59:59.000007Z");
        assert_eq!(at(951_782_400, 0), "2000-02-29T00:00:00.000000Z");
        assert_eq!(at(1_798_761_599, 999_999), "2026-12-31T23:59:59.999999Z");
        assert_eq!(at(4_107_542_400, 0), "2100-03-01T00:00:00.000000Z");
    }

    #[test]
    fn the_most_particular_variable_decides_the_level() {
        let with = |set: &[(&str, &str)]| {
            let set: Vec<_> =
                set.iter().map(|(key, value)| ((*key).to_owned(), OsString::from(value))).collect();
            level("acme", move |name| {
                set.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone())
            })
        };
        assert_eq!(with(&[]), LevelFilter::OFF);
        assert_eq!(with(&[("TF_LOG", "")]), LevelFilter::OFF);
        assert_eq!(with(&[("TF_LOG", "JSON")]), LevelFilter::TRACE);
        assert_eq!(with(&[("TF_LOG", "debug"), ("TF_LOG_PROVIDER", "WARN")]), LevelFilter::WARN);
        let all = [("TF_LOG", "debug"), ("TF_LOG_PROVIDER", "x"), ("TF_LOG_PROVIDER_ACME", "off")];
        assert_eq!(with(&all), LevelFilter::OFF);
    }

    #[test]
    fn events_of_libraries_are_not_written() {
        let hclog: &'static Hclog =
            Box::leak(Box::new(Hclog { level: LevelFilter::DEBUG, module: String::new() }));
        tracing::subscriber::with_default(Registry::default().with(hclog), || {
            assert!(tracing::enabled!(Level::DEBUG));
            assert!(!tracing::enabled!(Level::TRACE));
            assert!(!tracing::enabled!(target: "h2::codec", Level::ERROR));
            assert!(
                !tracing::enabled!(target: concat!(env!("CARGO_CRATE_NAME"), "2"), Level::ERROR)
            );
        });
    }

    #[test]
    fn a_line_is_never_longer_than_terraforms_buffer() {
        let long = "\u{1}ä".repeat(100_000);
        let many = (0..10_000).map(|n| (format!("field_{n}"), Value::from("ä".repeat(100))));
        let one = [("message".to_owned(), Value::from(long))];
        for fields in [many.collect::<Map<_, _>>(), one.into_iter().collect()] {
            let line = line(Level::INFO, "provider.acme", SystemTime::now(), fields);
            assert!(line.len() <= LONGEST_LINE && line.ends_with("}\n"), "{}", line.len());
            let read: Value = serde_json::from_str(&line).expect("one JSON object");
            assert!(read["@message"].is_string());
        }
    }

    #[test]
    fn a_field_cannot_replace_one_that_terraform_reads() {
        let fields = [("@level".to_owned(), Value::from(7)), ("message".to_owned(), 7.into())];
        let line = line(Level::WARN, "provider.acme", UNIX_EPOCH, fields.into_iter().collect());
        let expected = concat!(
            r#"{"@level":"warn","@message":"7","@module":"provider.acme","#,
            r#""@timestamp":"1970-01-01T00:00:00.000000Z"}"#,
            "\n"
        );
        assert_eq!(line, expected);
    }
}
