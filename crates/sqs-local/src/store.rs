//! Keeps a model on disk: every change is in its files before it is answered.
//!
//! A snapshot is replaced as a whole and a journal grows by whole lines, so together they are always one complete model,
//! however the process ends. What is answered has been handed to the operating system: killing the process takes nothing
//! back. A power cut can take the last calls, since only snapshots are forced to the disk.

#[cfg(test)]
mod tests;

use std::fs::{self, File, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::api::{self, Request};
use crate::error::SqsError;
use crate::journal::Journal;
use crate::model::Model;

/// Grows when a snapshot of before could no longer be read as one of now, or the other way round.
const FORMAT: u32 = 2;

/// Snapshots of before journals are read too.
const OLDEST_FORMAT: u32 = 1;

/// How long a journal grows at least before a snapshot takes its place: 1 MiB. It also grows as long as the snapshot, so
/// that all snapshots together cost no more than the journal.
const JOURNAL_BYTES: u64 = 1024 * 1024;

/// A model, and the files it is kept in, if any.
#[derive(Debug)]
pub(crate) struct Store {
    model: Model,
    files: Option<Files>,
}

#[derive(Debug)]
struct Files {
    snapshot: PathBuf,
    snapshot_bytes: u64,
    journal: Journal,
    /// Held for as long as the files are ours: two servers would overwrite each other's messages.
    _lock: File,
    saved_revision: u64,
    /// How many changes the files hold, ever.
    changes: u64,
}

#[derive(Serialize)]
struct Written<'a> {
    sqs_local_format: u32,
    changes: u64,
    model: &'a Model,
}

#[derive(Deserialize)]
struct Read {
    sqs_local_format: u32,
    #[serde(default)]
    changes: u64,
    model: Model,
}

impl Store {
    /// A model that is kept nowhere.
    pub(crate) fn in_memory(model: Model) -> Self {
        Self { model, files: None }
    }

    /// The model in a file and its journal, or this one if there is no file yet.
    ///
    /// # Errors
    ///
    /// When another process has the files, or they do not hold a model. They are then left as they are.
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

        let (mut model, known) = match fs::read(file) {
            Ok(bytes) => decode(&bytes)
                .map_err(|why| io::Error::new(io::ErrorKind::InvalidData, refusal(file, &why)))?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => (new, 0),
            Err(error) => return Err(error),
        };
        let (journal, changes) = Journal::open(&beside(file, "journal"), &mut model, known)?;
        let mut files = Files {
            snapshot: file.to_owned(),
            snapshot_bytes: 0,
            journal,
            _lock: lock,
            saved_revision: model.revision(),
            changes,
        };
        files.replace(&model)?;
        Ok(Self { model, files: Some(files) })
    }

    pub(crate) fn model(&mut self) -> &mut Model {
        &mut self.model
    }

    /// Performs an action on the model, and writes down what it has changed.
    ///
    /// # Errors
    ///
    /// When the files cannot be written. The change stays in the model and is written with the next
    /// one, so a caller that tries again is safe.
    pub(crate) fn answer(
        &mut self,
        now_ms: u64,
        request: Request<'_>,
    ) -> io::Result<Result<Value, SqsError>> {
        let before = self.model.revision();
        let answer = api::answer(&mut self.model, now_ms, request);
        if let Some(files) = &mut self.files {
            files.save(&self.model, before, now_ms, request)?;
        }
        Ok(answer)
    }
}

impl Files {
    /// Writes down a call that has found the model at the revision `before`.
    fn save(
        &mut self,
        model: &Model,
        before: u64,
        now_ms: u64,
        request: Request<'_>,
    ) -> io::Result<()> {
        let revision = model.revision();
        if self.saved_revision == revision {
            return Ok(());
        }
        // Whatever was to be written before and was not, only a snapshot can save.
        let has_gap = self.saved_revision != before;
        let is_long = self.journal.bytes() > self.snapshot_bytes.max(JOURNAL_BYTES);
        if has_gap || is_long {
            // A number that no line of the journal has yet.
            self.changes += 1;
            self.replace(model)?;
        } else {
            self.journal.add(self.changes, now_ms, request)?;
            self.changes += 1;
        }
        self.saved_revision = revision;
        Ok(())
    }

    /// Puts a snapshot in the place of the old one and of the journal.
    fn replace(&mut self, model: &Model) -> io::Result<()> {
        let written = Written { sqs_local_format: FORMAT, changes: self.changes, model };
        let bytes = serde_json::to_vec(&written)?;
        let new = beside(&self.snapshot, "new");
        let mut file = File::create(&new)?;
        file.write_all(&bytes)?;
        // On the disk, and under its name, before the journal is emptied: else a power cut could leave neither.
        file.sync_all()?;
        fs::rename(&new, &self.snapshot)?;
        sync_directory(&self.snapshot)?;
        self.snapshot_bytes = bytes.len() as u64;
        // Until it is empty, each of its lines has a number that the snapshot knows, and those to come do not.
        self.journal.empty()
    }
}

/// Has the name of a file on the disk.
fn sync_directory(file: &Path) -> io::Result<()> {
    match file.parent() {
        Some(directory) if directory != Path::new("") => File::open(directory)?.sync_all(),
        _ => File::open(".")?.sync_all(),
    }
}

/// The model in a snapshot, and how many changes it has seen.
fn decode(bytes: &[u8]) -> Result<(Model, u64), String> {
    let read: Read = serde_json::from_slice(bytes).map_err(|error| {
        format!(
            "it is damaged or something else (line {}, column {})",
            error.line(),
            error.column()
        )
    })?;
    if !(OLDEST_FORMAT..=FORMAT).contains(&read.sqs_local_format) {
        return Err(format!("its format is {}, not {FORMAT}", read.sqs_local_format));
    }
    Ok((read.model, read.changes))
}

fn refusal(file: &Path, why: &str) -> String {
    let file = file.display();
    format!(
        "{file} is not a snapshot of sqs-local: {why}. Move it and its journal away to start with no queues."
    )
}

/// A file that belongs to the snapshot.
fn beside(file: &Path, suffix: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".");
    name.push(suffix);
    PathBuf::from(name)
}
