//! What is written to stderr, and what never is.

use super::support::core::{ClientIdentity, Tls, dial, is_let_in, within};
use super::support::plugin_process::Output;
use super::{Started, validate};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use terraform_provider_quay::terraform::proto;

/// Put wherever a user's secret can be.
const SECRET: &str = "a-planted-secret-token";

/// The lines of a log, each checked to be what Terraform can read.
fn log_lines(stderr: &str) -> Vec<Value> {
    let read = |line: &str| -> Value {
        let value: Value = serde_json::from_str(line).expect(line);
        for key in ["@level", "@message", "@timestamp", "@module"] {
            assert!(value[key].is_string(), "{key} in {line}");
        }
        let (_, fraction) =
            value["@timestamp"].as_str().and_then(|t| t.split_once('.')).expect(line);
        assert_eq!(fraction.len(), 7, "six decimals and a Z: {line}");
        assert_eq!(value["@module"], "provider.quay");
        value
    };
    stderr.lines().map(read).collect()
}

/// A session with everything in it that could be logged, and a secret in each place for one.
async fn eventful_session(logs: &[(&str, &str)]) -> Output {
    let started = Started::with(|launch| {
        let launch = launch.env("QUAY_TOKEN", SECRET);
        logs.iter().fold(launch, |launch, (name, value)| launch.env(name, value))
    })
    .await;
    let stranger = ClientIdentity::new();
    assert!(!is_let_in(dial(&started.handshake, stranger.shown(), Tls::V13).await).await);
    let mut core = started.connect().await;
    let _streams = core.open_streams().await;
    let mut config = vec![0x81, 0xa5];
    config.extend(b"token");
    config.push(0xa0 | u8::try_from(SECRET.len()).expect("it is short"));
    config.extend(SECRET.as_bytes());
    validate(&mut core, config).await.expect("it is answered");
    let call = proto::read_resource::Request {
        type_name: "no_such_type".into(),
        private: SECRET.into(),
        ..Default::default()
    };
    let _ = within("a read", core.provider.read_resource(call)).await;
    started.shut_down(core).await
}

/// Rows 24 and 25, with logs: they are there, and hold no secret in any spelling.
#[tokio::test]
async fn every_line_of_the_log_is_one_that_terraform_reads_and_none_holds_a_secret() {
    for level in ["TRACE", "json"] {
        let output = Box::pin(eventful_session(&[("TF_LOG", level)])).await;
        let lines = log_lines(&output.stderr);
        let refused = lines
            .iter()
            .any(|line| line["@level"] == "warn" && line["@message"] == "refused a connection");
        assert!(refused, "the log is at work: {}", output.stderr);
        let bytes = format!("{:?}", SECRET.as_bytes());
        let bytes = bytes.trim_matches(['[', ']']);
        for spelling in [SECRET, bytes, &STANDARD.encode(SECRET)[..20]] {
            assert!(!output.stderr.contains(spelling), "{}", output.stderr);
        }
        assert!(!output.stderr.contains("BEGIN CERTIFICATE"), "{}", output.stderr);
    }
}

/// Row 25, without logs.
#[tokio::test]
async fn without_logs_stderr_stays_empty() {
    for off in [&[][..], &[("TF_LOG", "")], &[("TF_LOG", "TRACE"), ("TF_LOG_PROVIDER", "off")]] {
        assert_eq!(Box::pin(eventful_session(off)).await.stderr, "");
    }
}

/// Row 26.
#[tokio::test]
async fn the_providers_own_variable_limits_the_log() {
    let all = [("TF_LOG", "TRACE"), ("TF_LOG_PROVIDER", "TRACE"), ("TF_LOG_PROVIDER_QUAY", "warn")];
    let output = Box::pin(eventful_session(&all)).await;
    let lines = log_lines(&output.stderr);
    assert!(!lines.is_empty());
    assert!(lines.iter().all(|line| line["@level"] == "warn"), "{}", output.stderr);
}
