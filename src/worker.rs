//! Slow effects, done away from the window's thread; their answers come back as messages.

use std::panic::{self, AssertUnwindSafe};
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread::{self, JoinHandle};

use holdfast_model::ports::Ports;
use holdfast_model::{Effect, Msg, perform};

/// Tells the window's thread that an answer waits. It may be called from any thread, and more than
/// once for one answer.
pub type Wake = Arc<dyn Fn() + Send + Sync>;

/// The thread that does effects, one after the other in the order in which they were asked for.
/// Dropping it waits until the last one is done, so that no save is cut short.
pub struct Worker<P> {
    ports: Arc<P>,
    answers: Sender<Msg>,
    wake: Wake,
    orders: Option<Sender<Effect>>,
    thread: Option<JoinHandle<()>>,
}

impl<P: Ports + Send + Sync + 'static> Worker<P> {
    /// Starts the thread. Its answers are to be taken from the receiver after each `wake`.
    pub fn start(ports: Arc<P>, wake: Wake) -> (Self, Receiver<Msg>) {
        let (answers, received) = mpsc::channel();
        let (orders, ordered) = mpsc::channel();
        let worker = Self {
            thread: Some(serve(ordered, Arc::clone(&ports), answers.clone(), Arc::clone(&wake))),
            orders: Some(orders),
            ports,
            answers,
            wake,
        };
        (worker, received)
    }

    /// Does this effect after those before it.
    pub fn order(&self, effect: Effect) {
        // The system's own dialogs wait for the person, and a browser may run until it is closed;
        // nothing else shall wait for them.
        if matches!(
            effect,
            Effect::PickPicture { .. }
                | Effect::SaveText { .. }
                | Effect::OpenByDevice { .. }
                | Effect::SetDevice { .. }
                | Effect::ReadScreen { .. }
                | Effect::OpenLink(_)
        ) {
            let (ports, answers, wake) =
                (Arc::clone(&self.ports), self.answers.clone(), Arc::clone(&self.wake));
            thread::spawn(move || answer(effect, &*ports, &answers, &wake));
        } else if let Some(orders) = &self.orders {
            // It fails only when the thread has gone, which it does not before `drop`.
            let _ = orders.send(effect);
        }
    }

    /// Where messages of other threads, such as the camera's, join the answers.
    pub fn reporter(&self) -> impl Fn(Msg) + Send + Sync + use<P> {
        let (answers, wake) = (self.answers.clone(), Arc::clone(&self.wake));
        move |msg| {
            let _ = answers.send(msg);
            wake();
        }
    }
}

impl<P> Drop for Worker<P> {
    fn drop(&mut self) {
        self.orders = None;
        if let Some(thread) = self.thread.take() {
            // Its panic was already told on standard error.
            let _ = thread.join();
        }
    }
}

fn serve<P: Ports + Send + Sync + 'static>(
    orders: Receiver<Effect>,
    ports: Arc<P>,
    answers: Sender<Msg>,
    wake: Wake,
) -> JoinHandle<()> {
    thread::spawn(move || {
        for effect in orders {
            answer(effect, &*ports, &answers, &wake);
        }
    })
}

fn answer(effect: Effect, ports: &impl Ports, answers: &Sender<Msg>, wake: &Wake) {
    // Whoever waits for an answer would wait for ever. What the effect left half done is in the ports
    // alone, which keep what they own in files and locks that the next effect finds as they are.
    let done = panic::catch_unwind(AssertUnwindSafe(|| perform(effect, ports)));
    if let Some(msg) = done.unwrap_or(Some(Msg::Broken)) {
        // Where nobody listens any more the app is ending.
        let _ = answers.send(msg);
        wake();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::time::Duration;

    use holdfast_model::ports::memory::MemoryPorts;
    use holdfast_model::ports::{Clipboard, Clock, Files, Memos, Settings, Storage};
    use holdfast_model::scan::Desk;
    use holdfast_model::{Config, Preferences, State, update};
    use holdfast_otp::UnixTime;
    use rand_core::CryptoRng;

    use super::*;

    /// A machine with a fault in what reads its disk, which shows once.
    #[derive(Default)]
    struct Faulty {
        has_failed: AtomicBool,
        rest: MemoryPorts,
    }

    impl Ports for Faulty {
        fn storage(&self) -> &dyn Storage {
            assert!(self.has_failed.swap(true, Ordering::Relaxed), "a fault");
            self.rest.storage()
        }

        fn settings(&self) -> &dyn Settings {
            self.rest.settings()
        }

        fn memos(&self) -> &dyn Memos {
            self.rest.memos()
        }

        fn clipboard(&self) -> &dyn Clipboard {
            self.rest.clipboard()
        }

        fn files(&self) -> &dyn Files {
            self.rest.files()
        }

        fn clock(&self) -> &dyn Clock {
            self.rest.clock()
        }

        fn desk(&self) -> &Desk {
            self.rest.desk()
        }

        fn rng(&self) -> Box<dyn CryptoRng + Send> {
            self.rest.rng()
        }
    }

    #[test]
    fn what_breaks_off_is_answered_all_the_same_and_what_comes_after_it_is_done() {
        let ports = Arc::new(Faulty::default());
        let (worker, answers) = Worker::start(Arc::clone(&ports), Arc::new(|| {}));
        let answer = || answers.recv_timeout(Duration::from_secs(60)).expect("an answer");
        let (mut state, effects) =
            State::start(config(), Preferences::default(), ports.rng(), UnixTime(2_000_000_000));
        effects.into_iter().for_each(|effect| worker.order(effect));
        let said = answer();
        assert!(matches!(said, Msg::Broken), "{said:?}");

        let mut tell = |msg| update(&mut state, msg, UnixTime(2_000_000_001));
        let mut effects = tell(said);
        effects.extend(tell(Msg::Retry));
        effects.into_iter().for_each(|effect| worker.order(effect));
        let said = answer();
        assert!(matches!(said, Msg::VaultFound { outcome: Ok(_), .. }), "{said:?}");
    }

    fn config() -> Config {
        Config {
            cost: holdfast_model::vault::Cost::FLOOR,
            built: UnixTime(1_000_000_000),
            another_window: false,
            reads_screens: false,
            device_lock: false,
            plain_keys: false,
            clears_in_front: false,
        }
    }
}
