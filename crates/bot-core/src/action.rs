//! What buttons and menus do, and how it is put into them.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::command::UsageError;
use crate::cx::Cx;
use crate::event::{Arguments, EventKind, User};
use crate::hash::hash;
use crate::memory::Memory;
use crate::reply::Reply;

mod seal;

pub use seal::{Key, MAX_ACTION_BYTES, MAX_TOKEN_CHARS, Press, PressError, is_token};

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

    /// Whether it can be put into a button: where its fields hold what people or other hosts have written, ask before a reply
    /// with it would fail.
    #[must_use]
    fn fits(&self) -> bool {
        Packed::of(self).is_ok()
    }

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

/// An action as it is stored with the reply it belongs to.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Packed {
    pub(crate) id: u16,
    #[serde(rename = "v")]
    pub(crate) version: u8,
    fields: String,
    /// For the author's eyes; what is stored does not have it.
    #[serde(skip)]
    pub(crate) name: &'static str,
}

impl PartialEq for Packed {
    fn eq(&self, other: &Self) -> bool {
        (self.id, self.version, &self.fields) == (other.id, other.version, &other.fields)
    }
}

impl Eq for Packed {}

impl Packed {
    /// What stands in place of an action where there is none.
    pub(crate) const fn nothing() -> Self {
        Self { id: 0, version: 0, fields: String::new(), name: "" }
    }

    pub(crate) fn of<A: Action>(action: &A) -> Result<Self, ActionFault> {
        let unpackable = |_| ActionFault::Unpackable(A::NAME);
        let bytes = postcard::to_allocvec(action).map_err(unpackable)?;
        // What serde leaves out when it writes is missing when it reads.
        postcard::from_bytes::<A>(&bytes).map_err(unpackable)?;
        if bytes.len() > MAX_ACTION_BYTES {
            return Err(ActionFault::TooLarge(A::NAME));
        }
        let fields = URL_SAFE_NO_PAD.encode(bytes);
        Ok(Self { id: id(A::NAME), version: A::VERSION, fields, name: A::NAME })
    }
}

/// Before a command's name in what opens its form.
const FORM: &str = "form:";

/// How many hex digits tell whom a button is for. Nothing is kept from anybody by them.
const PERSON_CHARS: usize = 8;

/// How long the name of a command with a form may be: what opens it has to fit into a button.
pub(crate) const MOST_FORM_NAME: usize = MAX_TOKEN_CHARS - FORM.len() - 1 - PERSON_CHARS;

/// What stands in a form of `command`, and in a button that opens it; in one that only `person` may press, with who that is.
///
/// It has no seal, so it opens forms and does nothing else: whoever makes one up does no more than give the command bare.
pub(crate) fn form_token(command: &str, person: Option<&User>) -> String {
    match person {
        Some(person) => format!("{FORM}{command}:{}", mark(person)),
        None => format!("{FORM}{command}"),
    }
}

/// The command whose form this is.
pub(crate) fn form_of(token: &str) -> Option<&str> {
    form(token).map(|(command, _)| command)
}

/// The command whose form this opens, and for whom, if it is for one person.
fn form(token: &str) -> Option<(&str, Option<&str>)> {
    let form = token.strip_prefix(FORM)?;
    Some(form.split_once(':').map_or((form, None), |(command, mark)| (command, Some(mark))))
}

fn mark(person: &User) -> String {
    hash(&["form", &person.id]).chars().take(PERSON_CHARS).collect()
}

/// What it means that `person` has pressed a button of ours that holds `token`: a command whose form opens, or what the
/// worker finds in it.
pub(crate) fn pressed(token: String, person: &User) -> EventKind {
    match form(&token) {
        Some((command, whose)) if whose.is_none_or(|whose| whose == mark(person)) => {
            let arguments = Arguments::Text(String::new());
            EventKind::Command { name: command.to_owned(), arguments }
        }
        _ => EventKind::Press { token },
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
    /// The bot has no such action, so that nobody could press the button.
    #[error("the action {0} is not among the bot's `actions`")]
    NotInIndex(&'static str),
    /// The bot has no such command, so that nobody could send its form.
    #[error("a button opens the form of a command that is not among the bot's `commands`")]
    NoSuchForm,
    /// A reply has too many buttons, or more than one menu, or one with too many choices.
    #[error("a reply has more than 20 buttons, 25 choices or one menu")]
    TooMany,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Deserialize, Serialize)]
    struct Text(String);

    impl Action for Text {
        const NAME: &'static str = "text";
        type State = ();

        async fn run(self, _cx: &mut Cx<()>) -> Result<Reply, UsageError> {
            Ok(Reply::nothing())
        }
    }

    #[derive(Default, Deserialize, Serialize)]
    struct Sparse {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        first: Option<u8>,
        second: u8,
    }

    impl Action for Sparse {
        const NAME: &'static str = "sparse";
        type State = ();

        async fn run(self, _cx: &mut Cx<()>) -> Result<Reply, UsageError> {
            Ok(Reply::nothing())
        }
    }

    #[test]
    fn what_a_button_cannot_hold_is_said_so() {
        fn check<A: Action>(action: &A, expected: Option<ActionFault>) {
            assert_eq!(Packed::of(action).err(), expected);
            assert_eq!(action.fits(), expected.is_none(), "{expected:?}");
        }

        check(&Text("x".repeat(35)), None);
        check(&Text("x".repeat(36)), Some(ActionFault::TooLarge("text")));
        check(&Sparse { first: None, second: 7 }, Some(ActionFault::Unpackable("sparse")));
    }
}
