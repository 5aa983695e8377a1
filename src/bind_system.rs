//! What only the desktop's window system tells: sight, the pointer, pictures dropped on the window.

use holdfast_model::Msg;
use slint::ComponentHandle;
use slint::winit_030::winit::event::WindowEvent;
use slint::winit_030::{EventResult, WinitWindowAccessor};

use crate::bind::Happened;
use crate::ui::AppWindow;

/// Hands what the window system says to `tell`.
pub fn connect(window: &AppWindow, tell: impl Fn(Happened) + 'static) {
    window.window().on_winit_window_event(move |window, event| {
        match event {
            WindowEvent::Occluded(covered) => tell(Happened::Seen(!covered)),
            WindowEvent::Resized(_) => tell(Happened::Seen(!window.is_minimized())),
            WindowEvent::Focused(true) => tell(Happened::Msg(Msg::Seen)),
            WindowEvent::CursorMoved { .. }
            | WindowEvent::MouseWheel { .. }
            | WindowEvent::Touch(_) => tell(Happened::Msg(Msg::Active)),
            WindowEvent::DroppedFile(path) => {
                tell(Happened::Msg(Msg::PictureAt(path.clone())));
            }
            _ => {}
        }
        EventResult::Propagate
    });
}
