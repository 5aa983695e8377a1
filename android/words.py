#!/usr/bin/env python3
"""Leaves out of the app's library the dictionaries by which words are found that no space divides.

words.py OUT: writes OUT/mod.rs, which the crates of ICU4X take as their data where ICU4X_DATA_DIR names
OUT. It has all the data of these crates but those dictionaries (Chinese, Japanese, Thai, Lao, Khmer,
Burmese: 3 MB in each library). Without them a line of Thai breaks at its spaces, and Chinese and
Japanese between any two characters, as they do anyway.
"""

import json
import subprocess
import sys
from pathlib import Path

LEFT_OUT = {
    "segmenter_dictionary_auto_v2": "SegmenterDictionaryAutoV2",
    "segmenter_dictionary_extended_v2": "SegmenterDictionaryExtendedV2",
}
PROVIDER = """
#[macro_export]
macro_rules! __make_provider {
    ($name:ty) => {
        impl $name {
            #[allow(dead_code)]
            pub(crate) const MUST_USE_MAKE_PROVIDER_MACRO: () = ();
        }
        icu_provider::marker::impl_data_provider_never_marker!($name);
    };
}
pub use __make_provider as make_provider;
"""
# A source of data that has none of this kind; whoever asks goes on without.
NONE = """
#[macro_export]
macro_rules! __impl_%(name)s {
    ($provider:ty) => {
        impl icu_provider::DataProvider<icu::segmenter::provider::%(marker)s> for $provider {
            fn load(
                &self,
                wanted: icu_provider::DataRequest,
            ) -> Result<icu_provider::DataResponse<icu::segmenter::provider::%(marker)s>, icu_provider::DataError> {
                let kind = <icu::segmenter::provider::%(marker)s as icu_provider::DataMarker>::INFO;
                Err(icu_provider::DataErrorKind::IdentifierNotFound.with_req(kind, wanted))
            }
        }
    };
}
pub use __impl_%(name)s as impl_%(name)s;
"""


def data_folders():
    """Of each crate that is nothing but ICU4X's data, in the versions that Cargo.lock names."""
    told = subprocess.run(
        ["cargo", "metadata", "--locked", "--format-version", "1"], check=True, capture_output=True
    )
    packages = json.loads(told.stdout)["packages"]
    return sorted(
        Path(one["manifest_path"]).parent / "data"
        for one in packages
        if one["name"].startswith("icu_") and one["name"].endswith("_data")
    )


def main():
    out = Path(sys.argv[1])
    lines, missing = [PROVIDER], set(LEFT_OUT)
    for folder in data_folders():
        for data in sorted(folder.glob("*.rs.data")):
            name = data.name.removesuffix(".rs.data")
            missing.discard(name)
            if name in LEFT_OUT:
                lines.append(NONE % {"name": name, "marker": LEFT_OUT[name]})
            else:
                lines.append(f'include!("{data}");\n')
    if missing:
        sys.exit(f"words.py: ICU4X has no {', '.join(sorted(missing))} any more; look what takes their place.")
    out.mkdir(parents=True, exist_ok=True)
    text, target = "".join(lines), out / "mod.rs"
    # What was not changed must not look new to Cargo.
    if not target.exists() or target.read_text() != text:
        target.write_text(text)


if __name__ == "__main__":
    main()
