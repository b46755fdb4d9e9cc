//! One look at an address: the only network access of the program, to no other address than that of
//! the command line.

use std::io::{self, Read};
use std::net::{IpAddr, Ipv4Addr};
use std::ops::RangeInclusive;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use regex::{Regex, bytes};
use ureq::http::Uri;

use crate::clean::clean;
use crate::watch::Answer;

/// How much of an answer is read, in bytes.
const BODY: u64 = 1 << 20;
/// Windows: a name that is not known.
const WSAHOST_NOT_FOUND: i32 = 11001;
/// How many redirects are followed, on the same host.
const REDIRECTS: usize = 5;
/// Longest stored detail, in characters.
const DETAIL: usize = 120;

/// What an answer has to be like.
#[derive(Clone, Debug)]
pub struct Expected {
    pub status: RangeInclusive<u16>,
    pub timeout: Duration,
    pub matches: Option<bytes::Regex>,
    pub rejects: Option<bytes::Regex>,
    pub version: Option<String>,
    pub max_latency: Option<Duration>,
}

/// What came of one look.
#[derive(Debug)]
pub struct Seen {
    pub answer: Answer,
    pub ms: u64,
    pub detail: Option<String>,
    pub version: Option<String>,
}

/// An address that may be watched.
#[derive(Clone, Debug)]
pub struct Address {
    uri: Uri,
    /// Without user, password and query: fit to be stored and shown.
    pub shown: String,
}

impl Address {
    /// Reads an address: http or https, with a host, and not of a cloud's metadata service.
    ///
    /// # Errors
    /// What is wrong with it, and what to write instead.
    pub fn parse(text: &str, allow_link_local: bool) -> Result<Self, String> {
        let uri: Uri =
            text.parse().map_err(|_| "is no address: write https://HOST/PATH".to_owned())?;
        let scheme = uri.scheme_str().unwrap_or_default();
        let host = uri.host().unwrap_or_default();
        if !["http", "https"].contains(&scheme) || host.is_empty() {
            return Err("is no http or https address: write https://HOST/PATH".to_owned());
        }
        if !allow_link_local && is_link_local(host) {
            let why = "is an address of this machine's link, where clouds keep credentials";
            return Err(format!("{why}; `--allow-link-local` watches it all the same"));
        }
        let port = uri.port().map_or_else(String::new, |it| format!(":{it}"));
        let shown = format!("{scheme}://{host}{port}{}", uri.path());
        Ok(Self { shown: clean(&shown, 200).text, uri })
    }

    /// Returns where a redirect leads, if that is the same host.
    fn join(&self, location: &str) -> Option<Uri> {
        let authority = self.uri.authority()?;
        let text = if location.starts_with('/') && !location.starts_with("//") {
            format!("{}://{authority}{location}", self.uri.scheme_str()?)
        } else {
            location.to_owned()
        };
        let res: Uri = text.parse().ok()?;
        let http = ["http", "https"].contains(&res.scheme_str()?);
        (http && res.host() == self.uri.host()).then_some(res)
    }
}

fn is_link_local(host: &str) -> bool {
    let name = host.trim_matches(['[', ']']).trim_end_matches('.').to_lowercase();
    match name.parse::<IpAddr>() {
        Ok(IpAddr::V4(it)) => it.is_link_local(),
        Ok(IpAddr::V6(it)) => {
            it.is_unicast_link_local()
                || it.to_ipv4_mapped().is_some_and(|it: Ipv4Addr| it.is_link_local())
        }
        Err(_) => name == "metadata" || name == "metadata.google.internal",
    }
}

/// Looks once: a fresh connection, a GET, up to a megabyte of the answer.
pub fn look(address: &Address, expected: &Expected) -> Seen {
    let start = Instant::now();
    let ms = |start: Instant| start.elapsed().as_millis() as u64;
    let (status, body) = match fetch(address, expected.timeout) {
        Ok(it) => it,
        Err((answer, detail)) => {
            let detail = Some(clean(&detail, DETAIL).text);
            return Seen { answer, ms: ms(start), detail, version: None };
        }
    };
    let ms = ms(start);
    let body = String::from_utf8_lossy(&body);
    let (answer, detail) = judge(status, &body, ms, expected);
    let detail = detail.map(|it| clean(&it, DETAIL).text);
    Seen { answer, ms, detail, version: version_in(&body) }
}

fn judge(status: u16, body: &str, ms: u64, expected: &Expected) -> (Answer, Option<String>) {
    if !expected.status.contains(&status) {
        return (Answer::Status, Some(format!("status {status}")));
    }
    if expected.rejects.as_ref().is_some_and(|it| it.is_match(body.as_bytes())) {
        return (Answer::Body, Some("the answer has what --reject names".to_owned()));
    }
    if expected.matches.as_ref().is_some_and(|it| !it.is_match(body.as_bytes())) {
        return (Answer::Body, Some("the answer lacks what --match names".to_owned()));
    }
    if let Some(version) = &expected.version
        && !names_version(body, version)
    {
        let other = version_in(body)
            .map_or_else(|| "names no version".to_owned(), |it| format!("names {it}"));
        return (Answer::Version, Some(format!("the answer {other}, not {version}")));
    }
    if expected.max_latency.is_some_and(|it| u128::from(ms) > it.as_millis()) {
        return (Answer::Latency, Some(format!("took {ms} ms")));
    }
    (Answer::Ok, None)
}

