//! What only the desktop's window system tells: sight, the pointer, pictures dropped on the window.

use std::cell::RefCell;
use std::mem;
use std::path::PathBuf;
use std::rc::Rc;
use std::time::Duration;

use holdfast_model::Msg;
use slint::winit_030::winit::event::WindowEvent;
use slint::winit_030::{EventResult, WinitWindowAccessor};
use slint::{ComponentHandle, Timer};

use crate::bind::Happened;
use crate::ui::AppWindow;

/// Hands what the window system says to `tell`.
pub fn connect(window: &AppWindow, tell: impl Fn(Happened) + 'static) {
    let tell = Rc::new(tell);
    let dropped = Rc::new(RefCell::new(Vec::<PathBuf>::new()));
    window.window().on_winit_window_event(move |window, event| {
        match event {
            WindowEvent::Occluded(covered) => tell(Happened::Seen(!covered)),
            WindowEvent::Resized(_) => tell(Happened::Seen(!window.is_minimized())),
            WindowEvent::Focused(true) => tell(Happened::Msg(Msg::Seen)),
            WindowEvent::CursorMoved { .. }
            | WindowEvent::MouseWheel { .. }
            | WindowEvent::Touch(_) => tell(Happened::Msg(Msg::Active)),
            WindowEvent::DroppedFile(path) => {
                // What is dropped together comes as one event for each file, and is one thing to do.
                dropped.borrow_mut().push(path.clone());
                let (dropped, tell) = (dropped.clone(), tell.clone());
                Timer::single_shot(Duration::ZERO, move || {
                    let paths = mem::take(&mut *dropped.borrow_mut());
                    if !paths.is_empty() {
                        tell(Happened::Msg(Msg::PicturesAt(paths)));
                    }
                });
            }
            _ => {}
        }
        EventResult::Propagate
    });
}
