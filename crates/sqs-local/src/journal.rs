//! The calls that have changed a model since its snapshot was written.
//!
//! The same calls always have the same outcome, so a call is all that has to be written of its changes: a line, however
//! many messages there are.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::api::{Request, answer};
use crate::model::Model;

/// An open journal.
#[derive(Debug)]
pub(crate) struct Journal {
    file: File,
    /// How many bytes of it are whole lines.
    bytes: u64,
}

/// One call.
#[derive(Debug, Serialize, Deserialize)]
struct Entry {
    /// How many calls had changed the model before this one, ever.
    number: u64,
    now_ms: u64,
    action: String,
    body: String,
}

impl Journal {
    /// Opens the journal in a file and makes the calls in it that are not among the model's first `known` ones: how many
    /// changes the model has seen now.
    ///
    /// # Errors
    ///
    /// When the file cannot be read, or a line of it is no call that can follow the one before it.
    pub(crate) fn open(file: &Path, model: &mut Model, known: u64) -> io::Result<(Self, u64)> {
        let lines = match std::fs::read(file) {
            Ok(lines) => lines,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(error),
        };
        let mut changes = known;
        let mut bytes = 0;
        // What comes after the last line was being written when the process ended, and had not been answered.
        for line in
            lines.split_inclusive(|byte| *byte == b'\n').filter(|line| line.ends_with(b"\n"))
        {
            bytes += line.len() as u64;
            let entry: Entry = serde_json::from_slice(line).map_err(|_| damaged(file))?;
            if entry.number < changes {
                continue;
            }
            if entry.number > changes {
                return Err(damaged(file));
            }
            let Entry { now_ms, action, body, .. } = &entry;
            // Changes can be made by calls that are refused in the end.
            let _ = answer(model, *now_ms, Request { action, body: body.as_bytes(), base_url: "" });
            changes += 1;
        }
        let file = OpenOptions::new().create(true).append(true).open(file)?;
        file.set_len(bytes)?;
        Ok((Self { file, bytes }, changes))
    }

    /// Its size.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Adds the call that made the change after `changes` others.
    ///
    /// # Errors
    ///
    /// When the file cannot be written. What was written of the line is taken back if possible; nothing may be added
    /// until the journal has been emptied.
    pub(crate) fn add(
        &mut self,
        changes: u64,
        now_ms: u64,
        request: Request<'_>,
    ) -> io::Result<()> {
        let entry = Entry {
            number: changes,
            now_ms,
            action: request.action.to_owned(),
            body: String::from_utf8_lossy(request.body).into_owned(),
        };
        let mut line = serde_json::to_vec(&entry)?;
        line.push(b'\n');
        let written = self.file.write_all(&line);
        match written {
            Ok(()) => self.bytes += line.len() as u64,
            Err(_) => self.file.set_len(self.bytes)?,
        }
        written
    }

    /// Removes every call: a snapshot has them.
    ///
    /// # Errors
    ///
    /// When the file cannot be written. The calls are then known by their numbers.
    pub(crate) fn empty(&mut self) -> io::Result<()> {
        self.file.set_len(0)?;
        self.bytes = 0;
        Ok(())
    }
}

#[cfg(test)]
impl Journal {
    /// Goes on in another file.
    pub(crate) fn swap(&mut self, file: File) -> File {
        std::mem::replace(&mut self.file, file)
    }
}

fn damaged(file: &Path) -> io::Error {
    let file = file.display();
    let why = format!("{file} is damaged. Move it and its snapshot away to start with no queues.");
    io::Error::new(io::ErrorKind::InvalidData, why)
}
