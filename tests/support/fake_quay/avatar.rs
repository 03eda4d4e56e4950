//! Avatars: a hash of an e-mail or a name, and the colour that Quay picks by it.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::fmt::Write;

/// Quay's `CHANNEL_COLORS`, as `GET /config` shows them.
pub const COLOURS: [&str; 32] = [
    "#969696", "#aec7e8", "#ff7f0e", "#ffbb78", "#2ca02c", "#98df8a", "#d62728", "#ff9896",
    "#9467bd", "#c5b0d5", "#8c564b", "#c49c94", "#e377c2", "#f7b6d2", "#7f7f7f", "#c7c7c7",
    "#bcbd22", "#1f77b4", "#17becf", "#9edae5", "#393b79", "#5254a3", "#6b6ecf", "#9c9ede",
    "#9ecae1", "#31a354", "#b5cf6b", "#a1d99b", "#8c6d31", "#ad494a", "#e7ba52", "#a55194",
];

/// SHA-256 of the trimmed, lower-cased text.
pub fn hash(email_or_name: &str) -> String {
    let digest = Sha256::digest(email_or_name.trim().to_lowercase().as_bytes());
    digest.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// An avatar as every view holds one; the first byte of the hash picks the colour.
pub fn view(name: &str, hash: &str, kind: &str) -> Value {
    let first = usize::from_str_radix(&hash[..2], 16).unwrap_or(0);
    json!({ "name": name, "hash": hash, "color": COLOURS[first % COLOURS.len()], "kind": kind })
}
