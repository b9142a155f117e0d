//! What people do, and when.

use bot_core::Platform;
use fastrand::Rng;

use crate::webhook::{Act, Deed, Place};

/// Within which time people begin, in milliseconds.
const SPREAD_MS: u64 = 90_000;

/// What the witness is told, the frequent more than once.
const TOLD: &[&str] = &[
    "it", "it", "it", "it", "it", "it", "fetch", "fetch", "fetch", "ask", "ask", "ask", "ask",
    "tell", "whisper", "nod", "agree", "silence", "err",
];

/// What the bot as delivered is told: command, argument, value.
const ASKED: &[(&str, &str, &str)] = &[
    ("echo", "text", "hello"),
    ("echo", "text", "*world*"),
    ("stats", "", ""),
    ("weather", "place", "Berlin"),
    ("ping", "", ""),
];

/// How many conversations a run has at least.
pub(crate) const FEWEST_PLACES: usize = 3;

/// How many events a run has at least.
pub(crate) const FEWEST_DEEDS: u64 = 20;

/// All that people do on their own account.
pub(crate) fn deeds(chance: &mut Rng, start: u64, is_witness: bool) -> Vec<Deed> {
    let mut places = Place::ALL;
    chance.shuffle(&mut places);
    let places = &places[..chance.usize(FEWEST_PLACES..=5)];
    let count = chance.u64(FEWEST_DEEDS..=26);
    // A burst now and then: what is said at once is received in one batch.
    let spread = if chance.bool() { SPREAD_MS } else { SPREAD_MS / 20 };
    let mut poison = ["panic", "kill", "loop"].into_iter().filter(|_| chance.u8(..3) == 0);
    let mut poison: Vec<&'static str> = poison.by_ref().collect();
    let mut deeds: Vec<Deed> = (1..=count)
        .map(|nth| {
            // Everywhere somebody says something, and more than once: it may be lost before it is taken in.
            let turn = usize::try_from(nth).unwrap_or_default();
            let place = if turn <= 4 * places.len() {
                places[turn % places.len()]
            } else {
                places[chance.usize(..places.len())]
            };
            let act = if nth == count && chance.u8(..8) == 0 {
                Act::Garble
            } else if is_witness {
                let what = match poison.pop().filter(|_| nth > 6) {
                    Some(poison) => poison,
                    None => TOLD[chance.usize(..TOLD.len())],
                };
                // More than a `response_url` is used for.
                let is_long = what == "tell" && place.platform() == Platform::Slack;
                let what = if is_long && chance.bool() { "saga" } else { what };
                let has_forms = place.platform() != Platform::Telegram;
                if has_forms && chance.u8(..5) == 0 {
                    Act::Form { name: "fill", argument: "what", value: what }
                } else {
                    command(chance, place, "do", "what", what)
                }
            } else {
                let (name, argument, value) = ASKED[chance.usize(..ASKED.len())];
                command(chance, place, name, argument, value)
            };
            let person = if place.is_public() { chance.u64(1..=2) } else { 1 };
            Deed { place, person, act, nth, at: start + chance.u64(..spread) }
        })
        .collect();
    if places.contains(&Place::TelegramGroup) && chance.bool() {
        move_group(&mut deeds, start + chance.u64(..spread), count);
    }
    deeds
}

/// The group becomes a supergroup at this time.
fn move_group(deeds: &mut Vec<Deed>, at: u64, count: u64) {
    for deed in deeds.iter_mut().filter(|deed| deed.place == Place::TelegramGroup && deed.at > at) {
        deed.place = Place::TelegramSupergroup;
    }
    let told = [Place::TelegramGroup, Place::TelegramSupergroup];
    deeds.extend((count + 1..).zip(told).map(|(nth, place)| Deed {
        place,
        person: 1,
        act: Act::Move,
        nth,
        at,
    }));
}

fn command(
    chance: &mut Rng,
    place: Place,
    name: &'static str,
    argument: &'static str,
    value: &'static str,
) -> Act {
    match place {
        Place::SlackDirect | Place::SlackChannel if chance.u8(..3) == 0 => {
            Act::Slash { name, value }
        }
        _ => Act::Command { name, argument, value },
    }
}
