//! Keeps a model on disk: every change is in the file before it is answered.
//!
//! The file is replaced as a whole, so it is always one complete snapshot, however the process ends.
//! It is not forced to the disk: what a power cut takes back, a development tool may lose.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::model::Model;

/// Grows when a snapshot of before could no longer be read as one of now.
const FORMAT: u32 = 1;

/// A model, and the file it is kept in, if any.
#[derive(Debug)]
pub(crate) struct Store {
    model: Model,
    snapshot: Option<Snapshot>,
}

#[derive(Debug)]
struct Snapshot {
    file: PathBuf,
    /// Held for as long as the file is ours: two servers would overwrite each other's messages.
    _lock: File,
    saved_revision: u64,
}

#[derive(Serialize)]
struct Written<'a> {
    sqs_local_format: u32,
    model: &'a Model,
}

#[derive(Deserialize)]
struct Read {
    sqs_local_format: u32,
    model: Model,
}

impl Store {
    /// A model that is kept nowhere.
    pub(crate) fn in_memory(model: Model) -> Self {
        Self { model, snapshot: None }
    }

    /// The model in a file, or this one if there is no file yet.
    ///
    /// # Errors
    ///
    /// When another process has the file, or it does not hold a snapshot. It is then left as it is.
    pub(crate) fn open(file: &Path, new: Model) -> io::Result<Self> {
        if let Some(directory) = file.parent() {
            fs::create_dir_all(directory)?;
        }
        let lock = File::create(beside(file, "lock"))?;
        lock.try_lock().map_err(|error| match error {
            TryLockError::WouldBlock => {
                let message = format!("{} is in use by another server", file.display());
                io::Error::new(io::ErrorKind::WouldBlock, message)
            }
            TryLockError::Error(error) => error,
        })?;

        let model = match fs::read(file) {
            Ok(bytes) => decode(&bytes)
                .map_err(|why| io::Error::new(io::ErrorKind::InvalidData, refusal(file, &why)))?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => new,
            Err(error) => return Err(error),
        };
        let saved_revision = model.revision();
        let snapshot = Snapshot { file: file.to_owned(), _lock: lock, saved_revision };
        Ok(Self { model, snapshot: Some(snapshot) })
    }

    pub(crate) fn model(&mut self) -> &mut Model {
        &mut self.model
    }

    /// Writes the model down, if it has changed.
    ///
    /// # Errors
    ///
    /// When the file cannot be written. The change stays in the model and is written with the next
    /// one, so a caller that tries again is safe.
    pub(crate) fn save(&mut self) -> io::Result<()> {
        let Some(snapshot) = &mut self.snapshot else { return Ok(()) };
        let revision = self.model.revision();
        if snapshot.saved_revision == revision {
            return Ok(());
        }
        let written = Written { sqs_local_format: FORMAT, model: &self.model };
        let bytes = serde_json::to_vec(&written)?;
        let new = beside(&snapshot.file, "new");
        fs::write(&new, bytes)?;
        fs::rename(&new, &snapshot.file)?;
        snapshot.saved_revision = revision;
        Ok(())
    }
}

fn decode(bytes: &[u8]) -> Result<Model, String> {
    let read: Read = serde_json::from_slice(bytes).map_err(|error| {
        format!(
            "it is damaged or something else (line {}, column {})",
            error.line(),
            error.column()
        )
    })?;
    if read.sqs_local_format != FORMAT {
        return Err(format!("its format is {}, not {FORMAT}", read.sqs_local_format));
    }
    Ok(read.model)
}

fn refusal(file: &Path, why: &str) -> String {
    let file = file.display();
    format!("{file} is not a snapshot of sqs-local: {why}. Move it away to start with no queues.")
}

/// A file that belongs to the snapshot.
fn beside(file: &Path, suffix: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".");
    name.push(suffix);
    PathBuf::from(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::NewMessage;

    /// A directory of its own, gone at the end.
    struct Directory(PathBuf);

    impl Directory {
        fn new(test: &str) -> Self {
            let name = format!("sqs-local-{test}-{}", std::process::id());
            let directory = std::env::temp_dir().join(name);
            fs::create_dir_all(&directory).unwrap();
            Self(directory)
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

    #[test]
    fn what_is_saved_is_found_again() {
        let directory = Directory::new("found-again");
        let file = directory.0.join("not/there/yet/queues.json");
        let mut store = Store::open(&file, new()).unwrap();
        store.model().create_queue(0, "q", &[].into()).unwrap();
        store.model().send(0, "q", NewMessage::standard("x")).unwrap();
        store.save().unwrap();
        drop(store);

        let mut store = Store::open(&file, new()).unwrap();
        let received = store.model().receive(0, "q", &Default::default()).unwrap();
        assert_eq!(received[0].body, "x");
    }

    #[test]
    fn nothing_is_written_when_nothing_has_changed() {
        let directory = Directory::new("nothing");
        let file = directory.0.join("queues.json");
        let mut store = Store::open(&file, new()).unwrap();
        store.model().create_queue(0, "q", &[].into()).unwrap();
        store.save().unwrap();
        fs::remove_file(&file).unwrap();
        store.save().unwrap();
        assert!(!file.exists());
    }

    #[test]
    fn what_is_no_snapshot_is_refused_and_left_alone() {
        let directory = Directory::new("refused");
        let good = serde_json::to_string(&Written { sqs_local_format: FORMAT, model: &new() });
        let good = good.unwrap();
        let newer = good.replace("\"sqs_local_format\":1", "\"sqs_local_format\":2");
        // (case, what is in the file, whether it opens)
        let cases: [(&str, &[u8], bool); 6] = [
            ("good", good.as_bytes(), true),
            ("empty", b"", false),
            ("cut off", &good.as_bytes()[..good.len() - 1], false),
            ("something else", b"{\"queues\":[]}", false),
            ("not text", b"\xff\xfe\x00", false),
            ("newer", newer.as_bytes(), false),
        ];

        for (case, content, opens) in cases {
            let file = directory.0.join("queues.json");
            fs::write(&file, content).unwrap();
            let result = Store::open(&file, new());
            assert_eq!(result.is_ok(), opens, "{case}");
            if let Err(error) = result {
                assert_eq!(error.kind(), io::ErrorKind::InvalidData, "{case}");
                assert!(error.to_string().contains("queues.json is not a snapshot"), "{error}");
            }
            assert_eq!(fs::read(&file).unwrap(), content, "{case}");
        }
    }

    #[test]
    fn a_file_belongs_to_one_store() {
        let directory = Directory::new("one-store");
        let file = directory.0.join("queues.json");
        let first = Store::open(&file, new()).unwrap();
        let refusal = Store::open(&file, new()).unwrap_err();
        assert!(refusal.to_string().contains("is in use"), "{refusal}");
        drop(first);
        assert!(Store::open(&file, new()).is_ok());
    }

    #[test]
    fn a_change_that_cannot_be_saved_is_saved_with_the_next() {
        let directory = Directory::new("next");
        let file = directory.0.join("queues.json");
        let mut store = Store::open(&file, new()).unwrap();
        let obstacle = beside(&file, "new");
        fs::create_dir(&obstacle).unwrap();
        store.model().create_queue(0, "q", &[].into()).unwrap();
        assert!(store.save().is_err());

        fs::remove_dir(&obstacle).unwrap();
        store.save().unwrap();
        drop(store);
        assert!(Store::open(&file, new()).unwrap().model().has_queue("q"));
    }
}
