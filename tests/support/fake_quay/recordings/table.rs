//! The result of a replay: cases, equal, explained, unexplained.

use serde_json::Value;
use std::fmt::{self, Display, Formatter};

/// Classes of difference that are known and why they do not matter (at most nine).
const EXPLAINED: &[(&str, &str)] =
    &[("Failed validating", "how Python prints a schema differs between releases of jsonschema")];

/// How many of one group's cases went which way.
#[derive(Debug, Default)]
struct Row {
    group: String,
    cases: usize,
    equal: usize,
    explained: usize,
}

/// The table.
#[derive(Debug, Default)]
pub struct Table {
    rows: Vec<Row>,
    explained: Vec<String>,
    unexplained: Vec<String>,
    skipped: usize,
}

impl Table {
    /// Enters a case and what was different about it.
    pub fn enter(&mut self, case: &Value, differences: &[String]) {
        let id = case["id"].as_str().unwrap_or("?");
        let group = id.split('/').next().unwrap_or(id);
        if self.rows.iter().all(|row| row.group != group) {
            self.rows.push(Row { group: group.into(), ..Row::default() });
        }
        let Some(row) = self.rows.iter_mut().find(|row| row.group == group) else { return };
        row.cases += 1;
        if differences.is_empty() {
            row.equal += 1;
            return;
        }
        let detail = case["response"]["body"]["detail"].as_str().unwrap_or("");
        let printed_by_python = |difference: &String| {
            let same_start = detail.split("Failed validating").next().unwrap_or("");
            let start = format!("{same_start:?}");
            detail.contains(EXPLAINED[0].0)
                && ["body.detail:", "body.error_message:"]
                    .iter()
                    .any(|at| difference.starts_with(at))
                && difference.matches(start.trim_matches('"')).count() >= 2
        };
        if differences.iter().all(printed_by_python) {
            row.explained += 1;
            self.explained.push(format!("{id}: {}", EXPLAINED[0].1));
        } else {
            self.unexplained.push(format!("{id}:\n    {}", differences.join("\n    ")));
        }
    }

    /// Counts a case that this server cannot be asked.
    pub fn skip(&mut self) {
        self.skipped += 1;
    }

    /// How many cases were replayed.
    pub fn cases(&self) -> usize {
        self.rows.iter().map(|row| row.cases).sum()
    }

    /// How many differences are explained.
    pub fn explained(&self) -> usize {
        self.explained.len()
    }

    /// The differences that nobody explained.
    pub fn unexplained(&self) -> &[String] {
        &self.unexplained
    }
}

impl Display for Table {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let mut line = |name: &str, counts: [usize; 4]| {
            let [cases, equal, explained, unexplained] = counts;
            writeln!(f, "{name:<42} {cases:>6} {equal:>6} {explained:>10} {unexplained:>12}")
        };
        let mut total = [0; 4];
        for row in &self.rows {
            let unexplained = row.cases - row.equal - row.explained;
            let counts = [row.cases, row.equal, row.explained, unexplained];
            line(&row.group, counts)?;
            total.iter_mut().zip(counts).for_each(|(sum, count)| *sum += count);
        }
        line("all", total)?;
        if self.skipped > 0 {
            writeln!(f, "not asked of this server: {}", self.skipped)?;
        }
        for explained in &self.explained {
            writeln!(f, "explained: {explained}")?;
        }
        for unexplained in &self.unexplained {
            writeln!(f, "UNEXPLAINED: {unexplained}")?;
        }
        Ok(())
    }
}
