//! Requests as they arrive, and the answers to them.

use serde_json::json;

use super::*;

#[test]
fn a_queue_is_found_by_its_urls_path() {
    // (URL, queue)
    let cases = [
        ("http://127.0.0.1:9324/000000000000/a.fifo", Ok("a.fifo")),
        ("https://sqs.us-east-1.amazonaws.com/123456789012/a", Ok("a")),
        ("http://[::1]:1/000000000000/a/", Ok("a")),
        ("/000000000000/a", Ok("a")),
        ("a", Ok("a")),
        ("", Err(ErrorCode::MissingParameter)),
        ("http://127.0.0.1:9324", Err(ErrorCode::InvalidAddress)),
        ("http://127.0.0.1:9324/", Err(ErrorCode::InvalidAddress)),
    ];

    for (url, expected) in cases {
        assert_eq!(queue_name(Some(url)).map_err(|error| error.code()), expected, "{url}");
    }
}

#[test]
fn hostile_requests_are_refused() {
    use ErrorCode::{
        InvalidAction, InvalidAddress, InvalidParameterValue, MissingParameter, QueueDoesNotExist,
        Serialization,
    };
    let deep = "[".repeat(100_000);
    // (action, body, why it is refused)
    let cases: [(&str, &[u8], ErrorCode); 18] = [
        ("DropTables", b"{}", InvalidAction),
        ("", b"{}", InvalidAction),
        ("SendMessage", b"", MissingParameter),
        ("SendMessage", b"{", Serialization),
        ("SendMessage", b"\xff\xfe", Serialization),
        ("SendMessage", b"null", Serialization),
        ("SendMessage", b"\"text\"", Serialization),
        ("SendMessage", deep.as_bytes(), Serialization),
        ("SendMessage", br#"{"QueueUrl":"/q","MessageBody":7}"#, Serialization),
        ("SendMessage", br#"{"QueueUrl":["q"]}"#, Serialization),
        ("SendMessage", br#"{"QueueUrl":"http://","MessageBody":"x"}"#, InvalidAddress),
        ("SendMessage", br#"{"QueueUrl":"/0/nope","MessageBody":"x"}"#, QueueDoesNotExist),
        (
            "SendMessage",
            br#"{"QueueUrl":"/0/q","MessageBody":"x","DelaySeconds":9223372036854775807}"#,
            InvalidParameterValue,
        ),
        ("SendMessage", br#"{"QueueUrl":"/q","DelaySeconds":1e99}"#, Serialization),
        (
            "ReceiveMessage",
            br#"{"QueueUrl":"/0/q","MaxNumberOfMessages":-1}"#,
            InvalidParameterValue,
        ),
        (
            "ReceiveMessage",
            br#"{"QueueUrl":"/0/q","VisibilityTimeout":-9223372036854775808}"#,
            InvalidParameterValue,
        ),
        ("SendMessageBatch", br#"{"QueueUrl":"/0/q","Entries":{}}"#, Serialization),
        ("CreateQueue", br#"{"QueueName":"../../etc"}"#, InvalidParameterValue),
    ];

    for (action, body, expected) in cases {
        let mut model = Model::new("us-east-1", 0);
        model.create_queue(0, "q", &[].into()).unwrap();
        let request = Request { action, body, base_url: "http://localhost" };
        let refusal = answer(&mut model, 0, request).unwrap_err();
        let shown = String::from_utf8_lossy(body.get(..80).unwrap_or(body));
        assert_eq!(refusal.code(), expected, "{action} {shown}");
    }
}

#[test]
fn refusals_do_not_quote_the_request() {
    let mut model = Model::new("us-east-1", 0);
    let body = json!({ "QueueUrl": ["a secret"] }).to_string();
    let request = Request { action: "SendMessage", body: body.as_bytes(), base_url: "" };
    let refusal = answer(&mut model, 0, request).unwrap_err();
    assert!(!refusal.to_string().contains("secret"), "{refusal}");
}

/// What comes back: the answer, or the code of the refusal.
fn perform(model: &mut Model, action: &str, body: &Value) -> Result<Value, &'static str> {
    let body = body.to_string();
    let request = Request { action, body: body.as_bytes(), base_url: "http://h" };
    answer(model, 0, request).map_err(|error| error.code().query_code())
}

#[test]
fn queues_are_listed_in_pages() {
    let mut model = Model::new("us-east-1", 0);
    for name in ["b", "a1", "a3", "a2"] {
        perform(&mut model, "CreateQueue", &json!({ "QueueName": name })).unwrap();
    }
    let url = |name: &str| format!("http://h/000000000000/{name}");
    let urls = |names: &[&str]| -> Vec<String> { names.iter().map(|name| url(name)).collect() };
    let q = |name: &str| json!({ "QueueUrl": url(name) });
    let visibility = json!({ "QueueUrl": url("b"), "AttributeNames": ["VisibilityTimeout"] });
    let unknown = json!({ "QueueUrl": url("b"), "AttributeNames": ["Colour"] });
    // (action, parameters, answer)
    let cases = [
        ("ListQueues", json!({}), Ok(json!({ "QueueUrls": urls(&["a1", "a2", "a3", "b"]) }))),
        (
            "ListQueues",
            json!({ "QueueNamePrefix": "a", "MaxResults": 2 }),
            Ok(json!({ "QueueUrls": urls(&["a1", "a2"]), "NextToken": "a2" })),
        ),
        (
            "ListQueues",
            json!({ "QueueNamePrefix": "a", "MaxResults": 2, "NextToken": "a2" }),
            Ok(json!({ "QueueUrls": urls(&["a3"]) })),
        ),
        ("ListQueues", json!({ "MaxResults": 0 }), Err("InvalidParameterValue")),
        ("ListDeadLetterSourceQueues", q("b"), Ok(json!({ "queueUrls": [] }))),
        ("GetQueueUrl", json!({ "QueueName": "b" }), Ok(q("b"))),
        ("GetQueueAttributes", q("b"), Ok(json!({}))),
        (
            "GetQueueAttributes",
            visibility,
            Ok(json!({ "Attributes": { "VisibilityTimeout": "30" } })),
        ),
        ("GetQueueAttributes", unknown, Err("InvalidAttributeName")),
        ("DeleteQueue", q("b"), Ok(json!({}))),
        ("DeleteQueue", q("b"), Err("AWS.SimpleQueueService.NonExistentQueue")),
    ];

    for (action, body, expected) in cases {
        assert_eq!(perform(&mut model, action, &body), expected, "{action} {body}");
    }
}

#[test]
fn a_batch_is_refused_for_what_it_is_as_a_batch() {
    let entry = |id: &str| json!({ "Id": id, "MessageBody": "x" });
    let large = |id: &str| json!({ "Id": id, "MessageBody": "x".repeat(600_000) });
    let eleven: Vec<Value> = (0..11).map(|id| entry(&id.to_string())).collect();
    // (entries, code)
    let cases = [
        (json!([]), "AWS.SimpleQueueService.EmptyBatchRequest"),
        (json!(eleven), "AWS.SimpleQueueService.TooManyEntriesInBatchRequest"),
        (json!([entry("a"), entry("a")]), "AWS.SimpleQueueService.BatchEntryIdsNotDistinct"),
        (json!([entry("a b")]), "AWS.SimpleQueueService.InvalidBatchEntryId"),
        (json!([entry("")]), "AWS.SimpleQueueService.InvalidBatchEntryId"),
        (json!([large("a"), large("b")]), "AWS.SimpleQueueService.BatchRequestTooLong"),
        (json!(null), "MissingParameter"),
    ];

    for (entries, expected) in cases {
        let mut model = Model::new("us-east-1", 0);
        model.create_queue(0, "q", &[].into()).unwrap();
        let body = json!({ "QueueUrl": "/0/q", "Entries": entries });
        let refusal = perform(&mut model, "SendMessageBatch", &body);
        assert_eq!(refusal, Err(expected));
        assert_eq!(model.queue_attributes(0, "q").unwrap()["ApproximateNumberOfMessages"], "0");
    }
}

#[test]
fn a_batch_says_of_each_entry_how_it_went() {
    let mut model = Model::new("us-east-1", 0);
    model.create_queue(0, "q", &[].into()).unwrap();
    let send = json!({ "QueueUrl": "/0/q", "MessageBody": "x" });
    perform(&mut model, "SendMessage", &send).unwrap();
    let received = perform(&mut model, "ReceiveMessage", &json!({ "QueueUrl": "/0/q" })).unwrap();
    let handle = received["Messages"][0]["ReceiptHandle"].clone();
    let entries = json!([
        { "Id": "good", "ReceiptHandle": handle, "VisibilityTimeout": 0 },
        { "Id": "bad", "ReceiptHandle": "garbage", "VisibilityTimeout": 0 },
        { "Id": "none" },
    ]);
    let batch = json!({ "QueueUrl": "/0/q", "Entries": entries });

    for action in ["ChangeMessageVisibilityBatch", "DeleteMessageBatch"] {
        let answer = perform(&mut model, action, &batch).unwrap();
        assert_eq!(answer["Successful"], json!([{ "Id": "good" }]), "{action}");
        let failed = answer["Failed"].as_array().unwrap();
        let codes: Vec<&Value> = failed.iter().map(|entry| &entry["Code"]).collect();
        assert_eq!(codes, ["ReceiptHandleIsInvalid", "MissingParameter"], "{action}");
        assert_eq!(failed[0]["SenderFault"], true, "{action}");
    }
}

#[test]
fn receivers_get_the_attributes_they_ask_for() {
    let attribute = json!({ "DataType": "String", "StringValue": "v" });
    let names = |value: &Value| -> Vec<String> {
        value.as_object().map(|all| all.keys().cloned().collect()).unwrap_or_default()
    };
    // (names asked for, names that come)
    let cases: [(&[&str], &[&str]); 5] = [
        (&[], &[]),
        (&["All"], &["a.one", "a.two", "b"]),
        (&["a.*"], &["a.one", "a.two"]),
        (&[".*"], &["a.one", "a.two", "b"]),
        (&["b", "c"], &["b"]),
    ];

    for (asked, expected) in cases {
        let mut model = Model::new("us-east-1", 0);
        model.create_queue(0, "q", &[].into()).unwrap();
        let attributes = json!({ "a.one": attribute, "a.two": attribute, "b": attribute });
        let send =
            json!({ "QueueUrl": "/0/q", "MessageBody": "x", "MessageAttributes": attributes });
        let sent = perform(&mut model, "SendMessage", &send).unwrap();
        let receive = json!({ "QueueUrl": "/0/q", "MessageAttributeNames": asked });
        let received = perform(&mut model, "ReceiveMessage", &receive).unwrap();
        let message = &received["Messages"][0];
        assert_eq!(names(&message["MessageAttributes"]), expected, "{asked:?}");
        let is_whole = message["MD5OfMessageAttributes"] == sent["MD5OfMessageAttributes"];
        assert_eq!(is_whole, expected.len() == 3, "the digest is of what is returned: {asked:?}");
        assert_eq!(message.get("Attributes"), None, "{asked:?}");
    }
}

#[test]
fn move_tasks_are_listed_as_sqs_lists_them() {
    let mut model = Model::new("us-east-1", 0);
    model.create_queue(0, "d", &[].into()).unwrap();
    let arn = model.arn("d");
    let policy = json!({ "deadLetterTargetArn": arn, "maxReceiveCount": 1 }).to_string();
    model.create_queue(0, "q", &[("RedrivePolicy".to_owned(), policy)].into()).unwrap();
    let start = json!({ "SourceArn": arn });
    assert!(perform(&mut model, "StartMessageMoveTask", &start).unwrap()["TaskHandle"].is_string());
    let expected = json!({ "Results": [{
        "Status": "COMPLETED",
        "SourceArn": arn,
        "ApproximateNumberOfMessagesMoved": 0,
        "ApproximateNumberOfMessagesToMove": 0,
        "StartedTimestamp": 0,
    }] });
    assert_eq!(perform(&mut model, "ListMessageMoveTasks", &start), Ok(expected));
    let cancel = json!({ "TaskHandle": "none" });
    let refusal = perform(&mut model, "CancelMessageMoveTask", &cancel);
    assert_eq!(refusal, Err("ResourceNotFoundException"));
}
