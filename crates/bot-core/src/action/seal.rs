//! How an action travels to a platform and back.
//!
//! A press brings back what we put into the button, and platforms differ in who can change that on the way: any client of
//! Telegram can send any bytes. So what is in a button is sealed: a short code over it, the conversation, and, where it is
//! reserved, the person. A button that was made up, copied from another chat, or made by an older bot does nothing.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use secrecy::{ExposeSecret as _, SecretString};
use sha2::Sha256;

use super::{Packed, form, form_token};
use crate::event::Event;
use crate::hash::hash;
use crate::platform::Platform;
use crate::reply::Choice;

/// The longest sealed action: 64 characters, which is what Telegram's `callback_data` takes in bytes.
///
/// <https://core.telegram.org/bots/api#inlinekeyboardbutton>
pub const MAX_TOKEN_CHARS: usize = 64;

/// The most bytes the fields of an action may take.
pub const MAX_ACTION_BYTES: usize = MAX_TOKEN_CHARS / 4 * 3 - HEADER_BYTES - TAG_BYTES;

const HEADER_BYTES: usize = 4;

/// 64 bits: each guess is a press that the platform passes on and paces.
const TAG_BYTES: usize = 8;

/// The form of a sealed action.
const FORMAT: u8 = 1;

/// Set in the first byte when only one person may press.
const RESERVED: u8 = 0x80;

/// A press whose seal was ours: which action, and the bytes of its fields.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Press {
    pub(crate) id: u16,
    pub(crate) version: u8,
    pub(crate) fields: Vec<u8>,
}

/// Why a press does nothing: a sentence for the person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PressError {
    /// It is none of ours, or comes from elsewhere, or from before our token was replaced.
    #[error("This button does not work any more.")]
    Unknown,
    /// It is reserved for somebody else.
    #[error("This button is for somebody else.")]
    Foreign,
}

/// The key that seals actions: a platform's token, so that there is no other secret to keep.
///
/// Replacing the token takes the effect from every button that is out there. Without a token nothing is ours: what anybody
/// could seal is not opened.
pub struct Key(Option<Hmac<Sha256>>);

impl Key {
    /// The key that belongs to a platform's token.
    #[must_use]
    #[expect(clippy::expect_used, reason = "HMAC takes keys of any length")]
    pub fn of(token: Option<&SecretString>) -> Self {
        Self(token.map(|token| {
            let token = token.expose_secret().as_bytes();
            let mut key = Hmac::new_from_slice(token).expect("any length is a key");
            // The same token must not seal anything else the same way.
            key.update(b"lambot action 1\0");
            key
        }))
    }

    /// What goes into a button, or a choice of a menu, under an answer to `event`.
    #[must_use]
    pub(crate) fn token(&self, event: &Event, choice: &Choice, reserved: bool) -> String {
        match &choice.form {
            Some(command) => form_token(command, reserved.then_some(&event.user)),
            None => self.seal(event, &choice.action, reserved),
        }
    }

    /// A sealed action.
    #[must_use]
    pub(crate) fn seal(&self, event: &Event, action: &Packed, reserved: bool) -> String {
        let flag = if reserved { RESERVED } else { 0 };
        let [high, low] = action.id.to_be_bytes();
        let mut token = vec![FORMAT | flag, high, low, action.version];
        token.extend(URL_SAFE_NO_PAD.decode(&action.fields).unwrap_or_default());
        let mac = self.0.as_ref().map(|key| mac(key, event, &event.conversation, &token));
        match mac {
            Some(mac) => token.extend(mac.finalize().into_bytes().iter().take(TAG_BYTES)),
            // Of the same form, and opened by nobody.
            None => token.extend([0; TAG_BYTES]),
        }
        URL_SAFE_NO_PAD.encode(token)
    }

