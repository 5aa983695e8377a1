//! Tries the window's camera on the virtual cameras of a Linux kernel; `scripts/camera_vm.sh` runs it
//! in an emulated machine. With `film FILE` it makes the film that the cameras there show.

#![expect(clippy::print_stdout, reason = "the program tells what it tried")]

use std::collections::BTreeSet;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use holdfast::host::camera::{Cameras, Feed, Opening, Seen};
use holdfast::host::desktop::camera::{Devices, Remembered, list};
use holdfast_model::CameraError;
use v4l::buffer::Type;
use v4l::control::{Control, Value};
use v4l::format::FourCC;
use v4l::io::mmap::Stream;
use v4l::io::traits::CaptureStream;
use v4l::video::Output;
use v4l::{Device, Format};

#[path = "../tests/it/film.rs"]
#[expect(clippy::expect_used, reason = "made for tests, which end by panicking")]
mod film;

const URI: &str =
    "otpauth://totp/Directory:mara?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=Directory";
/// The formats that are played into a loop each, and the one that nobody here can read.
const FORMATS: [&[u8; 4]; 6] = [b"YUYV", b"NV12", b"GREY", b"UYVY", b"YU12", b"MJPG"];
const UNKNOWN: &[u8; 4] = b"RGB3";
/// An emulated machine takes its time.
const PATIENCE: Duration = Duration::from_secs(90);

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match &arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["film", path] => {
            film::Film::new(Some(URI), 7.0, 3).write(Path::new(path));
            Ok(())
        }
        ["refused"] => refused(),
        ["try", film] => {
            let film = Film::read(Path::new(film))?;
            listed()?;
            grey_of_vivid()?;
            busy()?;
            played(&film)?;
            unplugged()
        }
        _ => bail!("say film FILE, refused, or try FILM"),
    }
}

fn devices() -> Devices {
    Devices::new(Remembered::at(&std::env::temp_dir().join("holdfast-camera")))
}

/// Every camera is in the list under a name of its own.
fn listed() -> Result<()> {
    let names: Vec<String> = list().into_iter().map(|device| device.name).collect();
    println!("listed: {}", names.join(", "));
    ensure!(names.iter().collect::<BTreeSet<_>>().len() == names.len(), "two share a name");
    ensure!(names.iter().any(|name| name.contains("vivid")), "vivid is not among them");
    Ok(())
}

/// A user without the right to it is told so.
fn refused() -> Result<()> {
    let error = devices().open(None).camera.err();
    ensure!(error == Some(CameraError::Denied), "not refused but {error:?}");
    println!("refused: {}", CameraError::Denied);
    Ok(())
}

fn vivid() -> Result<(u32, String)> {
    let device = list().into_iter().find(|device| device.name.contains("vivid"));
    device.map(|device| (device.index, device.name)).context("vivid is not there")
}

fn start(name: &str) -> (Feed, Receiver<Seen>) {
    let (send, receive) = mpsc::channel();
    let feed = Feed::start(Arc::new(devices()), Some(name.to_owned()), move |seen| {
        let _ = send.send(seen);
    });
    (feed, receive)
}

/// Frames of the kernel's own test camera are shown, differ, and hold no barcode.
#[expect(clippy::disallowed_methods, reason = "the rate of frames is measured")]
fn grey_of_vivid() -> Result<()> {
    let (_feed, seen) = start(&vivid()?.1);
    let (mut frames, mut shades, mut size) = (0, BTreeSet::new(), (0, 0));
    let mut since = None;
    while frames < 20 {
        match seen.recv_timeout(PATIENCE).context("no frame of vivid")? {
            Seen::Runs(facts) => {
                ensure!(!facts.torch && !facts.focus, "vivid has neither lamp nor focus");
            }
            Seen::Preview(preview) => {
                since.get_or_insert_with(Instant::now);
                frames += 1;
                size = (preview.width(), preview.height());
                shades.extend(preview.as_slice().iter().map(|pixel| (pixel.r, pixel.g, pixel.b)));
            }
            Seen::Scanned { .. } => bail!("a barcode where there is none"),
            Seen::Failed { error, .. } => bail!("{error}"),
            Seen::Sighted { .. } => {}
        }
    }
    ensure!(shades.len() > 8, "the test picture has only {} colours", shades.len());
    let rate = f64::from(frames - 1) / since.context("no frame")?.elapsed().as_secs_f64();
    println!("vivid: {frames} frames, shown {}x{}, {rate:.1} a second", size.0, size.1);
    Ok(())
}

