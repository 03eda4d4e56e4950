//! The proxies of the environment, which the client takes from there by itself. What it cannot use
//! it passes by without a word, so that is said here.

use super::environment::environment;
use crate::quay::is_loopback;
use crate::terraform::diagnostic::Diagnostic;
use http::Uri;
use url::Url;

/// How a proxy may be spoken to.
const SCHEMES: [&str; 6] = ["http", "https", "socks4", "socks4a", "socks5", "socks5h"];

/// A warning for each variable that should name a proxy on the way to this URL, and does not.
pub(super) fn unusable(url: &Url) -> Vec<Diagnostic> {
    if is_loopback(url) {
        return Vec::new();
    }
    let of_scheme = if url.scheme() == "https" { "HTTPS_PROXY" } else { "HTTP_PROXY" };
    let both = [of_scheme, "ALL_PROXY"].into_iter();
    let names = both.flat_map(|name| [name.to_owned(), name.to_lowercase()]);
    let odd = names.filter(|name| environment(name).is_some_and(|value| !is_proxy(&value)));
    odd.map(|name| {
        // The value may hold a password.
        let detail = format!(
            "What {name} holds in the environment is no address of a proxy, such as \
             `http://proxy.example:3128`, and is ignored. Correct it, or unset it."
        );
        Diagnostic::warning(format!("{name} names no proxy"), detail).at("url")
    })
    .collect()
}

/// Whether the client can use a proxy of this address; without a scheme it is plain HTTP.
fn is_proxy(address: &str) -> bool {
    let Ok(uri) = address.parse::<Uri>() else { return false };
    let is_known = uri.scheme_str().is_none_or(|scheme| SCHEMES.contains(&scheme));
    is_known && uri.host().is_some_and(|host| !host.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxy_is_a_host_and_a_way_to_speak_to_it() {
        for proxy in
            ["proxy", "proxy:3128", "http://proxy", "https://a:b@proxy:1", "socks5h://[::1]:1080"]
        {
            assert!(is_proxy(proxy), "{proxy}");
        }
        for odd in ["ftp://proxy", "http://pro xy", "http://", "/proxy"] {
            assert!(!is_proxy(odd), "{odd}");
        }
    }
}
