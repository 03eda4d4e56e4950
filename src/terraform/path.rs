//! Where an attribute sits.

use std::fmt;

/// One step down into a value.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Step {
    /// An attribute of an object.
    Attribute(String),
    /// An entry of a map.
    Key(String),
    /// An element of a list, from 0.
    Index(i64),
}

impl From<&str> for Step {
    fn from(name: &str) -> Self {
        Self::Attribute(name.to_owned())
    }
}

impl From<usize> for Step {
    fn from(index: usize) -> Self {
        Self::Index(i64::try_from(index).unwrap_or(i64::MAX))
    }
}

/// The way from a configuration's root to an attribute. Elements of sets cannot be pointed at:
/// a path to one ends at the set.
#[derive(Clone, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub struct Path(Vec<Step>);

impl Path {
    /// The whole object.
    pub const fn root() -> Self {
        Self(Vec::new())
    }

    /// Whether it is the whole object.
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// The steps from the root.
    pub fn steps(&self) -> &[Step] {
        &self.0
    }

    /// One step further down.
    #[must_use]
    pub fn join(&self, step: impl Into<Step>) -> Self {
        let mut steps = self.0.clone();
        steps.push(step.into());
        Self(steps)
    }

    /// Puts a step before all others.
    pub fn prepend(&mut self, step: Step) {
        self.0.insert(0, step);
    }
}

impl From<&str> for Path {
    fn from(attribute: &str) -> Self {
        Self(vec![attribute.into()])
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, step) in self.0.iter().enumerate() {
            match step {
                Step::Attribute(name) if position == 0 => f.write_str(name)?,
                Step::Attribute(name) => write!(f, ".{name}")?,
                Step::Key(key) => write!(f, "[{key:?}]")?,
                Step::Index(index) => write!(f, "[{index}]")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_reads_as_terraform_writes_it() {
        let path = Path::from("teams").join(2_usize).join("members").join(Step::Key("a".into()));
        assert_eq!(path.to_string(), r#"teams[2].members["a"]"#);
    }
}
