//! The page, as far as it has figures.

use std::str::FromStr;

/// The page.
pub(crate) struct Page(&'static str);

impl Page {
    pub(crate) const fn read() -> Self {
        Self(include_str!("../../../../docs/costs.md"))
    }

    /// All of it on one line.
    pub(crate) fn text(&self) -> String {
        self.0.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// The calls of the table of a message, as often as they stand there.
    pub(crate) fn calls(&self) -> Vec<&'static str> {
        self.rows("## A message").flat_map(|row| row[1].split('`').skip(1).step_by(2)).collect()
    }

    /// The steps of a message.
    pub(crate) fn steps(&self) -> Vec<&'static str> {
        self.rows("## A message").map(|row| row[0]).filter(|step| *step != "**together**").collect()
    }

    /// The number before `of` in what a step says.
    pub(crate) fn number<T: FromStr>(&self, step: &str, of: &str) -> T {
        number(self.row("## A message", step)[1], of)
    }

    /// What a million of a step are said to cost.
    pub(crate) fn stated(&self, step: &str) -> f64 {
        self.row("## A message", step)[2].trim_matches('*').parse().unwrap()
    }

    /// What a million of something are said to cost.
    pub(crate) fn price(&self, service: &str, of: &str) -> f64 {
        number(self.row("# Costs", service)[1], &format!("per million {of}"))
    }

    /// What one of something is said to cost.
    pub(crate) fn price_of_one(&self, service: &str, of: &str) -> f64 {
        number(self.row("# Costs", service)[1], &format!("per {of}"))
    }

    fn row(&self, heading: &str, first: &str) -> Vec<&'static str> {
        self.rows(heading).find(|row| row[0] == first).unwrap_or_else(|| panic!("no row {first:?}"))
    }

    /// The cells of the first table below a heading, without its head.
    fn rows(&self, heading: &str) -> impl Iterator<Item = Vec<&'static str>> {
        let lines = self.0.lines().skip_while(move |line| !line.starts_with(heading));
        let table = lines.skip_while(|line| !line.starts_with('|')).skip(2);
        let cells = |line: &'static str| line.trim_matches('|').split('|').map(str::trim).collect();
        table.take_while(|line| line.starts_with('|')).map(cells)
    }
}

/// The first number that stands before `of`.
fn number<T: FromStr>(text: &str, of: &str) -> T {
    let before =
        text.split_once(&format!(" {of}")).unwrap_or_else(|| panic!("no {of:?}: {text}")).0;
    let word = before.rsplit([' ', '(']).next().unwrap();
    word.parse().unwrap_or_else(|_| panic!("{word:?} is no number of {of:?}"))
}
