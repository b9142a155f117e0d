//! Slack's message text as plain text, and back.
//!
//! Slack escapes `&`, `<` and `>` and nothing else; between angle brackets stand mentions and links. What is not
//! escaped on the way out can therefore become a mention of everybody.

use crate::event::{Channel, ChannelMention, Mention, User, split_command};

/// A text as people see it.
#[derive(Debug, PartialEq)]
pub(super) struct Plain {
    pub(super) text: String,
    /// The people it names, in order.
    pub(super) mentions: Vec<Mention>,
    /// The channels it names, in order.
    pub(super) channels: Vec<ChannelMention>,
}

/// What a person wrote, as they see it, without mentions of the bot but where they are arguments of a command.
pub(super) fn to_plain(text: &str, bot: Option<&str>) -> Plain {
    let mut plain = String::with_capacity(text.len());
    let mut mentions = Vec::new();
    let mut channels = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('<') {
        plain.push_str(&unescape(before));
        let Some((token, tail)) = after.split_once('>') else {
            // No token ends any more: looking again from each bracket would take long.
            plain.push('<');
            rest = after;
            break;
        };
        rest = tail;
        let is_bot = bot.is_some() && mentioned_user(token) == bot;
        // Behind a command it is an argument.
        if is_bot && split_command(&plain).is_none() {
            rest = rest.trim_start();
        } else {
            let shown = unescape(&token_text(token));
            mentions.extend(mention(token, &shown));
            channels.extend(channel_mention(token, &shown));
            plain.push_str(&shown);
        }
    }
    plain.push_str(&unescape(rest));
    Plain { text: plain.trim().to_owned(), mentions, channels }
}

/// Whether `text` mentions the user `bot`.
pub(super) fn mentions(text: &str, bot: &str) -> bool {
    let mut tokens = text.split('<').skip(1).filter_map(|part| part.split_once('>'));
    tokens.any(|(token, _)| mentioned_user(token) == Some(bot))
}

