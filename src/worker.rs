//! Slow effects, done away from the window's thread; their answers come back as messages.

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
    if let Some(msg) = perform(effect, ports) {
        // Where nobody listens any more the app is ending.
        let _ = answers.send(msg);
        wake();
    }
}
