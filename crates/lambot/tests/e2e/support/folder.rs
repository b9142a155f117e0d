//! A folder that is gone at the end of its test.

use std::fs;
use std::path::PathBuf;
use std::process;
use std::sync::atomic::{AtomicUsize, Ordering};

/// An empty folder.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new() -> Self {
        static FOLDERS: AtomicUsize = AtomicUsize::new(0);

        let nth = FOLDERS.fetch_add(1, Ordering::Relaxed);
        // Outside the checkout, where a bot of one's own may stand.
        let path = std::env::temp_dir().join(format!("lambot-e2e-{}-{nth}", process::id()));
        // Another process of this id may have been killed before it could clear up.
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub(crate) fn path(&self) -> String {
        self.0.to_str().unwrap().to_owned()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