    /// What is in the button that `event` says was pressed.
    ///
    /// # Errors
    ///
    /// What the person is told.
    pub(crate) fn open(&self, event: &Event, token: &str) -> Result<Press, PressError> {
        // Before whom it is for, the form has opened, if there is one.
        if let Some((_, whose)) = form(token) {
            return Err(whose.map_or(PressError::Unknown, |_| PressError::Foreign));
        }
        let (bytes, tag) = taken_apart(token).ok_or(PressError::Unknown)?;
        let key = self.0.as_ref().ok_or(PressError::Unknown)?;
        let is_ours = places(event)
            .any(|place| mac(key, event, place, &bytes).verify_truncated_left(&tag).is_ok());
        match bytes.as_slice() {
            [first, high, low, version, fields @ ..] if is_ours && first & !RESERVED == FORMAT => {
                let id = u16::from_be_bytes([*high, *low]);
                Ok(Press { id, version: *version, fields: fields.to_vec() })
            }
            [first, ..] if first & RESERVED != 0 => Err(PressError::Foreign),
            _ => Err(PressError::Unknown),
        }
    }
}

fn mac(key: &Hmac<Sha256>, event: &Event, place: &str, token: &[u8]) -> Hmac<Sha256> {
    let is_reserved = token.first().is_some_and(|first| first & RESERVED != 0);
    let person = if is_reserved { event.user.id.as_str() } else { "" };
    let place = hash(&[event.platform.slug(), &event.tenant, place, person]);
    let mut mac = key.clone();
    mac.update(place.as_bytes());
    mac.update(token);
    mac
}

/// The conversations that what is pressed may have been sealed for.
///
/// On Slack, an answer to a shortcut that is no message's is addressed to the person, and the press comes from that person's
/// direct messages, whose id begins with `D`: <https://docs.slack.dev/reference/methods/chat.postMessage#channels>.
fn places(event: &Event) -> impl Iterator<Item = &str> {
    let conversation = event.conversation.as_str();
    let is_direct = event.platform == Platform::Slack && conversation.starts_with('D');
    std::iter::once(conversation).chain(is_direct.then_some(event.user.id.as_str()))
}

/// Whether this may be what is in a button of ours: only then is it worth queueing.
#[must_use]
pub fn is_token(token: &str) -> bool {
    form(token).is_some() || taken_apart(token).is_some()
}

fn taken_apart(token: &str) -> Option<(Vec<u8>, Vec<u8>)> {
    if token.len() > MAX_TOKEN_CHARS {
        return None;
    }
    let mut bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
    let tag = bytes.split_off(bytes.len().checked_sub(TAG_BYTES)?);
    let is_format = bytes.first().is_some_and(|first| first & !RESERVED == FORMAT);
    (is_format && bytes.len() >= HEADER_BYTES).then_some((bytes, tag))
}

#[cfg(test)]
mod tests {
    use serde::{Deserialize, Serialize};

    use super::*;
    use crate::action::id;
    use crate::testing::message;
    use crate::{Action, Cx, Reply, UsageError};

    #[derive(Debug, Deserialize, PartialEq, Serialize)]
    struct Water {
        plant: u32,
        litres: Option<f32>,
    }

    impl Action for Water {
        const NAME: &'static str = "water";
        const VERSION: u8 = 3;
        type State = ();

        async fn run(self, _cx: &mut Cx<()>) -> Result<Reply, UsageError> {
            Ok(Reply::nothing())
        }
    }

    #[derive(Deserialize, Serialize)]
    struct Text(String);

    impl Action for Text {
        const NAME: &'static str = "text";
        type State = ();

        async fn run(self, _cx: &mut Cx<()>) -> Result<Reply, UsageError> {
            Ok(Reply::nothing())
        }
    }

    fn packed() -> Packed {
        Packed::of(&Water { plant: 7, litres: Some(0.5) }).expect("small")
    }

    fn key(token: &str) -> Key {
        Key::of(Some(&token.to_owned().into()))
    }

    #[test]
    fn what_was_sealed_is_opened_again() {
        let token = key("secret").seal(&message("hi"), &packed(), false);
        let press = key("secret").open(&message("another"), &token).expect("ours");
        assert_eq!((press.id, press.version), (id("water"), 3));
        let fields: Water = postcard::from_bytes(&press.fields).expect("its fields");
        assert_eq!(fields, Water { plant: 7, litres: Some(0.5) });
        assert!(is_token(&token));
    }

