//! Which update is asked for next.
//!
//! Asking for one confirms those before it. What is kept in a file says so again after a crash, before anything was asked.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;

/// The number of the next update of one bot.
pub(crate) struct Offset {
    next: Option<i64>,
    file: Option<PathBuf>,
}

impl Offset {
    /// What is known from an earlier run, if there is a folder; numbers of one bot mean nothing to another.
    pub(crate) fn open(folder: Option<&Path>, bot: i64) -> anyhow::Result<Self> {
        let file = folder.map(|folder| folder.join(format!("telegram-{bot}.offset")));
        let next = match &file {
            Some(file) if file.exists() => {
                let text = fs::read_to_string(file)
                    .with_context(|| format!("cannot read {}", file.display()))?;
                // Without it, Telegram begins with the first unconfirmed one.
                text.trim().parse().ok()
            }
            _ => None,
        };
        Ok(Self { next, file })
    }

    /// The number to ask for; `None` for the first unconfirmed one.
    pub(crate) const fn next(&self) -> Option<i64> {
        self.next
    }

    /// The update of this number is accepted. Numbers may start again below: after a week of silence.
    ///
    /// <https://core.telegram.org/bots/api#update>
    pub(crate) fn pass(&mut self, update: i64) -> anyhow::Result<()> {
        let next = update.saturating_add(1);
        self.next = Some(next);
        let Some(file) = &self.file else { return Ok(()) };
        write(file, &next.to_string()).with_context(|| format!("cannot write {}", file.display()))
    }
}

/// Replaces a file as a whole, whenever the process or the machine stops.
fn write(file: &Path, text: &str) -> std::io::Result<()> {
    let new = file.with_extension("offset.new");
    let mut written = fs::File::create(&new)?;
    written.write_all(text.as_bytes())?;
    written.sync_all()?;
    fs::rename(new, file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_keeps_each_bots_number() {
        let folder = std::env::temp_dir().join(format!("lambot-offset-{}", std::process::id()));
        fs::create_dir_all(&folder).expect("a folder");
        let open = |bot| Offset::open(Some(&folder), bot).expect("readable");
        let mut offset = open(1);
        assert_eq!(offset.next(), None);
        // The second one is lower.
        for (update, next) in [(900, 901), (7, 8)] {
            offset.pass(update).expect("writable");
            assert_eq!(
                (offset.next(), open(1).next(), open(2).next()),
                (Some(next), Some(next), None)
            );
        }
        fs::write(folder.join("telegram-1.offset"), "torn").expect("writable");
        assert_eq!(open(1).next(), None);
        fs::remove_dir_all(&folder).expect("a folder");

        let mut forgetful = Offset::open(None, 1).expect("nothing to read");
        forgetful.pass(900).expect("nothing to write");
        assert_eq!(forgetful.next(), Some(901));
    }
}
