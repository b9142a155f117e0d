//! What the bot says.

mod reaction;

use serde::{Deserialize, Serialize};

pub use reaction::Reaction;

use crate::action::{Action, ActionFault, Packed};
use crate::command::Command;
use crate::document::{Block, file, image, parse, plain};

/// One answer of the bot; a platform that limits messages' lengths sends it as several.
///
/// ```
/// use bot_core::{Action, Cx, Reply, UsageError};
/// use serde::{Deserialize, Serialize};
///
/// /// "Watered": what the button under a thirsty plant does.
/// #[derive(Deserialize, Serialize)]
/// struct Watered {
///     plant: u32,
/// }
///
/// impl Action for Watered {
///     const NAME: &'static str = "watered";
///     type State = ();
///
///     async fn run(self, _cx: &mut Cx<()>) -> Result<Reply, UsageError> {
///         Ok(Reply::text("Watered.").edit())
///     }
/// }
///
/// let reply = Reply::text("The tomato is thirsty.").button("Watered", Watered { plant: 7 });
/// assert_eq!(reply.buttons().len(), 1);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reply {
    text: String,
    #[serde(default, skip_serializing_if = "is_false")]
    markdown: bool,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    links: Vec<Attached>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    buttons: Vec<Choice>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    menu: Option<Menu>,
    #[serde(default, skip_serializing_if = "is_false")]
    reserved: bool,
    #[serde(default, skip_serializing_if = "is_false")]
    edits: bool,
    #[serde(default, skip_serializing_if = "is_false")]
    aside: bool,
    #[serde(default, skip_serializing_if = "is_false")]
    ephemeral: bool,
    #[serde(default, skip_serializing_if = "is_false")]
    unthreaded: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reaction: Option<Reaction>,
    #[serde(skip)]
    fault: Option<ActionFault>,
}

/// A button, or one choice of a menu.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    /// What people read.
    pub label: String,
    pub(crate) action: Packed,
    /// The command whose form it opens, instead of an action.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) form: Option<String>,
}

/// Something at an address that goes with the words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Attached {
    Image { url: String, alt: String },
    File { url: String, name: String },
}

/// A list to choose one thing from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Menu {
    /// What people read before they choose.
    pub prompt: String,
    /// What there is to choose, in order.
    pub choices: Vec<Choice>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
const fn is_false(value: &bool) -> bool {
    !*value
}

impl Reply {
    /// The most buttons: 20. Discord takes five rows of five, one of which may be a menu.
    ///
    /// <https://docs.discord.com/developers/components/reference>
    pub const MOST_BUTTONS: usize = 20;

    /// The most choices of a menu: 25, by Discord.
    ///
    /// <https://docs.discord.com/developers/components/reference#string-select>
    pub const MOST_CHOICES: usize = 25;

