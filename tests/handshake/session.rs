//! From the handshake to the end: go-plugin's services, signals, messages, the end itself.

use super::support::core::{Core, Tls, dial, within};
use super::support::plugin_process::Launch;
use super::{Started, assert_serves, health, mode, validate};
use futures_util::FutureExt;
use futures_util::stream::{self, StreamExt};
use serde_json::Value;
use std::net::Shutdown;
use std::os::fd::AsFd;
use std::path::Path;
use std::time::{Duration, Instant};
use terraform_provider_quay::terraform::proto;
use tonic::client::Grpc;
use tonic::codegen::http::uri::PathAndQuery;
use tonic::{Code, Request, Status};
use tonic_prost::ProstCodec;

/// A call that the server cannot answer yet, since its request has no end.
async fn call_without_end(core: &Core, path: &'static str) -> Result<(), Status> {
    let mut grpc = Grpc::new(core.channel.clone());
    grpc.ready().await.expect("the channel is open");
    let codec = ProstCodec::<proto::DynamicValue, proto::DynamicValue>::default();
    let messages = Request::new(stream::pending());
    let call = grpc.client_streaming(messages, PathAndQuery::from_static(path), codec);
    call.await.map(|_: tonic::Response<proto::DynamicValue>| ())
}

/// Calls something by its path, with an empty message.
async fn code_of_call(core: &Core, path: &'static str) -> Code {
    let mut grpc = Grpc::new(core.channel.clone());
    grpc.ready().await.expect("the channel is open");
    let codec = ProstCodec::<proto::DynamicValue, proto::DynamicValue>::default();
    let request = Request::new(proto::DynamicValue::default());
    let call = grpc.unary(request, PathAndQuery::from_static(path), codec);
    within("an answer", call).await.map_or_else(|status| status.code(), |_| Code::Ok)
}

/// Row 15.
#[tokio::test]
async fn the_plugin_is_healthy() {
    let started = Started::new().await;
    let mut core = started.connect().await;
    assert_eq!(health(&mut core, "plugin").await, Ok(1));
    assert_eq!(health(&mut core, "").await, Ok(1));
    assert_eq!(health(&mut core, "else").await, Err(Code::NotFound));
    let request = proto::health::HealthCheckRequest { service: "plugin".into() };
    let mut watch = core.health.watch(request).await.expect("it is answered").into_inner();
    let first = within("the first status", watch.message()).await.expect("a status");
    assert_eq!(first.map(|answer| answer.status), Some(1));
    assert!(watch.next().now_or_never().is_none(), "nothing changes");
}

/// Row 16.
#[tokio::test]
async fn the_streams_of_terraform_stay_open_until_the_end() {
    let started = Started::new().await;
    let mut core = started.connect().await;
    let mut streams = core.open_streams().await;
    // A whole call later both are still open, and silent.
    validate(&mut core, vec![0x80]).await.expect("it is answered");
    assert!(streams.broker.next().now_or_never().is_none());
    assert!(streams.stdio.next().now_or_never().is_none());
    core.shut_down().await;
    assert!(within("the broker's end", streams.broker.next()).await.is_none_or(|end| end.is_err()));
    assert!(within("the end of stdio", streams.stdio.next()).await.is_none_or(|end| end.is_err()));
}

/// Row 16: the broker hangs up when Terraform does, as the first step of a normal end.
#[tokio::test]
async fn the_broker_ends_with_its_client() {
    let started = Started::new().await;
    let mut core = started.connect().await;
    let offers = stream::iter([proto::goplugin::ConnInfo::default()]);
    let mut broker = core.broker.start_stream(offers).await.expect("it answers").into_inner();
    assert!(matches!(within("its end", broker.message()).await, Ok(None)));
    assert_serves(&mut core).await;
}

/// Row 17.
#[tokio::test]
async fn shutdown_ends_the_process_whatever_is_open() {
    let started = Started::new().await;
    let mut core = started.connect().await;
    let _streams = core.open_streams().await;
    let calling = core.clone();
    let call = async move { call_without_end(&calling, "/tfplugin6.Provider/ReadResource").await };
    let call = tokio::spawn(call);
    // Answered after the call has begun: both travel over one connection, in order.
    assert_serves(&mut core).await;
    assert!(!call.is_finished());
    let folder = started.handshake.socket.parent().expect("a folder").to_owned();
    let begin = Instant::now();
    core.shut_down().await;
    // The connection stays open.
    let output = started.process.end().await;
    let took = begin.elapsed();
    assert_eq!(output.status.code(), Some(0), "{}", output.stderr);
    assert!(took < Duration::from_secs(5), "{took:?}");
    assert!(!folder.exists());
    assert!(output.left_behind.is_empty(), "{:?}", output.left_behind);
    assert!(within("the call's end", call).await.expect("no panic").is_err());
}

