//! What `docs/costs.md` says of a message, against the calls that the functions make of AWS for one.

#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "what cannot be done is a test that has failed"
)]

mod page;
mod pipeline;
mod tap;

use page::Page;
use pipeline::Pipeline;
use serde_json::Value;
use tap::Call;

/// The calls of the table that are Lambda's own: it polls the queue, and deletes what was not given back.
const LAMBDAS: [&str; 2] = ["ReceiveMessage", "DeleteMessage"];

/// What a write unit of DynamoDB holds.
const WRITE_UNIT: usize = 1024;

fn names(calls: &[Call]) -> Vec<&str> {
    let mut names: Vec<&str> = calls.iter().map(|call| call.name.as_str()).collect();
    names.sort_unstable();
    names
}

fn one<'a>(calls: &'a [Call], name: &str) -> &'a Value {
    let mut of_this_name = calls.iter().filter(|call| call.name == name);
    let (Some(call), None) = (of_this_name.next(), of_this_name.next()) else {
        panic!("{name} is not there once: {:?}", names(calls))
    };
    &call.body
}

#[tokio::test]
async fn a_message_makes_the_calls_of_the_table_and_no_other() {
    let page = Page::read();
    let mut expected = page.calls();
    for name in LAMBDAS {
        let nth = expected.iter().position(|call| *call == name).unwrap();
        expected.remove(nth);
    }
    expected.sort_unstable();

    let pipeline = Pipeline::start().await;
    pipeline.say(1, "hello").await;
    // The state is there by now, as it is for all but the first message.
    let before = pipeline.calls().len();
    pipeline.say(2, "hello").await;
    let calls = &pipeline.calls()[before..];
    assert_eq!(names(calls), expected);

    let transaction = one(calls, "TransactWriteItems")["TransactItems"].as_array().unwrap();
    assert_eq!(transaction.len(), page.number::<usize>("it is decided", "writes"));
    for item in transaction {
        let size = item.to_string().len();
        assert!(size <= WRITE_UNIT, "{size} bytes: {item}");
    }
    let reads = &one(calls, "BatchGetItem")["RequestItems"]["table"];
    assert_eq!(
        reads["Keys"].as_array().unwrap().len(),
        page.number::<usize>("the state is read", "read")
    );
    assert_eq!(reads["ConsistentRead"], true);
    assert_ne!(one(calls, "GetItem")["ConsistentRead"], true, "half a read is a late one");
}

#[tokio::test]
async fn a_further_reply_is_confirmed_and_nothing_else() {
    let pipeline = Pipeline::start().await;
    pipeline.say(1, "hello").await;
    let before = pipeline.calls().len();
    pipeline.say(2, "hello").await;
    let short = pipeline.calls().len();
    // Telegram takes 4,096 characters in a message.
    pipeline.say(3, &"word ".repeat(1500)).await;
    let calls = pipeline.calls();
    // The limits may be looked up a second later again.
    let counted = |calls| {
        let mut names = names(calls);
        names.retain(|name| *name != "GetItem");
        names
    };
    let mut expected = counted(&calls[before..short]);
    expected.push("UpdateItem");
    expected.sort_unstable();
    assert_eq!(counted(&calls[short..]), expected);
}

#[tokio::test]
async fn what_is_answered_at_once_makes_no_call() {
    let pipeline = Pipeline::start().await;
    // (update, secret, status)
    let cases = [
        (r#"{"update_id":1,"poll":{}}"#, pipeline::SECRET, 200),
        (r#"{"update_id":2,"poll":{}}"#, "wrong", 401),
    ];
    for (update, secret, status) in cases {
        assert_eq!(pipeline.webhook(update, secret).await, status, "{update}");
    }
    assert_eq!(pipeline.calls(), []);
}

#[test]
fn each_row_of_the_table_costs_what_its_calls_cost() {
    let page = Page::read();
    let sqs = page.price("SQS, FIFO", "requests");
    let read = page.price("DynamoDB, on demand", "reads");
    let write = page.price("DynamoDB, on demand", "writes");
    let request = page.price("API Gateway, HTTP API", "requests");
    let invocation = page.price("Lambda, arm64", "requests");
    let gigabyte_second = page.price_of_one("Lambda, arm64", "GB-second");
    let number = |step: &str, of: &str| page.number::<f64>(step, of);
    let running = |step: &str| {
        let gigabytes = number(step, "MB") / 1024.0;
        invocation + gigabytes * number(step, "ms") / 1000.0 * gigabyte_second * 1e6
    };
    // (step, a million of it)
    let rows = [
        ("the webhook", request + running("the webhook")),
        ("queued", sqs),
        ("received*, hidden for as long as it takes*, deleted*", 3.0 * sqs),
        ("worked on*", running("worked on*")),
        ("the state is read", number("the state is read", "read") * read),
        // A write in a transaction is two.
        ("it is decided", number("it is decided", "writes") * 2.0 * write),
        ("the platform's limits are looked up*", read / 2.0),
        ("the reply is confirmed", number("the reply is confirmed", "write") * write),
        ("logs", number("logs", "KB") * page.price_of_one("CloudWatch", "GB")),
        ("traces", page.price("X-Ray", "traces")),
    ];
    for (step, cost) in rows {
        let stated = page.stated(step);
        assert!((stated - cost).abs() < 0.0051, "{step}: {stated} is stated, {cost}");
    }
    let steps: Vec<&str> = rows.iter().map(|(step, _)| *step).collect();
    assert_eq!(page.steps(), steps, "a step that is not counted");
    let (stated, sum) =
        (page.stated("**together**"), rows.map(|(_, cost)| cost).iter().sum::<f64>());
    assert!((stated - sum).abs() < 0.01, "{stated} is stated for all, {sum}");
    // Halves of a cent are rounded up.
    let cents = |cost: f64| format!("{:.2}", cost + 1e-9);
    let (state, reply) = (format!("{} + {}", cents(read), cents(2.0 * write)), cents(write));
    let further = format!("each further state of a turn ({state}), each further reply ({reply})");
    assert!(page.text().contains(&further), "{further}");
}
