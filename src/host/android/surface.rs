//! What is drawn: Slint's window on the part of the activity's window that is free, and its pixels on
//! their way there.
//!
//! The pixels are drawn into a buffer of our own, of which the toolkit draws anew only what changed,
//! and that part alone is copied into the window, where the rest stays as it was shown.

#![expect(unsafe_code, reason = "the window's buffer comes as a bare pointer")]

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};
use std::slice;

use android_activity::AndroidApp;
use i_slint_core::InternalToken;
use i_slint_core::window::{InputMethodRequest, WindowAdapterInternal};
use ndk::hardware_buffer_format::HardwareBufferFormat;
use ndk::native_window::{NativeWindow, NativeWindowBufferLockGuard, Rect};
use slint::platform::software_renderer::{
    PremultipliedRgbaColor, RepaintBufferType, SoftwareRenderer,
};
use slint::platform::{Renderer, WindowAdapter, WindowEvent};
use slint::{Color, LogicalPosition, PhysicalSize, Window};

use super::java::Java;
use super::text_size::TextSize;
use crate::host::enlarged::Enlarged;

/// The dots per inch at which Android's and Slint's units are a pixel.
const PLAIN_DENSITY: f32 = 160.0;

/// The one window.
pub(super) struct Surface {
    app: AndroidApp,
    text_size: TextSize,
    texts: Cell<f32>,
    window: Window,
    renderer: SoftwareRenderer,
    /// The part of the activity's window that is drawn on.
    free: Cell<Free>,
    pixels: RefCell<Vec<PremultipliedRgbaColor>>,
    /// Whether something is to be drawn.
    stale: Cell<bool>,
    /// Whether nothing of what was shown can be used again.
    whole: Cell<bool>,
    /// What is shown beneath the bars.
    edge: Cell<PremultipliedRgbaColor>,
    /// Whether a field wants the system's keyboard, where that was not done yet.
    keyboard: Cell<Option<bool>>,
    /// Whether the pages show keys of their own.
    own_keys: Cell<bool>,
}

/// The part of the window that neither bars nor the keyboard cover, in pixels.
#[derive(Clone, Copy, Default)]
struct Free {
    left: i32,
    top: i32,
    width: i32,
    height: i32,
}

impl Surface {
    pub(super) fn new(app: &AndroidApp) -> Rc<Self> {
        Rc::new_cyclic(|surface: &Weak<Self>| Self {
            app: app.clone(),
            text_size: TextSize::new(Java::of(app)),
            texts: Cell::new(1.0),
            window: Window::new(surface.clone()),
            renderer: SoftwareRenderer::new_with_repaint_buffer_type(
                RepaintBufferType::ReusedBuffer,
            ),
            free: Cell::default(),
            pixels: RefCell::default(),
            stale: Cell::default(),
            whole: Cell::new(true),
            edge: Cell::default(),
            keyboard: Cell::default(),
            own_keys: Cell::default(),
        })
    }

    /// Follows the window's size, its bars and the density. All of it is drawn anew.
    pub(super) fn fit(&self) {
        let Some(native) = self.app.native_window() else { return };
        // The same size as the window, and the order of the toolkit's pixels.
        let format = Some(HardwareBufferFormat::R8G8B8X8_UNORM);
        if native.set_buffers_geometry(0, 0, format).is_err() {
            return;
        }
        let density = self.app.config().density();
        let density = density.map_or(1.0, |density| density as f32 / PLAIN_DENSITY);
        let shorter = native.width().min(native.height()) as f32 / density;
        let enlarged = Enlarged::new(self.text_size.font_scale(), shorter);
        self.texts.set(enlarged.texts);
        let scale_factor = density * enlarged.page;
        if scale_factor.to_bits() != self.window.scale_factor().to_bits() {
            self.tell(WindowEvent::ScaleFactorChanged { scale_factor });
        }
        let free = self.free_part(&native);
        self.free.set(free);
        self.tell(WindowEvent::Resized { size: self.size().to_logical(scale_factor) });
        self.whole.set(true);
        self.stale.set(true);
    }

    /// Another colour goes beneath the bars; what lies there is drawn with the next page.
    pub(super) fn edge(&self, edge: Color) {
        self.edge.set(edge.into());
        self.whole.set(true);
        self.stale.set(true);
    }

    /// By what the texts are to be larger than the page makes them already.
    pub(super) fn texts(&self) -> f32 {
        self.texts.get()
    }

    /// What the system says is free, where that is told already and is a part of this window.
    fn free_part(&self, native: &NativeWindow) -> Free {
        let (width, height) = (native.width(), native.height());
        let told = self.app.content_rect();
        let part = Free {
            left: told.left,
            top: told.top,
            width: told.right.min(width) - told.left,
            height: told.bottom.min(height) - told.top,
        };
        if part.left >= 0 && part.top >= 0 && part.width > 0 && part.height > 0 {
            part
        } else {
            Free { left: 0, top: 0, width, height }
        }
    }

