//! The loop: message -> update -> effects -> screen -> window, on the window's thread.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;
use std::sync::mpsc::Receiver;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use holdfast_model::ports::{LoadError, Ports};
use holdfast_model::vault::header_of;
use holdfast_model::{Config, Effect, Msg, OpenFailure, State, perform, screen, update};
use holdfast_otp::UnixTime;
use slint::{ComponentHandle, Timer, TimerMode};

use crate::bind::{self, Happened};
use crate::host::camera::{Cameras, Feed, Preview, Seen};
use crate::render::Renderer;
use crate::ui::{Actions, AppWindow};
use crate::worker::Worker;

/// A window with the app behind it. Dropping it does what is still owed (the last save, the
/// clipboard) and erases the state.
pub struct Shell<P: Ports + Send + Sync + 'static> {
    inner: Rc<Inner<P>>,
}

struct Inner<P> {
    window: AppWindow,
    ports: Arc<P>,
    cameras: Arc<dyn Cameras>,
    state: RefCell<State>,
    renderer: RefCell<Renderer>,
    worker: Worker<P>,
    answers: Receiver<Msg>,
    /// Messages that came while one was being handled.
    waiting: RefCell<VecDeque<Msg>>,
    handling: Cell<bool>,
    feed: RefCell<Option<Feed>>,
    /// The newest frame that is not shown yet.
    frame: Arc<Mutex<Option<Preview>>>,
    delayed: RefCell<Vec<Delayed>>,
    timer: Timer,
    visible: Cell<bool>,
    /// Whether this second already counts as an active one.
    active: Cell<bool>,
    /// Whether what is shown is an open vault.
    shows_open: Cell<bool>,
    /// Whether the person was told that to close the window now loses something.
    warned: Cell<bool>,
}

/// How long a closing window waits for the disk.
const CLOSING: Duration = Duration::from_secs(5);

/// An effect that waits for its time.
struct Delayed {
    timer: Timer,
    effect: Option<Effect>,
}

impl<P: Ports + Send + Sync + 'static> Shell<P> {
    /// Joins a window to the app and starts to read the vault. The window is not shown yet.
    pub fn start(window: AppWindow, ports: P, cameras: Arc<dyn Cameras>, config: Config) -> Self {
        let renderer = Renderer::new(&window);
        let ports = Arc::new(ports);
        let weak = window.as_weak();
        let (worker, answers) = Worker::start(
            Arc::clone(&ports),
            Arc::new(move || {
                // It fails only when the event loop has ended, and then nobody is left to tell.
                let _ = weak.upgrade_in_event_loop(|window| {
                    window.global::<Actions>().invoke_answered();
                });
            }),
        );
        let (state, effects) =
            State::start(config, ports.settings().load(), ports.rng(), ports.clock().now());
        let inner = Rc::new(Inner {
            renderer: RefCell::new(renderer),
            window,
            ports,
            cameras,
            state: RefCell::new(state),
            worker,
            answers,
            waiting: RefCell::default(),
            handling: Cell::new(false),
            feed: RefCell::default(),
            frame: Arc::default(),
            delayed: RefCell::default(),
            timer: Timer::default(),
            visible: Cell::new(true),
            active: Cell::new(false),
            shows_open: Cell::new(false),
            warned: Cell::new(false),
        });
        bind::connect(&inner.window, inner.teller());
        let weak = Rc::downgrade(&inner);
        bind::before_closing(&inner.window, move || {
            weak.upgrade().is_none_or(|inner| inner.may_close())
        });
        for effect in effects {
            inner.do_effect(effect);
        }
        inner.show();
        Self { inner }
    }

    /// The window.
    pub fn window(&self) -> &AppWindow {
        &self.inner.window
    }

    /// Takes the answers of other threads. The window's event loop does it by itself; it is for
    /// whoever drives the window without one.
    pub fn poll(&self) {
        self.inner.take_answers();
    }

    /// Where the device says, from any thread, that the vault is to be locked; what is `held` is let
    /// go once it is.
    pub fn suspender<H: Send + 'static>(&self) -> impl Fn(H) + Send + Sync + use<P, H> {
        let report = self.inner.worker.reporter();
        let weak = self.inner.window.as_weak();
        move |held| {
            report(Msg::Suspended);
            let _ = weak.upgrade_in_event_loop(move |window| {
                window.global::<Actions>().invoke_answered();
                drop(held);
            });
        }
    }

    /// Where the window system's own events go.
    pub(crate) fn teller(&self) -> impl Fn(Happened) + Clone + use<P> {
        self.inner.teller()
    }
}

