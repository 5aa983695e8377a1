//! The activity's own class (`android/door/Door.smali`): what other apps hand over through it, and the
//! answers of the system's pages.

use std::path::PathBuf;
use std::sync::atomic::{AtomicI32, Ordering};
use std::sync::mpsc;

use holdfast_model::{Handed, SecretText};
use jni::errors::Result;
use jni::objects::JObject;
use jni::strings::JNIStr;
use jni::{Env, jni_sig, jni_str};

use super::java::{Java, written};

/// The way to the activity's class.
#[derive(Clone)]
pub(super) struct Door {
    java: Java,
}

/// Set where the system shows the app again from the list of recent ones, with the intent of long ago.
const FROM_HISTORY: i32 = 0x0010_0000;

/// Names a page of the system that was asked for; none has this number.
static ASKED: AtomicI32 = AtomicI32::new(1_000);

/// The system has no page for this, or will not show it.
pub(super) struct NoPage;

impl Door {
    pub(super) fn new(java: Java) -> Self {
        Self { java }
    }

    /// What another app handed over since this was asked last.
    pub(super) fn handed(&self) -> Option<Handed> {
        self.java
            .with(|env, activity| {
                let intent = env
                    .call_method(
                        activity,
                        jni_str!("getIntent"),
                        jni_sig!("()Landroid/content/Intent;"),
                        &[],
                    )?
                    .l()?;
                if intent.is_null() {
                    return Ok(None);
                }
                let empty =
                    env.new_object(jni_str!("android/content/Intent"), jni_sig!("()V"), &[])?;
                env.call_method(
                    activity,
                    jni_str!("setIntent"),
                    jni_sig!("(Landroid/content/Intent;)V"),
                    &[(&empty).into()],
                )?;
                held_by(env, &intent)
            })
            // What another app puts together wrongly is nothing.
            .unwrap_or_default()
    }

    /// Shows the page of the system that `intent` makes, and waits until the person is done with it:
    /// the address of what they chose, which is empty where nothing is to be chosen; `None` where they
    /// went back.
    pub(super) fn ask(
        &self,
        intent: impl for<'local> FnOnce(&mut Env<'local>, &JObject) -> Result<JObject<'local>>
        + Send
        + 'static,
    ) -> std::result::Result<Option<String>, NoPage> {
        let number = 1_000 + ASKED.fetch_add(1, Ordering::Relaxed) % 50_000;
        let (told, shown) = mpsc::channel();
        let java = self.java.clone();
        self.java.by_its_thread(move || {
            let done = java.with(|env, activity| {
                let intent = intent(env, activity)?;
                env.call_method(
                    activity,
                    jni_str!("startActivityForResult"),
                    jni_sig!("(Landroid/content/Intent;I)V"),
                    &[(&intent).into(), number.into()],
                )?;
                Ok(())
            });
            // Who asked waits for it.
            let _ = told.send(done.is_ok());
        });
        if shown.recv() != Ok(true) {
            return Err(NoPage);
        }
        self.java.with(|env, activity| answer_to(env, activity, number)).map_err(|_| NoPage)
    }
}

fn answer_to(env: &mut Env, activity: &JObject, number: i32) -> Result<Option<String>> {
    let answer = env
        .call_method(
            activity,
            jni_str!("answerTo"),
            jni_sig!("(I)Landroid/content/Intent;"),
            &[number.into()],
        )?
        .l()?;
    if answer.is_null() {
        return Ok(None);
    }
    Ok(Some(data_of(env, &answer)?.unwrap_or_default()))
}

/// An intent of this kind, with what most of them need.
pub(super) fn intent<'local>(
    env: &mut Env<'local>,
    action: &str,
    kind: &str,
) -> Result<JObject<'local>> {
    let (action, kind) = (env.new_string(action)?, env.new_string(kind)?);
    let openable = env.new_string("android.intent.category.OPENABLE")?;
    let intent = env.new_object(
        jni_str!("android/content/Intent"),
        jni_sig!("(Ljava/lang/String;)V"),
        &[(&action).into()],
    )?;
    for (method, argument) in [(jni_str!("setType"), &kind), (jni_str!("addCategory"), &openable)] {
        env.call_method(
            &intent,
            method,
            jni_sig!("(Ljava/lang/String;)Landroid/content/Intent;"),
            &[argument.into()],
        )?;
    }
    Ok(intent)
}

fn held_by(env: &mut Env, intent: &JObject) -> Result<Option<Handed>> {
    let flags = env.call_method(intent, jni_str!("getFlags"), jni_sig!("()I"), &[])?.i()?;
    if flags & FROM_HISTORY != 0 {
        return Ok(None);
    }
    let action = text_of(env, intent, jni_str!("getAction"))?;
    Ok(match action.as_deref() {
        Some("android.intent.action.VIEW") => {
            data_of(env, intent)?.map(|link| Handed::Text(SecretText::from(link)))
        }
        Some("android.intent.action.SEND") => {
            let kind = text_of(env, intent, jni_str!("getType"))?.unwrap_or_default();
            if kind.starts_with("image/") {
                // A path would be read with this app's rights and not with the sender's.
                picture_in(env, intent)?
                    .filter(|address| address.starts_with("content://"))
                    .map(|address| Handed::Picture(PathBuf::from(address)))
            } else {
                text_in(env, intent)?.map(|text| Handed::Text(SecretText::from(text)))
            }
        }
        _ => None,
    })
}

fn data_of(env: &mut Env, intent: &JObject) -> Result<Option<String>> {
    let uri =
        env.call_method(intent, jni_str!("getData"), jni_sig!("()Landroid/net/Uri;"), &[])?.l()?;
    written(env, &uri)
}

fn picture_in(env: &mut Env, intent: &JObject) -> Result<Option<String>> {
    let name = env.new_string("android.intent.extra.STREAM")?;
    let uri = env
        .call_method(
            intent,
            jni_str!("getParcelableExtra"),
            jni_sig!("(Ljava/lang/String;)Landroid/os/Parcelable;"),
            &[(&name).into()],
        )?
        .l()?;
    written(env, &uri)
}

fn text_in(env: &mut Env, intent: &JObject) -> Result<Option<String>> {
    let name = env.new_string("android.intent.extra.TEXT")?;
    let text = env
        .call_method(
            intent,
            jni_str!("getCharSequenceExtra"),
            jni_sig!("(Ljava/lang/String;)Ljava/lang/CharSequence;"),
            &[(&name).into()],
        )?
        .l()?;
    written(env, &text)
}

fn text_of(env: &mut Env, object: &JObject, method: &JNIStr) -> Result<Option<String>> {
    let text = env.call_method(object, method, jni_sig!("()Ljava/lang/String;"), &[])?.l()?;
    written(env, &text)
}
