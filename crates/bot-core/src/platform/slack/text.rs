//! Slack's message text as plain text, and back.
//!
//! Slack escapes `&`, `<` and `>` and nothing else; between angle brackets stand mentions and links. What is not
//! escaped on the way out can therefore become a mention of everybody.

/// What a person wrote, as they see it, without mentions of the bot.
pub(super) fn to_plain(text: &str, bot: Option<&str>) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('<') {
        unescape_into(&mut plain, before);
        let Some((token, tail)) = after.split_once('>') else {
            // No token ends any more: looking again from each bracket would take long.
            unescape_into(&mut plain, "<");
            rest = after;
            break;
        };
        rest = tail;
        if bot.is_some() && mentioned_user(token) == bot {
            rest = rest.trim_start();
        } else {
            unescape_into(&mut plain, &token_text(token));
        }
    }
    unescape_into(&mut plain, rest);
    plain.trim().to_owned()
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

/// How many characters [`escape`] makes of one.
pub(super) const fn escaped_len(c: char) -> usize {
    match c {
        '&' => "&amp;".len(),
        '<' | '>' => "&lt;".len(),
        _ => 1,
    }
}

/// `@U…` or `@U…|name` as `U…`.
fn mentioned_user(token: &str) -> Option<&str> {
    let mention = token.strip_prefix('@')?;
    Some(mention.split_once('|').map_or(mention, |(id, _)| id))
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

/// Appends `text` with Slack's three entities taken back, `&amp;` last so that nothing is taken back twice.
fn unescape_into(plain: &mut String, text: &str) {
    plain.push_str(&text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&"));
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
            assert_eq!(to_plain(text, Some("UBOT")), plain, "{text:?}");
        }
        assert_eq!(to_plain("<@UBOT> hello", None), "@UBOT hello");
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
        for c in ['&', '<', '>', 'a', 'é'] {
            assert_eq!(escape(&c.to_string()).chars().count(), escaped_len(c), "{c:?}");
        }
    }
}
