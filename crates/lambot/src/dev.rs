//! `lambot dev`: serves the pipeline and says how to use it.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use bot_core::Bot;
use bot_core::platform::{Platform, Reader};
use tokio::sync::watch;
use tokio::time::timeout;

use crate::polling::Poller;
use crate::settings::chosen;
use crate::simulated::{Act, Message, Said};
use crate::stack::{Plan, Stack};
use crate::stores::stopped;
use crate::terminal::{StopSignals, say};

/// How long an update under way may take to be accepted and confirmed, once we are asked to stop.
const STOPPING: Duration = Duration::from_secs(5);

/// Serves until somebody asks to stop.
pub(crate) async fn run(bot: &'static Bot, options: crate::Dev) -> anyhow::Result<()> {
    let mut signals = StopSignals::catch()?;
    let poller = if options.telegram_polling {
        tokio::select! {
            poller = Poller::prepare(options.delete_webhook) => Some(poller?),
            () = signals.wait() => return Ok(()),
        }
    } else {
        None
    };
    let folder = options.data.folder;
    let plan = Plan {
        bot,
        address: SocketAddr::from((Ipv4Addr::LOCALHOST, options.port)),
        folder: folder.clone(),
        is_talk: false,
        variables: poller.as_ref().map(Poller::variables).unwrap_or_default(),
    };
    let (stack, mut said) = Stack::start(plan).await?;
    introduce(&stack, poller.as_ref());
    let (stop, stopping) = watch::channel(false);
    let outcome = {
        let polling = async {
            match &poller {
                Some(poller) => poller.run(&stack, folder.as_deref(), stopping).await,
                None => {
                    stopped(stopping).await;
                    Ok(())
                }
            }
        };
        tokio::pin!(polling);
        let ended = loop {
            tokio::select! {
                () = signals.wait() => break None,
                ended = &mut polling => break Some(ended),
                Some(said) = said.recv() => show(&said),
            }
        };
        say("Stopping.");
        let _ = stop.send(true);
        match ended {
            Some(ended) => ended,
            None => timeout(STOPPING, polling).await.unwrap_or(Ok(())),
        }
    };
    stack.stop().await;
    outcome
}

/// A line for what the bot says: `telegram < Which one? [This] [That]`, and with `~` what it changes.
fn show(said: &Said) {
    let (sign, Message { text, choices, .. }) = match &said.act {
        Act::Works => return,
        Act::Says(message) => ('<', message),
        Act::Edits(message) => ('~', message),
    };
    let buttons: String = choices.iter().map(|choice| format!(" [{}]", choice.label)).collect();
    say(&format!("{} {sign} {text}{buttons}", said.platform));
}

fn introduce(stack: &Stack, poller: Option<&Poller>) {
    let url = format!("http://{}", stack.address);
    say(&format!("Lambot serves {url}"));
    say("");
    for name in [
        "AWS_ENDPOINT_URL_SQS",
        "AWS_ENDPOINT_URL_DYNAMODB",
        "QUEUE_URL",
        "DLQ_URL",
        "TABLE_NAME",
        "AWS_REGION",
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
    ] {
        say(&format!("export {name}={}", stack.settings.value(name).unwrap_or_default()));
    }
    say("");
    say(&format!("  POST {url}/echo"));
    for platform in Platform::ALL {
        say(&format!("  POST {url}/webhooks/{}", platform.slug()));
    }
    say("");
    say("Webhooks are checked with these development values; set a variable to use your own:");
    for setting in Platform::ALL.iter().flat_map(|platform| platform.settings()) {
        // A token of the person's own is theirs to know.
        match chosen(setting.name) {
            Some(_) => say(&format!("  {} as you have set it", setting.name)),
            None if setting.reader == Reader::Worker => {}
            None => say(&format!(
                "  {}={}",
                setting.name,
                stack.settings.value(setting.name).unwrap_or_default()
            )),
        }
    }
    if chosen("DISCORD_PUBLIC_KEY").is_none() {
        say("  (the secret key of that DISCORD_PUBLIC_KEY is the byte 2a, 32 times)");
    }
    say("");
    if let Some(Poller { username, .. }) = poller {
        say(&format!("Say hello to @{username} on Telegram: https://t.me/{username}"));
    } else {
        say("Say hello to the bot as Telegram would; its reply appears here:");
        say("");
        say(&curl(&url));
    }
    say("");
}

/// A line for a shell. Its update is a new one every second: the same update again would be the same message.
fn curl(url: &str) -> String {
    let secret = match chosen("TELEGRAM_SECRET_TOKEN") {
        Some(_) => r#""X-Telegram-Bot-Api-Secret-Token: ${TELEGRAM_SECRET_TOKEN%%,*}""#.to_owned(),
        None => {
            let settings = Platform::Telegram.settings().iter();
            let secret = settings
                .filter(|setting| setting.name == "TELEGRAM_SECRET_TOKEN")
                .map(|s| s.development);
            format!("'X-Telegram-Bot-Api-Secret-Token: {}'", secret.collect::<String>())
        }
    };
    format!(
        "curl -sS {url}/webhooks/telegram -H {secret} -H 'Content-Type: application/json' -d \
         '{{\"update_id\":'$(date +%s)',\"message\":{{\"message_id\":1,\"date\":'$(date +%s)',\
         \"chat\":{{\"id\":42,\"type\":\"private\"}},\"from\":{{\"id\":42,\"is_bot\":false,\"first_name\":\"Ann\"}},\
         \"text\":\"hello\"}}}}'"
    )
}
