//! Compiles ui/ to Rust, and hands it the typefaces that come with two build dependencies.

use std::borrow::Cow;
use std::collections::HashMap;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::time::SystemTime;
use std::{env, fs};

use slint_build::CompilerConfiguration;

fn main() -> Result<(), Box<dyn Error>> {
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or("OUT_DIR is not set")?);
    let debug = env::var("PROFILE").is_ok_and(|profile| profile == "debug");
    let configuration = CompilerConfiguration::new()
        .with_style("fluent".into())
        .with_library_paths(HashMap::from([("fonts".into(), lay_fonts(&out)?)]))
        // The window's tests find elements through it.
        .with_debug_info(debug);
    slint_build::compile_with_config("ui/app.slint", configuration)?;
    Ok(())
}

/// Writes the two faces beside a small file that ui/ imports as `@fonts`, and returns its path.
/// Importing them embeds them in the binary.
fn lay_fonts(out: &Path) -> Result<PathBuf, Box<dyn Error>> {
    for (name, face) in
        [("text.ttf", ttf_inter::REGULAR), ("digits.ttf", truce_font::JETBRAINS_MONO)]
    {
        write(&out.join(name), &face_in_place_of(name, face)?)?;
    }
    let library = out.join("fonts.slint");
    let source = "// The families inside the two files.\n\
        import \"text.ttf\";\n\
        import \"digits.ttf\";\n\
        export global Faces {\n    \
            out property <string> text: \"Inter V\";\n    \
            out property <string> digits: \"JetBrains Mono\";\n\
        }\n";
    write(&library, source.as_bytes())?;
    Ok(library)
}

/// The face of this name in the folder that HOLDFAST_FACES names, where a phone's smaller ones are; the
/// given one elsewhere.
#[expect(clippy::disallowed_methods, reason = "a build script reads what it builds from")]
fn face_in_place_of(name: &str, face: &'static [u8]) -> Result<Cow<'static, [u8]>, Box<dyn Error>> {
    println!("cargo::rerun-if-env-changed=HOLDFAST_FACES");
    let Some(folder) = env::var_os("HOLDFAST_FACES") else { return Ok(face.into()) };
    let path = Path::new(&folder).join(name);
    println!("cargo::rerun-if-changed={}", path.display());
    Ok(fs::read(path)?.into())
}

/// Writes a file that the Slint compiler names to Cargo as a source. Cargo must not find it newer than
/// the run of this script that wrote it, or it would build the window anew every time.
#[expect(clippy::disallowed_methods, reason = "a build script writes its output")]
fn write(path: &Path, bytes: &[u8]) -> Result<(), Box<dyn Error>> {
    fs::write(path, bytes)?;
    fs::File::options().write(true).open(path)?.set_modified(SystemTime::UNIX_EPOCH)?;
    Ok(())
}