impl<P: Ports + Send + Sync + 'static> Drop for Shell<P> {
    fn drop(&mut self) {
        self.inner.feed.take();
        // What a lock would write is written: the vault's file may be gone, and this its only copy.
        let now = self.inner.ports.clock().now();
        let mut owed = self.inner.look(now, is_no_vault);
        owed.extend(update(&mut self.inner.state.borrow_mut(), Msg::Lock, now));
        for effect in owed {
            if matches!(effect, Effect::WriteBack { .. }) {
                self.inner.worker.order(effect);
            }
        }
        // What was to be done later is done now: a copied code does not outlive the app.
        self.inner.do_delayed();
    }
}

impl<P: Ports + Send + Sync + 'static> Inner<P> {
    /// Where all that happens in the window goes; it does not keep the app alive.
    fn teller(self: &Rc<Self>) -> impl Fn(Happened) + Clone + use<P> {
        let weak = Rc::downgrade(self);
        move |happened| {
            if let Some(inner) = weak.upgrade() {
                match happened {
                    Happened::Msg(msg) => inner.take(msg),
                    Happened::Answered => inner.take_answers(),
                    Happened::Seen(visible) => inner.seen(visible),
                }
            }
        }
    }

    /// Handles a message, and those that it brings about, then shows the outcome.
    fn take(self: &Rc<Self>, msg: Msg) {
        if matches!(msg, Msg::Active) && self.active.replace(true) {
            return;
        }
        self.waiting.borrow_mut().push_back(msg);
        if self.handling.replace(true) {
            return;
        }
        loop {
            let Some(msg) = self.waiting.borrow_mut().pop_front() else { break };
            let now = self.ports.clock().now();
            let effects = update(&mut self.state.borrow_mut(), msg, now);
            for effect in effects {
                self.do_effect(effect);
            }
        }
        self.handling.set(false);
        self.show();
    }

    /// Whether the window can be closed: what it alone holds is written first. Where that fails it stays
    /// and says so; who closes it once more has read what is lost.
    fn may_close(self: &Rc<Self>) -> bool {
        for effect in self.look(self.ports.clock().now(), |_| true) {
            self.do_effect(effect);
        }
        if !self.state.borrow().holds_the_only_copy() {
            return true;
        }
        self.take(Msg::Lock);
        while self.state.borrow().is_writing_back() {
            let Ok(msg) = self.answers.recv_timeout(CLOSING) else { break };
            self.take(msg);
        }
        let holds = self.state.borrow().holds_the_only_copy();
        self.warned.replace(holds) || !holds
    }

    /// Sees at once whether the vault's file is in its place: it may have gone since the last look.
    fn look(&self, now: UnixTime, counts: fn(&Msg) -> bool) -> Vec<Effect> {
        let mut state = self.state.borrow_mut();
        let mut effects = Vec::new();
        for effect in update(&mut state, Msg::Seen, now) {
            if !matches!(effect, Effect::Look { .. }) {
                effects.push(effect);
            } else if let Some(answer) = perform(effect, &*self.ports).filter(counts) {
                effects.extend(update(&mut state, answer, now));
            }
        }
        effects
    }

    fn take_answers(self: &Rc<Self>) {
        while let Ok(msg) = self.answers.try_recv() {
            self.take(msg);
        }
        let frame = self.frame.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let (Some(frame), true) = (frame, self.feed.borrow().is_some()) {
            self.renderer.borrow_mut().show_frame(&self.window, frame);
        }
    }

    fn seen(self: &Rc<Self>, visible: bool) {
        if self.visible.replace(visible) != visible {
            self.take(if visible { Msg::Tick } else { Msg::Hidden });
            if visible {
                self.take(Msg::Seen);
            }
        }
    }

    fn do_effect(self: &Rc<Self>, effect: Effect) {
        match effect {
            Effect::StartCamera { chosen } => self.start_camera(chosen),
            Effect::StopCamera => self.stop_camera(),
            Effect::ClearClipboardNow => self.do_delayed(),
            Effect::SetTorch(on) => self.with_camera(|feed| feed.torch(on)),
            Effect::FocusAt(across, down) => self.with_camera(|feed| feed.focus(across, down)),
            effect if effect.delay() > Duration::ZERO => self.delay(effect),
            effect => self.worker.order(effect),
        }
    }

    fn delay(self: &Rc<Self>, effect: Effect) {
        let timer = Timer::default();
        let weak = Rc::downgrade(self);
        timer.start(TimerMode::SingleShot, effect.delay(), move || {
            if let Some(inner) = weak.upgrade() {
                inner.do_overdue();
            }
        });
        self.delayed.borrow_mut().push(Delayed { timer, effect: Some(effect) });
    }

    /// Does at once what was to be done later.
    fn do_delayed(&self) {
        for delayed in self.delayed.take() {
            if let Some(effect) = delayed.effect {
                self.worker.order(effect);
            }
        }
    }

    fn do_overdue(&self) {
        self.delayed.borrow_mut().retain_mut(|delayed| {
            if delayed.timer.running() {
                return true;
            }
            if let Some(effect) = delayed.effect.take() {
                self.worker.order(effect);
            }
            false
        });
    }

    fn start_camera(&self, chosen: Option<String>) {
        let (frame, report) = (Arc::clone(&self.frame), self.worker.reporter());
        let weak = self.window.as_weak();
        let tell = move |seen| match seen {
            Seen::Runs(facts) => report(Msg::CameraRuns(facts)),
            Seen::Scanned { texts, at } => report(Msg::Scanned { texts, at }),
            Seen::Sighted { sight, at } => report(Msg::Sighted { sight, at }),
            Seen::Failed { error, facts } => report(Msg::CameraFailed { error, facts }),
            Seen::Preview(preview) => {
                let mut newest = frame.lock().unwrap_or_else(PoisonError::into_inner);
                // A frame that nobody fetched yet was announced already.
                if newest.replace(preview).is_none() {
                    let _ = weak.upgrade_in_event_loop(|window| {
                        window.global::<Actions>().invoke_answered();
                    });
                }
            }
        };
        self.cameras.begin();
        *self.feed.borrow_mut() = Some(Feed::start(Arc::clone(&self.cameras), chosen, tell));
    }

    fn with_camera(&self, order: impl FnOnce(&Feed)) {
        if let Some(feed) = &*self.feed.borrow() {
            order(feed);
        }
    }

    fn stop_camera(&self) {
        self.feed.take();
        self.frame.lock().unwrap_or_else(PoisonError::into_inner).take();
        self.renderer.borrow_mut().forget_frame(&self.window);
    }

    fn show(self: &Rc<Self>) {
        let now = self.ports.clock().now();
        let screen = screen(&self.state.borrow(), now);
        let open = self.state.borrow().is_open();
        if !self.state.borrow().holds_the_only_copy() {
            // What comes later is another matter, to be told of anew.
            self.warned.set(false);
        }
        let moves = screen.notice.is_some() || self.state.borrow().needs_time();
        self.renderer.borrow_mut().show(&self.window, screen);
        if self.shows_open.replace(open) && !open {
            self.forget_the_open_page();
        }
        self.keep_time(moves);
    }

    /// The toolkit keeps a page, with what it shows and what was typed into it, until it draws the
    /// next one, which may be long after for a window that nobody sees. So it is drawn at once.
    fn forget_the_open_page(&self) {
        // Where that fails, the page goes with the next frame.
        let _ = self.window.window().take_snapshot();
    }

    /// One timer for the whole window: at each full second while something moves, seldom while the
    /// open vault is out of sight (it still has to lock itself), and not at all otherwise.
    fn keep_time(self: &Rc<Self>, moves: bool) {
        if !moves {
            self.timer.stop();
            // No tick lets the next sign of the person through.
            self.active.set(false);
        } else if !self.timer.running() {
            let wait = if self.visible.get() { until_next_second() } else { OUT_OF_SIGHT };
            let weak = Rc::downgrade(self);
            self.timer.start(TimerMode::SingleShot, wait, move || {
                if let Some(inner) = weak.upgrade() {
                    inner.active.set(false);
                    inner.take(Msg::Tick);
                }
            });
        }
    }
}

/// Whether the vault's file was looked for, and what is there now is none. Of a copy that came in its
/// place the next start tells.
fn is_no_vault(answer: &Msg) -> bool {
    let Msg::Looked { outcome, .. } = answer else { return false };
    match outcome {
        Ok(changed) => changed.as_ref().is_some_and(|file| header_of(file).is_err()),
        Err(OpenFailure::Load(error)) => *error != LoadError::Busy,
        Err(failure) => matches!(failure, OpenFailure::Missing | OpenFailure::Retired(_)),
    }
}

/// How often an open vault that nobody sees looks whether it is time to lock.
const OUT_OF_SIGHT: Duration = Duration::from_secs(10);

/// The time until the clock shows another second, so that all codes roll together and on time.
#[expect(clippy::disallowed_methods, reason = "the timer is set by the fraction of the second")]
fn until_next_second() -> Duration {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Duration::from_millis(1_003) - Duration::from_millis(u64::from(since.subsec_millis()))
}
