//! Functions, called by a client that is less strict than Terraform.

use super::support::wire::encode;
use super::{Core, decode};
use serde_json::json;
use terraform_provider_quay::terraform::json::to_json;
use terraform_provider_quay::terraform::proto::call_function;
use terraform_provider_quay::terraform::types::Type;
use terraform_provider_quay::terraform::value::Value;

/// Row 62.
#[tokio::test]
async fn functions_take_unknown_arguments_and_refuse_null() {
    let wire = Core::unconfigured().await;
    let call = |argument: Value| {
        let mut client = wire.client.clone();
        async move {
            let request = call_function::Request {
                name: "duration_seconds".to_owned(),
                arguments: encode(&argument, &Type::String).into_iter().collect(),
            };
            client.call_function(request).await.expect("an answer").into_inner()
        }
    };
    let known = call("2w".into()).await;
    assert_eq!(to_json(&decode(known.result.as_ref(), &Type::Number)), json!(1_209_600));
    assert_eq!(call("2w".into()).await, known);
    let unknown = call(Value::unknown()).await;
    assert!(decode(unknown.result.as_ref(), &Type::Number).is_unknown());
    for wrong in [Value::Null, "a while".into()] {
        let error = call(wrong).await.error.expect("an error");
        assert_eq!(error.function_argument, Some(0));
        assert!(!error.text.ends_with('.'), "Terraform ends the sentence: {}", error.text);
    }
}
