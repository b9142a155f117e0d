//! The worker's protocol: what happens to one message of the queue, from its arrival until it is acknowledged or given
//! back.
//!
//! [`Delivery`] is a state machine. It takes the result of one effect and names the next; queue-worker performs them, and
//! a simulation can perform them otherwise. A crash may come between any two, so every effect is safe to repeat.

pub mod backoff;
pub mod batch;
pub mod delivery;
pub mod effect;
pub mod record;

use crate::event::Event;
use crate::platform::{Lookup, Outbound, Platform, SettingError};

pub use delivery::Delivery;
pub use effect::{Done, Effect, Input, Outcome};

/// The platforms' APIs.
pub struct Platforms(Vec<(Platform, Box<dyn Outbound>)>);

impl Platforms {
    /// As `settings` name and authorise them.
    ///
    /// # Errors
    ///
    /// A setting that cannot be right: fail at start-up, the error names it.
    pub fn from_settings(settings: &Lookup<'_>) -> Result<Self, SettingError> {
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
}
