//! Links between the project's own texts.

use super::support::files::{root, text};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// What tools leave in the project's folder, which is no text of ours. Git's own folder may be a
/// file.
pub(crate) const NOT_OURS: [&str; 4] = [".git", ".tools", "dist", "target"];

/// Every text with links, wherever it is.
pub(crate) fn texts() -> Vec<PathBuf> {
    let mut found = Vec::new();
    walk_ours(root(), &mut found);
    found.retain(|path| path.extension().is_some_and(|it| it == "md"));
    found.sort();
    found
}

/// All files in a folder and below that people wrote.
fn walk_ours(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if NOT_OURS.iter().any(|name| path.ends_with(name)) {
            continue;
        }
        if path.is_dir() { walk_ours(&path, found) } else { found.push(path) }
    }
}

/// The links of a text that lead nowhere.
pub(crate) fn broken(file: &Path) -> Vec<String> {
    let content = text(file);
    let targets = targets(&content).into_iter().filter(|target| !is_elsewhere(target));
    targets.filter(|target| !leads_somewhere(file, target)).map(str::to_owned).collect()
}

fn is_elsewhere(target: &str) -> bool {
    ["https://", "http://", "mailto:"].iter().any(|scheme| target.starts_with(scheme))
}

fn leads_somewhere(file: &Path, target: &str) -> bool {
    let (path, anchor) = target.split_once('#').unwrap_or((target, ""));
    let there =
        if path.is_empty() { file.to_owned() } else { file.parent().expect("a folder").join(path) };
    there.exists() && (anchor.is_empty() || anchors(&text(&there)).contains(anchor))
}

/// Lines that are no code.
pub(crate) fn prose(content: &str) -> impl Iterator<Item = &str> {
    let mut code = false;
    content.lines().filter(move |line| {
        let fence = line.trim_start().starts_with("```");
        code ^= fence;
        !code && !fence
    })
}

/// What inline links, `[text](target)`, and definitions, `[text]: target`, lead to.
pub(crate) fn targets(content: &str) -> Vec<&str> {
    let mut found = Vec::new();
    for line in prose(content) {
        // Every second piece between backticks is code.
        for piece in line.split('`').step_by(2) {
            let ends = piece.match_indices("](").map(|(start, _)| &piece[start + 2..]);
            found.extend(ends.filter_map(|rest| rest.split([')', ' ']).next()));
        }
        if let Some((_, target)) = line.strip_prefix('[').and_then(|rest| rest.split_once("]: ")) {
            found.push(target.trim());
        }
    }
    found
}

/// What a link into a text may end with: its anchors, and its headings as GitHub names them.
pub(crate) fn anchors(content: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for line in prose(content) {
        if let Some(id) = line.split("<a id=\"").nth(1).and_then(|rest| rest.split('"').next()) {
            found.insert(id.to_owned());
        }
        if line.starts_with('#') {
            let slug = slug(line.trim_start_matches('#').trim());
            let again = (1..).map(|times| format!("{slug}-{times}"));
            let free = std::iter::once(slug.clone()).chain(again).find(|it| !found.contains(it));
            found.extend(free);
        }
    }
    found
}

fn slug(heading: &str) -> String {
    let kept = heading.chars().filter(|it| it.is_alphanumeric() || " -_".contains(*it));
    kept.collect::<String>().to_lowercase().replace(' ', "-")
}