/// A camera that another program holds is told to be busy.
fn busy() -> Result<()> {
    let (index, name) = vivid()?;
    let device = Device::new(index as usize)?;
    let mut stream = Stream::new(&device, Type::VideoCapture)?;
    CaptureStream::next(&mut stream)?;
    let Opening { camera, facts } = devices().open(Some(&name));
    ensure!(camera.err() == Some(CameraError::Busy), "not busy");
    ensure!(facts.cameras.len() > 1, "the others are offered");
    println!("busy: {}", CameraError::Busy);
    Ok(())
}

/// The film, played into a loop in every format, is read out of it; the camera is remembered.
#[expect(clippy::disallowed_methods, reason = "the time until the barcode is read is measured")]
fn played(film: &Film) -> Result<()> {
    let mut loops = loops();
    ensure!(loops.len() > FORMATS.len(), "{} loops are too few", loops.len());
    for format in FORMATS {
        let index = loops.remove(0);
        let player = Player::start(index, format, film)?;
        let name = appears(index)?;
        let began = Instant::now();
        let (_feed, seen) = start(&name);
        let mut frames = 0;
        let text = loop {
            match seen.recv_timeout(PATIENCE).context("no frame of a loop")? {
                Seen::Scanned { texts, .. } => break texts[0].as_str().to_owned(),
                Seen::Failed { error, .. } => bail!("{}: {error}", player.name),
                Seen::Preview(_) => frames += 1,
                _ => {}
            }
            ensure!(began.elapsed() < PATIENCE, "{} was not read in {frames} frames", player.name);
        };
        ensure!(text == URI, "{}: read as something else", player.name);
        let again = devices().open(None).facts;
        let used = again.used.and_then(|used| again.cameras.get(used));
        ensure!(used == Some(&name), "{used:?} is used the next time, not {name}");
        let seconds = began.elapsed().as_secs_f64();
        println!("{}: read after {frames} frames and {seconds:.1} s", player.name);
    }
    let index = loops.remove(0);
    let _player = Player::start(index, UNKNOWN, film)?;
    let error = devices().open(Some(&appears(index)?)).camera.err().context("it was opened")?;
    ensure!(matches!(&error, CameraError::UnknownFormat(names) if names.contains("RGB3")));
    println!("RGB3: {error}");
    Ok(())
}

/// A camera that is pulled out is told to be gone.
fn unplugged() -> Result<()> {
    let (index, name) = vivid()?;
    let (_feed, seen) = start(&name);
    loop {
        if let Seen::Preview(_) = seen.recv_timeout(PATIENCE)? {
            break;
        }
    }
    let device = Device::new(index as usize)?;
    let pull = device.query_controls()?.into_iter().find(|control| control.name == "Disconnect");
    let id = pull.context("vivid cannot be pulled out")?.id;
    device.set_control(Control { id, value: Value::Integer(1) })?;
    loop {
        match seen.recv_timeout(PATIENCE).context("nobody noticed")? {
            Seen::Failed { error: error @ CameraError::Unplugged, .. } => {
                println!("unplugged: {error}");
                return Ok(());
            }
            Seen::Failed { error, .. } => bail!("not unplugged but {error:?}"),
            _ => {}
        }
    }
}

/// The numbers of the loops' devices.
#[expect(clippy::disallowed_methods, reason = "sysfs says what a device is")]
fn loops() -> Vec<u32> {
    let is_loop = |index: &u32| {
        let path = format!("/sys/class/video4linux/video{index}/name");
        std::fs::read_to_string(path).is_ok_and(|name| name.starts_with("Loop"))
    };
    (0..64).filter(is_loop).collect()
}

