//! Slint's event loop on an activity: its life, its input, the toolkit's timers and other threads'
//! orders, all on one thread.

use std::cell::{Cell, RefCell};
use std::mem;
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use android_activity::ndk::configuration::UiModeNight;
use android_activity::{AndroidApp, AndroidAppWaker, MainEvent, PollEvent, WindowManagerFlags};
use holdfast_model::ports::Clipboard as _;
use holdfast_model::{Handed, SecretText};
use i_slint_core::items::ColorScheme;
use i_slint_core::{InternalToken, SlintContextWeak};
use slint::platform::{
    Clipboard, EventLoopProxy, Platform, SetPlatformError, WindowAdapter, WindowEvent,
    duration_until_next_timer_update, set_platform, update_timers_and_animations,
};
use slint::{EventLoopError, PlatformError};

use super::clipboard::PhoneClipboard;
use super::door::Door;
use super::input::Input;
use super::java::Java;
use super::surface::Surface;
use super::turn::{Number, Turn};

/// What the activity tells.
#[derive(Clone, Debug, PartialEq)]
pub enum Told {
    /// The window came into sight, or went out of it.
    Seen(bool),
    /// A finger did something.
    Touched,
    /// The Back key; the answer says whether the app takes it.
    Back,
    /// A keyboard sent something that no key types.
    Unread,
    /// The texts are to be so many times as large as they are made.
    Texts(f32),
    /// Another app handed this over.
    Handed(Handed),
}

/// The window that the activity gives, as the toolkit's platform.
#[derive(Clone)]
pub struct Phone(Rc<Inner>);

struct Inner {
    app: AndroidApp,
    surface: Rc<Surface>,
    clipboard: PhoneClipboard,
    door: Door,
    input: RefCell<Input>,
    orders: Arc<Orders>,
    context: RefCell<Option<SlintContextWeak>>,
    listener: RefCell<Box<dyn Fn(Told) -> bool>>,
    ended: Cell<bool>,
    turn: Number,
    /// Whether what is typed comes here: not while it is hidden.
    in_front: Cell<bool>,
}

/// The time between two frames of what moves.
const FRAME: Duration = Duration::from_millis(16);
/// How long a cursor is seen and unseen.
const BLINK: Duration = Duration::from_secs(1);

impl Phone {
    /// Makes the activity the toolkit's platform on this thread. The window shows in no picture of
    /// the screen, nor in the list of recent apps.
    ///
    /// # Errors
    /// This thread has a platform.
    pub fn set(app: &AndroidApp, turn: &Turn) -> Result<Self, SetPlatformError> {
        app.set_window_flags(WindowManagerFlags::SECURE, WindowManagerFlags::empty());
        let phone = Self(Rc::new(Inner {
            app: app.clone(),
            surface: Surface::new(app),
            clipboard: PhoneClipboard::new(Java::of(app)),
            door: Door::new(Java::of(app)),
            input: RefCell::default(),
            orders: Arc::default(),
            context: RefCell::default(),
            listener: RefCell::new(Box::new(|_| false)),
            ended: Cell::new(false),
            turn: turn.number(),
            in_front: Cell::new(false),
        }));
        set_platform(Box::new(phone.clone()))?;
        phone.0.follow_the_light();
        Ok(phone)
    }

    /// From now on `listener` hears what the activity tells.
    pub fn listen(&self, listener: impl Fn(Told) -> bool + 'static) {
        *self.0.listener.borrow_mut() = Box::new(listener);
    }

    /// The clipboard, which knows whether this window is in front.
    pub fn clipboard(&self) -> PhoneClipboard {
        self.0.clipboard.clone()
    }

    /// The colour that the page in front has beneath the system's bars.
    pub fn edge(&self, edge: slint::Color) {
        self.0.surface.edge(edge);
    }

    /// The pages show keys of their own in the place of the system's keyboard, or do not any more.
    pub fn own_keys(&self, up: bool) {
        self.0.surface.own_keys(up);
    }

    /// Forgets whom it told, and what that held.
    pub fn mute(&self) {
        self.listen(|_| false);
    }
}

impl Inner {
    fn told(&self, told: Told) -> bool {
        (self.listener.borrow())(told)
    }

    fn happened(&self, event: &MainEvent) {
        match event {
            MainEvent::InitWindow { .. } | MainEvent::Start => {
                self.fit();
                if self.app.native_window().is_some() {
                    self.told(Told::Seen(true));
                }
            }
            MainEvent::WindowResized { .. }
            | MainEvent::ContentRectChanged { .. }
            | MainEvent::RedrawNeeded { .. } => self.fit(),
            MainEvent::ConfigChanged { .. } => {
                self.follow_the_light();
                self.fit();
            }
            MainEvent::TerminateWindow { .. } | MainEvent::Stop => {
                self.told(Told::Seen(false));
                self.surface.clear();
            }
            MainEvent::Resume { .. } => {
                if let Some(handed) = self.door.handed() {
                    self.told(Told::Handed(handed));
                }
            }
            MainEvent::GainedFocus => {
                self.in_front(true);
            }
            MainEvent::LostFocus => {
                self.in_front(false);
            }
            MainEvent::InputAvailable => {
                self.input.borrow_mut().drain(&self.app, &self.surface, &|told| self.told(told));
            }
            MainEvent::Destroy => self.ended.set(true),
            _ => {}
        }
    }

