//! How large the person wants texts, which the system's own words for programs without Java leave out.

use jni::errors::Result;
use jni::objects::JObject;
use jni::{Env, jni_sig, jni_str};

use super::java::Java;

/// The way to the system's size of texts.
pub(super) struct TextSize {
    java: Java,
}

impl TextSize {
    pub(super) fn new(java: Java) -> Self {
        Self { java }
    }

    /// 1 for texts as they are made, 2 for twice as large.
    pub(super) fn font_scale(&self) -> f32 {
        self.java.with(font_scale).ok().filter(|scale| scale.is_finite()).unwrap_or(1.0)
    }
}

fn font_scale(env: &mut Env, activity: &JObject) -> Result<f32> {
    let resources = env
        .call_method(
            activity,
            jni_str!("getResources"),
            jni_sig!("()Landroid/content/res/Resources;"),
            &[],
        )?
        .l()?;
    let configuration = env
        .call_method(
            &resources,
            jni_str!("getConfiguration"),
            jni_sig!("()Landroid/content/res/Configuration;"),
            &[],
        )?
        .l()?;
    env.get_field(&configuration, jni_str!("fontScale"), jni_sig!("F"))?.f()
}
