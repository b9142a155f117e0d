//! Cuts a document into messages a platform accepts.
//!
//! A platform refuses or cuts what is too long, and either loses what the bot said. What a message costs depends on the
//! marks it is made of, so it is measured as it will be sent. Measuring is all the work, so what is measured is in
//! proportion to what fits into a message, and not to what is left to say.

use std::collections::VecDeque;
use std::{iter, mem, slice};

use unicode_segmentation::UnicodeSegmentation as _;

use super::cut::Source;
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
    let mut rest: VecDeque<Block> = blocks.into_iter().filter_map(Block::trimmed).collect();
    let mut parts = Vec::new();
    let mut count = 1;
    while !rest.is_empty() {
        let blocks = rest.make_contiguous();
        let fits = |count: usize| blocks.get(..count).is_none_or(|blocks| cost(blocks) <= limit);
        count = longest(blocks.len(), count, fits);
        let part: Vec<Block> = rest.drain(..count).collect();
        match rest.pop_front() {
            Some(next) => {
                let left = cut(next, part, &mut parts, limit, &cost);
                left.into_iter().for_each(|left| rest.push_front(left));
            }
            None => parts.push(part),
        }
    }
    parts
}

/// The largest number up to `most` that `fits`, where all smaller ones do.
///
/// It is looked for around `guess`, further and further away: one message holds about as much as the next.
fn longest(most: usize, guess: usize, mut fits: impl FnMut(usize) -> bool) -> usize {
    // This fits, and that does not.
    let (mut low, mut high) = (0, most + 1);
    let (mut next, mut step) = (guess.max(1), 1);
    while low + 1 < high {
        let middle = if low < next && next < high { next } else { low.midpoint(high) };
        if fits(middle) {
            low = middle;
            next = middle.saturating_add(step);
        } else {
            high = middle;
            next = middle.saturating_sub(step);
        }
        step = step.saturating_mul(2);
    }
    low
}

/// Cuts `block`, which does not fit behind `part` as a whole, into `parts`. What is left of it fits into a message.
fn cut(
    block: Block,
    mut part: Vec<Block>,
    parts: &mut Vec<Vec<Block>>,
    limit: usize,
    cost: &impl Fn(&[Block]) -> usize,
) -> Option<Block> {
    let fits_alone = |block: &Block| cost(slice::from_ref(block)) <= limit;
    let can_stay = !part.is_empty() && fits_alone(&block);
    let is_divisible = matches!(block.content, Content::Text(_) | Content::Heading(_));
    if can_stay && (!is_divisible || cost(&part) > limit / 2) {
        parts.push(part);
        return Some(block);
    }
    if matches!(block.content, Content::Image { .. } | Content::Rule) {
        parts.extend([part, vec![block]].into_iter().filter(|part| !part.is_empty()));
        return None;
    }
    let source = Source::new(block);
    let (mut from, mut length) = (0, 0);
    while from < source.text().len() {
        let is_alone = part.is_empty();
        let mut fits = |to: usize| {
            part.push(source.piece(from..to));
            let fits = cost(&part) <= limit;
            part.pop();
            fits
        };
        let most = source.reach(from, length, is_alone, &mut fits);
        if is_alone && most == source.text().len() && fits(most) {
            return Some(source.piece(from..most));
        }
        match source.place(from, most, !can_stay, fits_alone) {
            None if !is_alone => parts.push(mem::take(&mut part)),
            place => {
                let place = place.unwrap_or(most);
                let text = source.text().get(from..place).unwrap_or_default().trim_end();
                part.extend((!text.is_empty()).then(|| source.piece(from..from + text.len())));
                parts.extend(Some(mem::take(&mut part)).filter(|part| !part.is_empty()));
                length = place - from;
                from = source.after(place);
            }
        }
    }
    None
}

impl Source {
    /// The last place between what people see as characters to which it `fits`, looked for around `guess` bytes from
    /// where it begins. What people see as one has no end and may be longer than a message: if it `has_to` go on, it does
    /// by a part of one.
    fn reach(
        &self,
        from: usize,
        guess: usize,
        has_to: bool,
        mut fits: impl FnMut(usize) -> bool,
    ) -> usize {
        let text = self.window(from, guess, &mut fits);
        let mut last = |ends: Vec<usize>| {
            let end = |count: usize| count.checked_sub(1).and_then(|nth| ends.get(nth)).copied();
            let guess = ends.partition_point(|&end| end <= from + guess);
            end(longest(ends.len(), guess, |count| end(count).is_none_or(&mut fits)))
        };
        let ends = text.grapheme_indices(true).map(|(at, one)| from + at + one.len());
        last(ends.collect()).unwrap_or_else(|| {
            let one = text.graphemes(true).next().filter(|_| has_to).unwrap_or_default();
            let mut ends = one.char_indices().map(|(at, c)| from + at + c.len_utf8());
            let first = ends.next().unwrap_or(from);
            last(ends.collect()).unwrap_or(first)
        })
    }

    /// Its text until where it does not fit, not far behind the last place to which it does; otherwise all of it.
    fn window(&self, from: usize, guess: usize, mut fits: impl FnMut(usize) -> bool) -> &str {
        let end = self.text().len();
        let sizes = iter::successors(Some(guess + 64), |size| size.checked_mul(2));
        let mut places = sizes.map(|size| self.text().floor_char_boundary(from + size));
        let place = places.find(|&place| place == end || !fits(place)).unwrap_or(end);
        self.text().get(from..place).unwrap_or_default()
    }

    /// Where to cut what begins at `from` and has to end at `most`; inside a word only if it `has_to_be`.
    fn place(
        &self,
        from: usize,
        most: usize,
        has_to_be: bool,
        fits: impl Fn(&Block) -> bool,
    ) -> Option<usize> {
        // A mark that fits into a message goes there as a whole. One that has been cut already does not.
        let whole = self.mark_around(most).filter(|mark| mark.start >= from);
        let whole = whole.filter(|&mark| fits(&self.piece(mark.clone())));
        let most = whole.map_or(most, |mark| mark.start);
        let (head, after) = (self.text().get(from..most)?, self.text().get(most..)?);
        if head.is_empty() {
            return None;
        }
        if after.starts_with('\n') {
            return Some(most);
        }
        let is_open = |at: usize| self.mark_around(at).is_none_or(|mark| mark.end > most);
        let places = head.char_indices().rev().map(|(at, c)| (from + at + c.len_utf8(), c));
        let places = places.take_while(|&(at, _)| at - from > head.len() / 2);
        let last = |is_place: fn(char) -> bool| {
            let mut places = places.clone().filter(|&(_, c)| is_place(c)).map(|(at, _)| at);
            places.find(|&at| is_open(at))
        };
        let is_at_blank = !self.is_code() && after.starts_with(char::is_whitespace);
        let place = last(|c| c == '\n').or(is_at_blank.then_some(most));
        let place = place.or_else(|| last(char::is_whitespace));
        place.or((has_to_be || whole.is_some()).then_some(most))
    }
}

#[cfg(test)]
mod tests;
