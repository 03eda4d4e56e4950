//! Python's `repr` and `pformat`: schema errors quote values the way Python prints them.

use serde_json::Value;
use std::fmt::Write;

/// What `repr` gives for a JSON value.
pub fn repr(value: &Value) -> String {
    match value {
        Value::Null => "None".into(),
        Value::Bool(true) => "True".into(),
        Value::Bool(false) => "False".into(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => repr_text(text),
        Value::Array(items) => {
            format!("[{}]", items.iter().map(repr).collect::<Vec<_>>().join(", "))
        }
        Value::Object(fields) => {
            let show =
                |(key, value): (&String, &Value)| format!("{}: {}", repr_text(key), repr(value));
            format!("{{{}}}", fields.iter().map(show).collect::<Vec<_>>().join(", "))
        }
    }
}

fn repr_text(text: &str) -> String {
    let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    let mut shown = String::from(quote);
    for letter in text.chars() {
        match letter {
            '\n' => shown.push_str("\\n"),
            '\r' => shown.push_str("\\r"),
            '\t' => shown.push_str("\\t"),
            '\\' => shown.push_str("\\\\"),
            control if u32::from(control) < 32 || u32::from(control) == 127 => {
                let _ = write!(shown, "\\x{:02x}", u32::from(control));
            }
            letter if letter == quote => {
                shown.push('\\');
                shown.push(letter);
            }
            letter => shown.push(letter),
        }
    }
    shown.push(quote);
    shown
}

/// What `pformat(value, width=72)` gives, indented by four as in the errors.
pub fn pretty(value: &Value) -> String {
    let mut printer = Printer { text: String::new() };
    printer.print(value, 0, 0, 1);
    printer.text.lines().map(|line| format!("    {line}")).collect::<Vec<_>>().join("\n")
}

const WIDTH: usize = 72;

struct Printer {
    text: String,
}

impl Printer {
    /// `indent` is the column, `allowance` what must still fit behind the value.
    fn print(&mut self, value: &Value, indent: usize, allowance: usize, depth: usize) {
        let short = repr(value);
        if short.chars().count() + indent + allowance <= WIDTH {
            self.text.push_str(&short);
            return;
        }
        match value {
            Value::Object(fields) => {
                self.text.push('{');
                let last = fields.len().saturating_sub(1);
                for (at, (key, field)) in fields.iter().enumerate() {
                    let key = repr_text(key);
                    let column = indent + key.chars().count() + 3;
                    self.text.push_str(&key);
                    self.text.push_str(": ");
                    let behind = if at == last { allowance + 1 } else { 1 };
                    self.print(field, column, behind, depth + 1);
                    self.separate(at == last, indent + 1);
                }
                self.text.push('}');
            }
            Value::Array(items) => {
                self.text.push('[');
                let last = items.len().saturating_sub(1);
                for (at, item) in items.iter().enumerate() {
                    let behind = if at == last { allowance + 1 } else { 1 };
                    self.print(item, indent + 1, behind, depth + 1);
                    self.separate(at == last, indent + 1);
                }
                self.text.push(']');
            }
            Value::String(text) => self.wrap(text, indent, allowance, depth == 1),
            _ => self.text.push_str(&short),
        }
    }

    fn separate(&mut self, last: bool, indent: usize) {
        if !last {
            self.text.push_str(",\n");
            self.text.push_str(&" ".repeat(indent));
        }
    }

    /// A long text becomes several literals, broken behind spaces; at the top in parentheses.
    fn wrap(&mut self, text: &str, indent: usize, allowance: usize, top: bool) {
        let extra = usize::from(top);
        let (indent, allowance) = (indent + extra, allowance + extra);
        let width = WIDTH.saturating_sub(indent);
        let mut chunks = Vec::new();
        let mut current = String::new();
        let words: Vec<&str> = text.split_inclusive(' ').collect();
        for (at, word) in words.iter().enumerate() {
            let room = if at + 1 == words.len() { width.saturating_sub(allowance) } else { width };
            let candidate = format!("{current}{word}");
            if repr_text(&candidate).chars().count() > room {
                if !current.is_empty() {
                    chunks.push(repr_text(&current));
                }
                (*word).clone_into(&mut current);
            } else {
                current = candidate;
            }
        }
        chunks.push(repr_text(&current));
        let joined = chunks.join(&format!("\n{}", " ".repeat(indent)));
        let (open, close) = if top && chunks.len() > 1 { ("(", ")") } else { ("", "") };
        self.text.extend([open, &joined, close]);
    }
}