/// Plain text as Slack wants it.
pub(super) fn escape(plain: &str) -> String {
    plain.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// `@U…` or `@U…|name` as `U…`.
fn mentioned_user(token: &str) -> Option<&str> {
    mentioned(token, '@')
}

/// The id behind this mark.
fn mentioned(token: &str, mark: char) -> Option<&str> {
    let mention = token.strip_prefix(mark)?;
    Some(mention.split_once('|').map_or(mention, |(id, _)| id))
}

/// Whom `<token>` means, if it names a person; `shown` is what stands in its place.
fn mention(token: &str, shown: &str) -> Option<Mention> {
    let (id, name) = named(token, shown, '@')?;
    // At its end the text is trimmed.
    Some(Mention { text: shown.trim_end().to_owned(), user: User { id, name } })
}

/// The same of a channel.
fn channel_mention(token: &str, shown: &str) -> Option<ChannelMention> {
    let (id, name) = named(token, shown, '#')?;
    Some(ChannelMention { text: shown.trim_end().to_owned(), channel: Channel { id, name } })
}

/// The id, and the name where there is one besides.
fn named(token: &str, shown: &str, mark: char) -> Option<(String, Option<String>)> {
    let id = mentioned(token, mark).filter(|id| !id.is_empty())?;
    let is_named = token.split_once('|').is_some_and(|(_, label)| !label.is_empty());
    let name = shown.strip_prefix(mark).filter(|_| is_named).map(|name| name.trim_end().to_owned());
    Some((id.to_owned(), name))
}

/// What Slack shows for `<token>`.
fn token_text(token: &str) -> String {
    let (target, label) = match token.split_once('|') {
        Some((target, label)) => (target, Some(label).filter(|label| !label.is_empty())),
        None => (token, None),
    };
    match (target.chars().next(), label) {
        (Some('@'), label) => format!(
            "@{}",
            label.unwrap_or(target.get(1..).unwrap_or_default()).trim_start_matches('@')
        ),
        (Some('#'), label) => format!(
            "#{}",
            label.unwrap_or(target.get(1..).unwrap_or_default()).trim_start_matches('#')
        ),
        (Some('!'), Some(label)) => label.to_owned(),
        (Some('!'), None) => format!("@{}", target.get(1..).unwrap_or_default()),
        (_, label) => label.unwrap_or(target).to_owned(),
    }
}

/// `text` with Slack's three entities taken back, `&amp;` last so that nothing is taken back twice.
pub(super) fn unescape(text: &str) -> String {
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_text_as_people_see_it() {
        // (Slack's text, plain text)
        let cases = [
            ("hello", "hello"),
            ("<@UBOT> hello", "hello"),
            ("<@UBOT|bot>   hello", "hello"),
            ("hey <@UBOT> hello", "hey hello"),
            ("/warn <@UBOT> <@U2>", "/warn @UBOT @U2"),
            ("<@UBOT> /warn <@UBOT> <@U2>", "/warn @UBOT @U2"),
            ("hey <@UBOT> /warn <@UBOT>", "hey /warn"),
            ("<@U2> and <@U3|ann>", "@U2 and @ann"),
            ("in <#C1|general> or <#C2> or <#C3|>", "in #general or #C2 or #C3"),
            ("<!here> <!subteam^S1|@team> <!channel>", "@here @team @channel"),
            ("<https://a.example|a> <https://b.example>", "a https://b.example"),
            ("<mailto:a@b.example|a@b.example>", "a@b.example"),
            ("1 &lt; 2 &amp;&amp; 3 &gt; 2", "1 < 2 && 3 > 2"),
            ("&amp;lt;", "&lt;"),
            ("a < b", "a < b"),
            ("<", "<"),
            ("<>", ""),
            ("<@>", "@"),
            ("<é", "<é"),
            ("", ""),
        ];

        for (text, plain) in cases {
            assert_eq!(to_plain(text, Some("UBOT")).text, plain, "{text:?}");
        }
        assert_eq!(to_plain("<@UBOT> hello", None).text, "@UBOT hello");
    }

    #[test]
    fn names_people_as_they_stand_in_the_text() {
        // (Slack's text, (as it stands there, id, name) of each)
        let cases: [(&str, &[(&str, &str, Option<&str>)]); 10] = [
            ("hello", &[]),
            ("<@U2>", &[("@U2", "U2", None)]),
            ("<@U2|ann> and <@U3>", &[("@ann", "U2", Some("ann")), ("@U3", "U3", None)]),
            ("<@UBOT> tell <@U2|>", &[("@U2", "U2", None)]),
            ("<@UBOT> /warn <@UBOT> <@U2>", &[("@UBOT", "UBOT", None), ("@U2", "U2", None)]),
            ("<@U2> <@U2>", &[("@U2", "U2", None), ("@U2", "U2", None)]),
            ("<@U2|@a &amp; b>", &[("@a & b", "U2", Some("a & b"))]),
            ("<@U2|ann >", &[("@ann", "U2", Some("ann"))]),
            ("<@> <@|ann> <!here> <#C1> <!subteam^S1|@team>", &[]),
            ("&lt;@U2&gt; @U2", &[]),
        ];

        for (text, expected) in cases {
            let plain = to_plain(text, Some("UBOT"));
            let found: Vec<_> = plain
                .mentions
                .iter()
                .map(|Mention { text, user }| {
                    (text.as_str(), user.id.as_str(), user.name.as_deref())
                })
                .collect();
            assert_eq!(found, expected, "{text:?}");
            assert!(found.iter().all(|(at, ..)| plain.text.contains(at)), "{text:?}");
        }
    }

    #[test]
    fn names_channels_as_they_stand_in_the_text() {
        // (Slack's text, (as it stands there, id, name) of each)
        let cases: [(&str, &[(&str, &str, Option<&str>)]); 4] = [
            ("<#C1|general> or <#C2>", &[("#general", "C1", Some("general")), ("#C2", "C2", None)]),
            ("<#C1|>", &[("#C1", "C1", None)]),
            ("<#C1|a &amp; b >", &[("#a & b", "C1", Some("a & b"))]),
            ("<#> <#|x> <@U1> &lt;#C1&gt; #C1", &[]),
        ];

        for (text, expected) in cases {
            let plain = to_plain(text, None);
            let found: Vec<_> = plain
                .channels
                .iter()
                .map(|ChannelMention { text, channel }| {
                    (text.as_str(), channel.id.as_str(), channel.name.as_deref())
                })
                .collect();
            assert_eq!(found, expected, "{text:?}");
            assert!(found.iter().all(|(at, ..)| plain.text.contains(at)), "{text:?}");
        }
    }

    #[test]
    fn finds_mentions_of_the_bot() {
        // (text, mentioned?)
        let cases = [
            ("<@UBOT> hello", true),
            ("hello <@UBOT|bot>", true),
            ("a < b <@UBOT>", true),
            ("<@UBOT2> hello", false),
            ("&lt;@UBOT&gt;", false),
            ("@UBOT", false),
        ];

        for (text, expected) in cases {
            assert_eq!(mentions(text, "UBOT"), expected, "{text:?}");
        }
    }

    #[test]
    fn nothing_a_person_wrote_becomes_a_mention() {
        assert_eq!(escape("<!channel> & <@U1>"), "&lt;!channel&gt; &amp; &lt;@U1&gt;");
    }
}
