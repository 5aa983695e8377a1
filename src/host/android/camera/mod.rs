//! The phone's cameras, asked for when the first one is to be opened.

mod device;
mod list;

use std::sync::atomic::{AtomicBool, Ordering};

use holdfast_model::{CameraError, CameraFacts};
use jni::objects::JObject;
use jni::{Env, jni_sig, jni_str};

use super::java::Java;
use crate::host::camera::{Camera, Cameras, Opening};
use device::Device;
use list::Found;

/// The permission that the manifest names.
const PERMISSION: &str = "android.permission.CAMERA";

/// The cameras of the phone.
pub struct PhoneCameras {
    java: Java,
    /// Whether the person was asked since they came to the page that shows what a camera sees.
    asked: AtomicBool,
}

impl PhoneCameras {
    pub(super) fn new(java: Java) -> Self {
        Self { java, asked: AtomicBool::new(false) }
    }

    /// Whether the app may use a camera. Where it may not, the system asks the person, once: whoever
    /// opens a camera tries again after a moment and finds it permitted, or not.
    fn permitted(&self) -> bool {
        let permitted = self.java.with(|env, activity| {
            if is_granted(env, activity)? {
                return Ok(true);
            }
            if !self.asked.swap(true, Ordering::Relaxed) {
                ask(env, activity)?;
            }
            Ok(false)
        });
        permitted.unwrap_or(false)
    }
}

impl Cameras for PhoneCameras {
    /// Whoever refused comes back to it of their own will, so the system asks again, for as often as it does that.
    fn begin(&self) {
        self.asked.store(false, Ordering::Relaxed);
    }

    fn open(&self, chosen: Option<&str>) -> Opening {
        if !self.permitted() {
            return Opening { facts: CameraFacts::default(), camera: Err(CameraError::Denied) };
        }
        let found = list::all();
        let place = |name: &str| found.iter().position(|one| one.name == name);
        let back = || found.iter().position(|one| one.back);
        let used = chosen.and_then(place).or_else(back).or((!found.is_empty()).then_some(0));
        let opened = match used.map(|used| &found[used]) {
            Some(one) => Device::open(one, self.turn(one)),
            None => Err(CameraError::Missing),
        };
        let facts = CameraFacts {
            cameras: found.iter().map(|one| one.name.clone()).collect(),
            used,
            torch: used.is_some_and(|used| found[used].torch),
            focus: false,
        };
        Opening { facts, camera: opened.map(|device| Box::new(device) as Box<dyn Camera>) }
    }
}

impl PhoneCameras {
    /// By how many quarters to the right a picture of this camera is turned to stand upright on the
    /// screen as it is held now.
    fn turn(&self, camera: &Found) -> u8 {
        let held = self.java.with(rotation).unwrap_or(0).rem_euclid(4);
        let mounted = camera.degrees / 90;
        (if camera.back { mounted - held } else { mounted + held }).rem_euclid(4) as u8
    }
}

fn is_granted(env: &mut Env, activity: &JObject) -> jni::errors::Result<bool> {
    let name = env.new_string(PERMISSION)?;
    let signature = jni_sig!("(Ljava/lang/String;)I");
    let answer =
        env.call_method(activity, jni_str!("checkSelfPermission"), signature, &[(&name).into()])?;
    // PackageManager.PERMISSION_GRANTED
    Ok(answer.i()? == 0)
}

fn ask(env: &mut Env, activity: &JObject) -> jni::errors::Result<()> {
    let name = env.new_string(PERMISSION)?;
    let class = env.find_class(jni_str!("java/lang/String"))?;
    let names = env.new_object_array(1, class, &name)?;
    let signature = jni_sig!("([Ljava/lang/String;I)V");
    let arguments = [(&names).into(), 1.into()];
    env.call_method(activity, jni_str!("requestPermissions"), signature, &arguments)?;
    Ok(())
}

/// By how many quarters the screen is turned (android.view.Display).
fn rotation(env: &mut Env, activity: &JObject) -> jni::errors::Result<i32> {
    let manager = env
        .call_method(
            activity,
            jni_str!("getWindowManager"),
            jni_sig!("()Landroid/view/WindowManager;"),
            &[],
        )?
        .l()?;
    let display = env
        .call_method(
            &manager,
            jni_str!("getDefaultDisplay"),
            jni_sig!("()Landroid/view/Display;"),
            &[],
        )?
        .l()?;
    env.call_method(&display, jni_str!("getRotation"), jni_sig!("()I"), &[])?.i()
}
