//! The files of a message, as references.
//!
//! <https://core.telegram.org/bots/api#message>

use serde::Deserialize;

use crate::event::File;

/// A message has one of these at most.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Files {
    /// One picture in several sizes, the largest last.
    photo: Vec<Media>,
    document: Option<Media>,
    animation: Option<Media>,
    audio: Option<Media>,
    video: Option<Media>,
    video_note: Option<Media>,
    voice: Option<Media>,
    sticker: Option<Media>,
}

#[derive(Deserialize)]
struct Media {
    file_id: String,
    file_name: Option<String>,
    mime_type: Option<String>,
    file_size: Option<u64>,
}

pub(super) fn of(files: Files) -> Vec<File> {
    let photo = files.photo.into_iter().next_back();
    // An animation is there as a document, too, for older clients.
    let document = files.animation.or(files.document);
    let media = photo.or(document).or(files.audio).or(files.video).or(files.video_note);
    let media = media.or(files.voice).or(files.sticker);
    let file = |media: Media| File {
        id: media.file_id,
        name: media.file_name,
        media_type: media.mime_type,
        bytes: media.file_size,
        url: None,
    };
    media.map(file).into_iter().collect()
}
