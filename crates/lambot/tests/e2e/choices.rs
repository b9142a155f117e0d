//! Buttons, from the reply that has them to what a press of them changes.

use serde_json::{Value, json};

use crate::chat::talk_with;
use crate::support::api::{Api, Reply};
use crate::support::lambot::Setup;
use crate::support::process::lambot;
use crate::support::telegram;
use crate::support::updates::Updates;

const TODAY: &str = "Berlin today: overcast, 13 to 21 °C, rain 10 %.";
const TOMORROW: &str = "Berlin tomorrow: overcast, 13 to 25 °C, rain 3 %.";

/// A stand-in for whom the bot asks about the weather.
fn sky() -> Api {
    Api::scripted(|_, call| {
        let recording = if call.path.contains("/search") {
            include_str!("../../../bot/recordings/berlin.json")
        } else {
            include_str!("../../../bot/recordings/berlin_forecast.json")
        };
        Some(Reply::status(200, "content-type: application/json\r\n", recording))
    })
}

#[test]
fn a_talk_has_buttons_to_press_by_number() {
    let sky = sky();
    let mut command = lambot();
    command.arg("chat").env("FETCH_URL", &sky.url);
    let transcript = talk_with(&mut command, "1\n/weather Berlin\n1\n3\n2\n");
    let expected = format!(
        "\
        Say something, or /help. The end of input ends the talk.\n\
        > You said: 1\n\
        > …\n\
        {TODAY}\n\
        [1] Tomorrow  [2] My favourite\n\
        > ~ {TOMORROW}\n\
        [1] Today  [2] My favourite\n\
        > You said: 3\n\
        > Berlin is your favourite place now: /weather tells you about it.\n\
        > \n"
    );
    assert_eq!(transcript, expected);
}

#[test]
fn what_is_served_shows_the_labels() {
    let sky = sky();
    let lambot = Setup::default().variable("FETCH_URL", &sky.url);
    let lambot = lambot.variable("TELEGRAM_SECRET_TOKEN", telegram::SECRET).start();
    lambot.accept(&telegram::private(1, "/weather Berlin"));
    lambot.said.wait_for(1, &format!("telegram < {TODAY} [Tomorrow] [My favourite]"));
}

#[test]
fn a_press_that_is_fetched_is_answered_on_the_spot_and_edits_its_message() {
    let sky = sky();
    let updates = Updates::start();
    let _lambot = Setup::default().polling(&updates).variable("FETCH_URL", &sky.url).start();
    let asked: Value =
        serde_json::from_slice(telegram::private(7, "/weather Berlin").content()).unwrap();
    updates.push(asked.clone());
    assert_eq!(updates.said(1), [TODAY]);
    let button = updates.calls("sendMessage")[0]["reply_markup"]["inline_keyboard"][0][0].clone();
    assert_eq!(button["text"], "Tomorrow");

    let message = &asked["message"];
    updates.push(json!({
        "update_id": 8,
        "callback_query": {
            "id": "4382bfdwdsb323b2d9",
            "from": message["from"],
            "message": { "message_id": 1300, "date": message["date"], "chat": message["chat"] },
            "chat_instance": "-3939",
            "data": button["callback_data"],
        },
    }));
    updates.asked_from(9);
    let answered = json!({ "callback_query_id": "4382bfdwdsb323b2d9" });
    assert_eq!(updates.calls("answerCallbackQuery"), [answered]);
    let edit = updates.called("editMessageText");
    assert_eq!((&edit["message_id"], &edit["text"]), (&json!(1300), &json!(TOMORROW)));
}
