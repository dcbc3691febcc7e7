//! What lies at an address that a person typed: fetched with limits of time and size, never from inside the server's own
//! network unless that was allowed. The address is checked after DNS and at every redirect; what was checked is dialled.

use futures::StreamExt;
use ipnet::IpNet;
use reqwest::{Client, Url, header, redirect, tls};
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

/// Redirects that are followed.
const MOST_REDIRECTS: usize = 5;

/// What may be fetched, and how long that may take.
#[derive(Clone, Debug)]
pub struct FetchRules {
    /// Networks that are not public and may be fetched from all the same.
    pub networks: Vec<IpNet>,
    /// How long one address may take, its redirects included.
    pub time: Duration,
}

/// Why nothing came.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// Not a web address.
    #[error("{0:?} is not an http or https address")]
    Address(String),
    /// The name is not known.
    #[error("the host {host:?} is not found: {reason}")]
    Unknown {
        /// The host.
        host: String,
        /// The system's words.
        reason: io::Error,
    },
    /// Inside the server's network.
    #[error("{host} lies at {ip}, which is no public address")]
    Private {
        /// The host.
        host: String,
        /// Its address.
        ip: IpAddr,
    },
    /// Too many redirects.
    #[error("{0} leads on more than {MOST_REDIRECTS} times")]
    Redirects(Url),
    /// It took too long.
    #[error("{url} did not answer whole within {seconds} s")]
    Slow {
        /// The address.
        url: Url,
        /// The limit.
        seconds: u64,
    },
    /// More than the limit.
    #[error("{url} has more than {limit} bytes")]
    Large {
        /// The address.
        url: Url,
        /// The limit.
        limit: usize,
    },
    /// An answer that is not a success.
    #[error("{url} answers {status}")]
    Status {
        /// The address.
        url: Url,
        /// HTTP status.
        status: reqwest::StatusCode,
    },
    /// The connection failed.
    #[error("{url} cannot be fetched: {reason}")]
    Connection {
        /// The address.
        url: Url,
        /// The innermost reason.
        reason: String,
    },
}

impl FetchError {
    /// How to mend it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Address(_) => "Write it like https://example.org/components.yaml, without a user name.",
            Self::Unknown { .. } => "Correct the host's name, or look at the server's DNS.",
            Self::Private { .. } => {
                "Whoever starts the server can allow it: dagwright serve --allow-network 10.0.0.0/8."
            }
            Self::Redirects(_) => "Give the address that it leads to in the end.",
            Self::Slow { .. } => "Try again later, or start the server with a longer --fetch-timeout.",
            Self::Large { .. } => "Give the address of the YAML file itself, not of an archive or a page.",
            Self::Status { .. } => "Open the address in a browser that is not signed in: the server has no password.",
            Self::Connection { .. } => "Look whether the server's machine reaches that host.",
        }
    }
}

/// What came.
#[derive(Clone, Debug)]
pub struct Fetched {
    /// Where it was in the end.
    pub url: Url,
    /// The bytes.
    pub bytes: Vec<u8>,
}

/// Reads an address that a person typed.
///
/// # Errors
/// [`FetchError::Address`].
pub fn address(text: &str) -> Result<Url, FetchError> {
    let url = Url::parse(text).map_err(|_| FetchError::Address(String::from(text)))?;
    let is_web = matches!(url.scheme(), "http" | "https") && url.has_host();
    let is_plain = url.username().is_empty() && url.password().is_none();
    if is_web && is_plain { Ok(url) } else { Err(FetchError::Address(String::from(text))) }
}

/// Fetches an address, at most `limit` bytes.
///
/// # Errors
/// [`FetchError`].
pub async fn fetch(rules: &FetchRules, url: &Url, limit: usize) -> Result<Fetched, FetchError> {
    fetch_by(rules, url, limit, async |host, port| Ok(tokio::net::lookup_host((host, port)).await?.collect())).await
}