    /// Draws what changed, if anything did and there is a window to show it.
    pub(super) fn draw(&self) {
        let Some(native) = self.app.native_window() else { return };
        if !self.stale.replace(false) {
            return;
        }
        let free = self.free.get();
        let mut pixels = self.pixels.borrow_mut();
        if self.whole.get() {
            *pixels = vec![PremultipliedRgbaColor::default(); (free.width * free.height) as usize];
            // Either change makes the renderer forget what it drew.
            self.renderer.set_repaint_buffer_type(RepaintBufferType::NewBuffer);
            self.renderer.set_repaint_buffer_type(RepaintBufferType::ReusedBuffer);
        }
        let changed = self.renderer.render(&mut pixels, free.width as usize);
        let mut rect = if self.whole.get() {
            Rect { left: 0, top: 0, right: native.width(), bottom: native.height() }
        } else {
            let (origin, size) = (changed.bounding_box_origin(), changed.bounding_box_size());
            let (left, top) = (free.left + origin.x, free.top + origin.y);
            let right = left + size.width.cast_signed();
            Rect { left, top, right, bottom: top + size.height.cast_signed() }
        };
        if rect.right <= rect.left || rect.bottom <= rect.top {
            return;
        }
        // The system makes the part larger where it does not have the rest any more.
        match native.lock(Some(&mut rect)) {
            Ok(mut buffer) => {
                self.whole.set(!fill(&mut buffer, &rect, &pixels, (free, self.edge.get())))
            }
            Err(_) => self.whole.set(true),
        }
    }

    /// Nothing is shown any more: the pixels go, and what they showed with them.
    pub(super) fn clear(&self) {
        self.pixels.take();
        self.whole.set(true);
        self.stale.set(true);
    }

    /// Whether there is something to draw on and something to be drawn.
    pub(super) fn is_stale(&self) -> bool {
        self.stale.get() && self.app.native_window().is_some()
    }

    /// Where a pixel of the activity's window is, in the units of the pages.
    pub(super) fn place(&self, x: f32, y: f32) -> LogicalPosition {
        let (free, scale) = (self.free.get(), self.window.scale_factor());
        LogicalPosition::new((x - free.left as f32) / scale, (y - free.top as f32) / scale)
    }

    /// The pages show keys of their own, or do not any more.
    pub(super) fn own_keys(&self, up: bool) {
        self.own_keys.set(up);
        if up {
            self.keyboard.set(Some(true));
        }
    }

    /// Brings or takes the system's keyboard, as the fields asked since. The pages' own keys come in its
    /// place, and are known only once the field that was entered has told so.
    pub(super) fn follow_the_fields(&self) {
        match self.keyboard.take() {
            Some(true) if !self.own_keys.get() => self.app.show_soft_input(false),
            Some(_) => self.app.hide_soft_input(false),
            None => {}
        }
    }

    /// Hands an event to the pages; whether one of them took it.
    pub(super) fn tell(&self, event: WindowEvent) -> bool {
        use slint::platform::WindowEventDispatchResult::Accepted;
        matches!(self.window.dispatch_event_with_result(event), Ok(Accepted))
    }
}

/// Copies this part into the window, and says whether that could be done. Beside the pages, under the
/// bars, goes the colour of their edge.
fn fill(
    buffer: &mut NativeWindowBufferLockGuard,
    part: &Rect,
    pixels: &[PremultipliedRgbaColor],
    (free, edge): (Free, PremultipliedRgbaColor),
) -> bool {
    let format = buffer.format();
    let known = [HardwareBufferFormat::R8G8B8X8_UNORM, HardwareBufferFormat::R8G8B8A8_UNORM];
    if pixels.is_empty() || !known.contains(&format) {
        return false;
    }
    let (stride, height, width) = (buffer.stride(), buffer.height(), buffer.width());
    let start = buffer.bits().cast::<PremultipliedRgbaColor>();
    // SAFETY: the lock gives `height` lines of `stride` pixels, of four bytes each in both formats, to
    // this thread alone until the guard is dropped. Any bytes are a pixel.
    let shown = unsafe { slice::from_raw_parts_mut(start, stride * height) };
    let columns = at(part.left, width)..at(part.right, width);
    for y in at(part.top, height)..at(part.bottom, height) {
        let row = &mut shown[y * stride..][..width];
        row[columns.clone()].fill(edge);
        let line = y as i32 - free.top;
        if !(0..free.height).contains(&line) {
            continue;
        }
        let (from, to) = (part.left.max(free.left), part.right.min(free.left + free.width));
        if from < to {
            let source = (line * free.width + from - free.left) as usize;
            let target = &mut row[at(from, width)..at(to, width)];
            let length = target.len();
            target.copy_from_slice(&pixels[source..source + length]);
        }
    }
    true
}

/// A side of a rectangle as a place in a buffer of this length.
fn at(side: i32, length: usize) -> usize {
    usize::try_from(side).unwrap_or_default().min(length)
}

impl WindowAdapter for Surface {
    fn window(&self) -> &Window {
        &self.window
    }

    fn size(&self) -> PhysicalSize {
        let free = self.free.get();
        PhysicalSize::new(free.width.unsigned_abs(), free.height.unsigned_abs())
    }

    fn request_redraw(&self) {
        self.stale.set(true);
    }

    fn renderer(&self) -> &dyn Renderer {
        &self.renderer
    }

    fn internal(&self, _: InternalToken) -> Option<&dyn WindowAdapterInternal> {
        Some(self)
    }
}

impl WindowAdapterInternal for Surface {
    /// The keyboard comes with a field that is entered, and goes with it.
    fn input_method_request(&self, request: InputMethodRequest) {
        match request {
            InputMethodRequest::Enable(_) => self.keyboard.set(Some(true)),
            InputMethodRequest::Disable => self.keyboard.set(Some(false)),
            _ => {}
        }
    }
}
