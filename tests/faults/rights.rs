//! The least rights that the guide "Getting started" names suffice for every operation, and none of
//! them can be left out.

use super::acts::{core_with, run};
use super::operations::{Act, Operation, operations};
use super::world::world;
use super::{Reference, prepared, reference};
use crate::support::catalog::Kind;
use crate::support::files::{root, text};

/// A row of the guide's table.
struct Row {
    kind: Kind,
    name: String,
    scopes: Vec<String>,
    role: String,
}

/// What the guide calls a kind.
const KINDS: [(&str, Kind); 5] = [
    ("resource", Kind::Resource),
    ("data source", Kind::DataSource),
    ("ephemeral resource", Kind::Ephemeral),
    ("list resource", Kind::List),
    ("action", Kind::Action),
];

/// The user with each role of the table.
const USERS: [(&str, &str); 3] = [("none", "bob"), ("member", "guest"), ("administrator", "admin")];

fn quoted(cell: &str) -> Vec<String> {
    cell.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

fn row(line: &str) -> Option<Row> {
    let mut cells = line.trim_matches('|').split('|').map(str::trim);
    let (what, scopes, role) = (cells.next()?, cells.next()?, cells.next()?);
    let (kind, name) = what.trim_end_matches('`').split_once(" `")?;
    let (_, kind) = KINDS.iter().find(|(word, _)| *word == kind)?;
    let (name, role) = (name.to_owned(), role.to_owned());
    Some(Row { kind: *kind, name, scopes: quoted(scopes), role })
}

fn rows() -> Vec<Row> {
    let guide = text(&root().join("docs/guides/getting-started.md"));
    guide.lines().filter(|line| line.starts_with('|')).filter_map(row).collect()
}

impl Row {
    /// The operations of the type.
    fn operations(&self) -> impl Iterator<Item = Operation> {
        let of_kind = |operation: &Operation| match operation.act {
            Act::Apply(_) | Act::Read | Act::Import(_) => Kind::Resource,
            Act::LookUp(_) => Kind::DataSource,
            Act::Open(_) => Kind::Ephemeral,
            Act::List(_) => Kind::List,
            Act::Invoke(_) => Kind::Action,
        };
        operations().into_iter().filter(move |it| it.noun == self.name && of_kind(it) == self.kind)
    }

    /// The first operation that does not end as it should for such a user with such a token.
    async fn fails(
        &self,
        references: &[Reference],
        user: &str,
        scopes: &[String],
    ) -> Option<String> {
        for reference in references {
            let operation = &reference.operation;
            let (quay, prior) = prepared(operation).await;
            quay.plant_token("narrow", user, &scopes.join(" "));
            let core = core_with(&quay, "30s", "narrow").await;
            let outcome = run(operation, &quay, &core, &prior).await;
            let is_right = outcome.errors.is_empty() != operation.is_refused;
            if !is_right || world(&quay) != reference.after {
                return Some(format!("{}: {:?}", operation.name, outcome.errors));
            }
        }
        None
    }
}

#[tokio::test]
async fn the_rights_that_the_guide_names_suffice_and_none_is_too_much() {
    let rows = rows();
    for (_, kind) in KINDS {
        let of_kind = rows.iter().filter(|row| row.kind == kind);
        let mut names: Vec<&str> = of_kind.map(|row| row.name.as_str()).collect();
        names.sort_unstable();
        assert_eq!(names, kind.names(), "the guide has a row for each type");
    }
    for row in &rows {
        let mut references = Vec::new();
        for operation in row.operations() {
            references.push(reference(operation).await);
        }
        let what = format!("{:?} {}", row.kind, row.name);
        assert!(!references.is_empty(), "{what} has no operation");
        let level = USERS.iter().position(|(role, _)| *role == row.role).expect("a role");
        let (_, user) = USERS[level];
        assert_eq!(row.fails(&references, user, &row.scopes).await, None, "{what}");
        for left_out in &row.scopes {
            let fewer: Vec<_> = row.scopes.iter().filter(|it| *it != left_out).cloned().collect();
            let failed = row.fails(&references, user, &fewer).await;
            assert!(failed.is_some(), "{what} does not need {left_out}");
        }
        if level > 0 {
            let failed = row.fails(&references, USERS[level - 1].1, &row.scopes).await;
            assert!(failed.is_some(), "{what} does not need the role {}", row.role);
        }
    }
}
