//! One target under libFuzzer: the one that `HOLDFAST_FUZZ_TARGET` names.

#![no_main]
#![expect(clippy::disallowed_methods, reason = "the target is named by a variable")]
#![expect(clippy::expect_used, clippy::print_stderr, reason = "a fuzzer tells what it does")]

use std::sync::LazyLock;
use std::{env, panic};

use holdfast_fuzz::Target;
use libfuzzer_sys::fuzz_target;

static TARGET: LazyLock<&'static Target> = LazyLock::new(|| {
    let name = env::var("HOLDFAST_FUZZ_TARGET").unwrap_or_default();
    holdfast_fuzz::target(&name).expect("HOLDFAST_FUZZ_TARGET names a target")
});

fuzz_target!(
    init: {
        // The fuzzer's own hook ends the run at any panic, before a decoder's is caught within the scan as it is
        // in the app. With this one in its place the target sees that one broke, and its own panic ends the run.
        panic::set_hook(Box::new(|panic| {
            if env::var_os("HOLDFAST_FUZZ_PANICS").is_some() {
                eprintln!("{panic}");
            }
        }));
        LazyLock::force(&TARGET);
    },
    |data: &[u8]| {
        (TARGET.run)(data);
    }
);
