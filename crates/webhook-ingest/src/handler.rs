//! Performs what bot-core decides about a webhook.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bot_aws::api::{Api, SendError};
use bot_aws::bounded::{Lost, bounded};
use bot_aws::process::now;
use bot_aws::{Configured, Metrics, Queue};
use bot_core::bot::Typing;
use bot_core::dead_letter::DeadLetter;
use bot_core::envelope::Envelope;
use bot_core::http::gateway::{GatewayRequest, GatewayResponse};
use bot_core::http::{Request, Response};
use bot_core::ingest::{Action, Note, Platforms, decide};
use bot_core::metric::Name;
use bot_core::platform::Call;
use bot_core::{Bot, Platform};
use tracing::{debug, error, info, warn};

/// How long a form may take to open, and an author's code to suggest values. The person is shown an error after 3 seconds, a
/// cold start included.
///
/// <https://docs.slack.dev/interactivity/handling-user-interaction>,
/// <https://docs.discord.com/developers/interactions/receiving-and-responding#responding-to-an-interaction>
const ON_THE_SPOT: Duration = Duration::from_millis(1500);

/// The handler and what it holds between requests.
pub struct Ingest {
    pub(crate) bot: &'static Bot,
    pub(crate) platforms: Configured<Platforms>,
    pub(crate) queue: Queue,
    pub(crate) api: Api,
    pub(crate) metrics: Metrics,
    pub(crate) is_tainted: AtomicBool,
}

impl Ingest {
    /// Reads the secrets before the first webhook comes, which would wait for them.
    pub async fn prepare(&self) {
        if let Err(error) = self.platforms.at(now()).await {
            error!("secrets could not be read: {error:#}");
        }
    }

    /// Answers one event of API Gateway. `trace` is X-Ray's header for what it leads to.
    pub async fn handle(&self, event: GatewayRequest, trace: Option<&str>) -> GatewayResponse {
        let response = match Request::try_from(event) {
            Ok(request) => self.answer(&request, trace).await,
            Err(error) => error.into(),
        };
        response.into()
    }

    async fn answer(&self, request: &Request, trace: Option<&str>) -> Response {
        let platforms = match self.platforms.at(now()).await {
            Ok(platforms) => platforms,
            // Whom we cannot tell from a forger is not turned away for good.
            Err(error) => {
                error!("secrets could not be read: {error:#}");
                return Response::error(503, "not accepted, try again");
            }
        };
        match decide(self.bot, &platforms, request, now()) {
            Action::Respond(response, note) => {
                log(note);
                if let Some((platform, name)) = note.counts() {
                    self.metrics.emit(platform.slug(), &[name.into()]);
                }
                response
            }
            Action::Enqueue { envelope, accepted, refused } => {
                self.enqueue(&envelope, trace, accepted, refused).await
            }
            Action::Open { platform, call, opened, failed } => {
                if self.open(&platforms, platform, &call).await {
                    return opened;
                }
                self.metrics.emit(platform.slug(), &[Name::Unopened.into()]);
                failed
            }
            Action::Suggest { platform, typing } => {
                let values = self.suggestions(&typing).await;
                info!(platform = platform.slug(), "webhook answered");
                platforms.suggest(platform, &typing.typed, &values)
            }
            Action::Bury { letter, kept } => self.bury(&letter, kept).await,
        }
    }

    /// What the author's code suggests, or nothing: it runs on a thread that can be left.
    async fn suggestions(&self, typing: &Typing) -> Vec<String> {
        let (bot, asked) = (self.bot, typing.clone());
        let lost = match bounded(ON_THE_SPOT, move || bot.suggestions(&asked)).await {
            Ok(values) => return values,
            Err(lost) => lost,
        };
        // There are none of a command or an argument that the bot does not declare.
        let (command, argument) = (&typing.command, &typing.argument);
        match lost {
            Lost::Endless => {
                self.is_tainted.store(true, Ordering::Relaxed);
                error!(
                    command,
                    argument,
                    "suggestions do not end: they keep a processor busy until this process ends"
                );
            }
            Lost::Panicked => error!(command, argument, "suggestions panicked"),
            Lost::NotBegun => error!(command, argument, "there is no thread for suggestions"),
        }
        Vec::new()
    }

    /// Whether an author's code is still running and keeps a processor busy: the process has to end.
    #[must_use]
    pub fn is_tainted(&self) -> bool {
        self.is_tainted.load(Ordering::Relaxed)
    }

    /// A success is answered only when SQS has the event.
    async fn enqueue(
        &self,
        envelope: &Envelope,
        trace: Option<&str>,
        accepted: Response,
        refused: Response,
    ) -> Response {
        let platform = envelope.event.platform.slug();
        let event_key = envelope.event.key.as_str();
        let conversation = envelope.group_id();
        match self.queue.send(envelope, trace).await {
            Ok(()) => {
                info!(platform, event_key, conversation, "webhook accepted");
                self.metrics.emit(platform, &[Name::Accepted.into()]);
                accepted
            }
            Err(error) => {
                error!(platform, event_key, conversation, "webhook could not be queued: {error:#}");
                self.metrics.emit(platform, &[Name::TurnedAway.into()]);
                refused
            }
        }
    }

    /// Opens a form, once: what opens it cannot be used again.
    async fn open(&self, platforms: &Platforms, platform: Platform, call: &Call) -> bool {
        let platform_name = platform.slug();
        let request = match platforms.request(platform, call) {
            Ok(request) => request,
            Err(error) => {
                error!(platform = platform_name, "form could not be opened: {error}");
                return false;
            }
        };
        match self.api.send_within(request, ON_THE_SPOT).await {
            Ok(answer) if platforms.is_done(platform, &answer) => {
                info!(platform = platform_name, "form opened");
                true
            }
            Ok(answer) => {
                let status = answer.status;
                warn!(platform = platform_name, status, "form was refused");
                false
            }
            Err(SendError::NoAnswer(error)) => {
                warn!(platform = platform_name, "form could not be opened: {error:#}");
                false
            }
            Err(SendError::Unsendable) => {
                error!(platform = platform_name, "form could not be opened: no HTTP request");
                false
            }
        }
    }

    async fn bury(&self, letter: &DeadLetter, kept: Response) -> Response {
        let platform = letter.platform().map_or("", Platform::slug);
        match self.queue.bury(letter).await {
            Ok(()) => {
                self.metrics.emit(platform, &[Name::Poison.into()]);
                error!(
                    reason = letter.reason,
                    "authentic webhook is unreadable, it is in the dead-letter queue"
                );
                kept
            }
            Err(error) => {
                error!(
                    reason = letter.reason,
                    "authentic webhook is unreadable and could not be kept: {error:#}"
                );
                self.metrics.emit(platform, &[Name::TurnedAway.into()]);
                Response::error(503, "not accepted, try again")
            }
        }
    }
}

fn log(note: Note) {
    match note {
        Note::NotServed => debug!("request is not served"),
        Note::Forged(platform, reason) => {
            warn!(platform = platform.slug(), "webhook is not authentic: {reason}");
        }
        Note::Answered(platform) => info!(platform = platform.slug(), "webhook answered"),
        Note::Ignored(platform, reason) => {
            info!(platform = platform.slug(), ?reason, "webhook ignored");
        }
        Note::Unwanted(platform) => {
            info!(platform = platform.slug(), "webhook does not concern the bot");
        }
    }
}