    #[test]
    fn the_form_of_a_button_is_frozen() {
        let packed = packed();
        let json = serde_json::to_string(&packed).expect("plain data");
        assert_eq!(json, r#"{"id":1772,"v":3,"fields":"BwEAAAA_"}"#);
        let token = key("secret").seal(&message("hi"), &packed, false);
        assert_eq!(token, "AQbsAwcBAAAAP3RG0pPowU27");
    }

    #[test]
    fn a_press_from_elsewhere_does_nothing() {
        let other = |change: fn(&mut Event)| {
            let mut event = message("hi");
            change(&mut event);
            event
        };
        let open = key("secret").seal(&message("hi"), &packed(), false);
        let reserved = key("secret").seal(&message("hi"), &packed(), true);
        // (case, event, without a reservation, with one)
        let cases = [
            ("the same", other(|_| {}), Ok(()), Ok(())),
            (
                "somebody else",
                other(|event| event.user.id = "43".into()),
                Ok(()),
                Err(PressError::Foreign),
            ),
            (
                "another chat",
                other(|event| event.conversation = "43".into()),
                Err(PressError::Unknown),
                Err(PressError::Foreign),
            ),
            (
                "another tenant",
                other(|event| event.tenant = "98".into()),
                Err(PressError::Unknown),
                Err(PressError::Foreign),
            ),
            (
                "another platform",
                other(|event| event.platform = Platform::Slack),
                Err(PressError::Unknown),
                Err(PressError::Foreign),
            ),
        ];

        for (case, event, expected, expected_reserved) in cases {
            let press = |token: &str| key("secret").open(&event, token).map(|_| ());
            assert_eq!(press(&open), expected, "{case}");
            assert_eq!(press(&reserved), expected_reserved, "{case}, reserved");
        }
        let unknown = Err(PressError::Unknown);
        assert_eq!(key("other").open(&message("hi"), &open), unknown);
        for reserved in [false, true] {
            let none = Key::of(None);
            let token = none.seal(&message("hi"), &packed(), reserved);
            assert!(is_token(&token));
            // What anybody can compute is a seal with an empty key.
            for token in [&open, &token, &key("").seal(&message("hi"), &packed(), reserved)] {
                assert_eq!(none.open(&message("hi"), token), unknown, "reserved: {reserved}");
            }
        }
    }

    #[test]
    fn no_change_of_a_token_goes_unnoticed() {
        let key = key("secret");
        for reserved in [false, true] {
            let token = key.seal(&message("hi"), &packed(), reserved);
            let bytes = URL_SAFE_NO_PAD.decode(&token).expect("base64");
            for bit in 0..bytes.len() * 8 {
                let mut forged = bytes.clone();
                forged[bit / 8] ^= 1 << (bit % 8);
                let forged = URL_SAFE_NO_PAD.encode(forged);
                assert!(key.open(&message("hi"), &forged).is_err(), "bit {bit}");
            }
        }
    }

    #[test]
    fn what_is_no_token_is_not_worth_queueing() {
        let token = key("secret").seal(&message("hi"), &packed(), false);
        let longest =
            Packed::of(&Text("x".repeat(MAX_ACTION_BYTES - 1))).expect("just small enough");
        let longest = key("secret").seal(&message("hi"), &longest, true);
        assert_eq!(longest.len(), MAX_TOKEN_CHARS);
        // (token, worth it?)
        let cases = [
            (token.as_str(), true),
            (&longest, true),
            (&format!("{longest}AAAA"), false),
            (&token[1..], false),
            ("AQAAAA", false),
            ("AQAAAAAAAAAAAAAAAAAA", true),
            ("AgAAAAAAAAAAAAAAAAAA", false),
            ("approve:42", false),
            ("é", false),
            ("", false),
        ];

        for (token, expected) in cases {
            assert_eq!(is_token(token), expected, "{token:?}");
        }
        assert_eq!(MAX_ACTION_BYTES, 36);
    }
}
