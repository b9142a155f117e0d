//! What buttons and menus do, and how that travels to a platform and back.
//!
//! A press brings back what we put into the button, and platforms differ in who can change that on the way: any client of
//! Telegram can send any bytes. So what is in a button is sealed: a short code over it, the conversation, and, where it is
//! reserved, the person. A button that was made up, copied from another chat, or made by an older bot does nothing.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use secrecy::{ExposeSecret as _, SecretString};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use crate::command::UsageError;
use crate::cx::Cx;
use crate::event::Event;
use crate::hash::hash;
use crate::memory::Memory;
use crate::reply::Reply;

/// What a button or a choice of a menu does. Its fields say what it is about.
///
/// They are packed into 36 bytes: name things by number, and look up the rest when the button is pressed. Fields are told
/// apart by their order, so `#[serde(skip_serializing_if)]` and untagged enums cannot be packed.
pub trait Action: Serialize + DeserializeOwned + Send + 'static {
    /// Its name. Changing it takes the effect from every button that is out there.
    const NAME: &'static str;
    /// The form of its fields; count up when they change. Buttons of another version do nothing but say so.
    const VERSION: u8 = 1;
    /// What it remembers; `()` for nothing.
    type State: Memory;

    /// Answers one press. On an error the states stay as they were.
    ///
    /// # Errors
    ///
    /// What the person has to do differently.
    fn run(
        self,
        cx: &mut Cx<Self::State>,
    ) -> impl Future<Output = Result<Reply, UsageError>> + Send;
}

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

/// An action as it is stored with the reply it belongs to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Packed {
    id: u16,
    #[serde(rename = "v")]
    version: u8,
    fields: String,
}

impl Packed {
    pub(crate) fn of<A: Action>(action: &A) -> Result<Self, ActionFault> {
        let unpackable = |_| ActionFault::Unpackable(A::NAME);
        let bytes = postcard::to_allocvec(action).map_err(unpackable)?;
        // What serde leaves out when it writes is missing when it reads.
        postcard::from_bytes::<A>(&bytes).map_err(unpackable)?;
        if bytes.len() > MAX_ACTION_BYTES {
            return Err(ActionFault::TooLarge(A::NAME));
        }
        Ok(Self { id: id(A::NAME), version: A::VERSION, fields: URL_SAFE_NO_PAD.encode(bytes) })
    }
}

/// The number an action has in a button.
pub(crate) fn id(name: &str) -> u16 {
    u16::from_str_radix(hash(&["action", name]).get(..4).unwrap_or_default(), 16)
        .unwrap_or_default()
}

/// Why an action cannot be put into a button.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ActionFault {
    /// Its fields are more than a button holds.
    #[error("the fields of the action {0} take more than 36 bytes")]
    TooLarge(&'static str),
    /// Its fields are of no form that can be read back.
    #[error("the fields of the action {0} cannot be packed")]
    Unpackable(&'static str),
    /// A reply has too many buttons, or more than one menu, or one with too many choices.
    #[error("a reply has more than 20 buttons, 25 choices or one menu")]
    TooMany,
}

/// A press whose seal was ours: which action, and the bytes of its fields.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Press {
    pub(crate) id: u16,
    pub(crate) version: u8,
    pub(crate) fields: Vec<u8>,
}

impl Press {
    pub(crate) fn of(packed: &Packed) -> Self {
        let fields = URL_SAFE_NO_PAD.decode(&packed.fields).unwrap_or_default();
        Self { id: packed.id, version: packed.version, fields }
    }
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
/// Replacing the token takes the effect from every button that is out there.
pub struct Key(Hmac<Sha256>);

impl Key {
    /// The key that belongs to a platform's token.
    #[must_use]
    #[expect(clippy::expect_used, reason = "HMAC takes keys of any length")]
    pub fn of(token: Option<&SecretString>) -> Self {
        let token = token.map(|token| token.expose_secret()).unwrap_or_default();
        let mut key = Hmac::new_from_slice(token.as_bytes()).expect("any length is a key");
        // The same token must not seal anything else the same way.
        key.update(b"lambot action 1\0");
        Self(key)
    }

    /// What goes into the button under an answer to `event`.
    #[must_use]
    pub(crate) fn seal(&self, event: &Event, action: &Packed, reserved: bool) -> String {
        let flag = if reserved { RESERVED } else { 0 };
        let [high, low] = action.id.to_be_bytes();
        let mut token = vec![FORMAT | flag, high, low, action.version];
        token.extend(URL_SAFE_NO_PAD.decode(&action.fields).unwrap_or_default());
        let tag = self.mac(event, &token).finalize().into_bytes();
        token.extend(tag.iter().take(TAG_BYTES));
        URL_SAFE_NO_PAD.encode(token)
    }

    /// What is in the button that `event` says was pressed.
    ///
    /// # Errors
    ///
    /// What the person is told.
    pub(crate) fn open(&self, event: &Event, token: &str) -> Result<Press, PressError> {
        let (bytes, tag) = taken_apart(token).ok_or(PressError::Unknown)?;
        let is_ours = self.mac(event, &bytes).verify_truncated_left(&tag).is_ok();
        match bytes.as_slice() {
            [first, high, low, version, fields @ ..] if is_ours && first & !RESERVED == FORMAT => {
                let id = u16::from_be_bytes([*high, *low]);
                Ok(Press { id, version: *version, fields: fields.to_vec() })
            }
            [first, ..] if first & RESERVED != 0 => Err(PressError::Foreign),
            _ => Err(PressError::Unknown),
        }
    }

    fn mac(&self, event: &Event, token: &[u8]) -> Hmac<Sha256> {
        let is_reserved = token.first().is_some_and(|first| first & RESERVED != 0);
        let person = if is_reserved { event.user.id.as_str() } else { "" };
        let mut mac = self.0.clone();
        let place = hash(&[event.platform.slug(), &event.tenant, &event.conversation, person]);
        mac.update(place.as_bytes());
        mac.update(token);
        mac
    }
}

/// Whether this may be a sealed action: only then is it worth queueing.
#[must_use]
pub fn is_token(token: &str) -> bool {
    taken_apart(token).is_some()
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