async fn fetch_by(
    rules: &FetchRules,
    url: &Url,
    limit: usize,
    resolve: impl AsyncFn(&str, u16) -> io::Result<Vec<SocketAddr>>,
) -> Result<Fetched, FetchError> {
    let deadline = Instant::now() + rules.time;
    let mut url = address(url.as_str())?;
    for _ in 0..=MOST_REDIRECTS {
        let slow = || FetchError::Slow { url: url.clone(), seconds: rules.time.as_secs() };
        match timeout_at(deadline, once(rules, &url, limit, &resolve)).await.map_err(|_| slow())?? {
            Answer::Here(bytes) => return Ok(Fetched { url, bytes }),
            Answer::Elsewhere(place) => url = address(place.as_str())?,
        }
    }
    Err(FetchError::Redirects(url))
}

enum Answer {
    Here(Vec<u8>),
    Elsewhere(Url),
}

async fn once(
    rules: &FetchRules,
    url: &Url,
    limit: usize,
    resolve: &impl AsyncFn(&str, u16) -> io::Result<Vec<SocketAddr>>,
) -> Result<Answer, FetchError> {
    let host = url.host_str().unwrap_or_default();
    let port = url.port_or_known_default().unwrap_or(443);
    let unknown = |reason| FetchError::Unknown { host: String::from(host), reason };
    let literal = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    let addresses = match literal {
        Ok(ip) => vec![SocketAddr::new(ip, port)],
        Err(_) => resolve(host, port).await.map_err(unknown)?,
    };
    if addresses.is_empty() {
        return Err(unknown(io::Error::other("it has no address")));
    }
    // One that is not public among public ones is no accident.
    if let Some(refused) = addresses.iter().find(|address| !rules.allow(address.ip())) {
        return Err(FetchError::Private { host: String::from(host), ip: refused.ip() });
    }
    let failed = |error: reqwest::Error| FetchError::Connection { url: url.clone(), reason: innermost(&error) };
    // A client for this request alone: it knows the host by the addresses that were checked, and asks no proxy.
    let client = Client::builder()
        .redirect(redirect::Policy::none())
        .no_proxy()
        .min_tls_version(tls::Version::TLS_1_2)
        .user_agent(concat!("dagwright/", env!("CARGO_PKG_VERSION")))
        .resolve_to_addrs(host, &addresses)
        .build()
        .map_err(failed)?;
    let response = client.get(url.clone()).header(header::ACCEPT, "application/yaml, text/plain, */*").send();
    let response = response.await.map_err(failed)?;
    let status = response.status();
    if status.is_redirection() {
        let place = response.headers().get(header::LOCATION).and_then(|place| url.join(place.to_str().ok()?).ok());
        return place.map(Answer::Elsewhere).ok_or(FetchError::Status { url: url.clone(), status });
    }
    if !status.is_success() {
        return Err(FetchError::Status { url: url.clone(), status });
    }
    let mut bytes = Vec::new();
    let mut pieces = response.bytes_stream();
    while let Some(piece) = pieces.next().await {
        let piece = piece.map_err(failed)?;
        if bytes.len() + piece.len() > limit {
            return Err(FetchError::Large { url: url.clone(), limit });
        }
        bytes.extend_from_slice(&piece);
    }
    Ok(Answer::Here(bytes))
}

fn innermost(error: &dyn std::error::Error) -> String {
    let mut inner = error;
    while let Some(source) = inner.source() {
        inner = source;
    }
    inner.to_string()
}

impl FetchRules {
    fn allow(&self, ip: IpAddr) -> bool {
        is_public(ip) || self.networks.iter().any(|network| network.contains(&ip))
    }
}

/// Whether an address is one of the public internet's; when in doubt it is not.
fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => is_public_v4(ip),
        IpAddr::V6(ip) => is_public_v6(ip),
    }
}

fn is_public_v4(ip: Ipv4Addr) -> bool {
    let [a, b, c, _] = ip.octets();
    let is_shared = a == 100 && (64..128).contains(&b);
    let is_protocol = a == 192 && b == 0 && c == 0;
    let is_bench = a == 198 && (18..20).contains(&b);
    !(a == 0
        || a >= 224
        || ip.is_private()
        || ip.is_loopback()
        || ip.is_link_local()
        || ip.is_documentation()
        || is_shared
        || is_protocol
        || is_bench)
}

