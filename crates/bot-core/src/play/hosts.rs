//! The hosts of a talk: what was recorded of their answers.

use std::collections::VecDeque;

use http::Uri;

use crate::fetch::{Answer, FetchError, Fetched, Host, Request, Secrets, prepare};

/// What is recorded, and what has been fetched so far.
#[derive(Default)]
pub(super) struct Hosts {
    /// URLs, each secret as its name in braces.
    pub(super) fetched: Vec<String>,
    /// The bodies of those requests.
    pub(super) bodies: Vec<Vec<u8>>,
    recordings: Vec<(String, VecDeque<Result<Answer, FetchError>>)>,
}

impl Hosts {
    pub(super) fn record(&mut self, part: &str, answer: Result<Answer, FetchError>) {
        match self.recordings.iter_mut().find(|(recorded, _)| recorded == part) {
            Some((_, answers)) => answers.push_back(answer),
            None => self.recordings.push((part.to_owned(), VecDeque::from([answer]))),
        }
    }

    /// What comes of a request of a bot that has declared `hosts`, or why the script does not say.
    pub(super) fn ask(
        &mut self,
        hosts: &'static [Host],
        request: &Request,
    ) -> Result<Fetched, String> {
        // Every declared secret has a value.
        let secrets = Secrets::from_settings(hosts, &|_| Some("secret".to_owned()));
        let refused = prepare(request, "play", hosts, &secrets).err();
        let url = request.url();
        let answer = self.recorded(&url);
        match (refused, answer) {
            // That it is refused is what the script wants to see.
            (Some(error), Some(Err(recorded))) if recorded == error => Ok(Err(error).into()),
            (Some(error), _) => Err(advice(request, error)),
            (None, Some(answer)) => {
                self.fetched.push(url);
                self.bodies.push(request.body().to_vec());
                Ok(answer.into())
            }
            (None, None) => {
                let method = request.method().as_str();
                Err(format!("nothing is recorded for {method} {url}: say what it `fetches`"))
            }
        }
    }

    fn recorded(&mut self, url: &str) -> Option<Result<Answer, FetchError>> {
        let (_, answers) = self.recordings.iter_mut().find(|(part, _)| url.contains(&**part))?;
        if answers.len() == 1 { answers.front().cloned() } else { answers.pop_front() }
    }
}

/// What to do about a request that the worker would refuse to make.
fn advice(request: &Request, error: FetchError) -> String {
    let url = request.url.parse::<Uri>().unwrap_or_default();
    let host = url.host().unwrap_or_default();
    match error {
        FetchError::Host => format!("{host} is not declared: add it to the bot's `.hosts`"),
        FetchError::Secret(name) => {
            format!("{name} is not declared for {host}: `Host::new(\"{host}\").secret(\"{name}\")`")
        }
        error => format!("{} {} is not made: {error}", request.method().as_str(), request.url()),
    }
}
