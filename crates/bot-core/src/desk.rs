//! Where a handler's requests lie until they are answered.
//!
//! A handler awaits nothing but what it has laid here. Whoever polls it looks here for what it waits for; a handler that
//! waits although nothing lies here unanswered waits for something else, and nobody will ever bring that.

use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use crate::fetch::{FetchError, Fetched, MOST_FETCHES, Request};

/// What one run of a handler has asked for.
#[derive(Debug, Default)]
pub(crate) struct Desk(Mutex<Papers>);

#[derive(Debug, Default)]
struct Papers {
    asked: Vec<Asked>,
    /// What an earlier run of the same turn was answered.
    known: Vec<(Request, Fetched)>,
    working: Option<String>,
}

#[derive(Debug)]
struct Asked {
    request: Request,
    answer: Option<Fetched>,
    waker: Option<Waker>,
}

impl Desk {
    /// With the answers of earlier runs: what is asked again is not fetched again.
    pub(crate) fn knowing(known: Vec<(Request, Fetched)>) -> Self {
        Self(Mutex::new(Papers { known, ..Papers::default() }))
    }

    pub(crate) fn ask(self: &Arc<Self>, request: Request) -> Fetching {
        let mut papers = self.papers();
        let known = papers.known.iter().position(|(known, _)| *known == request);
        let answer = known.map(|at| papers.known.remove(at).1);
        if answer.is_none() && papers.asked.len() >= MOST_FETCHES {
            // Nothing is kept of what is refused: a handler may ask until it is stopped.
            return Fetching { desk: Arc::clone(self), nth: None };
        }
        papers.asked.push(Asked { request, answer, waker: None });
        Fetching { desk: Arc::clone(self), nth: Some(papers.asked.len() - 1) }
    }

    pub(crate) fn work_on(&self, notice: String) {
        self.papers().working = Some(notice);
    }

    /// What is to be shown of the work, once.
    pub(crate) fn take_notice(&self) -> Option<String> {
        self.papers().working.take()
    }

    /// What lies unanswered, in the order it was asked.
    pub(crate) fn open(&self) -> Vec<Request> {
        let papers = self.papers();
        let open = papers.asked.iter().filter(|asked| asked.answer.is_none());
        open.map(|asked| asked.request.clone()).collect()
    }

    /// Answers what lies unanswered, in the order it was asked.
    pub(crate) fn answer(&self, answers: impl IntoIterator<Item = Fetched>) {
        let mut papers = self.papers();
        let open = papers.asked.iter_mut().filter(|asked| asked.answer.is_none());
        for (asked, answer) in open.zip(answers) {
            asked.answer = Some(answer);
            if let Some(waker) = asked.waker.take() {
                waker.wake();
            }
        }
    }

    fn papers(&self) -> MutexGuard<'_, Papers> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An answer to come.
pub(crate) struct Fetching {
    desk: Arc<Desk>,
    /// Its place; none when it was refused.
    nth: Option<usize>,
}

impl Future for Fetching {
    type Output = Fetched;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Fetched> {
        let Some(nth) = self.nth else { return Poll::Ready(Err(FetchError::TooMany).into()) };
        let mut papers = self.desk.papers();
        match papers.asked.get_mut(nth) {
            Some(Asked { answer: Some(answer), .. }) => Poll::Ready(answer.clone()),
            Some(asked) => {
                asked.waker = Some(context.waker().clone());
                Poll::Pending
            }
            None => Poll::Pending,
        }
    }
}