fn is_public_v6(ip: Ipv6Addr) -> bool {
    let [first, second, ..] = ip.segments();
    let inside = |at: usize| {
        let octets = ip.octets();
        Ipv4Addr::new(octets[at], octets[at + 1], octets[at + 2], octets[at + 3])
    };
    match (first, second) {
        // NAT64 and 6to4 lead to the IPv4 address inside.
        (0x64, 0xff9b) => is_public_v4(inside(12)),
        (0x2002, _) => is_public_v4(inside(2)),
        // Teredo, documentation.
        (0x2001, 0 | 0xdb8) => false,
        // What is handed out for the internet; IPv4-mapped, loopback, unique-local, link-local and multicast lie outside.
        _ => first & 0xe000 == 0x2000,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    #[test]
    fn only_public_addresses_are_public() {
        for inside in [
            "0.0.0.0",
            "10.1.2.3",
            "127.0.0.1",
            "127.8.8.8",
            "169.254.169.254",
            "172.16.0.1",
            "192.168.1.1",
            "100.64.0.1",
            "100.127.255.255",
            "192.0.0.8",
            "198.18.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:8.8.8.8",
            "::ffff:127.0.0.1",
            "fe80::1",
            "fc00::1",
            "fd00:ec2::254",
            "ff02::1",
            "64:ff9b::10.0.0.1",
            "2002:7f00:1::",
            "2001:db8::1",
            "2001::1",
        ] {
            assert!(!is_public(inside.parse().unwrap()), "{inside}");
        }
        for outside in ["8.8.8.8", "100.63.0.1", "172.32.0.1", "2606:4700::1111", "64:ff9b::8.8.8.8", "2002:808:808::"]
        {
            assert!(is_public(outside.parse().unwrap()), "{outside}");
        }
    }

    #[test]
    fn addresses_are_of_the_web_and_carry_no_password() {
        for wrong in ["file:///etc/passwd", "ftp://x.org/", "/etc", "https://a:b@x.org/", "https://a@x.org/", "http://"]
        {
            assert!(matches!(address(wrong), Err(FetchError::Address(_))), "{wrong}");
        }
        // Other ways of writing the loopback are the loopback.
        assert_eq!(address("http://2130706433/x").unwrap().host_str(), Some("127.0.0.1"));
    }

    async fn answering(text: &'static str) -> SocketAddr {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut asked = [0_u8; 2048];
                let length = stream.read(&mut asked).await.unwrap();
                let host = String::from_utf8_lossy(&asked[..length]).to_lowercase().contains("host: example.org");
                let said = if host { text } else { "HTTP/1.1 400 Bad\r\ncontent-length: 0\r\n\r\n" };
                stream.write_all(said.as_bytes()).await.unwrap();
            }
        });
        address
    }

    #[tokio::test]
    async fn a_name_is_asked_for_once_and_the_checked_address_is_the_dialled_one() {
        let there = answering("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi").await;
        let rules = FetchRules { networks: vec!["127.0.0.1/32".parse().unwrap()], time: Duration::from_secs(10) };
        let asked = std::sync::atomic::AtomicUsize::new(0);
        let url = address(&format!("http://example.org:{}/a", there.port())).unwrap();
        // A second question would be answered with an address that is refused.
        let resolve = async |_: &str, port| {
            let first = asked.fetch_add(1, std::sync::atomic::Ordering::Relaxed) == 0;
            let ip: IpAddr = if first { [127, 0, 0, 1] } else { [127, 0, 0, 2] }.into();
            Ok(vec![SocketAddr::new(ip, port)])
        };
        assert_eq!(fetch_by(&rules, &url, 2, resolve).await.unwrap().bytes, b"hi");
        assert_eq!(asked.load(std::sync::atomic::Ordering::Relaxed), 1);
        let mixed = async |_: &str, port| {
            Ok(vec![SocketAddr::new([127, 0, 0, 1].into(), port), SocketAddr::new([10, 0, 0, 1].into(), port)])
        };
        assert!(matches!(fetch_by(&rules, &url, 2, mixed).await, Err(FetchError::Private { .. })));
    }
}
