//! The client against a server of this process that speaks TLS.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use bot_core::fetch::{Answer, FetchError, Host, MAX_ANSWER_BYTES, Outgoing, is_public};
use bot_core::worker::{Delivery, Effect, Input, Setup};
use bot_core::{Bot, Cx, Listener, Reply, Request, Timestamp, UsageError};
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;
use tokio_rustls::rustls::{ClientConfig, RootCertStore, ServerConfig};

use super::*;

/// A bot that fetches whatever it is told.
static BOT: Bot = Bot::new().on_message::<Asks>().hosts(&[
    Host::new("weather.test"),
    Host::new("other.test"),
    Host::new("inside.test"),
]);

struct Asks;

impl Listener for Asks {
    type State = ();

    async fn hear(text: String, cx: &mut Cx<()>) -> Result<Reply, UsageError> {
        let _ = cx.fetch(Request::get(text)).await;
        Ok(Reply::nothing())
    }
}

/// The request the bot makes when it is told `url`.
fn outgoing(url: &str) -> Outgoing {
    let envelope = json!({ "v": 1, "generation": 0, "received_at": 0, "event": {
        "key": "telegram:1:1", "platform": "telegram", "tenant": "1", "conversation": "11",
        "user": { "id": "11" }, "addressed": true, "kind": { "type": "message", "text": url },
        "address": { "chat_id": 11 },
    } });
    let setup = Arc::new(Setup::from_settings(&BOT, &|_: &str| None).expect("settings"));
    let now = Timestamp::default();
    let (mut delivery, _) = Delivery::begin(setup, &envelope.to_string(), 1, "me".to_owned(), now);
    delivery.next(Input::Loaded(Vec::new()), now);
    match delivery.next(Input::Found(None), now) {
        Effect::Fetch(mut fetch) => fetch.requests.remove(0),
        _ => panic!("no request is made of {url}"),
    }
}

/// A server with a certificate for `weather.test` and `inside.test`.
struct Server {
    address: SocketAddr,
    roots: RootCertStore,
    /// The heads of the requests it was sent, over TLS.
    heads: Arc<Mutex<Vec<String>>>,
}

impl Server {
    /// Answers every request with `bytes`, and closes.
    async fn answering(bytes: Vec<u8>) -> Self {
        let names = ["weather.test".to_owned(), "inside.test".to_owned()];
        let made = rcgen::generate_simple_self_signed(names).expect("a certificate");
        let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).expect("a key");
        let config = ServerConfig::builder().with_no_client_auth();
        let config = config.with_single_cert(vec![made.cert.der().clone()], key).expect("TLS");
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let mut roots = RootCertStore::empty();
        roots.add(made.cert.der().clone()).expect("a root");

        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let heads = Arc::<Mutex<Vec<String>>>::default();
        let seen = Arc::clone(&heads);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let Ok(mut stream) = acceptor.accept(stream).await else { continue };
                let mut head = Vec::new();
                while !head.ends_with(b"\r\n\r\n") {
                    match stream.read_u8().await {
                        Ok(byte) => head.push(byte),
                        Err(_) => break,
                    }
                }
                seen.lock().expect("unpoisoned").push(String::from_utf8_lossy(&head).into());
                let _ = stream.write_all(&bytes).await;
                let _ = stream.shutdown().await;
            }
        });
        Self { address, roots, heads }
    }

    /// A client that finds it under every name.
    fn fetcher(&self, is_allowed: fn(IpAddr) -> bool) -> Fetcher {
        let address = self.address;
        self.resolved_by(Resolver::new(move |_| Ok(vec![address]), is_allowed))
    }

    /// A client that trusts its certificate.
    fn resolved_by(&self, resolver: Resolver) -> Fetcher {
        let tls = ClientConfig::builder().with_root_certificates(self.roots.clone());
        let tls = HttpsConnectorBuilder::new().with_tls_config(tls.with_no_client_auth());
        Fetcher { client: client(tls.https_only(), resolver).into(), stand_in: None }
    }

    fn heads(&self) -> Vec<String> {
        self.heads.lock().expect("unpoisoned").clone()
    }
}

async fn fetched(fetcher: &Fetcher, url: &str) -> Result<Answer, FetchError> {
    let mut answers = fetcher.fetch(vec![outgoing(url)], Duration::from_secs(5)).await;
    assert_eq!(answers.len(), 1);
    answers.remove(0).answer()
}

fn ok(body: &str) -> Vec<u8> {
    format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len()).into()
}

#[tokio::test]
async fn a_host_is_known_by_its_certificate() {
    let server = Server::answering(ok("dry")).await;
    let fetcher = server.fetcher(|_| true);
    // (URL, answer)
    let dry = Ok(Answer { status: 200, body: b"dry".to_vec() });
    let cases = [
        ("https://weather.test/now?q=1", dry.clone()),
        ("https://WEATHER.test", dry),
        ("https://other.test/", Err(FetchError::NoAnswer)),
    ];

    for (url, expected) in cases {
        assert_eq!(fetched(&fetcher, url).await, expected, "{url}");
    }
    let heads = server.heads();
    assert_eq!(heads.len(), 2);
    assert!(heads[0].starts_with("GET /now?q=1 HTTP/1.1\r\n"), "{}", heads[0]);
    assert!(heads[0].contains("\r\nhost: weather.test\r\n"), "{}", heads[0]);
    assert!(!heads[0].contains("accept-encoding"), "{}", heads[0]);
}