/// Says whether a text names a version as a whole: `v1.2.3` is not in `v1.2.30` nor in `1.2.3-rc1`.
fn names_version(text: &str, version: &str) -> bool {
    let version = version.strip_prefix('v').unwrap_or(version);
    text.match_indices(version).any(|(at, _)| {
        let before = text[..at].strip_suffix('v').unwrap_or(&text[..at]);
        let mut after = text[at + version.len()..].chars();
        let joins = |it: char| it.is_alphanumeric() || it == '_';
        let open = before.chars().next_back().is_none_or(|it| !joins(it) && it != '.' && it != '-');
        let closed = match after.next() {
            Some('.' | '-' | '+') => after.next().is_none_or(|it| !joins(it)),
            it => it.is_none_or(|it| !joins(it)),
        };
        open && closed
    })
}

/// Returns the first version that a text names.
fn version_in(text: &str) -> Option<String> {
    static VERSION: LazyLock<Regex> = LazyLock::new(|| {
        let form =
            r"(?-u:\b)v?[0-9]{1,5}\.[0-9]{1,5}\.[0-9]{1,5}(?:[-+][0-9A-Za-z.-]{1,40})?(?-u:\b)";
        Regex::new(form).expect("it is a constant")
    });
    VERSION.find(text).map(|it| clean(it.as_str(), 80).text).filter(|it| !it.is_empty())
}

fn fetch(address: &Address, timeout: Duration) -> Result<(u16, Vec<u8>), (Answer, String)> {
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .timeout_global(Some(timeout))
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .max_idle_connections(0)
        .user_agent(concat!("learn-watch/", env!("CARGO_PKG_VERSION")))
        .build()
        .into();
    let begin = Instant::now();
    let mut uri = address.uri.clone();
    for _ in 0..=REDIRECTS {
        let left = timeout.saturating_sub(begin.elapsed());
        if left.is_zero() {
            return Err((Answer::Timeout, "redirects took too long".to_owned()));
        }
        let request = agent.get(uri).config().timeout_global(Some(left)).build();
        let mut response = request.call().map_err(|it| why(&it))?;
        let status = response.status().as_u16();
        let location = response.headers().get("location").and_then(|it| it.to_str().ok());
        if let (300..=399, Some(location)) = (status, location) {
            let Some(next) = address.join(location) else {
                return Err((Answer::Status, format!("status {status} to another host")));
            };
            uri = next;
            continue;
        }
        let mut body = Vec::new();
        let reader = response.body_mut().as_reader();
        reader.take(BODY).read_to_end(&mut body).map_err(|it| of_io(&it))?;
        return Ok((status, body));
    }
    Err((Answer::Status, format!("more than {REDIRECTS} redirects")))
}

fn why(err: &ureq::Error) -> (Answer, String) {
    let answer = match err {
        ureq::Error::Io(it) => return of_io(it),
        ureq::Error::Timeout(_) => Answer::Timeout,
        ureq::Error::HostNotFound => Answer::Dns,
        ureq::Error::Tls(_) | ureq::Error::Rustls(_) => Answer::Tls,
        ureq::Error::ConnectionFailed => Answer::Connect,
        ureq::Error::Protocol(_) | ureq::Error::Http(_) => Answer::Http,
        _ => Answer::Tool,
    };
    (answer, err.to_string())
}

fn of_io(err: &io::Error) -> (Answer, String) {
    if let Some(inner) = err.get_ref().and_then(|it| it.downcast_ref::<ureq::Error>()) {
        return why(inner);
    }
    // The standard library has no kind for it.
    let unknown = err.to_string().starts_with("failed to lookup address");
    let answer = match err.kind() {
        _ if unknown || (cfg!(windows) && err.raw_os_error() == Some(WSAHOST_NOT_FOUND)) => {
            Answer::Dns
        }
        io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => Answer::Timeout,
        io::ErrorKind::NetworkUnreachable | io::ErrorKind::NetworkDown => Answer::Network,
        io::ErrorKind::InvalidData => Answer::Tls,
        io::ErrorKind::OutOfMemory | io::ErrorKind::PermissionDenied => Answer::Tool,
        _ => Answer::Connect,
    };
    (answer, err.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_named_as_a_whole() {
        for text in ["v1.2.3", "{\"version\":\"1.2.3\"}", "is v1.2.3, up", "v1.2.3."] {
            assert!(names_version(text, "v1.2.3"), "{text}");
            assert!(names_version(text, "1.2.3"), "{text}");
        }
        for text in ["v1.2.30", "v11.2.3", "v1.2.3-rc1", "0.1.2.3", "v1.2.3.4", "ok", ""] {
            assert!(!names_version(text, "v1.2.3"), "{text}");
        }
    }

    #[test]
    fn what_is_stored_of_an_address_has_no_secret() {
        let it =
            Address::parse("https://user:pass@example.com:8443/health?token=x#y", false).unwrap();
        assert_eq!(it.shown, "https://example.com:8443/health");
        assert!(Address::parse("ftp://example.com", false).is_err());
        assert!(Address::parse("example.com/health", false).is_err());
        assert!(Address::parse("", false).is_err());
    }

    #[test]
    fn metadata_services_are_refused() {
        for host in
            ["169.254.169.254", "[fe80::1]", "[::ffff:169.254.1.1]", "metadata.google.internal"]
        {
            let text = format!("http://{host}/latest");
            assert!(Address::parse(&text, false).is_err(), "{host}");
            assert!(Address::parse(&text, true).is_ok(), "{host}");
        }
        assert!(Address::parse("http://127.0.0.1:1/", false).is_ok());
    }

    #[test]
    fn redirects_stay_on_the_host() {
        let it = Address::parse("https://example.com/a", false).unwrap();
        assert_eq!(it.join("/b").unwrap().to_string(), "https://example.com/b");
        assert!(it.join("https://example.com/c").is_some());
        assert!(it.join("https://evil.example/c").is_none());
        assert!(it.join("//evil.example/c").is_none());
        assert!(it.join("file:///etc/passwd").is_none());
    }
}
