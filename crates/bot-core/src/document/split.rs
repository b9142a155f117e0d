//! Cuts a document into messages a platform accepts.
//!
//! A platform refuses or cuts what is too long, and either loses what the bot said. What a message costs depends on the
//! marks it is made of, so it is measured as it will be sent.

use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation as _;

use super::{Block, Content};

/// Cuts `blocks` into parts that cost `limit` at most, in order.
///
/// It cuts between blocks, else after a line, else at a blank, else between what people see as characters. Inside a
/// link, a mention, a marked text or code it cuts only what fits into no message alone; that is closed and opened again.
/// The first half of a part is no place to cut if there is a later one: it would leave a scrap.
///
/// Everything is kept but the blanks at which it is cut, and those at the edges of texts. Blank texts are left out: no
/// platform accepts a message of them. A single character that costs too much is a part all the same, so that cutting
/// always ends.
pub(crate) fn split(
    blocks: Vec<Block>,
    limit: usize,
    cost: impl Fn(&[Block]) -> usize,
) -> Vec<Vec<Block>> {
    let mut rest: Vec<Block> = blocks.into_iter().filter_map(Block::trimmed).rev().collect();
    let mut parts = Vec::new();
    while !rest.is_empty() {
        let mut part = take_whole(&mut rest, limit, &cost);
        if let Some(next) = rest.pop() {
            let (head, tail) = cut(next, &part, limit, &cost);
            part.extend(head.and_then(Block::trimmed));
            rest.extend(tail.and_then(Block::trimmed));
        }
        if !part.is_empty() {
            parts.push(part);
        }
    }
    parts
}

/// Takes as many whole blocks off the end of `rest`, which is in reverse, as fit.
fn take_whole(
    rest: &mut Vec<Block>,
    limit: usize,
    cost: &impl Fn(&[Block]) -> usize,
) -> Vec<Block> {
    let first = |count: usize| -> Vec<Block> { rest.iter().rev().take(count).cloned().collect() };
    // Doubling keeps what is measured in proportion to what fits.
    let mut most = 1;
    while most < rest.len() && cost(&first(most)) <= limit {
        most *= 2;
    }
    let count = longest(most.min(rest.len()), |count| cost(&first(count)) <= limit);
    let mut whole = rest.split_off(rest.len() - count);
    whole.reverse();
    whole
}

/// The largest number up to `most` that `fits`, where all smaller ones do.
fn longest(most: usize, fits: impl Fn(usize) -> bool) -> usize {
    let (mut low, mut high) = (0, most);
    while low < high {
        let middle = (low + high).div_ceil(2);
        if fits(middle) {
            low = middle;
        } else {
            high = middle - 1;
        }
    }
    low
}

/// What of `block` goes to the end of `part`, into which it does not fit as a whole, and what is left of it.
fn cut(
    block: Block,
    part: &[Block],
    limit: usize,
    cost: &impl Fn(&[Block]) -> usize,
) -> (Option<Block>, Option<Block>) {
    let is_alone = part.is_empty();
    let is_divisible = block.is_divisible();
    let fits_limit = |block: &Block| cost(std::slice::from_ref(block)) <= limit;
    let fits_alone = !is_alone && fits_limit(&block);
    if !is_alone {
        let is_filled = cost(part) > limit / 2;
        if fits_alone && (is_filled || !is_divisible) {
            return (None, Some(block));
        }
    } else if !is_divisible && !matches!(block.content, Content::Code { .. }) {
        return (Some(block), None);
    }
    let fits = |at: usize| {
        let blocks: Vec<Block> = part.iter().cloned().chain([block.head(at)]).collect();
        cost(&blocks) <= limit
    };
    let text = block.text();
    // Each of them costs 1 at least.
    let ends: Vec<usize> =
        text.grapheme_indices(true).map(|(at, one)| at + one.len()).take(limit.max(1)).collect();
    let end = |count: usize| count.checked_sub(1).and_then(|nth| ends.get(nth)).copied();
    let most = longest(ends.len(), |count| end(count).is_none_or(&fits));
    let place = end(most).and_then(|most| block.place(most, !fits_alone, fits_limit));
    let place = match place {
        Some(at) => at,
        None if !is_alone => return (None, Some(block)),
        // What people see as one character has no end, and may be longer than a message.
        None => {
            let first = end(1).unwrap_or(text.len());
            let characters: Vec<usize> = text
                .char_indices()
                .map(|(at, c)| at + c.len_utf8())
                .take_while(|&at| at <= first)
                .take(limit.max(1))
                .collect();
            let count = longest(characters.len(), |count| {
                count.checked_sub(1).and_then(|nth| characters.get(nth)).is_none_or(|&at| fits(at))
            });
            characters.get(count.max(1) - 1).copied().unwrap_or(text.len())
        }
    };
    drop(text);
    let (head, tail) = block.cut_at(place);
    (Some(head), Some(tail))
}

impl Block {
    /// Whether it may be cut though it fits into a message of its own.
    const fn is_divisible(&self) -> bool {
        matches!(self.content, Content::Text(_) | Content::Heading(_))
    }

    /// Where to cut its text, not behind `most`; inside a word only if it `has_to_be`.
    fn place(&self, most: usize, has_to_be: bool, fits: impl Fn(&Self) -> bool) -> Option<usize> {
        let marked = self.marked();
        let is_whole = |mark: &Range<usize>| {
            let (_, tail) = self.clone().cut_at(mark.start);
            fits(&tail.cut_at(mark.len()).0)
        };
        // A mark that fits into a message goes there as a whole.
        let mark = marked.iter().find(|mark| mark.start < most && most < mark.end);
        let whole = mark.filter(|mark| is_whole(mark));
        let most = whole.map_or(most, |mark| mark.start);
        let is_code = matches!(self.content, Content::Code { .. });
        let text = self.text();
        let (head, after) = text.split_at_checked(most).filter(|(head, _)| !head.is_empty())?;
        if after.starts_with('\n') {
            return Some(most);
        }
        let is_open = |at: usize| {
            !marked.iter().any(|mark| mark.start < at && at < mark.end && mark.end <= most)
        };
        let places = head.char_indices().rev().map(|(at, c)| (at + c.len_utf8(), c));
        let places = places.take_while(|&(at, _)| at > most / 2).filter(|&(at, _)| is_open(at));
        let line = places.clone().find(|&(_, c)| c == '\n');
        let is_at_blank = !is_code && after.starts_with(char::is_whitespace);
        let blank = || places.clone().find(|&(_, c)| c.is_whitespace()).map(|(at, _)| at);
        let place = line.map(|(at, _)| at).or(is_at_blank.then_some(most)).or_else(blank);
        place.or((has_to_be || whole.is_some()).then_some(most))
    }
}

#[cfg(test)]
mod tests;
