//! Where Android begins: the function that android-activity calls on a thread of its own.

#![expect(unsafe_code, reason = "the name has to be found from outside")]

use android_activity::AndroidApp;

use super::turn::Turn;

/// The app, from the activity's start to its end, or to the start of a newer one.
// SAFETY: no other function of this name is linked in; android-activity declares it just so.
#[unsafe(no_mangle)]
fn android_main(app: AndroidApp) {
    let turn = Turn::take(&app);
    crate::phone::run(&app, &turn);
}
