//! Fingers and keys, handed to the pages.

use android_activity::input::{
    InputEvent, KeyAction, KeyEvent, Keycode, MotionAction, MotionEvent,
};
use android_activity::{AndroidApp, InputStatus};
use slint::platform::{PointerEventButton, WindowEvent};

use super::keys::Keys;
use super::platform::Told;
use super::surface::Surface;

/// What is known of the fingers and keys that are down.
#[derive(Default)]
pub(super) struct Input {
    keys: Keys,
    /// The finger that points; others are not looked at until it is gone.
    finger: Option<i32>,
    /// Whether the app took the Back key when it went down.
    back_taken: bool,
}

impl Input {
    /// Hands on all that waits. `tell` hears of each touch, and of the Back key, and says of that
    /// whether the app takes it.
    pub(super) fn drain(
        &mut self,
        app: &AndroidApp,
        surface: &Surface,
        tell: &dyn Fn(Told) -> bool,
    ) {
        let Ok(mut events) = app.input_events_iter() else { return };
        while events.next(|event| match event {
            InputEvent::MotionEvent(touch) => self.touch(touch, surface, tell),
            InputEvent::KeyEvent(key) => self.key(key, app, surface, tell),
            _ => InputStatus::Unhandled,
        }) {}
    }

    fn touch(
        &mut self,
        touch: &MotionEvent,
        surface: &Surface,
        tell: &dyn Fn(Told) -> bool,
    ) -> InputStatus {
        tell(Told::Touched);
        let acting = touch.pointer_at_index(touch.pointer_index()).pointer_id();
        let button = PointerEventButton::Left;
        match touch.action() {
            MotionAction::Down => {
                let pointer = touch.pointer_at_index(touch.pointer_index());
                self.finger = Some(acting);
                let position = surface.place(pointer.x(), pointer.y());
                surface.tell(WindowEvent::PointerMoved { position });
                surface.tell(WindowEvent::PointerPressed { position, button });
            }
            MotionAction::Move => {
                let pointing = touch.pointers().find(|one| Some(one.pointer_id()) == self.finger);
                if let Some(pointer) = pointing {
                    let position = surface.place(pointer.x(), pointer.y());
                    surface.tell(WindowEvent::PointerMoved { position });
                }
            }
            MotionAction::Up | MotionAction::PointerUp if self.finger == Some(acting) => {
                let pointer = touch.pointer_at_index(touch.pointer_index());
                self.finger = None;
                let position = surface.place(pointer.x(), pointer.y());
                surface.tell(WindowEvent::PointerReleased { position, button });
                surface.tell(WindowEvent::PointerExited);
            }
            MotionAction::Cancel => {
                self.finger = None;
                surface.tell(WindowEvent::PointerExited);
            }
            MotionAction::PointerDown | MotionAction::PointerUp => {}
            _ => return InputStatus::Unhandled,
        }
        InputStatus::Handled
    }

    fn key(
        &mut self,
        key: &KeyEvent,
        app: &AndroidApp,
        surface: &Surface,
        tell: &dyn Fn(Told) -> bool,
    ) -> InputStatus {
        let goes_down = match key.action() {
            KeyAction::Down => true,
            KeyAction::Up => false,
            // Text that the keyboard has no keys for comes so, without the text.
            KeyAction::Multiple if key.key_code() == Keycode::Unknown => {
                tell(Told::Unread);
                return InputStatus::Handled;
            }
            _ => return InputStatus::Unhandled,
        };
        if key.key_code() == Keycode::Back {
            // What the app does not take, the system does: it puts the app away.
            if goes_down {
                self.back_taken = tell(Told::Back);
            }
            return if self.back_taken { InputStatus::Handled } else { InputStatus::Unhandled };
        }
        let Some(text) = self.keys.text(app, key, goes_down) else {
            return InputStatus::Unhandled;
        };
        surface.tell(match (goes_down, key.repeat_count()) {
            (true, 0) => WindowEvent::KeyPressed { text },
            (true, _) => WindowEvent::KeyPressRepeated { text },
            (false, _) => WindowEvent::KeyReleased { text },
        });
        InputStatus::Handled
    }
}
