//! Links, handed to the browser that the phone has chosen.

use holdfast_model::ports::{LinkError, Links};
use jni::{jni_sig, jni_str};

use super::java::Java;

/// The phone's own way to its browser.
pub(super) struct PhoneLinks {
    java: Java,
}

impl PhoneLinks {
    pub(super) fn new(java: Java) -> Self {
        Self { java }
    }
}

impl Links for PhoneLinks {
    /// Only https; the app itself may not reach the network, and asks whichever app may.
    fn open(&self, link: &str) -> Result<(), LinkError> {
        let failed = || LinkError(link.to_owned());
        if !link.starts_with("https://") {
            return Err(failed());
        }
        let opened = self.java.with(|env, activity| {
            let text = env.new_string(link)?;
            let uri = env
                .call_static_method(
                    jni_str!("android/net/Uri"),
                    jni_str!("parse"),
                    jni_sig!("(Ljava/lang/String;)Landroid/net/Uri;"),
                    &[(&text).into()],
                )?
                .l()?;
            let action = env.new_string("android.intent.action.VIEW")?;
            let intent = env.new_object(
                jni_str!("android/content/Intent"),
                jni_sig!("(Ljava/lang/String;Landroid/net/Uri;)V"),
                &[(&action).into(), (&uri).into()],
            )?;
            env.call_method(
                activity,
                jni_str!("startActivity"),
                jni_sig!("(Landroid/content/Intent;)V"),
                &[(&intent).into()],
            )?;
            Ok(())
        });
        opened.map_err(|_| failed())
    }
}
