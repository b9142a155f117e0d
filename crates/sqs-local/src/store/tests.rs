use serde_json::json;

use crate::NewMessage;

use super::*;

/// A directory of its own, gone at the end.
struct Directory(PathBuf);

impl Directory {
    fn new(test: &str) -> Self {
        let name = format!("sqs-local-{test}-{}", std::process::id());
        let directory = std::env::temp_dir().join(name);
        fs::create_dir_all(&directory).unwrap();
        Self(directory)
    }

    fn file(&self) -> PathBuf {
        self.0.join("queues.json")
    }

    fn journal(&self) -> PathBuf {
        beside(&self.file(), "journal")
    }

    fn open(&self) -> Store {
        Store::open(&self.file(), new()).unwrap()
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn new() -> Model {
    Model::new("us-east-1", 7)
}

impl Store {
    fn perform(&mut self, now_ms: u64, action: &str, parameters: Value) -> io::Result<Value> {
        let body = parameters.to_string();
        let request = Request { action, body: body.as_bytes(), base_url: "http://host" };
        Ok(self.answer(now_ms, request)?.unwrap_or_default())
    }

    fn create(&mut self) {
        self.perform(0, "CreateQueue", json!({ "QueueName": "q" })).unwrap();
    }

    fn send(&mut self, text: &str) -> io::Result<Value> {
        self.perform(0, "SendMessage", json!({ "QueueUrl": "q", "MessageBody": text }))
    }

    /// What can be received, without a trace.
    fn bodies(&self) -> Vec<String> {
        let request = Default::default();
        let mut model = self.model.clone();
        let receive = || model.receive(0, "q", &request).unwrap().pop().map(|message| message.body);
        std::iter::from_fn(receive).collect()
    }
}

#[test]
fn what_is_answered_is_found_again() {
    let directory = Directory::new("found-again");
    let file = directory.0.join("not/there/yet/queues.json");
    let mut store = Store::open(&file, new()).unwrap();
    store.create();
    store.send("x").unwrap();
    drop(store);
    assert_eq!(Store::open(&file, new()).unwrap().bodies(), ["x"]);
}

#[test]
fn calls_lead_to_the_same_model_again() {
    let directory = Directory::new("same");
    let mut store = directory.open();
    let fifo = |name: &str| json!({ "QueueName": name, "Attributes": { "FifoQueue": "true" } });
    store.perform(0, "CreateQueue", fifo("dead.fifo")).unwrap();
    store.perform(0, "CreateQueue", fifo("q.fifo")).unwrap();
    let arn = store.model().arn("dead.fifo");
    let policy = json!({ "deadLetterTargetArn": arn, "maxReceiveCount": 1 }).to_string();
    let policy = json!({ "QueueUrl": "q.fifo", "Attributes": { "RedrivePolicy": policy } });
    store.perform(1, "SetQueueAttributes", policy).unwrap();
    for nth in 0..40_u64 {
        let group = format!("group {}", nth % 3).replace(' ', "");
        let message = json!({ "QueueUrl": "q.fifo", "MessageBody": format!("é {nth}"), "MessageGroupId": group, "MessageDeduplicationId": nth.to_string() });
        store.perform(nth * 1_000, "SendMessage", message).unwrap();
        let receive = json!({ "QueueUrl": "q.fifo", "VisibilityTimeout": 5, "ReceiveRequestAttemptId": nth.to_string() });
        let received = store.perform(nth * 1_000 + 1, "ReceiveMessage", receive).unwrap();
        let receipt = received["Messages"][0]["ReceiptHandle"].clone();
        let (action, more) = match nth % 4 {
            0 => ("DeleteMessage", json!({ "QueueUrl": "q.fifo", "ReceiptHandle": receipt })),
            1 => {
                let entry = json!({ "Id": "0", "ReceiptHandle": receipt, "VisibilityTimeout": 2 });
                (
                    "ChangeMessageVisibilityBatch",
                    json!({ "QueueUrl": "q.fifo", "Entries": [entry] }),
                )
            }
            2 => ("GetQueueAttributes", json!({ "QueueUrl": "q.fifo" })),
            _ => ("StartMessageMoveTask", json!({ "SourceArn": arn })),
        };
        store.perform(nth * 1_000 + 2, action, more).unwrap();
    }
    let before = serde_json::to_value(&store.model).unwrap();
    assert!(fs::metadata(directory.journal()).unwrap().len() > 0);
    drop(store);
    assert_eq!(serde_json::to_value(&directory.open().model).unwrap(), before);
}

#[test]
fn however_the_process_ends_the_files_are_one_model() {
    let lines = |names: &[&str]| {
        let directory = Directory::new("lines");
        let mut store = directory.open();
        store.create();
        for name in names {
            store.send(name).unwrap();
        }
        fs::read_to_string(directory.journal()).unwrap()
    };
    let whole = lines(&["a", "b"]);
    let ends: Vec<usize> = whole.match_indices('\n').map(|(at, _)| at + 1).collect();
    let (create, a, b) = (&whole[..ends[0]], &whole[ends[0]..ends[1]], &whole[ends[1]..]);
    // (case, the journal, what is in the queue, or that it is refused)
    let cases: [(&str, String, Option<&[&str]>); 7] = [
        ("whole", whole.clone(), Some(&["a", "b"])),
        ("cut off in the last line", format!("{create}{a}{}", &b[..b.len() - 1]), Some(&["a"])),
        ("cut off before it", format!("{create}{a}"), Some(&["a"])),
        ("a line is missing", format!("{create}{b}"), None),
        ("a line twice", format!("{create}{a}{a}{b}"), Some(&["a", "b"])),
        ("a line is damaged", format!("{create}{}\n{b}", &a[..9]), None),
        ("something else", "hello\n".to_owned(), None),
    ];

    for (case, journal, expected) in cases {
        let directory = Directory::new("ends");
        drop(directory.open());
        fs::write(directory.journal(), &journal).unwrap();
        let opened = Store::open(&directory.file(), new());
        match expected {
            Some(expected) => assert_eq!(opened.unwrap().bodies(), expected, "{case}"),
            None => {
                assert_eq!(opened.unwrap_err().kind(), io::ErrorKind::InvalidData, "{case}");
                assert_eq!(fs::read_to_string(directory.journal()).unwrap(), journal, "{case}");
            }
        }
    }
}

#[test]
fn a_snapshot_knows_the_calls_it_has_replaced() {
    let directory = Directory::new("replaced");
    let mut store = directory.open();
    store.create();
    store.send("a").unwrap();
    let journal = fs::read(directory.journal()).unwrap();
    drop(store);
    // As if the process had ended after the snapshot was replaced and before the journal was emptied.
    drop(directory.open());
    fs::write(directory.journal(), &journal).unwrap();
    let mut store = directory.open();
    assert_eq!(store.bodies(), ["a"]);
    store.send("b").unwrap();
    drop(store);
    assert_eq!(directory.open().bodies(), ["a", "b"]);
}

#[test]
fn a_long_journal_gives_way_to_a_snapshot() {
    let directory = Directory::new("long");
    let mut store = directory.open();
    store.create();
    let text = "x".repeat(300 * 1024);
    let mut longest = 0;
    for _ in 0..12 {
        store.send(&text).unwrap();
        longest = longest.max(fs::metadata(directory.journal()).unwrap().len());
    }
    assert!(longest > JOURNAL_BYTES, "{longest}");
    assert!(longest < 10 * 300 * 1024, "{longest}");
    drop(store);
    assert_eq!(directory.open().bodies().len(), 12);
}

#[test]
fn nothing_is_written_when_nothing_has_changed() {
    let directory = Directory::new("nothing");
    let mut store = directory.open();
    store.create();
    let before = fs::read(directory.journal()).unwrap();
    store.perform(1, "ReceiveMessage", json!({ "QueueUrl": "q" })).unwrap();
    assert_eq!(fs::read(directory.journal()).unwrap(), before);
}

#[test]
fn a_change_that_cannot_be_saved_is_saved_with_the_next() {
    let directory = Directory::new("next");
    let mut store = directory.open();
    store.create();
    let obstacle = beside(&directory.file(), "new");
    fs::create_dir(&obstacle).unwrap();
    let text = "x".repeat(JOURNAL_BYTES as usize - 1024);
    store.send(&text).unwrap();
    store.send(&text).unwrap();
    assert!(store.send("not saved").is_err());
    assert!(store.send("neither").is_err());

    fs::remove_dir(&obstacle).unwrap();
    store.send("saved").unwrap();
    drop(store);
    assert_eq!(directory.open().bodies()[2..], ["not saved", "neither", "saved"]);
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_costs_what_was_refused_and_nothing_else() {
    // (case, whether the disk has room again before the process ends, what is found again)
    let cases: [(&str, bool, &[&str]); 2] =
        [("it ends full", false, &["a"]), ("room is made", true, &["a", "refused", "b"])];

    for (case, has_room, expected) in cases {
        let directory = Directory::new("full");
        let mut store = directory.open();
        store.create();
        store.send("a").unwrap();
        let full = fs::OpenOptions::new().append(true).open("/dev/full").unwrap();
        let journal = store.files.as_mut().unwrap().journal.swap(full);
        assert!(store.send("refused").is_err(), "{case}");
        if has_room {
            store.files.as_mut().unwrap().journal.swap(journal);
            store.send("b").unwrap();
        }
        drop(store);
        assert_eq!(directory.open().bodies(), expected, "{case}");
    }
}

#[test]
fn a_change_that_no_call_has_made_is_kept_with_the_next_call() {
    let directory = Directory::new("no-call");
    let mut store = directory.open();
    store.create();
    // As a call that ends in a panic leaves it.
    let message = NewMessage { body: "a".to_owned(), ..NewMessage::default() };
    store.model().send(0, "q", message).unwrap();
    store.send("b").unwrap();
    drop(store);
    assert_eq!(directory.open().bodies(), ["a", "b"]);
}

#[test]
fn what_is_no_snapshot_is_refused_and_left_alone() {
    let directory = Directory::new("refused");
    let good = Written { sqs_local_format: FORMAT, changes: 0, model: &new() };
    let good = serde_json::to_string(&good).unwrap();
    let format = |format| good.replace("\"sqs_local_format\":2", format);
    let (older, newer) = (format("\"sqs_local_format\":1"), format("\"sqs_local_format\":3"));
    let before_journals = older.replace("\"changes\":0,", "");
    // (case, what is in the file, whether it opens)
    let cases: [(&str, &[u8], bool); 7] = [
        ("good", good.as_bytes(), true),
        ("before there were journals", before_journals.as_bytes(), true),
        ("empty", b"", false),
        ("cut off", &good.as_bytes()[..good.len() - 1], false),
        ("something else", b"{\"queues\":[]}", false),
        ("not text", b"\xff\xfe\x00", false),
        ("newer", newer.as_bytes(), false),
    ];

    for (case, content, opens) in cases {
        fs::write(directory.file(), content).unwrap();
        let result = Store::open(&directory.file(), new());
        assert_eq!(result.is_ok(), opens, "{case}");
        if let Err(error) = result {
            assert_eq!(error.kind(), io::ErrorKind::InvalidData, "{case}");
            assert!(error.to_string().contains("queues.json is not a snapshot"), "{error}");
            assert_eq!(fs::read(directory.file()).unwrap(), content, "{case}");
        }
    }
}

#[test]
fn a_file_belongs_to_one_store() {
    let directory = Directory::new("one-store");
    let first = directory.open();
    let refusal = Store::open(&directory.file(), new()).unwrap_err();
    assert!(refusal.to_string().contains("is in use"), "{refusal}");
    drop(first);
    assert!(Store::open(&directory.file(), new()).is_ok());
}
