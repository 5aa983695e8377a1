//! The clipboard of the phone. Since Android 10 only the app in front sees what is on it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use holdfast_model::SecretText;
use holdfast_model::ports::{self, ClipboardError, ClipboardPicture};
use jni::errors::Result;
use jni::objects::JObject;
use jni::signature::MethodSignature;
use jni::strings::JNIStr;
use jni::{Env, jni_sig, jni_str};

use super::content;
use super::java::{Java, service, written};

/// The clipboard, reached through the activity. Clones are one.
#[derive(Clone)]
pub struct PhoneClipboard {
    java: Java,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    in_front: bool,
    /// What was to be cleared while the app was not in front, where nobody could see whether it is still there.
    owed: Option<SecretText>,
}

/// What keeps a text out of the preview of what was copied (Android 13 and newer read it).
const SENSITIVE: &str = "android.content.extra.IS_SENSITIVE";

impl PhoneClipboard {
    pub(super) fn new(java: Java) -> Self {
        Self { java, state: Arc::default() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The app came to the front, or is no longer there. Once it is, what is still owed is cleared.
    pub(super) fn in_front(&self, is: bool) {
        self.state().in_front = is;
        let owed = self.state().owed.take_if(|_| is);
        if let Some(text) = owed {
            // Nobody waits for it.
            let _ = ports::Clipboard::clear_if_unchanged(self, &text);
        }
    }

    fn with<T>(
        &self,
        act: impl FnOnce(&mut Env, &JObject) -> Result<T>,
    ) -> std::result::Result<T, ClipboardError> {
        let done = self.java.with(|env, activity| {
            let clipboard = service(env, activity, "clipboard")?;
            act(env, &clipboard)
        });
        // Java's own words may quote what is on it.
        done.map_err(|_| ClipboardError("Android did not let the app use it".to_owned()))
    }
}

impl ports::Clipboard for PhoneClipboard {
    fn text(&self) -> std::result::Result<Option<SecretText>, ClipboardError> {
        self.with(text_on)
    }

    /// Pictures come as addresses of other apps' files, which whoever sees the clipboard may read.
    fn picture(&self) -> std::result::Result<Option<ClipboardPicture>, ClipboardError> {
        let address = self.with(address_on)?.filter(|address| content::is_address(address));
        let Some(address) = address else { return Ok(None) };
        let unreadable = |_| ClipboardError("what was copied is not there any more".to_owned());
        let bytes = content::read(&self.java, &address).map_err(unreadable)?;
        Ok(Some(ClipboardPicture::Encoded(bytes)))
    }

    fn set_text(
        &self,
        text: &SecretText,
        sensitive: bool,
    ) -> std::result::Result<(), ClipboardError> {
        self.with(|env, clipboard| {
            let label = env.new_string("Holdfast")?;
            let text = env.new_string(text.as_str())?;
            let clip = env
                .call_static_method(
                    jni_str!("android/content/ClipData"),
                    jni_str!("newPlainText"),
                    jni_sig!("(Ljava/lang/CharSequence;Ljava/lang/CharSequence;)Landroid/content/ClipData;"),
                    &[(&label).into(), (&text).into()],
                )?
                .l()?;
            if sensitive {
                mark(env, &clip)?;
            }
            env.call_method(
                clipboard,
                jni_str!("setPrimaryClip"),
                jni_sig!("(Landroid/content/ClipData;)V"),
                &[(&clip).into()],
            )?;
            Ok(())
        })
    }

    /// While the app is not in front it is not done but owed: to clear without a look would take whatever the
    /// person has copied elsewhere since.
    fn clear_if_unchanged(&self, text: &SecretText) -> std::result::Result<bool, ClipboardError> {
        let mut state = self.state();
        if !state.in_front {
            state.owed = Some(text.clone());
            return Ok(false);
        }
        drop(state);
        self.with(|env, clipboard| {
            let unchanged = text_on(env, clipboard)?.is_some_and(|present| present == *text);
            if unchanged {
                env.call_method(clipboard, jni_str!("clearPrimaryClip"), jni_sig!("()V"), &[])?;
            }
            Ok(unchanged)
        })
    }
}

fn text_on(env: &mut Env, clipboard: &JObject) -> Result<Option<SecretText>> {
    let text = on_it(env, clipboard, jni_str!("getText"), &jni_sig!("()Ljava/lang/CharSequence;"))?;
    Ok(text.map(SecretText::from))
}

/// The address of what another app has copied.
fn address_on(env: &mut Env, clipboard: &JObject) -> Result<Option<String>> {
    on_it(env, clipboard, jni_str!("getUri"), &jni_sig!("()Landroid/net/Uri;"))
}

/// What the first thing on it is, in one of its forms; `None` where it has not that form.
fn on_it(
    env: &mut Env,
    clipboard: &JObject,
    form: &JNIStr,
    signature: &MethodSignature<'_, '_>,
) -> Result<Option<String>> {
    let clip = env
        .call_method(
            clipboard,
            jni_str!("getPrimaryClip"),
            jni_sig!("()Landroid/content/ClipData;"),
            &[],
        )?
        .l()?;
    if clip.is_null()
        || env.call_method(&clip, jni_str!("getItemCount"), jni_sig!("()I"), &[])?.i()? < 1
    {
        return Ok(None);
    }
    let item = env
        .call_method(
            &clip,
            jni_str!("getItemAt"),
            jni_sig!("(I)Landroid/content/ClipData$Item;"),
            &[0.into()],
        )?
        .l()?;
    let found = env.call_method(&item, form, signature, &[])?.l()?;
    written(env, &found)
}

/// Marks a clip as sensitive.
fn mark(env: &mut Env, clip: &JObject) -> Result<()> {
    let extras = env.new_object(jni_str!("android/os/PersistableBundle"), jni_sig!("()V"), &[])?;
    let name = env.new_string(SENSITIVE)?;
    env.call_method(
        &extras,
        jni_str!("putBoolean"),
        jni_sig!("(Ljava/lang/String;Z)V"),
        &[(&name).into(), true.into()],
    )?;
    let description = env
        .call_method(
            clip,
            jni_str!("getDescription"),
            jni_sig!("()Landroid/content/ClipDescription;"),
            &[],
        )?
        .l()?;
    env.call_method(
        &description,
        jni_str!("setExtras"),
        jni_sig!("(Landroid/os/PersistableBundle;)V"),
        &[(&extras).into()],
    )?;
    Ok(())
}
