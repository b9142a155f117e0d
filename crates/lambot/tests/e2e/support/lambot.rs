//! A running `lambot dev`.

use std::process::{Command, ExitStatus};
use std::thread;

use super::api::Api;
use super::folder::Folder;
use super::http::{self, Answer, Request};
use super::process::{Lines, Process, lambot};
use super::updates::Updates;
use super::{discord, slack, telegram};

/// How it is to be started: without anything, on a free port and with what it has for development.
#[derive(Default)]
pub(crate) struct Setup {
    arguments: Vec<String>,
    variables: Vec<(&'static str, String)>,
    is_polling: bool,
}

impl Setup {
    pub(crate) fn argument(mut self, argument: &str) -> Self {
        self.arguments.push(argument.to_owned());
        self
    }

    pub(crate) fn variable(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.variables.push((name, value.into()));
        self
    }

    /// With secrets of our own, and with the platforms' APIs at `api`.
    pub(crate) fn calling(self, api: &Api) -> Self {
        self.variable("SLACK_SIGNING_SECRET", slack::SECRET)
            .variable("SLACK_BOT_TOKEN", slack::TOKEN)
            .variable("SLACK_API_URL", format!("{}/slack/api", api.url))
            .variable("SLACK_HOOKS_URL", slack::hooks_url(api))
            .variable("DISCORD_PUBLIC_KEY", discord::public_key())
            .variable("DISCORD_BOT_TOKEN", discord::TOKEN)
            .variable("DISCORD_API_URL", format!("{}/discord/api/v10", api.url))
            .variable("TELEGRAM_SECRET_TOKEN", telegram::SECRET)
            .variable("TELEGRAM_BOT_TOKEN", telegram::TOKEN)
            .variable("TELEGRAM_BOT_USERNAME", telegram::USERNAME)
            .variable("TELEGRAM_API_URL", format!("{}/telegram", api.url))
    }

    /// Asking `updates` for what people say, with no more set than a token.
    pub(crate) fn polling(mut self, updates: &Updates) -> Self {
        self.is_polling = true;
        self.argument("--telegram-polling")
            .variable("TELEGRAM_BOT_TOKEN", telegram::TOKEN)
            .variable("TELEGRAM_API_URL", format!("{}/telegram", updates.api.url))
    }

    pub(crate) fn keeping(mut self, folder: &Folder) -> Self {
        self.arguments.extend(["--data".to_owned(), folder.path()]);
        self
    }

    /// Starts it although it will not serve; what it complains about.
    #[track_caller]
    pub(crate) fn fail(self) -> String {
        let mut process = Process::start(&mut self.command());
        let logged = Lines::of(process.child().stderr.take().unwrap());
        assert_eq!(process.wait().code(), Some(1));
        logged.all().join("\n")
    }

    /// Starts it and waits until it serves.
    #[track_caller]
    pub(crate) fn start(self) -> Lambot {
        let mut process = Process::start(&mut self.command());
        let said = Lines::of(process.child().stdout.take().unwrap());
        let logged = Lines::of(process.child().stderr.take().unwrap());
        // The last line of what it has to say.
        said.wait_for(1, if self.is_polling { "https://t.me/" } else { "curl " });
        let first = said.wait_for(1, "Lambot serves http://");
        let (_, address) = first.split_once("http://").unwrap();
        Lambot { process, said, logged, address: address.to_owned(), variables: self.variables }
    }

    fn command(&self) -> Command {
        let mut command = lambot();
        command.args(["--port", "0"]).args(&self.arguments);
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        command
    }
}

/// A running one.
pub(crate) struct Lambot {
    pub(crate) process: Process,
    /// Its standard output.
    pub(crate) said: Lines,
    /// Its standard error.
    pub(crate) logged: Lines,
    pub(crate) address: String,
    /// The variables it was started with.
    pub(super) variables: Vec<(&'static str, String)>,
}

impl Lambot {
    /// Sends a request.
    #[track_caller]
    pub(crate) fn send(&self, request: &Request) -> Answer {
        http::send(&self.address, request)
    }

    /// Sends a webhook, which has to be answered 200.
    #[track_caller]
    pub(crate) fn accept(&self, webhook: &Request) -> Answer {
        let answer = self.send(webhook);
        assert_eq!(answer.status, 200, "{answer:?}");
        answer
    }

    /// Whether it takes the next person's message after all that happened.
    #[track_caller]
    pub(crate) fn still_answers(&self, api: &Api) {
        self.accept(&telegram::private(987_654_321, "Are you there?"));
        super::eventually("an answer", || {
            api.texts().contains(&"You said: Are you there?".to_owned()).then_some(())
        });
    }

    /// What it says after `export NAME=`.
    #[track_caller]
    pub(crate) fn exported(&self, name: &str) -> String {
        let start = format!("export {name}=");
        let lines = self.said.so_far();
        lines.iter().find_map(|line| line.strip_prefix(&start)).expect(name).to_owned()
    }

    /// Sends a signal and waits for the end.
    #[track_caller]
    pub(crate) fn stop(&mut self, signal: &str) -> ExitStatus {
        self.process.signal(signal);
        self.process.wait()
    }
}

impl Drop for Lambot {
    #[expect(clippy::print_stderr, reason = "why a test has failed may be in its process's log")]
    fn drop(&mut self) {
        if thread::panicking() {
            eprintln!("lambot's log:\n{}", self.logged.so_far().join("\n"));
        }
    }
}
