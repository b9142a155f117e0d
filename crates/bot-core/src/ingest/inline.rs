//! What cannot wait for the queue: a form opens, or is checked, while its person looks at it.
//!
//! Nothing here is given a clock's hand, a state or a network; what has to be called is part of the decision.

use super::{Action, Note, enqueue};
use crate::action::form_token;
use crate::args;
use crate::bot::Bot;
use crate::command::Spec;
use crate::event::{Event, EventKind};
use crate::http::Response;
use crate::platform::{Inbound, Opening, Verified};
use crate::time::Timestamp;

/// Opens the form an event asks for, or queues the event.
pub(super) fn event(
    bot: &Bot,
    inbound: &dyn Inbound,
    verified: Verified<'_>,
    event: Event,
    now: Timestamp,
) -> Action {
    let platform = event.platform;
    let event = openable(bot, inbound, event);
    if !bot.wants(&event) {
        return Action::Respond(Response::empty(200), Note::Unwanted(platform));
    }
    let opening = bot.form(&event).and_then(|spec| inbound.open(verified, &event, spec));
    match opening {
        Some(Opening::Answer(response)) => Action::Respond(response, Note::Answered(platform)),
        Some(Opening::Call { call, opened, failed }) => {
            Action::Open { platform, call, opened, failed }
        }
        None => {
            let event = Event { ephemeral: event.ephemeral || bot.is_ephemeral(&event), ..event };
            let refused = inbound.respond(&event, false);
            enqueue(inbound, verified, event, refused, now)
        }
    }
}

/// A button opens forms and gives no other command, whatever somebody has put into it.
fn openable(bot: &Bot, inbound: &dyn Inbound, event: Event) -> Event {
    match &event.kind {
        EventKind::Command { name, .. }
            if inbound.is_made_up(&event) && bot.form(&event).is_none() =>
        {
            Event { kind: EventKind::Press { token: form_token(name, None) }, ..event }
        }
        _ => event,
    }
}

/// Queues what a form was filled in with, or tells what is wrong with it where the form is still open.
pub(super) fn form(
    bot: &Bot,
    inbound: &dyn Inbound,
    verified: Verified<'_>,
    event: Event,
    now: Timestamp,
) -> Action {
    let spec = bot.spec_of(&event);
    let event =
        Event { ephemeral: event.ephemeral || spec.is_some_and(|spec| spec.ephemeral), ..event };
    if let (Some(spec), EventKind::Command { arguments, .. }) = (spec, &event.kind) {
        let faults = args::faults(spec, arguments);
        let response =
            if faults.is_empty() { None } else { inbound.respond_faults(verified, &faults) };
        if let Some(response) = response {
            return Action::Respond(response, Note::Answered(event.platform));
        }
    }
    let mut args = spec.into_iter().flat_map(Spec::args);
    let told = args.find_map(|arg| {
        let sentence = "I could not take that in. Please try again.".to_owned();
        inbound.respond_faults(verified, &[(arg.name, sentence)])
    });
    let refused = told.unwrap_or_else(|| inbound.respond(&event, false));
    enqueue(inbound, verified, event, refused, now)
}
