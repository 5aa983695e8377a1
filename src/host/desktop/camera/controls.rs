//! What a camera can do besides: a lamp, and focusing anew.

use v4l::Device;
use v4l::control::{Control, Value};

/// The camera's lamp (V4L2_CID_FLASH_LED_MODE), and its value for a steady light.
const FLASH_LED_MODE: u32 = 0x009c_0901;
const TORCH: i64 = 2;
/// Focusing once (V4L2_CID_AUTO_FOCUS_START).
const AUTO_FOCUS_START: u32 = 0x009a_091c;
/// Focusing all the time (V4L2_CID_FOCUS_AUTO).
const FOCUS_AUTO: u32 = 0x009a_090c;

/// The controls of a camera, over a connection of their own beside the one that takes the pictures.
pub struct Controls {
    device: Option<Device>,
    torch: bool,
    focus: Option<Focus>,
}

#[derive(Clone, Copy)]
enum Focus {
    /// By an order.
    Once,
    /// By switching the steady focus off and on again.
    Steady,
}

impl Controls {
    pub(super) fn of(index: u32) -> Self {
        let device = Device::new(index as usize).ok();
        // A control that has no value, such as an order, is known by that its kind is told.
        let has = |id| device.as_ref().is_some_and(|device| device.control(id).is_ok());
        let focus = [(AUTO_FOCUS_START, Focus::Once), (FOCUS_AUTO, Focus::Steady)];
        let focus = focus.into_iter().find(|(id, _)| has(*id)).map(|(_, focus)| focus);
        let torch = has(FLASH_LED_MODE);
        Self { device, torch, focus }
    }

    pub(super) fn has_torch(&self) -> bool {
        self.torch
    }

    pub(super) fn has_focus(&self) -> bool {
        self.focus.is_some()
    }

    pub(super) fn set_torch(&self, on: bool) {
        if self.torch {
            self.set(FLASH_LED_MODE, Value::Integer(if on { TORCH } else { 0 }));
        }
    }

    /// Video4Linux knows no place to focus on: the camera focuses anew on what it sees.
    pub(super) fn focus(&self) {
        match self.focus {
            Some(Focus::Once) => self.set(AUTO_FOCUS_START, Value::Integer(1)),
            Some(Focus::Steady) => {
                self.set(FOCUS_AUTO, Value::Boolean(false));
                self.set(FOCUS_AUTO, Value::Boolean(true));
            }
            None => {}
        }
    }

    fn set(&self, id: u32, value: Value) {
        if let Some(device) = &self.device {
            // A control that does not obey leaves the picture as it is, which the person sees.
            let _ = device.set_control(Control { id, value });
        }
    }
}
