//! Every shape of answer that Quay or the nginx before it gives.

use axum::http::StatusCode;
use serde_json::{Value, json};

/// Quay's own HTML, with the parameters that Flask adds.
const FLASK_HTML: &str = "text/html; charset=utf-8";

/// What nginx shows while it has nothing behind it.
const LOADING: &str = include_str!("pages/loading.html");

/// The start of the page of the web interface, as far as it was recorded.
const WEB_INTERFACE: &str = include_str!("pages/web_interface.html");

/// An answer before it goes onto the wire.
#[derive(Clone, Debug)]
pub struct Reply {
    /// The status.
    pub status: StatusCode,
    /// Beside `content-type`.
    pub headers: Vec<(&'static str, String)>,
    /// The type of the body.
    pub content_type: &'static str,
    /// The body.
    pub body: Vec<u8>,
}

/// What a handler answers: an early `Err` is as good an answer as `Ok`.
pub type Answer = Result<Reply, Reply>;

impl Reply {
    fn new(status: u16, content_type: &'static str, body: impl Into<Vec<u8>>) -> Self {
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        Self { status, headers: Vec::new(), content_type, body: body.into() }
    }

    /// The answer with one more header.
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// JSON; Flask ends it with a line break.
    pub fn json(status: u16, body: &Value) -> Self {
        Self::new(status, "application/json", format!("{body}\n"))
    }

    /// 200 with JSON.
    pub fn ok(body: &Value) -> Self {
        Self::json(200, body)
    }

    /// 204: Quay types it as JSON, though nothing follows.
    pub fn no_content() -> Self {
        Self::new(204, "application/json", "")
    }

    /// Shape 1 of Quay's errors; `type` is an absolute URL on the host that was asked.
    pub fn error(base_url: &str, status: u16, error_type: &str, detail: &str) -> Self {
        Self::json(status, &error_body(base_url, status, error_type, detail))
    }

    /// Shape 2: as shape 1, for `GET /user/` without a valid token.
    pub fn session_error(base_url: &str) -> Self {
        let mut body = error_body(base_url, 401, "invalid_token", "Requires authentication");
        body["session_required"] = json!(false);
        Self::json(401, &body)
    }

    /// Shape 3: errors of the model and of Flask-RESTful.
    pub fn message(status: u16, message: &str) -> Self {
        Self::json(status, &json!({ "message": message }))
    }

    /// Shape 4: JSON that calls itself HTML.
    pub fn plain_error(status: u16, error: &str) -> Self {
        let body = json!({ "error": error });
        Self::new(status, FLASK_HTML, body.to_string())
    }

    /// Shape 6: the registry takes no writes.
    pub fn read_only() -> Self {
        let message = "System is currently read-only. Pulls will succeed but all write \
                       operations are currently suspended.";
        Self::json(503, &json!({ "message": message, "is_readonly": true }))
    }

    /// What an uncaught exception of Quay becomes.
    pub fn server_error() -> Self {
        Self::new(
            500,
            "text/html",
            "<html>\n  <head>\n    <title>Internal Server Error</title>\n  </head>\n  <body>\n    \
             <h1><p>Internal Server Error</p></h1>\n    \n  </body>\n</html>\n",
        )
    }

    /// An error page of nginx.
    pub fn nginx(status: u16, reason: &str) -> Self {
        let page = format!(
            "<html>\r\n<head><title>{status} {reason}</title></head>\r\n<body>\r\n\
             <center><h1>{status} {reason}</h1></center>\r\n<hr><center>nginx</center>\r\n\
             </body>\r\n</html>\r\n"
        );
        Self::new(status, "text/html", page)
    }

    /// Any status with a page of HTML, as proxies and gateways answer.
    pub fn html(status: u16) -> Self {
        let reason = StatusCode::from_u16(status).ok().and_then(|code| code.canonical_reason());
        Self::nginx(status, reason.unwrap_or("Unknown"))
    }

    /// nginx without a backend.
    pub fn loading() -> Self {
        Self::new(502, "text/html", LOADING).with("etag", "\"6b0478d9-1be\"")
    }

    /// Flask's redirect to the path with a slash.
    pub fn redirect(location: &str) -> Self {
        let page = format!(
            "<!doctype html>\n<html lang=en>\n<title>Redirecting...</title>\n\
             <h1>Redirecting...</h1>\n<p>You should be redirected automatically to the target URL: \
             <a href=\"{location}\">{location}</a>. If not, click the link.\n"
        );
        Self::new(308, FLASK_HTML, page).with("location", location)
    }

    /// 405 of a path that is no operation of the API.
    pub fn page_refuses_method(allow: &str) -> Self {
        let page = "<!doctype html>\n<html lang=en>\n<title>405 Method Not Allowed</title>\n\
                    <h1>Method Not Allowed</h1>\n\
                    <p>The method is not allowed for the requested URL.</p>\n";
        Self::new(405, FLASK_HTML, page).with("allow", allow)
    }

    /// 405 of an operation of the API.
    pub fn refuses_method(allow: &str) -> Self {
        Self::message(405, "The method is not allowed for the requested URL.").with("allow", allow)
    }

    /// 404 with the page of the web interface: as long as Quay's, but empty behind its start.
    pub fn web_interface(path: &str, proxy_cache: bool) -> Self {
        let end = format!("\">\n</head>\n<body>{path}</body>\n</html>\n");
        // The page names its own path once; fewer features make a shorter list of features.
        let length = path.chars().count() + if proxy_cache { 68_723 } else { 67_888 };
        let padding = length.saturating_sub(WEB_INTERFACE.chars().count() + end.chars().count());
        Self::new(404, FLASK_HTML, format!("{WEB_INTERFACE}{}{end}", " ".repeat(padding)))
            .with("cache-control", "no-cache, no-store, must-revalidate")
            .with("set-cookie", "_csrf_token=fake; HttpOnly; Path=/; SameSite=Lax")
    }
}

fn error_body(base_url: &str, status: u16, error_type: &str, detail: &str) -> Value {
    json!({
        "detail": detail,
        "error_message": detail,
        "error_type": error_type,
        "title": error_type,
        "type": format!("{base_url}/api/v1/error/{error_type}"),
        "status": status,
    })
}
