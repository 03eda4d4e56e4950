//! Real Terraform, in two releases, on folders of its own.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;
use tempfile::TempDir;

/// The releases that everything is tested with, the older one first.
pub const VERSIONS: [&str; 2] = ["1.11.4", "1.15.5"];

/// The executables of all releases, installed at the first use.
fn executables() -> &'static Path {
    static TOOLS: OnceLock<PathBuf> = OnceLock::new();
    TOOLS.get_or_init(|| {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let script = root.join("scripts/tools.py");
        let output = Command::new("python3").arg(script).output().expect("python3 starts");
        let words = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "Terraform could not be installed: {words}");
        root.join(".tools")
    })
}

/// A folder with a configuration, a state, and the Terraform of a release.
pub struct Workspace {
    folder: TempDir,
    terraform: PathBuf,
    environment: Vec<(String, String)>,
    /// The release.
    pub version: &'static str,
}

/// What a run of Terraform left.
#[derive(Debug)]
pub struct Run {
    /// The exit code.
    pub code: i32,
    /// What it printed, errors included, without line breaks inside of sentences.
    pub text: String,
    /// What it printed to stdout alone.
    pub stdout: String,
}

impl Workspace {
    /// An empty folder for a release, with the provider that was built for the tests.
    pub fn new(version: &'static str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let built = Path::new(env!("CARGO_BIN_EXE_terraform-provider-quay"));
        let built = built.parent().expect("a folder").display();
        let rc = format!(
            "provider_installation {{\n  dev_overrides {{\n    \"quay-rs/quay\" = \"{built}\"\n  \
             }}\n  direct {{}}\n}}\n"
        );
        std::fs::write(folder.path().join("terraform.rc"), rc).expect("it can be written");
        let terraform = executables().join(format!("terraform-{version}/terraform"));
        Self { folder, terraform, environment: Vec::new(), version }
    }

    /// The same with a configuration, and a Quay that the environment names.
    pub fn with(version: &'static str, url: &str, token: &str, hcl: &str) -> Self {
        let workspace = Self::new(version).env("QUAY_URL", url).env("QUAY_TOKEN", token);
        workspace.write(hcl);
        workspace
    }

    /// Sets a variable of the environment.
    #[must_use]
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Writes the configuration, with what every configuration begins with.
    pub fn write(&self, hcl: &str) {
        let head = "terraform {\n  required_providers {\n    quay = {\n      source = \
                    \"quay-rs/quay\"\n    }\n  }\n}\n";
        self.write_file("main.tf", &format!("{head}{hcl}"));
    }

    /// Writes a file as it is.
    pub fn write_file(&self, name: &str, text: &str) {
        std::fs::write(self.path().join(name), text).expect("it can be written");
    }

    /// The command, ready to start.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.in_folder(&self.terraform);
        command.args(arguments);
        command
    }

    /// A shell script, in which `terraform` is the one of the release.
    pub fn script(&self, text: &str) -> Run {
        let output = self.in_folder("sh").args(["-e", "-c", text]).output().expect("sh starts");
        Run::of(&output).succeeded(text, self.version)
    }

    #[allow(clippy::disallowed_methods, reason = "Terraform's own path is the tests' path")]
    fn in_folder(&self, program: impl AsRef<OsStr>) -> Command {
        let mut path = OsString::from(self.terraform.parent().expect("a folder"));
        path.push(":");
        path.push(std::env::var_os("PATH").unwrap_or_default());
        let mut command = Command::new(program);
        command
            .current_dir(self.path())
            .env_clear()
            .env("PATH", path)
            .env("HOME", self.path())
            .env("TMPDIR", "/tmp")
            .env("CHECKPOINT_DISABLE", "1")
            .env("TF_IN_AUTOMATION", "1")
            .env("TF_CLI_CONFIG_FILE", self.path().join("terraform.rc"))
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// Runs Terraform.
    pub fn run(&self, arguments: &[&str]) -> Run {
        Run::of(&self.command(arguments).output().expect("Terraform starts"))
    }

    /// Applies, which must succeed.
    pub fn apply(&self) -> Run {
        self.run(&["apply", "-auto-approve", "-no-color"]).succeeded("apply", self.version)
    }

    /// Applies, which must fail.
    pub fn apply_fails(&self) -> Run {
        self.run(&["apply", "-auto-approve", "-no-color"]).failed("apply", self.version)
    }

    /// Plans: the exit code is 0 without changes and 2 with some.
    pub fn plan(&self) -> Run {
        self.run(&["plan", "-detailed-exitcode", "-no-color"])
    }

    /// Plans, which must find nothing to do.
    pub fn plan_is_empty(&self) {
        let plan = self.plan();
        assert_eq!(
            plan.code, 0,
            "Terraform {}: a plan that is not empty:\n{}",
            self.version, plan.text
        );
    }

    /// Plans, which must find something to do.
    pub fn plan_shows(&self, expected: &str) -> Run {
        let plan = self.plan();
        assert_eq!(plan.code, 2, "Terraform {}: no changes:\n{}", self.version, plan.text);
        plan.says(expected)
    }

    /// Plans, which must fail.
    pub fn plan_fails(&self) -> Run {
        self.plan().failed("plan", self.version)
    }

    /// Destroys, which must succeed.
    pub fn destroy(&self) -> Run {
        self.run(&["destroy", "-auto-approve", "-no-color"]).succeeded("destroy", self.version)
    }

    /// Imports, which must succeed.
    pub fn import(&self, address: &str, id: &str) -> Run {
        self.run(&["import", "-no-color", address, id]).succeeded("import", self.version)
    }

    /// Forgets the whole state.
    pub fn forget(&self) {
        std::fs::remove_file(self.path().join("terraform.tfstate")).expect("there is a state");
    }

    /// The objects in the state, as Terraform shows them.
    pub fn resources(&self) -> Vec<serde_json::Value> {
        let shown = self.run(&["show", "-json"]).succeeded("show", self.version);
        let state: serde_json::Value = serde_json::from_str(&shown.stdout).expect("JSON");
        let resources = state["values"]["root_module"]["resources"].as_array().cloned();
        resources.unwrap_or_default()
    }

    /// The attributes of an object in the state; null where it is not there.
    pub fn state(&self, address: &str) -> serde_json::Value {
        self.resources()
            .into_iter()
            .find(|resource| resource["address"] == address)
            .map(|resource| resource["values"].clone())
            .unwrap_or_default()
    }
}

impl Run {
    /// What a finished process left.
    pub fn of(output: &Output) -> Self {
        let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
        let both = format!("{stdout}{}", String::from_utf8_lossy(&output.stderr));
        // Terraform breaks lines and draws frames, and sentences are to be found all the same.
        let words: Vec<&str> = both.split_whitespace().filter(|word| *word != "\u{2502}").collect();
        let text = if output.status.success() { both.clone() } else { words.join(" ") };
        Self { code: output.status.code().unwrap_or(-1), text, stdout }
    }

    fn succeeded(self, what: &str, version: &str) -> Self {
        assert_eq!(self.code, 0, "Terraform {version}: {what} failed:\n{}", self.text);
        self
    }

    fn failed(self, what: &str, version: &str) -> Self {
        assert_eq!(self.code, 1, "Terraform {version}: {what} did not fail:\n{}", self.text);
        self
    }

    /// Asserts that something was printed.
    pub fn says(self, expected: &str) -> Self {
        let flat = self.text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(flat.contains(expected), "{expected:?} is not in:\n{}", self.text);
        self
    }
}
