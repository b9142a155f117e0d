use secrecy::ExposeSecret as _;

use super::*;
use crate::platform::{ApiAnswer, Platform};
use crate::testing::BOT;

#[test]
fn a_command_is_registered_as_it_is_declared() {
    let commands = commands(&BOT);
    let expected = json!({
        "type": 1,
        "name": "echo",
        "description": "Says it.",
        "options": [{ "type": 3, "name": "text", "description": "what to say", "required": true }],
    });
    assert_eq!(commands[0], expected);
    assert_eq!(commands.as_array().map(Vec::len), Some(BOT.specs().count()));
}

#[test]
fn a_subcommand_is_registered_below_its_command() {
    let mut commands = Vec::new();
    for name in ["bed", "plant add", "plant row add", "plant row cut"] {
        insert(&mut commands, name, &Spec::new(name, "Does it."), WRITTEN);
    }
    let leaf =
        |name: &str| json!({ "type": 1, "name": name, "description": "Does it.", "options": [] });
    let group = json!({
        "type": 2, "name": "row", "description": "Does it.", "options": [leaf("add"), leaf("cut")],
    });
    let plant = json!({
        "type": 1, "name": "plant", "description": "Does it.", "options": [leaf("add"), group],
    });
    assert_eq!(commands, [leaf("bed"), plant]);
}

#[test]
fn a_form_asks_for_its_arguments_and_a_suggestion_is_asked_for() {
    let text = Arg::text("it", "What");
    assert_eq!(
        options(&Spec::new("tell", "Takes it.").arg(text).form("Tell me")),
        [] as [Value; 0]
    );
    assert_eq!(option(&text).get("autocomplete"), None);
    assert_eq!(option(&text.suggest(|_| Vec::new())).get("autocomplete"), Some(&true.into()));
}

#[test]
fn a_command_is_registered_in_the_menus_it_stands_in() {
    use serde::Deserialize;

    use crate::command::{Command, UsageError};
    use crate::{Cx, Reply};

    #[derive(Deserialize)]
    struct Greet {}

    impl Command for Greet {
        const SPEC: Spec = Spec::new("greet", "Greets.").on_user("Greet").on_message("Reply");
        type State = ();

        async fn run(self, _cx: &mut Cx<()>) -> Result<Reply, UsageError> {
            Ok(Reply::nothing())
        }
    }

    static GREETER: Bot = Bot::new().commands(&[crate::bot::command::<Greet>()]);

    let written = json!({ "type": 1, "name": "greet", "description": "Greets.", "options": [] });
    let chosen = [json!({ "type": 2, "name": "Greet" }), json!({ "type": 3, "name": "Reply" })];
    let [of_user, of_message] = chosen;
    assert_eq!(commands(&GREETER), json!([written, of_user, of_message]));
}

#[test]
fn an_argument_is_registered_as_the_kind_it_is() {
    // (argument, type)
    let cases = [
        (Arg::text("it", "What"), 3),
        (Arg::integer("it", "What"), 4),
        (Arg::number("it", "What"), 10),
        (Arg::duration("it", "What"), 3),
        (Arg::flag("it", "What"), 5),
        (Arg::user("it", "What"), 6),
        (Arg::channel("it", "What"), 7),
        (Arg::role("it", "What"), 8),
        (Arg::file("it", "What"), 11),
    ];
    for (arg, kind) in cases {
        let expected =
            json!({ "type": kind, "name": "it", "description": "What", "required": true });
        assert_eq!(option(&arg), expected, "{arg:?}");
    }

    let choice = Arg::choice("unit", "Which unit", &["metric", "imperial"]).optional();
    let expected = json!({
        "type": 3,
        "name": "unit",
        "description": "Which unit",
        "required": false,
        "choices": [
            { "name": "metric", "value": "metric" },
            { "name": "imperial", "value": "imperial" },
        ],
    });
    assert_eq!(option(&choice), expected);
}
fn answer(body: &Value) -> ApiAnswer {
    let body = Some(body.to_string().into_bytes());
    ApiAnswer { status: 200, body, ..ApiAnswer::default() }
}

