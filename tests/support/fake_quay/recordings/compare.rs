//! Whether an answer is the recorded one, placeholders aside.

use serde_json::Value;
use std::collections::BTreeMap;

/// What placeholders stand for, learned from the answers in which they first appear.
#[derive(Debug, Default)]
pub struct Bindings(BTreeMap<String, String>);

impl Bindings {
    /// Fixes a placeholder, such as a token.
    pub fn bind(&mut self, placeholder: &str, value: &str) {
        self.0.insert(placeholder.into(), value.into());
    }

    /// A text of a request with everything known filled in and `<repeat X N>` expanded.
    pub fn fill(&self, text: &str) -> String {
        let mut filled = text.to_owned();
        for (placeholder, value) in &self.0 {
            filled = filled.replace(placeholder, value);
        }
        while let Some((before, rest)) = filled.split_once("<repeat ") {
            let Some((what, after)) = rest.split_once('>') else { break };
            let Some((text, count)) = what.rsplit_once(' ') else { break };
            let repeated = text.repeat(count.parse().unwrap_or(0));
            filled = format!("{before}{repeated}{after}");
        }
        filled
    }

    /// The same for every text in a JSON value.
    pub fn fill_json(&self, value: &Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.fill(text)),
            Value::Array(items) => items.iter().map(|item| self.fill_json(item)).collect(),
            Value::Object(fields) => Value::Object(
                fields.iter().map(|(name, field)| (name.clone(), self.fill_json(field))).collect(),
            ),
            other => other.clone(),
        }
    }

    /// Whether a text equals the recorded one; an unknown placeholder learns what it stands for.
    pub fn same_text(&mut self, expected: &str, actual: &str) -> Result<(), String> {
        let different = || Err(format!("expected {expected:?}, got {}", shorten(actual)));
        let Some(shape) = Shape::of(expected) else {
            let expected = self.fill(expected);
            if let Some((start, length)) = cut_off(&expected) {
                let known = self.0.iter().filter(|(name, _)| name.starts_with("<client_"));
                let unfilled =
                    known.fold(actual.to_owned(), |text, (name, value)| text.replace(value, name));
                let same = actual.starts_with(start) && unfilled.chars().count() == length;
                let got = unfilled.chars().count();
                return if same { Ok(()) } else { Err(format!("{got} characters, not {length}")) };
            }
            return if expected == actual { Ok(()) } else { different() };
        };
        if let Some(known) = self.0.get(expected) {
            return if known == actual { Ok(()) } else { different() };
        }
        if !shape.fits(actual) {
            return different();
        }
        if shape.is_lasting() {
            self.bind(expected, actual);
        }
        Ok(())
    }

    /// Whether a JSON value equals the recorded one.
    pub fn same_json(&mut self, at: &str, expected: &Value, actual: &Value) -> Vec<String> {
        match (expected, actual) {
            (Value::String(expected), Value::String(actual)) => {
                let result = self.same_text(expected, actual);
                result.err().map(|complaint| format!("{at}: {complaint}")).into_iter().collect()
            }
            (Value::Object(expected), Value::Object(actual)) => {
                let surplus = actual.keys().filter(|name| !expected.contains_key(*name));
                let mut all: Vec<String> =
                    surplus.map(|name| format!("{at}.{name}: not recorded")).collect();
                for (name, value) in expected {
                    match actual.get(name) {
                        None => all.push(format!("{at}.{name}: missing")),
                        Some(actual) => {
                            all.extend(self.same_json(&format!("{at}.{name}"), value, actual));
                        }
                    }
                }
                all
            }
            (Value::Array(expected), Value::Array(actual)) => self.same_list(at, expected, actual),
            _ if expected == actual => Vec::new(),
            _ => vec![format!("{at}: expected {expected}, got {}", shorten(&actual.to_string()))],
        }
    }

    /// Quay does not order the `repositories` of members.
    fn same_list(&mut self, at: &str, expected: &[Value], actual: &[Value]) -> Vec<String> {
        if expected.len() != actual.len() {
            return vec![format!("{at}: expected {}, got {}", expected.len(), actual.len())];
        }
        let unordered = at.ends_with(".repositories") && expected.iter().all(Value::is_string);
        let arrange = |items: &[Value]| {
            let mut items: Vec<Value> = items.to_vec();
            if unordered {
                items.sort_by_key(ToString::to_string);
            }
            items
        };
        let pairs = arrange(expected).into_iter().zip(arrange(actual)).enumerate();
        pairs.flat_map(|(i, (e, a))| self.same_json(&format!("{at}[{i}]"), &e, &a)).collect()
    }
}

/// What a placeholder that fills a whole text stands for.
enum Shape {
    Code(usize),
    Hash,
    Colour,
    Anything,
    Page,
}

impl Shape {
    fn of(text: &str) -> Option<Self> {
        let name = text.strip_prefix('<')?.strip_suffix('>')?;
        Some(match name {
            "sha256-of-hidden-uuid-email" => Self::Hash,
            "colour-from-that-hash" => Self::Colour,
            "date" => Self::Anything,
            "next_page" => Self::Page,
            _ if name.starts_with("client_id:") => Self::Code(20),
            _ if name.starts_with("client_secret:") => Self::Code(40),
            _ if name.starts_with("token:") => Self::Code(64),
            _ => return None,
        })
    }

    fn fits(&self, text: &str) -> bool {
        let hex = |text: &str| text.chars().all(|c| matches!(c, '0'..='9' | 'a'..='f'));
        match self {
            Self::Code(length) => {
                let code = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit();
                text.len() == *length && text.chars().all(code)
            }
            Self::Hash => text.len() == 64 && hex(text),
            Self::Colour => text.strip_prefix('#').is_some_and(|rest| rest.len() == 6 && hex(rest)),
            Self::Anything | Self::Page => !text.is_empty(),
        }
    }

    /// Whether the same placeholder means the same value ever after.
    fn is_lasting(&self) -> bool {
        matches!(self, Self::Code(_) | Self::Page)
    }
}

/// `start…[N characters]`: only the start was recorded.
fn cut_off(text: &str) -> Option<(&str, usize)> {
    let (start, rest) = text.rsplit_once("…[")?;
    Some((start, rest.strip_suffix(" characters]")?.parse().ok()?))
}

fn shorten(text: &str) -> String {
    format!("{:?}", text.chars().take(300).collect::<String>())
}
