//! What is read of a platform's answer.

#![allow(clippy::expect_used, reason = "a test fails by panicking")]

use bot_aws::api::Api;
use bot_core::platform::{ApiAnswer, ApiRequest, Method};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

#[tokio::test]
async fn what_an_answer_says_of_limits_is_read() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let platform = async {
        let (mut connection, _) = listener.accept().await.expect("a connection");
        let asked = connection.read(&mut [0; 1024]).await.expect("a request");
        assert!(asked > 0);
        let answer = "HTTP/1.1 429 Too Many Requests\r\nRetry-After: 2\r\nX-RateLimit-Scope: user\r\n\
                      X-RateLimit-Reset-After: 1.5\r\nX-Else: 1\r\nContent-Length: 2\r\n\r\n{}";
        connection.write_all(answer.as_bytes()).await.expect("an answer");
        connection
    };
    let request = ApiRequest {
        method: Method::Get,
        url: url.clone().into(),
        headers: Vec::new(),
        body: Vec::new(),
    };
    let api = Api::new();
    let (answer, _connection) = futures_util::future::join(api.send(request), platform).await;
    let field = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let expected = ApiAnswer {
        status: 429,
        retry_after: Some("2".to_owned()),
        rate_limit: [field("scope", "user"), field("reset-after", "1.5")].into(),
        body: Some(b"{}".to_vec()),
    };
    assert_eq!(answer.expect("an answer"), expected);
}