#[tokio::test]
async fn a_host_with_an_unknown_certificate_is_not_spoken_to() {
    let server = Server::answering(ok("dry")).await;
    let other = Server::answering(ok("dry")).await;
    let fetcher = Server { address: server.address, ..other }.fetcher(|_| true);
    assert_eq!(fetched(&fetcher, "https://weather.test/").await, Err(FetchError::NoAnswer));
    assert!(server.heads().is_empty());
}

#[tokio::test]
async fn a_name_that_leads_inside_leads_nowhere() {
    let server = Server::answering(ok("secret")).await;
    let fetcher = server.fetcher(is_public);
    assert_eq!(fetched(&fetcher, "https://inside.test/").await, Err(FetchError::Address));
    assert!(server.heads().is_empty());

    // Among several addresses, those outside are taken.
    let address = server.address;
    let inside: SocketAddr = "10.0.0.1:1".parse().expect("an address");
    let resolver = Resolver::new(move |_| Ok(vec![inside, address]), |ip| ip.is_loopback());
    assert!(fetched(&server.resolved_by(resolver), "https://inside.test/").await.is_ok());
}

#[tokio::test]
async fn a_host_that_says_nothing_takes_no_longer_than_it_may_and_holds_up_nobody() {
    let server = Server::answering(ok("dry")).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let (silent, speaking) = (listener.local_addr().expect("an address"), server.address);
    let resolve =
        move |name: &str| Ok(vec![if name == "weather.test" { speaking } else { silent }]);
    let fetcher = server.resolved_by(Resolver::new(resolve, |_| true));
    let requests = ["https://inside.test/", "https://weather.test/"].map(outgoing).to_vec();
    let begun = Instant::now();
    let answers = fetcher.fetch(requests, Duration::from_millis(500)).await;

    assert!(begun.elapsed() < Duration::from_secs(3), "{:?}", begun.elapsed());
    let dry = Answer { status: 200, body: b"dry".to_vec() };
    assert_eq!(answers, [Err(FetchError::NoAnswer).into(), Ok(dry).into()]);
}

#[tokio::test]
async fn a_name_without_an_address_is_no_answer() {
    let server = Server::answering(ok("dry")).await;
    let unknown = Resolver::new(|_| Err(io::Error::other("no such name")), |_| true);
    let answer = fetched(&server.resolved_by(unknown), "https://weather.test/").await;
    assert_eq!(answer, Err(FetchError::NoAnswer));
}

#[tokio::test]
async fn a_server_without_tls_is_sent_nothing() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let heard = Arc::<Mutex<Vec<u8>>>::default();
    let hears = Arc::clone(&heard);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut bytes = [0; 16];
            let count = stream.read(&mut bytes).await.unwrap_or_default();
            hears.lock().expect("unpoisoned").extend(&bytes[..count]);
            let _ = stream.write_all(&ok("plain")).await;
        }
    });
    let server = Server::answering(Vec::new()).await;
    let fetcher = Server { address, ..server }.fetcher(|_| true);
    assert_eq!(fetched(&fetcher, "https://weather.test/").await, Err(FetchError::NoAnswer));
    // A TLS handshake, and not "GET".
    assert_eq!(heard.lock().expect("unpoisoned").first(), Some(&22));
}

#[tokio::test]
async fn a_plain_url_is_not_connected_to() {
    // bot-core makes no such request; should it ever, the client does not either.
    let server = Server::answering(ok("plain")).await;
    let mut request = outgoing("https://weather.test/");
    request.url = "http://weather.test/".parse().expect("a URL");
    let answers = server.fetcher(|_| true).fetch(vec![request], Duration::from_secs(5)).await;
    assert_eq!(answers, [Err(FetchError::NoAnswer).into()]);
    assert!(server.heads().is_empty());
}

#[tokio::test]
async fn an_answer_is_whole_or_none() {
    let of = |length: usize| ok(&"x".repeat(length));
    let unsized_of = |length: usize| {
        [b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n".to_vec(), vec![b'x'; length]].concat()
    };
    let chunked = |rest: &str| {
        format!("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\ndry\r\n{rest}").into()
    };
    // (case, what is sent, length of the answer)
    let cases: [(&str, Vec<u8>, Result<usize, FetchError>); 9] = [
        ("empty", of(0), Ok(0)),
        ("the longest", of(MAX_ANSWER_BYTES), Ok(MAX_ANSWER_BYTES)),
        ("too long", of(MAX_ANSWER_BYTES + 1), Err(FetchError::TooLarge)),
        ("too long, which nobody says", unsized_of(2 << 20), Err(FetchError::TooLarge)),
        ("in chunks", chunked("0\r\n\r\n"), Ok(3)),
        ("without its last chunk", chunked(""), Err(FetchError::NoAnswer)),
        (
            "broken off",
            b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\ndry".to_vec(),
            Err(FetchError::NoAnswer),
        ),
        ("no HTTP", b"dry\r\n\r\n".to_vec(), Err(FetchError::NoAnswer)),
        ("nothing", Vec::new(), Err(FetchError::NoAnswer)),
    ];

    for (case, bytes, expected) in cases {
        let fetcher = Server::answering(bytes).await.fetcher(|_| true);
        let answer = fetched(&fetcher, "https://weather.test/").await;
        assert_eq!(answer.map(|answer| answer.body.len()), expected, "{case}");
    }
}

#[test]
fn nothing_is_built_before_a_request_needs_it() {
    assert!(Fetcher::new(None).client.get().is_none());
}
