//! `lambot dev`: serves the pipeline and says how to use it.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use bot_core::platform::{Platform, Reader};

use crate::settings::chosen;
use crate::stack::Stack;
use crate::terminal::{StopSignals, say};

/// Serves until somebody asks to stop.
pub(crate) async fn run(port: u16, folder: Option<PathBuf>) -> anyhow::Result<()> {
    let mut signals = StopSignals::catch()?;
    let mut stack = Stack::start(SocketAddr::from((Ipv4Addr::LOCALHOST, port)), folder).await?;
    introduce(&stack);
    loop {
        tokio::select! {
            () = signals.wait() => break,
            Some(said) = stack.said.recv() => say(&format!("{} < {}", said.platform, said.text)),
        }
    }
    say("Stopping.");
    stack.stop().await;
    Ok(())
}

fn introduce(stack: &Stack) {
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
    say("Say hello to the bot as Telegram would; its reply appears here:");
    say("");
    say(&curl(&url));
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