    fn in_front(&self, is: bool) {
        // Before the pages hear of it: a field's cursor asks.
        self.in_front.set(is);
        self.surface.tell(WindowEvent::WindowActiveChanged(is));
        self.clipboard.in_front(is);
    }

    /// Follows the window, and tells how large texts are to be in it.
    fn fit(&self) {
        self.surface.fit();
        self.told(Told::Texts(self.surface.texts()));
    }

    fn follow_the_light(&self) {
        let scheme = match self.app.config().ui_mode_night() {
            UiModeNight::Yes => ColorScheme::Dark,
            UiModeNight::No => ColorScheme::Light,
            _ => ColorScheme::Unknown,
        };
        let context = self.context.borrow().as_ref().and_then(SlintContextWeak::upgrade);
        if let Some(context) = context {
            context.set_color_scheme(scheme);
        }
    }

    /// How long nothing has to be done; `None` until something happens.
    fn rest(&self) -> Option<Duration> {
        if self.surface.is_stale() {
            return Some(Duration::ZERO);
        }
        let seen = self.app.native_window().is_some();
        let timer = duration_until_next_timer_update();
        if seen && self.surface.window().has_active_animations() {
            return Some(timer.map_or(FRAME, |timer| timer.min(FRAME)));
        }
        timer
    }
}

impl Platform for Phone {
    fn create_window_adapter(&self) -> Result<Rc<dyn WindowAdapter>, PlatformError> {
        Ok(Rc::clone(&self.0.surface) as Rc<dyn WindowAdapter>)
    }

    fn run_event_loop(&self) -> Result<(), PlatformError> {
        let may_run = || {
            let quit = self.0.orders.quit.load(Ordering::Acquire);
            !self.0.ended.get() && !quit && !self.0.turn.is_over()
        };
        while may_run() {
            update_timers_and_animations();
            self.0.surface.follow_the_fields();
            self.0.surface.draw();
            self.0.app.poll_events(self.0.rest(), |event| {
                if let PollEvent::Main(event) = event {
                    self.0.happened(&event);
                }
            });
            for order in self.0.orders.take() {
                order();
            }
        }
        Ok(())
    }

    fn bind_context(&self, context: SlintContextWeak, _: InternalToken) {
        *self.0.context.borrow_mut() = Some(context);
    }

    fn new_event_loop_proxy(&self) -> Option<Box<dyn EventLoopProxy>> {
        let orders = Arc::clone(&self.0.orders);
        Some(Box::new(Proxy { orders, waker: self.0.app.create_waker() }))
    }

    /// No cursor blinks where nobody sees it, also not that of a field which is entered meanwhile: each time would
    /// wake the phone.
    fn cursor_flash_cycle(&self) -> Duration {
        if self.0.in_front.get() { BLINK } else { Duration::ZERO }
    }

    /// Cut and copied from a field: nobody knows whether it is a secret.
    fn set_clipboard_text(&self, text: &str, clipboard: Clipboard) {
        if matches!(clipboard, Clipboard::DefaultClipboard) {
            // The toolkit has nobody to tell.
            let _ = self.0.clipboard.set_text(&SecretText::from(text), true);
        }
    }

    fn clipboard_text(&self, clipboard: Clipboard) -> Option<String> {
        match clipboard {
            Clipboard::DefaultClipboard => {
                self.0.clipboard.text().ok()?.map(|text| text.as_str().to_owned())
            }
            _ => None,
        }
    }
}

type Order = Box<dyn FnOnce() + Send>;

/// What other threads want done on this one.
#[derive(Default)]
struct Orders {
    waiting: Mutex<Vec<Order>>,
    quit: AtomicBool,
}

impl Orders {
    fn take(&self) -> Vec<Order> {
        mem::take(&mut *self.waiting.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

struct Proxy {
    orders: Arc<Orders>,
    waker: AndroidAppWaker,
}

impl EventLoopProxy for Proxy {
    fn quit_event_loop(&self) -> Result<(), EventLoopError> {
        self.orders.quit.store(true, Ordering::Release);
        self.waker.wake();
        Ok(())
    }

    fn invoke_from_event_loop(&self, order: Order) -> Result<(), EventLoopError> {
        self.orders.waiting.lock().unwrap_or_else(PoisonError::into_inner).push(order);
        self.waker.wake();
        Ok(())
    }
}