/// The name of a loop once it can be captured from.
fn appears(index: u32) -> Result<String> {
    for _ in 0..100 {
        if let Some(device) = list().into_iter().find(|device| device.index == index) {
            return Ok(device.name);
        }
        thread::sleep(Duration::from_millis(100));
    }
    bail!("loop {index} is not among the cameras")
}

/// The part of a film in which the barcode is in view.
struct Film {
    width: usize,
    height: usize,
    frames: Vec<[Vec<u8>; 3]>,
}

impl Film {
    #[expect(clippy::disallowed_methods, reason = "the film is a file")]
    fn read(path: &Path) -> Result<Self> {
        let mut film = y4m::decode(std::fs::File::open(path)?)?;
        let (width, height) = (film.get_width(), film.get_height());
        let mut frames = Vec::new();
        while let Ok(frame) = film.read_frame() {
            let planes = [frame.get_y_plane(), frame.get_u_plane(), frame.get_v_plane()];
            frames.push(planes.map(<[u8]>::to_vec));
        }
        frames.drain(..frames.len().saturating_sub(24));
        ensure!(!frames.is_empty(), "the film is empty");
        Ok(Self { width, height, frames })
    }

    /// A frame's bytes in a format.
    fn bytes(&self, [y, u, v]: &[Vec<u8>; 3], format: &[u8; 4]) -> Result<Vec<u8>> {
        let colour = |plane: &[u8], at: usize| {
            let (column, row) = (at % self.width / 2, at / self.width / 2);
            plane[row * (self.width / 2) + column]
        };
        let pairs = (0..y.len()).step_by(2);
        Ok(match format {
            b"YUYV" => {
                pairs.flat_map(|at| [y[at], colour(u, at), y[at + 1], colour(v, at)]).collect()
            }
            b"UYVY" => {
                pairs.flat_map(|at| [colour(u, at), y[at], colour(v, at), y[at + 1]]).collect()
            }
            b"NV12" => {
                y.iter().copied().chain(u.iter().zip(v).flat_map(|(&u, &v)| [u, v])).collect()
            }
            b"YU12" => [&y[..], u, v].concat(),
            b"GREY" => y.clone(),
            b"RGB3" => y.iter().flat_map(|&y| [y; 3]).collect(),
            b"MJPG" => {
                let mut jpeg = Vec::new();
                image::codecs::jpeg::JpegEncoder::new_with_quality(&mut jpeg, 85).encode(
                    y,
                    u32::try_from(self.width)?,
                    u32::try_from(self.height)?,
                    image::ExtendedColorType::L8,
                )?;
                jpeg
            }
            _ => bail!("a format that is not played"),
        })
    }
}

/// Plays a film into a loop until it is dropped.
struct Player {
    name: String,
    stopped: Arc<AtomicBool>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Player {
    fn start(index: u32, format: &[u8; 4], film: &Film) -> Result<Self> {
        let mut device = Device::new(index as usize)?;
        let (width, height) = (u32::try_from(film.width)?, u32::try_from(film.height)?);
        let wanted = Format::new(width, height, FourCC::new(format));
        let set = Output::set_format(&device, &wanted)?;
        ensure!(set.fourcc == wanted.fourcc, "the loop takes {} instead", set.fourcc);
        let frames: Result<Vec<_>> =
            film.frames.iter().map(|frame| film.bytes(frame, format)).collect();
        let frames = frames?;
        let stopped = Arc::new(AtomicBool::new(false));
        let ended = Arc::clone(&stopped);
        device.write_all(&frames[0])?;
        let play = move || {
            for frame in frames.iter().cycle() {
                if ended.load(Ordering::Relaxed) || device.write_all(frame).is_err() {
                    return;
                }
                thread::sleep(Duration::from_millis(100));
            }
        };
        let name = String::from_utf8_lossy(format).into_owned();
        Ok(Self { name, stopped, thread: Some(thread::spawn(play)) })
    }
}

impl Drop for Player {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
