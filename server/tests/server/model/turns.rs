//! Who goes on next: the requests in every order, or in some.

use shuttle::scheduler::{DfsScheduler, RandomScheduler, Schedule, Scheduler, Task, TaskId};
use shuttle::{Config, Runner};

/// By what lot orders are drawn.
pub const SEED: u64 = 6;

/// Which orders are tried.
#[derive(Clone, Copy)]
pub enum Orders {
    /// Each that there is.
    All,
    /// So many, by lot, the same ones each time.
    Random(usize),
}

impl Orders {
    /// Runs the story in them; how many there were.
    pub fn run(self, story: impl Fn() + Send + Sync + 'static) -> usize {
        let mut config = Config::new();
        config.stack_size = 1 << 20;
        let scheduler: Box<dyn Scheduler + Send> = match self {
            Orders::All => Box::new(TellerFirst(DfsScheduler::new(None, false))),
            Orders::Random(most) => {
                Box::new(TellerFirst(RandomScheduler::new_from_seed(SEED, most)))
            }
        };
        Runner::new(scheduler, config).run(story)
    }
}

/// The story itself goes on whenever it can: it only sends requests and waits for them, and looks at the tables
/// when all have come to their end, so that when exactly it does so changes nothing. The requests take turns.
struct TellerFirst<Among>(Among);

impl<Among: Scheduler> Scheduler for TellerFirst<Among> {
    fn new_execution(&mut self) -> Option<Schedule> {
        self.0.new_execution()
    }

    fn next_task(
        &mut self,
        runnable: &[&Task],
        current: Option<TaskId>,
        is_yielding: bool,
    ) -> Option<TaskId> {
        match runnable.iter().find(|task| task.parent_task_id().is_none()) {
            Some(teller) => Some(teller.id()),
            None => self.0.next_task(runnable, current, is_yielding),
        }
    }

    fn next_u64(&mut self) -> u64 {
        self.0.next_u64()
    }
}
