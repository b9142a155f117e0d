//! The worker's protocol: what happens to one message of the queue, from its arrival until it is acknowledged or given
//! back.
//!
//! [`Delivery`] is a state machine. It takes the result of one effect and names the next; queue-worker performs them, and
//! a simulation can perform them otherwise. A crash may come between any two, so every effect is safe to repeat.

pub mod backoff;
pub mod batch;
pub mod count;
pub mod deadline;
mod deciding;
pub mod delivery;
pub mod effect;
mod outbox;
mod phase;
pub mod record;

use crate::bot::Bot;
use crate::event::Event;
use crate::fetch::Secrets;
use crate::platform::{ApiRequest, Lookup, Outbound, Platform, SettingError};

pub use delivery::Delivery;
pub use effect::{Done, Effect, Fetch, Input, Outcome};

/// What deliveries need besides their messages.
pub struct Setup {
    pub(crate) bot: &'static Bot,
    platforms: Platforms,
    secrets: Secrets,
}

impl Setup {
    /// For `bot`, with its secrets and the platforms' as `settings` name them.
    ///
    /// # Errors
    ///
    /// A setting that cannot be right: fail at start-up, the error names it.
    pub fn from_settings(bot: &'static Bot, settings: &Lookup<'_>) -> Result<Self, SettingError> {
        Ok(Self {
            bot,
            platforms: Platforms::from_settings(settings)?,
            secrets: Secrets::from_settings(bot.declared_hosts(), settings),
        })
    }
}

/// The platforms' APIs.
struct Platforms(Vec<(Platform, Box<dyn Outbound>)>);

impl Platforms {
    fn from_settings(settings: &Lookup<'_>) -> Result<Self, SettingError> {
        let apis =
            Platform::ALL.iter().map(|&platform| Ok((platform, platform.outbound(settings)?)));
        apis.collect::<Result<_, _>>().map(Self)
    }

    fn of(&self, event: &Event) -> Option<&dyn Outbound> {
        self.0
            .iter()
            .find(|(platform, _)| *platform == event.platform)
            .map(|(_, outbound)| &**outbound)
    }

    /// The request that shows `notice` where `event` happened.
    fn show(&self, event: &Event, notice: &str) -> Option<ApiRequest> {
        let platform = self.of(event)?;
        platform.request(&platform.working(event, notice)?).ok()
    }
}