    /// An answer in plain text: it appears as it stands, whatever marks a platform would read in it.
    #[must_use]
    pub fn text(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            markdown: false,
            links: Vec::new(),
            buttons: Vec::new(),
            menu: None,
            reserved: false,
            edits: false,
            aside: false,
            ephemeral: false,
            unthreaded: false,
            reaction: None,
            fault: None,
        }
    }

    /// An answer in markdown: CommonMark, with the tables and `~~strikethrough~~` of GitHub's.
    ///
    /// Every platform shows it in its own marks; what it lacks is shown in another way. HTML is text. A line that ends
    /// is a line that ends. What people have written goes through [`escape`](crate::escape), and people are named by
    /// [`User::mention`](crate::event::User::mention).
    ///
    /// ```
    /// use bot_core::Reply;
    ///
    /// let reply = Reply::markdown("**Thirsty**, says the [forecast](https://sky.example):\n\n1. tomato\n2. basil");
    /// ```
    #[must_use]
    pub fn markdown(source: impl Into<String>) -> Self {
        Self { markdown: true, ..Self::text(source) }
    }

    /// No answer.
    #[must_use]
    pub fn nothing() -> Self {
        Self::text("")
    }

    /// Adds a button. Whoever presses it starts `action`.
    ///
    /// An action has to fit into 36 bytes, and a reply holds 20 buttons: otherwise the turn fails.
    #[must_use]
    pub fn button<A: Action>(mut self, label: impl Into<String>, action: A) -> Self {
        let choice = self.choice(label.into(), &action);
        self.buttons.extend(choice);
        if self.buttons.len() > Self::MOST_BUTTONS {
            self.fault = Some(ActionFault::TooMany);
        }
        self
    }

    /// Adds a button that opens the form of a command; where there are no forms, whoever presses it is told what to write. It
    /// does not compile for a command without one.
    #[must_use]
    pub fn form<C: Command>(mut self, label: impl Into<String>) -> Self {
        const { assert!(C::SPEC.form.is_some(), "the command has no form") };
        let form = Some(C::SPEC.name.to_owned());
        self.buttons.push(Choice { label: label.into(), action: Packed::nothing(), form });
        if self.buttons.len() > Self::MOST_BUTTONS {
            self.fault = Some(ActionFault::TooMany);
        }
        self
    }

    /// Adds the menu, a list to choose one thing from. A reply has one, with at most 25 choices.
    #[must_use]
    pub fn menu<A: Action, L: Into<String>>(
        mut self,
        prompt: impl Into<String>,
        choices: impl IntoIterator<Item = (L, A)>,
    ) -> Self {
        let choices: Vec<Choice> = choices
            .into_iter()
            .filter_map(|(label, action)| self.choice(label.into(), &action))
            .collect();
        if choices.len() > Self::MOST_CHOICES || self.menu.is_some() {
            self.fault = Some(ActionFault::TooMany);
        }
        // A platform refuses an empty list, and so would we; there is just nothing to choose.
        self.menu = (!choices.is_empty()).then(|| Menu { prompt: prompt.into(), choices });
        self
    }

    /// Adds a picture below the words, by the address of a page that everybody can reach; `alt` says what it shows.
    ///
    /// An address that is none is shown as words.
    #[must_use]
    pub fn image(mut self, url: impl Into<String>, alt: impl Into<String>) -> Self {
        self.links.push(Attached::Image { url: url.into(), alt: alt.into() });
        self
    }

    /// Adds a link to a file below the words.
    #[must_use]
    pub fn file(mut self, url: impl Into<String>, name: impl Into<String>) -> Self {
        self.links.push(Attached::File { url: url.into(), name: name.into() });
        self
    }

    /// Its buttons and its menu are only for whom it answers; others are told so.
    #[must_use]
    pub const fn reserved(mut self) -> Self {
        self.reserved = true;
        self
    }

    /// It takes the place of the message whose button was pressed, buttons and menu included. Elsewhere it is an answer
    /// like any other.
    #[must_use]
    pub const fn edit(mut self) -> Self {
        self.edits = true;
        self
    }

    /// Only whom it answers sees it.
    ///
    /// Telegram shows nothing to one person alone in a group: there everybody sees it.
    #[must_use]
    pub const fn ephemeral(mut self) -> Self {
        self.ephemeral = true;
        self
    }

    /// It stands in the conversation by itself. Otherwise a reply is below what it answers: in its thread on Slack, and as an
    /// answer to the message in Telegram's groups.
    #[must_use]
    pub const fn unthreaded(mut self) -> Self {
        self.unthreaded = true;
        self
    }

    /// Puts a reaction to the message that is answered, besides what it says.
    ///
    /// Where there is no message, or a bot cannot react, as on Discord, the reaction is what is said if nothing else is.
    #[must_use]
    pub const fn reaction(mut self, reaction: Reaction) -> Self {
        self.reaction = Some(reaction);
        self
    }

    /// It is nobody's business but theirs whom it answers, where a platform can tell one person alone.
    pub(crate) const fn aside(mut self) -> Self {
        self.aside = true;
        self
    }

    /// The words as the command wrote them: plain text, or markdown.
    #[must_use]
    pub fn as_text(&self) -> &str {
        &self.text
    }

    /// Whether it is text as it stands and nothing else.
    pub(crate) const fn is_plain(&self) -> bool {
        !self.markdown && self.links.is_empty()
    }

    /// What it says.
    pub(crate) fn blocks(&self) -> Vec<Block> {
        let mut blocks = if self.markdown { parse(&self.text) } else { plain(&self.text) };
        for attached in &self.links {
            blocks.extend(match attached {
                Attached::Image { url, alt } => image(url, alt),
                Attached::File { url, name } => file(url, name),
            });
        }
        blocks
    }

    /// The buttons, in order.
    #[must_use]
    pub fn buttons(&self) -> &[Choice] {
        &self.buttons
    }

    /// The menu.
    #[must_use]
    pub const fn as_menu(&self) -> Option<&Menu> {
        self.menu.as_ref()
    }

    /// Whether only whom it answers may press its buttons.
    #[must_use]
    pub const fn is_reserved(&self) -> bool {
        self.reserved
    }

    /// Whether it takes the place of the message it came from.
    #[must_use]
    pub const fn is_edit(&self) -> bool {
        self.edits
    }

    /// Whether it is for one person, where that is easily done.
    pub(crate) const fn is_aside(&self) -> bool {
        self.aside || self.ephemeral
    }

    /// Whether it is for one person and nobody else.
    #[must_use]
    pub const fn is_ephemeral(&self) -> bool {
        self.ephemeral
    }

    /// Whether it stands in the conversation by itself.
    #[must_use]
    pub const fn is_unthreaded(&self) -> bool {
        self.unthreaded
    }

    /// What is put to the message that is answered.
    #[must_use]
    pub const fn as_reaction(&self) -> Option<Reaction> {
        self.reaction
    }

    /// What is wrong with it, if it cannot be sent.
    pub(crate) const fn fault(&self) -> Option<ActionFault> {
        self.fault
    }

    /// What its buttons and its menu do.
    pub(crate) fn actions(&self) -> impl Iterator<Item = &Packed> {
        let choices = self.menu.iter().flat_map(|menu| &menu.choices).chain(&self.buttons);
        choices.filter(|choice| choice.form.is_none()).map(|choice| &choice.action)
    }

    /// The commands whose forms its buttons open.
    pub(crate) fn forms(&self) -> impl Iterator<Item = &str> {
        self.buttons.iter().filter_map(|button| button.form.as_deref())
    }

    /// Whether there is nothing to say.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        self.reaction.is_none() && self.is_silent()
    }

    /// Whether it is no message.
    pub(crate) fn is_silent(&self) -> bool {
        self.text.trim().is_empty() && self.links.is_empty() && !self.has_choices()
    }

    pub(crate) fn has_choices(&self) -> bool {
        !self.buttons.is_empty() || self.menu.is_some()
    }

    fn choice<A: Action>(&mut self, label: String, action: &A) -> Option<Choice> {
        match Packed::of(action) {
            Ok(action) => Some(Choice { label, action, form: None }),
            Err(fault) => {
                self.fault = Some(fault);
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stored_form_is_frozen() {
        let reply =
            Reply::markdown("*hi*").image("https://a.example", "A").file("https://b.example", "B");
        let frozen = r#"{"text":"*hi*","markdown":true,"links":[{"image":{"url":"https://a.example","alt":"A"}},{"file":{"url":"https://b.example","name":"B"}}]}"#;

        assert_eq!(serde_json::to_string(&reply).expect("plain data"), frozen);
        assert_eq!(serde_json::from_str::<Reply>(frozen).expect("a reply"), reply);
        let reply = Reply::text("hi").ephemeral().unthreaded().reaction(Reaction::ThumbsUp);
        let frozen = r#"{"text":"hi","ephemeral":true,"unthreaded":true,"reaction":"thumbs_up"}"#;
        assert_eq!(serde_json::to_string(&reply).expect("plain data"), frozen);
        assert_eq!(serde_json::from_str::<Reply>(frozen).expect("a reply"), reply);
        let of_before = serde_json::from_str::<Reply>(r#"{"text":"*hi*"}"#).expect("a reply");
        assert_eq!(of_before, Reply::text("*hi*"));
    }
}
