//! Tables, which no platform shows everywhere.
//!
//! A small one becomes aligned lines of code. A telephone breaks lines that are longer than it is wide, so the rows of a
//! larger one become the items of a list; so do those with links, which code cannot hold.

use super::{Block, Content, Frame, Span, Style};

/// How wide a table may be: 40 characters, about what a telephone shows of code in a line.
const WIDEST: usize = 40;

/// The first character that may be as wide as two: those before it are not.
const WIDE: char = '\u{1100}';

type Cell = Vec<Span>;

/// A table as it was written.
#[derive(Debug, Default)]
pub(super) struct Table {
    pub(super) head: Vec<Cell>,
    pub(super) rows: Vec<Vec<Cell>>,
}

impl Table {
    /// The blocks that show it, in `frames`.
    pub(super) fn into_blocks(self, frames: &[Frame]) -> Vec<Block> {
        if let Some(text) = self.aligned() {
            let content = Content::Code { language: None, text };
            return vec![Block { frames: frames.to_vec(), content }];
        }
        let Self { head, rows } = self;
        if rows.is_empty() {
            return item(frames, &[], head).into_iter().collect();
        }
        rows.into_iter().filter_map(|row| item(frames, &head, row)).collect()
    }

    /// Its lines with their columns under each other, if that can be read everywhere.
    fn aligned(&self) -> Option<String> {
        let rows: Vec<Vec<String>> = std::iter::once(&self.head)
            .chain(&self.rows)
            .map(|row| plain(row))
            .collect::<Option<_>>()?;
        let columns = self.head.len();
        let width = |column: usize| {
            let cells = rows.iter().filter_map(|row| row.get(column));
            cells.map(|cell| cell.chars().count()).max().unwrap_or_default()
        };
        let widths: Vec<usize> = (0..columns).map(width).collect();
        if widths.iter().sum::<usize>() + 2 * columns.saturating_sub(1) > WIDEST {
            return None;
        }
        let line = |cells: &[String]| {
            let cells = cells.iter().zip(&widths).map(|(cell, &width)| format!("{cell:width$}"));
            cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
        };
        let rule = widths.iter().map(|&width| "─".repeat(width)).collect::<Vec<_>>().join("  ");
        let mut lines = rows.iter().map(|row| line(row));
        let head = lines.next()?;
        Some([head, rule].into_iter().chain(lines).collect::<Vec<_>>().join("\n"))
    }
}

/// The words of a row's cells, if they are as wide as they are long and lead nowhere.
fn plain(row: &[Cell]) -> Option<Vec<String>> {
    let cell = |spans: &Cell| {
        let can_be_code = spans.iter().all(|span| {
            span.target.is_none() && span.text.chars().all(|c| c < WIDE && !c.is_control())
        });
        can_be_code.then(|| super::words(spans).trim().to_owned())
    };
    row.iter().map(cell).collect()
}

/// A row as the item of a list: each cell on a line of its own, behind the head of its column.
fn item(frames: &[Frame], head: &[Cell], row: Vec<Cell>) -> Option<Block> {
    let mut spans: Vec<Span> = Vec::new();
    for (column, cell) in row.into_iter().enumerate() {
        if super::words(&cell).trim().is_empty() {
            continue;
        }
        if !spans.is_empty() {
            spans.push(text("\n"));
        }
        if let Some(head) = head.get(column).filter(|head| !super::words(head).trim().is_empty()) {
            let bold =
                |span: &Span| Span { style: Style { bold: true, ..span.style }, ..span.clone() };
            spans.extend(head.iter().map(bold));
            spans.push(text(": "));
        }
        spans.extend(cell);
    }
    let start = Frame::Item { number: None, starts: true };
    let frames = frames.iter().copied().chain([start]).collect();
    (!spans.is_empty()).then_some(Block { frames, content: Content::Text(spans) })
}

fn text(text: &str) -> Span {
    Span { text: text.to_owned(), ..Span::default() }
}