/// Commands as Discord gives them back: <https://docs.discord.com/developers/interactions/application-commands>.
fn registered(commands: &Value) -> Value {
    let mut commands = commands.as_array().expect("commands").clone();
    commands.reverse();
    for (nth, command) in commands.iter_mut().enumerate() {
        command["id"] = format!("14575{nth}").into();
        command["application_id"] = "9".into();
        command["version"] = "1457537".into();
        command["default_member_permissions"] = Value::Null;
        command["dm_permission"] = true.into();
        command["contexts"] = Value::Null;
        command["integration_types"] = json!([0, 1]);
        command["nsfw"] = false.into();
        command["name_localizations"] = Value::Null;
        if command["options"] == json!([]) {
            command.as_object_mut().expect("an object").remove("options");
        }
        for option in command.get_mut("options").and_then(Value::as_array_mut).into_iter().flatten()
        {
            if option["required"] == false {
                option.as_object_mut().expect("an object").remove("required");
            }
        }
    }
    commands.into()
}

#[test]
fn commands_that_are_registered_are_the_same_and_others_are_not() {
    let item = overwrite(&BOT, "9");
    let same = registered(&commands(&BOT));
    let changed = |path: &str, value: Value| {
        let mut changed = same.clone();
        let at = changed.as_array().expect("commands").iter().position(|c| c["name"] == "echo");
        let path = format!("/{}/{path}", at.expect("the command"));
        *changed.pointer_mut(&path).expect(&path) = value;
        changed
    };
    // (case, what Discord says, the same?)
    let cases = [
        ("as declared", same.clone(), true),
        ("none", json!([]), false),
        ("another description", changed("description", "Speaks.".into()), false),
        ("an option of another name", changed("options/0/name", "word".into()), false),
        ("an option that may be missing", changed("options/0/required", false.into()), false),
        ("for administrators", changed("default_member_permissions", "0".into()), false),
        ("a field of tomorrow", changed("id", json!({ "new": 1 })), true),
    ];
    for (case, body, is_same) in cases {
        let comparison = item.compare(&answer(&body)).expect("an answer");
        assert_eq!(comparison.is_same(), is_same, "{case}");
    }
    assert!(item.compare(&answer(&json!({}))).is_err());
}

#[test]
fn the_command_that_opens_an_activity_stays() {
    let entry = json!({ "id": "7", "type": 4, "name": "launch", "description": "", "handler": 2 });
    let mut with_entry = registered(&commands(&BOT));
    with_entry.as_array_mut().expect("commands").push(entry);
    let comparison = overwrite(&BOT, "9").compare(&answer(&with_entry)).expect("an answer");
    assert!(comparison.is_same());
    let kept = json!({ "type": 4, "name": "launch", "handler": 2 });
    assert!(comparison.wanted.as_array().expect("commands").contains(&kept));
}

#[test]
fn what_is_registered_is_the_whole_of_the_commands() {
    let settings = |name: &str| match name {
        "DISCORD_APPLICATION_ID" => Some("9".to_owned()),
        "DISCORD_BOT_TOKEN" => Some("token".to_owned()),
        _ => None,
    };
    let registration = Platform::Discord
        .registration(&BOT, Some("https://bot.example/"), &settings)
        .expect("settings");
    let answers = [json!({ "id": "9", "interactions_endpoint_url": null }), json!([])];
    let requests: Vec<_> = registration
        .items
        .iter()
        .zip(&answers)
        .map(|(item, body)| {
            let comparison = item.compare(&answer(body)).expect("an answer");
            let request = registration.write(&comparison).expect("a token");
            let body: Value = serde_json::from_slice(&request.body).expect("JSON");
            (request.method.as_str(), request.url.expose_secret().to_owned(), body)
        })
        .collect();
    let expected = [
        (
            "PATCH",
            "https://discord.com/api/v10/applications/@me".to_owned(),
            json!({ "interactions_endpoint_url": "https://bot.example/webhooks/discord" }),
        ),
        ("PUT", "https://discord.com/api/v10/applications/9/commands".to_owned(), commands(&BOT)),
    ];
    assert_eq!(requests, expected);
}