/// Row 18.
#[tokio::test]
async fn a_terraform_that_is_killed_leaves_no_provider_behind() {
    let started = Started::new().await;
    let stream = dial(&started.handshake, started.client.shown(), Tls::V13).await.expect("TLS");
    let wire = stream.get_ref().0.as_fd().try_clone_to_owned().expect("a second handle");
    let mut core = Core::over(stream).await;
    let _streams = core.open_streams().await;
    let calling = core.clone();
    let call = async move { call_without_end(&calling, "/tfplugin6.Provider/ReadResource").await };
    let call = tokio::spawn(call);
    assert_serves(&mut core).await;
    assert!(!call.is_finished());
    let begin = Instant::now();
    // As the system closes the files of a process that is killed: no farewell of TLS or HTTP/2.
    std::os::unix::net::UnixStream::from(wire).shutdown(Shutdown::Both).expect("it is open");
    let output = started.process.end().await;
    assert!(begin.elapsed() < Duration::from_secs(5), "{:?}", begin.elapsed());
    assert_eq!(output.status.code(), Some(0), "{}", output.stderr);
    assert!(output.left_behind.is_empty(), "{:?}", output.left_behind);
}

/// Row 19.
#[tokio::test]
async fn an_interrupt_is_left_to_terraform() {
    let started = Started::new().await;
    let mut core = started.connect().await;
    // The end of a terminal reaches us like ^C.
    for signal in ["INT", "INT", "HUP"] {
        started.process.signal(signal).await;
        assert_serves(&mut core).await;
    }
    started.shut_down(core).await;
}

/// Row 19: before Terraform has connected, too.
#[tokio::test]
async fn an_interrupt_right_after_the_start_is_left_to_terraform() {
    let started = Started::new().await;
    started.process.signal("INT").await;
    started.still_serves().await;
}

/// Row 19: what a system sends on its way down.
#[tokio::test]
async fn a_request_to_terminate_ends_it_cleanly() {
    let started = Started::new().await;
    let core = started.connect().await;
    let begin = Instant::now();
    started.process.signal("TERM").await;
    let output = started.process.end().await;
    assert!(begin.elapsed() < Duration::from_secs(2), "nothing is under way");
    assert_eq!(output.status.code(), Some(0), "{}", output.stderr);
    assert!(output.left_behind.is_empty(), "{:?}", output.left_behind);
    drop(core);
}

/// Row 21, the request; the response is one of the wire tests'.
#[tokio::test]
async fn a_large_request_passes() {
    let started = Started::new().await;
    let mut core = started.connect().await;
    let mut text = vec![0xdb];
    text.extend(5_u32.saturating_mul(1 << 20).to_be_bytes());
    text.resize(text.len() + (5 << 20), b'x');
    validate(&mut core, text).await.expect("an answer, be it with diagnostics");
    assert_serves(&mut core).await;
}

/// Rows 19 and 22, on the wire.
#[tokio::test]
async fn in_debug_mode_one_process_serves_many_runs_of_terraform_and_ends_with_an_interrupt() {
    for (argument, end) in [("--debug", "INT"), ("-debug", "HUP")] {
        // No cookie, and a certificate that is not meant for us.
        let launch = Launch::by_hand().arg(argument);
        let mut process = launch.env("PLUGIN_CLIENT_CERT", "garbage").start();
        let line = process.line().await.expect("a line");
        let json = line.strip_prefix("TF_REATTACH_PROVIDERS='").and_then(|l| l.strip_suffix('\''));
        let reattach: Value = serde_json::from_str(json.expect(&line)).expect(&line);
        let provider = &reattach["registry.terraform.io/quay-rs/quay"];
        assert_eq!(
            (&provider["Protocol"], &provider["ProtocolVersion"]),
            (&"grpc".into(), &6.into())
        );
        assert_eq!(provider["Test"], true);
        let socket = Path::new(provider["Addr"]["String"].as_str().expect("a path")).to_owned();
        assert_eq!(mode(&socket), 0o600);
        for _ in 0..2 {
            let mut core = Core::connect_plainly(&socket).await;
            let streams = core.open_streams().await;
            assert_serves(&mut core).await;
            drop((core, streams));
            // Longer than a provider in plugin mode waits for another client.
            assert!(process.outlives(Duration::from_millis(500)).await);
        }
        process.signal(end).await;
        let output = process.end().await;
        assert_eq!(output.status.code(), Some(0));
        assert!(output.left_behind.is_empty(), "{:?}", output.left_behind);
        assert!(output.stderr.contains("^C"), "{}", output.stderr);
    }
}

/// Rows 31 and 32: nothing was called before, and nothing is worse than not implemented.
#[tokio::test]
async fn calls_that_do_not_exist_are_answered_as_such() {
    let started = Started::new().await;
    let core = started.connect().await;
    let missing = [
        "/tfplugin6.Provider/NoSuchCall",
        "/tfplugin6.Provider/LockState",
        "/tfplugin5.Provider/GetSchema",
        "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
        "/plugin.GRPCBroker/NoSuchCall",
        "/",
    ];
    for path in missing {
        assert_eq!(code_of_call(&core, path).await, Code::Unimplemented, "{path}");
    }
    let schemas = code_of_call(&core, "/tfplugin6.Provider/GetResourceIdentitySchemas").await;
    assert_eq!(schemas, Code::Ok);
}
