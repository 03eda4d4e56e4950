//! `proxied_image`: how an upstream image is pulled through a proxy cache.

use crate::terraform::function::{Function, FunctionError, Parameter};
use crate::terraform::schema::Kind;
use crate::terraform::value::Value;

/// The registry and the namespace of images that name none.
const DEFAULT_REGISTRY: &str = "docker.io";
const DEFAULT_NAMESPACE: &str = "library";

const fn parameter(name: &'static str, description: &'static str) -> Parameter {
    Parameter { name, description, kind: Kind::String }
}

/// `proxied_image("docker.io/library/nginx:1.27", "docker.io", "quay.example.com", "acme")` is
/// `quay.example.com/acme/library/nginx:1.27`.
pub(in crate::provider) const PROXIED_IMAGE: Function = Function {
    name: "proxied_image",
    summary: "Reference of an upstream image through a proxy cache",
    description: "Gives the reference with which an image of an upstream registry is pulled \
                  through a proxy cache. Tag and digest are kept. An image that is not below the \
                  upstream registry is an error.",
    parameters: &[
        parameter(
            "image",
            "Image at the upstream registry. `nginx` means `docker.io/library/nginx`, and \
             `bitnami/nginx` means `docker.io/bitnami/nginx`.",
        ),
        parameter(
            "upstream_registry",
            "Upstream registry of the proxy cache, such as `docker.io/library`.",
        ),
        parameter("quay_host", "Host of Quay, with its port if it has one."),
        parameter("orgname", "Name of the organization with the proxy cache."),
    ],
    returns: Kind::String,
    call,
};

fn call(arguments: &[Value]) -> Result<Value, FunctionError> {
    let text = |index: usize| arguments.get(index).and_then(Value::as_str).unwrap_or_default();
    let (image, upstream, host, orgname) = (text(0), text(1), text(2), text(3));
    if !is_reference(image) {
        return Err(FunctionError::argument(0, format!("{image:?} is no reference of an image.")));
    }
    if let Err(detail) = crate::quay::names::check_upstream_registry(upstream) {
        return Err(FunctionError::argument(1, detail));
    }
    if host.is_empty() || host.contains(|it: char| it == '/' || it.is_whitespace()) {
        let detail = format!("{host:?} is no host such as quay.example.com.");
        return Err(FunctionError::argument(2, detail));
    }
    if let Err(detail) = crate::quay::names::check_organization_name(orgname) {
        return Err(FunctionError::argument(3, detail));
    }
    let full = full_reference(image);
    let upstream = upstream.trim_end_matches('/');
    let rest = full.strip_prefix(upstream).and_then(|rest| rest.strip_prefix('/'));
    let rest = rest.filter(|rest| !rest.is_empty()).ok_or_else(|| {
        FunctionError::argument(0, format!("The image {full} is not below {upstream}."))
    })?;
    Ok(format!("{host}/{orgname}/{rest}").as_str().into())
}

/// Whether a text may be a reference of an image: names between slashes, the last one with a tag or a
/// digest perhaps, but not with these alone.
fn is_reference(image: &str) -> bool {
    let odd = |it: char| it.is_whitespace() || it.is_control();
    let mut names = image.split('/');
    !image.contains(odd) && names.all(|name| !name.is_empty() && !name.starts_with([':', '@']))
}

/// The reference with its registry and namespace, as container tools fill them in.
fn full_reference(image: &str) -> String {
    match image.split_once('/') {
        None => format!("{DEFAULT_REGISTRY}/{DEFAULT_NAMESPACE}/{image}"),
        Some((DEFAULT_REGISTRY, name)) if !name.contains('/') => {
            format!("{DEFAULT_REGISTRY}/{DEFAULT_NAMESPACE}/{name}")
        }
        Some((first, _)) if first.contains(['.', ':']) || first == "localhost" => image.to_owned(),
        Some(_) => format!("{DEFAULT_REGISTRY}/{image}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proxied(image: &str, upstream: &str) -> Result<String, FunctionError> {
        let arguments = [image, upstream, "quay.example.com", "acme"].map(Value::from);
        call(&arguments).map(|value| value.as_str().unwrap_or_default().to_owned())
    }

    fn check(image: &str, upstream: &str, expected: &str) {
        assert_eq!(proxied(image, upstream).as_deref(), Ok(expected), "{image} below {upstream}");
    }

    #[test]
    fn an_image_is_named_through_the_proxy_cache() {
        check(
            "docker.io/library/nginx:1.27",
            "docker.io",
            "quay.example.com/acme/library/nginx:1.27",
        );
        check("nginx", "docker.io", "quay.example.com/acme/library/nginx");
        check("nginx:1.27", "docker.io/library", "quay.example.com/acme/nginx:1.27");
        check("docker.io/nginx:1.27", "docker.io", "quay.example.com/acme/library/nginx:1.27");
        check(
            "bitnami/nginx@sha256:00",
            "docker.io",
            "quay.example.com/acme/bitnami/nginx@sha256:00",
        );
        check("localhost:5000/a/b:c", "localhost:5000/a", "quay.example.com/acme/b:c");
    }

    #[test]
    fn an_image_that_is_not_below_the_upstream_is_an_error_on_the_image() {
        for (image, upstream) in [
            ("quay.io/a/b", "docker.io"),
            ("docker.io/library/nginx", "docker.io/lib"),
            ("quay.io/a", "quay.io/a"),
        ] {
            assert_eq!(proxied(image, upstream).map_err(|it| it.argument), Err(Some(0)), "{image}");
        }
    }

    #[test]
    fn each_wrong_argument_is_named() {
        let wrong = [
            ("", 0),
            (":1.27", 0),
            ("@sha256:00", 0),
            ("docker.io//nginx", 0),
            ("nginx/", 0),
            ("https://docker.io", 1),
            ("a/b", 2),
            ("Acme", 3),
        ];
        for (text, position) in wrong {
            let mut arguments = ["nginx", "docker.io", "quay.example.com", "acme"].map(Value::from);
            arguments[position] = text.into();
            let argument = i64::try_from(position).ok();
            assert_eq!(call(&arguments).map_err(|it| it.argument), Err(argument), "{text:?}");
        }
    }
}
