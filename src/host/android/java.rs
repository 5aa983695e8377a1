//! The way to what Android offers to Java alone.

#![expect(unsafe_code, reason = "the virtual machine and the activity come as bare pointers")]

use android_activity::AndroidApp;
use jni::errors::Result;
use jni::objects::{JObject, JString};
use jni::refs::Global;
use jni::{Env, JavaVM, jni_sig, jni_str};

/// The activity, as Java knows it.
#[derive(Clone)]
pub(super) struct Java {
    app: AndroidApp,
}

impl Java {
    pub(super) fn of(app: &AndroidApp) -> Self {
        Self { app: app.clone() }
    }

    /// Does this with the activity, from any thread. What Java throws is an error and goes no further.
    pub(super) fn with<T>(&self, act: impl FnOnce(&mut Env, &JObject) -> Result<T>) -> Result<T> {
        // SAFETY: the pointer is that of the one virtual machine, which outlives the process's threads.
        let machine = unsafe { JavaVM::from_raw(self.app.vm_as_ptr().cast()) };
        machine.attach_current_thread(|env| {
            let raw = self.app.activity_as_ptr() as jni::sys::jobject;
            // SAFETY: the reference is global and lives as long as `app`, which is held here.
            let activity = unsafe { env.as_cast_raw::<Global<JObject>>(&raw)? };
            act(env, activity.as_ref())
        })
    }

    /// Does this on the activity's own thread, soon.
    pub(super) fn by_its_thread(&self, act: impl FnOnce() + Send + 'static) {
        self.app.run_on_java_main_thread(Box::new(act));
    }
}

/// One of the system's services, by its name.
pub(super) fn service<'local>(
    env: &mut Env<'local>,
    activity: &JObject,
    name: &str,
) -> Result<JObject<'local>> {
    let name = env.new_string(name)?;
    env.call_method(
        activity,
        jni_str!("getSystemService"),
        jni_sig!("(Ljava/lang/String;)Ljava/lang/Object;"),
        &[(&name).into()],
    )?
    .l()
}

/// An object in words; `None` where there is none.
pub(super) fn written(env: &mut Env, object: &JObject) -> Result<Option<String>> {
    if object.is_null() {
        return Ok(None);
    }
    let text = env
        .call_method(object, jni_str!("toString"), jni_sig!("()Ljava/lang/String;"), &[])?
        .l()?;
    let text = env.cast_local::<JString>(text)?;
    Ok(Some(text.try_to_string(env)?))
}
