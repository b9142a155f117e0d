//! What goes from a client of AWS to its endpoint, read on the way.

use std::io;
use std::sync::{Arc, Mutex};

use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// A call of AWS's API.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Call {
    /// Without its service.
    pub(crate) name: String,
    pub(crate) body: Value,
}

/// The calls so far.
pub(crate) type Calls = Arc<Mutex<Vec<Call>>>;

/// An endpoint that passes everything on to the one at `url`, and notes the calls.
pub(crate) async fn tap(url: &str, calls: &Calls) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let tapped = format!("http://{}", listener.local_addr().unwrap());
    let (address, calls) = (url.strip_prefix("http://").unwrap().to_owned(), Arc::clone(calls));
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let (address, calls) = (address.clone(), Arc::clone(&calls));
            tokio::spawn(async move {
                // The client or the server is gone.
                let _ = pass_on(client, &address, &calls).await;
            });
        }
    });
    tapped
}

async fn pass_on(client: TcpStream, address: &str, calls: &Calls) -> io::Result<()> {
    let server = TcpStream::connect(address).await?;
    let (mut from_server, mut to_server) = server.into_split();
    let (from_client, mut to_client) = client.into_split();
    tokio::spawn(async move { tokio::io::copy(&mut from_server, &mut to_client).await });
    let mut from_client = BufReader::new(from_client);
    loop {
        let (mut head, mut name, mut length) = (String::new(), String::new(), 0);
        let mut is_again = false;
        loop {
            let begun = head.len();
            if from_client.read_line(&mut head).await? == 0 {
                return Ok(());
            }
            let line = head[begun..].trim_end();
            let Some((field, value)) = line.split_once(": ") else {
                if line.is_empty() {
                    break;
                }
                continue;
            };
            match field.to_ascii_lowercase().as_str() {
                "x-amz-target" => name = value.rsplit('.').next().unwrap_or_default().to_owned(),
                // A machine that is busy has the SDK try again, which is no other call.
                "amz-sdk-request" => is_again = !value.starts_with("attempt=1;"),
                "content-length" => length = value.parse().unwrap(),
                _ => {}
            }
        }
        let mut body = vec![0; length];
        from_client.read_exact(&mut body).await?;
        if !is_again {
            let body = serde_json::from_slice(&body).unwrap();
            calls.lock().unwrap().push(Call { name, body });
        }
        to_server.write_all(head.as_bytes()).await?;
        to_server.write_all(&body).await?;
    }
}
