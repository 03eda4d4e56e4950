//! The built provider as a child process, started the way Terraform starts it.

#![allow(dead_code, unreachable_pub, reason = "each test file uses a part of it")]

use super::core::{ClientIdentity, within};
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use rustls::pki_types::CertificateDer;
use std::ffi::OsStr;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// What Terraform proves itself with.
pub const COOKIE: (&str, &str) =
    ("TF_PLUGIN_MAGIC_COOKIE", "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2");

/// The program under test.
pub const PROGRAM: &str = env!("CARGO_BIN_EXE_terraform-provider-quay");

/// How to start the provider. Nothing of the tests' own environment reaches it.
pub struct Launch {
    command: Command,
    folder: TempDir,
}

impl Launch {
    /// From a shell, with an empty environment but for a folder for temporary files.
    pub fn by_hand() -> Self {
        Self::of(Command::new(PROGRAM))
    }

    /// By Terraform, which lets in only `client`.
    pub fn by_terraform(client: &ClientIdentity) -> Self {
        Self::by_terraform_without_tls().env("PLUGIN_CLIENT_CERT", client.pem())
    }

    /// By a Terraform whose user switched TLS off.
    pub fn by_terraform_without_tls() -> Self {
        Self::by_hand().env(COOKIE.0, COOKIE.1).env("PLUGIN_PROTOCOL_VERSIONS", "5,6")
    }

    /// Instead of the provider itself, a shell that becomes it: `$0` is the provider.
    pub fn through(mut self, shell: &str) -> Self {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", shell, PROGRAM]).env_clear();
        let variables = self.command.as_std().get_envs();
        command.envs(variables.filter_map(|(name, value)| Some((name, value?))));
        self.command = command;
        self
    }

    /// With this variable.
    pub fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// With this argument.
    pub fn arg(mut self, argument: &str) -> Self {
        self.command.arg(argument);
        self
    }

    /// Starts it.
    pub fn start(mut self) -> PluginProcess {
        self.command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = self.command.kill_on_drop(true).spawn().expect("the provider starts");
        let stdout = child.stdout.take().expect("stdout is a pipe");
        let stderr = Collected::from(child.stderr.take().expect("stderr is a pipe"));
        let stdout = BufReader::new(stdout).lines();
        PluginProcess { child, stdout, stderr, folder: self.folder }
    }

    /// Starts it and waits for its end, which must come by itself.
    pub async fn run(self) -> Output {
        self.start().end().await
    }

    fn of(mut command: Command) -> Self {
        let folder = TempDir::new().expect("a temporary folder");
        command.env_clear().env("TMPDIR", folder.path());
        Self { command, folder }
    }
}

/// What is left of a process that has ended.
pub struct Output {
    /// How it ended.
    pub status: ExitStatus,
    /// What it printed after the lines that were read already.
    pub stdout: Vec<String>,
    /// Everything on stderr.
    pub stderr: String,
    /// What it left behind in its folder for temporary files.
    pub left_behind: Vec<PathBuf>,
}

/// A running provider. It is killed when this is dropped.
pub struct PluginProcess {
    child: Child,
    stdout: Lines<BufReader<ChildStdout>>,
    stderr: Collected,
    folder: TempDir,
}

impl PluginProcess {
    /// The next line on stdout; `None` when there will be none.
    pub async fn line(&mut self) -> Option<String> {
        within("a line on stdout", self.stdout.next_line()).await.expect("stdout is text")
    }

    /// The handshake, which must be the next line.
    pub async fn handshake(&mut self) -> Handshake {
        let Some(line) = self.line().await else {
            panic!("no handshake; stderr: {}", self.stderr.text.borrow().as_str());
        };
        Handshake::read(&line)
    }

    /// Its number.
    pub fn id(&self) -> u32 {
        self.child.id().expect("it still runs")
    }

    /// Sends it a signal by name.
    pub async fn signal(&self, name: &str) {
        let id = self.id();
        let kill = Command::new("/bin/sh").args(["-c", &format!("kill -{name} {id}")]).status();
        assert!(within("kill", kill).await.expect("kill runs").success());
    }

    /// Whether it still runs after so long. That nothing happens can only be seen by waiting.
    pub async fn outlives(&mut self, time: Duration) -> bool {
        tokio::time::timeout(time, self.child.wait()).await.is_err()
    }

    /// Waits for its end, which must come by itself.
    pub async fn end(mut self) -> Output {
        let status = within("the provider to end", self.child.wait()).await.expect("it ends");
        let mut stdout = Vec::new();
        while let Some(line) = self.line().await {
            stdout.push(line);
        }
        let stderr = self.stderr.all().await;
        let left = std::fs::read_dir(self.folder.path()).expect("the folder is there");
        let left_behind = left.map(|entry| entry.expect("an entry").path()).collect();
        Output { status, stdout, stderr, left_behind }
    }
}

/// The first line on stdout.
pub struct Handshake {
    /// Its fields, as they were.
    pub fields: Vec<String>,
    /// The socket.
    pub socket: PathBuf,
    /// The provider's certificate; absent without TLS.
    pub certificate: Option<CertificateDer<'static>>,
}

impl Handshake {
    fn read(line: &str) -> Self {
        let fields: Vec<String> = line.split('|').map(str::to_owned).collect();
        assert!(fields.len() >= 6, "too few fields: {line}");
        assert_eq!((&*fields[0], &*fields[1], &*fields[2]), ("1", "6", "unix"), "{line}");
        assert_eq!(fields[4], "grpc", "{line}");
        let certificate = (!fields[5].is_empty())
            .then(|| STANDARD_NO_PAD.decode(&fields[5]).expect("unpadded base64").into());
        Self { socket: PathBuf::from(&fields[3]), certificate, fields }
    }
}

/// What a pipe delivered so far.
struct Collected {
    text: watch::Receiver<String>,
    reader: JoinHandle<()>,
}

impl Collected {
    fn from(mut pipe: impl AsyncRead + Send + Unpin + 'static) -> Self {
        let (sender, text) = watch::channel(String::new());
        let reader = tokio::spawn(async move {
            let mut buffer = vec![0; 64 << 10];
            while let Ok(count @ 1..) = pipe.read(&mut buffer).await {
                let more = String::from_utf8_lossy(&buffer[..count]);
                sender.send_modify(|text| text.push_str(&more));
            }
        });
        Self { text, reader }
    }

    async fn all(mut self) -> String {
        within("the end of stderr", &mut self.reader).await.expect("the reader does not panic");
        self.text.borrow_and_update().clone()
    }
}
