//! Work for a few cores at a time: the sources that it comes from take turns, and what one of them sends is done in
//! the order in which it came. So whoever floods the server with passwords waits for their own.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use argon2::Block;
use tokio::sync::oneshot;

use crate::source::Source;

/// What a hash is made in.
pub(super) type Memory = Vec<Block>;

type Work = Box<dyn FnOnce(&mut Memory) + Send>;

/// The work was not done: it panicked, or the runtime ended.
#[derive(Debug)]
pub(super) struct NotDone;

/// The queue. Whoever has finished one piece takes up the next, without sleeping in between: woken for each
/// piece, a core would have nothing to do meanwhile.
pub(super) struct Queue {
    at_once: usize,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    waiting: Waiting,
    /// How many threads are at work.
    busy: usize,
    /// What those that are not at work worked in, erased, to be used again: taken anew from the system each time,
    /// on whatever thread, every thread's heap would end up holding some.
    memory: Vec<Memory>,
}

/// What waits, apart for each source; the one at the front is next, and goes to the back then.
#[derive(Default)]
struct Waiting {
    turns: VecDeque<(Option<Source>, VecDeque<Work>)>,
    count: usize,
}

impl Waiting {
    fn push(&mut self, from: Option<Source>, work: Work) {
        self.count += 1;
        match self.turns.iter_mut().find(|(source, _)| *source == from) {
            Some((_, line)) => line.push_back(work),
            None => self.turns.push_back((from, VecDeque::from([work]))),
        }
    }

    fn pop(&mut self) -> Option<Work> {
        let (source, mut line) = self.turns.pop_front()?;
        let work = line.pop_front()?;
        self.count -= 1;
        if !line.is_empty() {
            self.turns.push_back((source, line));
        }
        Some(work)
    }
}

impl Queue {
    /// A queue for work on so many cores at once.
    pub fn new(at_once: usize) -> Queue {
        Queue { at_once, state: Mutex::default() }
    }

    /// How many work at most.
    pub fn at_once(&self) -> usize {
        self.at_once
    }

    /// How many are at work, and how many pieces of work wait for one of them.
    pub fn standing(&self) -> (usize, usize) {
        let state = self.state();
        (state.busy, state.waiting.count)
    }

