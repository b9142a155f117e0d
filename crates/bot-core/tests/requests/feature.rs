//! What the platforms are said to do is seen in what is sent and what is read.

use std::path::Path;

use bot_core::event::{Arguments, Event, EventKind, Target};
use bot_core::platform::feature::table;
use bot_core::platform::{Decoded, Feature, Platform, Support};
use bot_core::{Spec, play};

use crate::catalogue::{BOT, Made, decoded, events, made};
use crate::support::settings;

/// What shows that a platform does something.
enum Proof {
    /// A request that has this in its URL and this in its body.
    Sent(&'static str, &'static str),
    /// A request for each of these.
    AllSent(&'static [(&'static str, &'static str)]),
    /// Requests to this URL that have this in their body under "hello", and under "beside" do not.
    Apart(&'static str, &'static str),
    /// Requests of which one has the beginning of a text in it and another its end, and none has both.
    Parted(&'static str, &'static str),
    /// A recorded event for which this holds.
    Read(fn(&Event) -> bool),
    /// A recorded payload that is this.
    Brought(fn(&Decoded) -> bool),
    /// A talk that goes like this.
    Played(&'static str),
    /// The answer to the webhook of a recorded event.
    Answered(&'static str),
    /// What a person is told who leaves an argument out.
    Asked(&'static str),
    /// What the platform is told when the bot is registered.
    Registered(&'static str),
}

use Proof::{AllSent, Answered, Apart, Asked, Brought, Parted, Played, Read, Registered, Sent};

fn is_command(event: &Event) -> bool {
    matches!(event.kind, EventKind::Command { .. })
}

fn is_message(event: &Event) -> bool {
    event.addressed && matches!(event.kind, EventKind::Message { .. })
}

fn is_overheard(event: &Event) -> bool {
    !event.addressed && matches!(event.kind, EventKind::Message { .. })
}

fn is_join(event: &Event) -> bool {
    matches!(event.kind, EventKind::Joined(_))
}

fn is_subcommand(event: &Event) -> bool {
    matches!(&event.kind, EventKind::Command { name, .. } if name.contains(' '))
}

fn is_of_message(event: &Event) -> bool {
    let EventKind::Command { arguments, .. } = &event.kind else { return false };
    matches!(arguments, Arguments::Target(Target::Message { .. }))
}

fn is_of_person(event: &Event) -> bool {
    let EventKind::Command { arguments, .. } = &event.kind else { return false };
    matches!(arguments, Arguments::Target(Target::User(_)))
}

fn has_files(event: &Event) -> bool {
    !event.files.is_empty()
}

fn is_form(decoded: &Decoded) -> bool {
    matches!(decoded, Decoded::Form(_))
}

fn is_typing(decoded: &Decoded) -> bool {
    matches!(decoded, Decoded::Typing(_))
}

fn is_named(event: &Event) -> bool {
    matches!(event.kind, EventKind::Command { arguments: Arguments::Named(_), .. })
}

fn has_words(event: &Event) -> bool {
    matches!(&event.kind, EventKind::Command { arguments: Arguments::Text(text), .. } if !text.is_empty())
}

fn is_start_of_something(event: &Event) -> bool {
    matches!(&event.kind, EventKind::Command { name, .. } if name == "start") && has_words(event)
}

fn proof(platform: Platform, feature: Feature) -> Option<Proof> {
    use Platform::{Discord, Slack, Telegram};

    Some(match (feature, platform) {
        (Feature::Commands, _) => Read(is_command),
        (Feature::Subcommands, Discord) => Read(is_subcommand),
        (Feature::Subcommands, _) => Played("> /note keep milk\n< Kept milk."),
        (Feature::Channels, Discord) => Registered(r#""type":7"#),
        (Feature::Channels, Slack) => Played("> /note post #beds\n< To beds."),
        (Feature::Channels, Telegram) => Played("> /note post @beds\n< To @beds."),
        (Feature::Roles, Discord) => Registered(r#""type":8"#),
        (Feature::Roles, _) => Played("> /note share \"Head Gardeners\"\n< With Head Gardeners."),
        (Feature::FileArguments, Discord) => Registered(r#""type":11"#),
        (Feature::FileArguments, Slack) => {
            Played("> /note post #beds 📎fern.png\n< To beds, with fern.png.")
        }
        (Feature::FileArguments, Telegram) => {
            Played("> /note post @beds 📎fern.png\n< To @beds, with fern.png.")
        }
        (Feature::Suggestions, Slack | Discord) => Brought(is_typing),
        (Feature::Forms, Slack | Discord) => Brought(is_form),
        (Feature::Forms, Telegram) => {
            Played("> /note keep\n< A note\n  what: Which\n  Usage: /note keep <what>")
        }
        (Feature::MessageMenus, Slack | Discord) => Read(is_of_message),
        (Feature::PersonMenus, Discord) => Read(is_of_person),
        (Feature::Shortcuts, Slack) => Registered(r#""type":"global""#),
        (Feature::Suggestions | Feature::MessageMenus | Feature::Shortcuts, _)
        | (Feature::PersonMenus, _) => return None,
        (Feature::Files, Slack | Telegram) => Read(has_files),
        (Feature::Files, Discord) => return None,
        (Feature::NamedArguments, Discord) => Read(is_named),
        (Feature::NamedArguments, _) => Read(has_words),
        (Feature::OfferedChoices, Discord) => Registered(r#""choices":[{"name":"metric""#),
        (Feature::OfferedChoices, Slack) => Registered("<metric|imperial>"),
        (Feature::OfferedChoices, Telegram) => Asked("metric or imperial"),
        (Feature::Messages, _) => Read(is_message),
        (Feature::Overheard, _) => Read(is_overheard),
        (Feature::Joins, _) => Read(is_join),
        (Feature::DeepLinks, Telegram) => Read(is_start_of_something),
        (Feature::DeepLinks, _) => return None,
        (Feature::Buttons, Slack) => Sent("slack.com/", r#""type":"button""#),
        (Feature::Buttons, Discord) => Sent("/webhooks/", r#""style":"#),
        (Feature::Buttons | Feature::Menus, Telegram) => Sent("/sendMessage", "inline_keyboard"),
        (Feature::Menus, Slack) => Sent("slack.com/", r#""type":"static_select""#),
        (Feature::Menus, Discord) => Sent("/webhooks/", r#""options":["#),
        (Feature::Edits, Slack) => Sent("/actions/", r#""replace_original":true"#),
        (Feature::Edits, Discord) => Sent("/messages/@original", "edited"),
        (Feature::Edits, Telegram) => Sent("/editMessageText", "edited"),
        (Feature::Ephemeral, Slack) => AllSent(&[
            ("/chat.postMessage", "hello"),
            ("/chat.postEphemeral", "yours alone"),
            ("/commands/", r#""response_type":"in_channel","text":"hello""#),
            ("/commands/", r#""response_type":"ephemeral","text":"yours alone""#),
        ]),
        (Feature::Ephemeral, Discord) => {
            Sent("/webhooks/", r#""content":"yours alone","flags":64"#)
        }
        (Feature::Ephemeral, Telegram) => Sent("/sendMessage", "Not yours."),
        (Feature::Threads, Slack) => Apart("/chat.postMessage", r#""thread_ts":"#),
        // An interaction's replies appear below the command.
        (Feature::Threads, Discord) => Sent("/messages/@original", "hello"),
        (Feature::Threads, Telegram) => Apart("/sendMessage", r#""reply_parameters":"#),
        (Feature::Reactions, Slack) => Sent("/reactions.add", r#""name":"eyes""#),
        (Feature::Reactions, Discord) => Sent("/webhooks/", "👀"),
        (Feature::Reactions, Telegram) => Sent("/setMessageReaction", "👀"),
        (Feature::Markdown, Slack) => Sent("", r#"{"bold":true}"#),
        (Feature::Markdown, Discord) => Sent("", "_c_ ~~d~~ `e`"),
        (Feature::Markdown, Telegram) => Sent("", r#""type":"strikethrough""#),
        (Feature::Tables, _) => Sent("", r"k  l\n"),
        (Feature::Pictures, Slack) => Sent("", r#""image_url":"https://o.example/p.png""#),
        (Feature::Pictures, Discord) => Sent("", "[p](https://o.example/p.png)"),
        (Feature::Pictures, Telegram) => Sent("", r#""prefer_large_media":true"#),
        (Feature::LongReplies, _) => Parted("n0001", "n3000"),
        (Feature::Working, Slack) => Sent("/assistant.threads.setStatus", "One moment"),
        (Feature::Working, Discord) => Answered(r#""type":5"#),
        (Feature::Working, Telegram) => Sent("/sendChatAction", "typing"),
    })
}

fn holds(proof: &Proof, platform: Platform, requests: &[Made], events: &[Event]) -> bool {
    let is_sent = |url: &str, body: &str| {
        requests.iter().any(|made| made.url.contains(url) && made.body.contains(body))
    };
    match proof {
        Sent(url, body) => is_sent(url, body),
        AllSent(all) => all.iter().all(|(url, body)| is_sent(url, body)),
        Apart(url, part) => {
            let has_part = |words: &str| {
                let said = requests.iter().filter(|made| made.url.contains(url));
                let said = said.filter(|made| made.body.contains(&format!("\"{words}\"")));
                said.map(|made| made.body.contains(part)).collect::<Vec<_>>()
            };
            has_part("hello").contains(&true) && {
                let beside = has_part("beside");
                !beside.is_empty() && !beside.contains(&true)
            }
        }
        Parted(begin, end) => {
            let is_whole = |made: &Made| made.body.contains(begin) && made.body.contains(end);
            is_sent("", begin) && is_sent("", end) && !requests.iter().any(is_whole)
        }
        Read(is_it) => events.iter().any(is_it),
        Brought(is_it) => decoded(platform).iter().any(is_it),
        Played(script) => {
            play(&BOT).on(platform).talk(script);
            true
        }
        Answered(part) => {
            let inbound = platform.inbound(&settings).expect("settings").expect("switched on");
            events.iter().any(|event| inbound.respond(event, true).body.contains(part))
        }
        Asked(part) => {
            let mut args = BOT.specs().flat_map(Spec::args);
            args.any(|arg| arg.form().is_some_and(|form| form.contains(part)))
        }
        Registered(part) => match platform {
            // The manifest is a string in a string.
            Platform::Slack => is_sent("manifest.update", &part.replace('"', "\\\"")),
            _ => is_sent("/commands", part),
        },
    }
}

#[test]
fn what_a_platform_is_said_to_do_is_seen() {
    let made = made();
    for &platform in Platform::ALL {
        let events = events(platform);
        let requests: Vec<Made> =
            made.iter().filter(|made| made.platform == platform).cloned().collect();
        for &feature in Feature::ALL {
            let seen = proof(platform, feature)
                .is_some_and(|proof| holds(&proof, platform, &requests, &events));
            let said = platform.support(feature) != Support::No;
            assert_eq!(seen, said, "{platform:?}: {}", feature.title());
        }
    }
}

#[test]
fn the_documentation_has_the_table() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/platforms.md");
    let documentation = std::fs::read_to_string(path).expect("the documentation");
    let table = table();
    assert!(documentation.contains(&table), "docs/platforms.md lacks this table:\n\n{table}");
}