    /// Does the work when its turn comes, on a thread on which it may take its time. Where the caller went
    /// away before, it is not begun; once begun it is ended, and counts until then.
    pub async fn work<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&mut Memory) -> T + Send + 'static,
    ) -> Result<T, NotDone> {
        let (answer, answered) = oneshot::channel();
        let work = Box::new(move |memory: &mut Memory| {
            if !answer.is_closed() {
                // Who went away in the meantime needs no answer.
                let _ = answer.send(work(memory));
            }
        });
        let one_more = self.line_up(Source::here(), work);
        if one_more {
            let queue = Arc::clone(self);
            tokio::task::spawn_blocking(move || queue.work_off());
        }
        answered.await.map_err(|_| NotDone)
    }

    /// Whether one more is to begin to work.
    fn line_up(&self, from: Option<Source>, work: Work) -> bool {
        let mut state = self.state();
        state.waiting.push(from, work);
        let one_more = state.busy < self.at_once;
        state.busy += usize::from(one_more);
        one_more
    }

    fn work_off(&self) {
        let mut memory = self.state().memory.pop().unwrap_or_default();
        loop {
            while let Some(work) = self.next() {
                // Its caller is told of a panic by an answer that does not come.
                let _ = catch_unwind(AssertUnwindSafe(|| work(&mut memory)));
            }
            // Not after each piece, for the next one writes over it; and still at work, so that nobody takes
            // new memory meanwhile.
            memory.fill(Block::new());
            if self.is_over(&mut memory) {
                return;
            }
        }
    }

    fn next(&self) -> Option<Work> {
        self.state().waiting.pop()
    }

    /// Where nothing waits the memory is put away, and one less is at work.
    fn is_over(&self, memory: &mut Memory) -> bool {
        let mut state = self.state();
        let over = state.waiting.count == 0;
        if over {
            state.busy -= 1;
            state.memory.push(std::mem::take(memory));
        }
        over
    }

    /// Gives back to the system what was worked in, where nobody is at work.
    pub fn rest(&self) {
        let mut state = self.state();
        if state.busy == 0 {
            state.memory = Vec::new();
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::mpsc;
    use std::time::Duration;

    use super::*;

    /// Waits until so many work and so many wait.
    async fn stands(queue: &Queue, standing: (usize, usize)) {
        let wait = async {
            while queue.standing() != standing {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        let waited = tokio::time::timeout(Duration::from_secs(20), wait).await;
        assert!(waited.is_ok(), "{:?} and not {standing:?}", queue.standing());
    }

    #[tokio::test]
    async fn as_many_as_may_work_at_once_and_the_others_in_turn() {
        let queue = Arc::new(Queue::new(2));
        let (at_work, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let mut all = tokio::task::JoinSet::new();
        for number in 0..40 {
            let (queue, at_work, most) = (queue.clone(), at_work.clone(), most.clone());
            all.spawn(async move {
                let work = move |_: &mut Memory| {
                    most.fetch_max(at_work.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                    std::thread::sleep(Duration::from_millis(2));
                    at_work.fetch_sub(1, Ordering::SeqCst);
                    number
                };
                assert_eq!(queue.work(work).await.expect("done"), number);
            });
        }
        all.join_all().await;
        assert_eq!(most.load(Ordering::SeqCst), 2);
        stands(&queue, (0, 0)).await;
        assert!(queue.state().memory.len() <= 2);
    }

    #[tokio::test]
    async fn who_went_away_is_passed_over_and_what_is_begun_counts_until_it_ends() {
        let queue = Arc::new(Queue::new(1));
        let (go_on, wait) = mpsc::channel();
        let (begin, began) = mpsc::channel();
        let asks = |work: Box<dyn FnOnce() + Send>| {
            let queue = Arc::clone(&queue);
            tokio::spawn(async move { queue.work(move |_| work()).await })
        };
        let first = asks(Box::new(move || wait.recv().expect("told to go on")));
        stands(&queue, (1, 0)).await;
        let second = asks(Box::new(move || begin.send("second").expect("heard")));
        stands(&queue, (1, 1)).await;
        let third = asks(Box::new(|| ()));
        stands(&queue, (1, 2)).await;
        for gone in [first, second] {
            gone.abort();
            assert!(gone.await.is_err());
        }
        assert_eq!(queue.standing().0, 1, "begun is begun");
        go_on.send(()).expect("it waits");
        assert!(third.await.expect("answered").is_ok());
        assert!(began.recv().is_err(), "nobody waited for it any more");
    }

    #[tokio::test]
    async fn who_floods_it_waits_for_their_own_and_others_take_turns_with_them() {
        let queue = Arc::new(Queue::new(1));
        let (go_on, wait) = mpsc::channel();
        let first = Arc::clone(&queue);
        let first =
            tokio::spawn(
                async move { first.work(move |_| wait.recv().expect("told to go on")).await },
            );
        stands(&queue, (1, 0)).await;
        let (tell, told) = mpsc::channel();
        let mut asking = Vec::new();
        for (place, who) in ["192.0.2.1"; 5].into_iter().chain(["192.0.2.2"; 2]).enumerate() {
            let (asked, tell) = (Arc::clone(&queue), tell.clone());
            let source = Source::of(who.parse().expect("an address"), None, &[]);
            let asks = async move { asked.work(move |_| tell.send(place).expect("heard")).await };
            asking.push(tokio::spawn(source.answer(asks)));
            stands(&queue, (1, place + 1)).await;
        }
        go_on.send(()).expect("it waits");
        assert!(first.await.expect("answered").is_ok());
        for asked in asking {
            assert!(asked.await.expect("answered").is_ok());
        }
        assert_eq!(told.try_iter().collect::<Vec<_>>(), [0, 5, 1, 6, 2, 3, 4]);
    }

    #[tokio::test]
    async fn a_piece_that_panics_takes_nobody_along() {
        let queue = Arc::new(Queue::new(1));
        assert!(queue.work(|_| -> u8 { panic!("on purpose") }).await.is_err());
        assert_eq!(queue.work(|_| 3).await.expect("done"), 3);
        stands(&queue, (0, 0)).await;
    }

    #[tokio::test]
    async fn what_a_hash_leaves_is_erased_before_it_is_put_away() {
        let queue = Arc::new(Queue::new(1));
        let mut left = Block::new();
        left.as_mut().fill(7);
        let work = move |memory: &mut Memory| memory.resize(3, left);
        queue.work(work).await.expect("done");
        stands(&queue, (0, 0)).await;
        {
            let state = queue.state();
            assert_eq!(state.memory[0].len(), 3);
            let mut words = state.memory[0].iter().flat_map(|block| block.as_ref());
            assert!(words.all(|word| *word == 0));
        }
        queue.rest();
        assert_eq!(queue.state().memory.len(), 0);
    }
}
