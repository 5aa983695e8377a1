//! Recordings played as a camera: what a device would show is shown and read all the same.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant};

use holdfast::host::camera::{
    Camera, Cameras, Feed, Frame, Opening, PREVIEW_WIDTH, Plane, Seen, Yuv,
};
use holdfast::host::desktop::camera::{Devices, Recording, Remembered, list};
use holdfast_model::{CameraError, CameraFacts};
use image::{GrayImage, Luma};
use qrcode::QrCode;

const URI: &str = "otpauth://totp/GitHub:alice?secret=JBSWY3DPEHPK3PXP&issuer=GitHub";

/// A barcode in the middle of a grey desk.
fn frame(text: &str, width: u32, height: u32) -> GrayImage {
    let code = QrCode::new(text).unwrap().render::<Luma<u8>>().module_dimensions(6, 6).build();
    let mut frame = GrayImage::from_pixel(width, height, Luma([150]));
    let (left, top) = ((width - code.width()) / 2, (height - code.height()) / 2);
    image::imageops::replace(&mut frame, &code, left.into(), top.into());
    frame
}

fn play(path: &Path) -> (Feed, Receiver<Seen>) {
    let (send, receive) = mpsc::channel();
    let feed = Feed::start(Arc::new(Recording(path.to_owned())), None, move |seen| {
        let _ = send.send(seen);
    });
    (feed, receive)
}

/// The first texts that are read, and how many frames were shown before.
fn first_scan(seen: &Receiver<Seen>) -> (Vec<String>, usize) {
    let mut shown = 0;
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        assert!(Instant::now() < deadline, "nothing was read in 30 seconds");
        match seen.recv_timeout(Duration::from_secs(30)).unwrap() {
            Seen::Preview(preview) => {
                assert!(preview.width() as usize <= PREVIEW_WIDTH && preview.height() > 0);
                shown += 1;
            }
            Seen::Scanned { texts, .. } => {
                return (texts.iter().map(|text| text.as_str().to_owned()).collect(), shown);
            }
            Seen::Failed { error, .. } => panic!("{error}"),
            Seen::Runs(_) | Seen::Sighted { .. } => {}
        }
    }
}

fn failure(path: &Path) -> CameraError {
    let (_feed, seen) = play(path);
    loop {
        match seen.recv_timeout(Duration::from_secs(30)).unwrap() {
            Seen::Failed { error, .. } => return error,
            Seen::Scanned { .. } => panic!("there is nothing to read"),
            _ => {}
        }
    }
}

#[test]
fn a_picture_is_shown_and_read() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("desk.png");
    frame(URI, 1280, 720).save(&path).unwrap();
    let (_feed, seen) = play(&path);
    assert_eq!(first_scan(&seen).0, [URI]);
}

#[test]
fn a_folder_is_played_in_order_until_something_is_read() {
    let home = tempfile::tempdir().unwrap();
    for number in 0..4 {
        let empty = GrayImage::from_pixel(640, 480, Luma([90 + number]));
        empty.save(home.path().join(format!("{number}.png"))).unwrap();
    }
    frame(URI, 640, 480).save(home.path().join("4.jpg")).unwrap();
    let (_feed, seen) = play(home.path());
    let (texts, shown) = first_scan(&seen);
    assert_eq!(texts, [URI]);
    assert!(shown >= 5, "{shown} frames were shown before the fifth was read");
}

#[test]
fn a_film_plays_at_its_own_pace_and_over_again() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("desk.y4m");
    let (width, height) = (640, 480);
    let mut bytes = Vec::new();
    // Slow enough that a busy machine skips none of its frames.
    let mut film =
        y4m::encode(width, height, y4m::Ratio::new(4, 1)).write_header(&mut bytes).unwrap();
    let grey = vec![128; width * height / 4];
    let blank = vec![90; width * height];
    let desk = frame(URI, 640, 480).into_raw();
    for luma in [&blank, &blank, &desk, &blank] {
        film.write_frame(&y4m::Frame::new([luma, &grey, &grey], None)).unwrap();
    }
    fs::write(&path, &bytes).unwrap();
    let started = Instant::now();
    let (feed, seen) = play(&path);
    let (texts, shown) = first_scan(&seen);
    assert_eq!(texts, [URI]);
    assert!(shown >= 3);
    assert!(started.elapsed() >= Duration::from_millis(750), "three frames of 250 ms");
    // Over again: sooner or later it is read a second time.
    assert_eq!(first_scan(&seen).0, [URI]);
    // Stopped: what was under way arrives, then nothing more.
    drop(feed);
    std::thread::sleep(Duration::from_millis(500));
    while seen.try_recv().is_ok() {}
    assert!(seen.recv_timeout(Duration::from_millis(300)).is_err());
}

#[test]
fn what_cannot_be_played_is_told_in_one_sentence() {
    let home = tempfile::tempdir().unwrap();
    let at = |name: &str, bytes: &[u8]| {
        let path = home.path().join(name);
        fs::write(&path, bytes).unwrap();
        path
    };
    assert_eq!(failure(&home.path().join("none.png")), CameraError::Missing);
    let empty = home.path().join("empty");
    fs::create_dir(&empty).unwrap();
    for (path, reason) in [
        (empty, "the folder of its frames is empty"),
        (at("text.txt", b"no picture"), "its recording is neither a picture nor a film"),
        (at("half.png", b"\x89PNG\r\n\x1a\nxx"), "one of its pictures is damaged"),
        (at("short.y4m", b"YUV4MPEG2 W640 H480 F30:1\nFRAME\nxx"), "its film is cut short"),
        (at("nothing.y4m", b"YUV4MPEG2 W640 H480 F30:1\n"), "its film is cut short"),
        (at("header.y4m", b"YUV4MPEG2 W640"), "its film is cut short"),
    ] {
        assert_eq!(failure(&path), CameraError::Other(reason.to_owned()), "{}", path.display());
    }
    for path in [
        at("huge.y4m", b"YUV4MPEG2 W18446744073709551615 H18446744073709551615 F30:1\nFRAME\n"),
        at("large.y4m", b"YUV4MPEG2 W16000 H16000 F30:1\nFRAME\n"),
        at("deep.y4m", &[&b"YUV4MPEG2 W2 H2 F1000:1 C420p10\nFRAME\n"[..], &[0; 64]].concat()),
        at("zero.y4m", b"YUV4MPEG2 W0 H0 F0:0\nFRAME\n"),
    ] {
        let error = failure(&path);
        assert!(matches!(error, CameraError::Other(_)), "{}: {error:?}", path.display());
    }
}

#[test]
fn a_machine_without_a_camera_says_so() {
    if list().is_empty() {
        let home = tempfile::tempdir().unwrap();
        let Opening { facts, camera } =
            Devices::new(Remembered::at(&home.path().join("camera"))).open(None);
        assert_eq!(camera.err(), Some(CameraError::Missing));
        assert_eq!(facts, CameraFacts::default());
    } else {
        println!("skipped: this machine has a camera");
    }
}

#[test]
fn the_layouts_of_cameras_give_one_picture() {
    // Two rows of four pixels: brightness 0..8 times 20, and a strong red on the right half.
    let luma: Vec<u8> = (0..8).map(|n| n * 20).collect();
    let (u, v) = ([128, 90], [128, 240]);
    let yuyv: Vec<u8> = (0..2)
        .flat_map(|y| (0..2).flat_map(move |x| [(y, 2 * x, u[x]), (y, 2 * x + 1, v[x])]))
        .flat_map(|(y, x, colour)| [luma[y * 4 + x], colour])
        .collect();
    let nv12 = [&luma[..], &[u[0], v[0], u[1], v[1]]].concat();
    let uyvy: Vec<u8> = yuyv.chunks(2).flat_map(|pair| [pair[1], pair[0]]).collect();
    let nv21 = [&luma[..], &[v[0], u[0], v[1], u[1]]].concat();
    let yu12 = [&luma[..], &u, &v].concat();
    let yv12 = [&luma[..], &v, &u].concat();
    let whole = |yuv: Yuv<'_>| {
        let frame = yuv.whole().unwrap();
        (frame.luma(), frame.preview().as_bytes().to_vec())
    };
    let (of_yuyv, colours) = whole(Yuv::yuyv(4, 2, None, &yuyv));
    assert_eq!(of_yuyv, luma);
    for other in [
        Yuv::uyvy(4, 2, None, &uyvy),
        Yuv::nv12(4, 2, None, &nv12),
        Yuv::nv21(4, 2, None, &nv21),
        Yuv::yu12(4, 2, None, &yu12, false),
        Yuv::yu12(4, 2, None, &yv12, true),
    ] {
        assert_eq!(whole(other), (luma.clone(), colours.clone()));
    }
    let last = &colours[7 * 3..];
    assert!(last[0] > last[1] + 60 && last[0] > last[2] + 60, "red: {last:?}");
    // Padded rows: read by the row, not by the width.
    let padded: Vec<u8> = luma.chunks(4).flat_map(|row| [row, &[255; 4]].concat()).collect();
    assert_eq!(whole(Yuv::grey(4, 2, None, &padded)).0, luma);
    assert_eq!(whole(Yuv::grey(4, 2, Some(8), &padded)).0, luma);
    let shifted = Plane { bytes: &padded, row: 4, step: 1 };
    let wrong = Yuv { width: 4, height: 2, luma: shifted, chroma: None };
    assert_ne!(whole(wrong).0, luma);
    // Cut off on the way.
    assert!(Yuv::grey(4, 2, None, &luma[..7]).whole().is_none());
    assert!(Yuv::yuyv(4, 2, None, &yuyv[..10]).whole().is_none());
}

#[test]
fn a_film_of_jpegs_plays_too() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("desk.mjpeg");
    let mut bytes = Vec::new();
    let blank = GrayImage::from_pixel(640, 480, Luma([90]));
    for picture in [&blank, &blank, &blank, &frame(URI, 640, 480)] {
        picture
            .write_with_encoder(image::codecs::jpeg::JpegEncoder::new_with_quality(&mut bytes, 90))
            .unwrap();
    }
    fs::write(&path, &bytes).unwrap();
    let (_feed, seen) = play(&path);
    assert_eq!(first_scan(&seen).0, [URI]);
    // What only begins like one is told.
    fs::write(&path, &bytes[..20]).unwrap();
    assert!(matches!(failure(&path), CameraError::Other(_)));
}

#[test]
fn what_is_no_picture_in_a_folder_of_frames_is_passed_over() {
    let home = tempfile::tempdir().unwrap();
    fs::write(home.path().join("a note.txt"), "taken on the desk").unwrap();
    fs::write(home.path().join("aa.png"), b"\x89PNG\r\n\x1a\nxx").unwrap();
    frame(URI, 640, 480).save(home.path().join("b.png")).unwrap();
    let (_feed, seen) = play(home.path());
    assert_eq!(first_scan(&seen).0, [URI]);
}

#[test]
fn a_film_that_cannot_be_played_is_told_in_plain_words() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("desk.y4m");
    for (header, reason) in [
        ("YUV4MPEG2 W16000 H16000 F25:1\n", "its film has frames that are too large"),
        ("YUV4MPEG2 W640 F25:1\n", "its film has a header that makes no sense"),
    ] {
        fs::write(&path, [header.as_bytes(), b"FRAME\n", &[90; 4096]].concat()).unwrap();
        assert_eq!(failure(&path), CameraError::Other(reason.to_owned()));
    }
}

/// Cameras that fail, come back, hang or break, as the test tells them.
struct Unsteady(fn(usize) -> Result<Box<dyn Camera>, CameraError>, std::sync::atomic::AtomicUsize);

impl Cameras for Unsteady {
    fn open(&self, _chosen: Option<&str>) -> Opening {
        let time = self.1.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        Opening { facts: CameraFacts::default(), camera: self.0(time) }
    }
}

/// Delivers so many frames, then what is said.
struct Short(usize, Option<CameraError>);

impl Camera for Short {
    fn frame(&mut self) -> Result<Option<Frame<'_>>, CameraError> {
        const GREY: [u8; 64] = [90; 64];
        std::thread::sleep(Duration::from_millis(20));
        match (self.0.checked_sub(1), &self.1) {
            (Some(left), _) => self.0 = left,
            (None, Some(error)) => return Err(error.clone()),
            (None, None) => loop {
                std::thread::park();
            },
        }
        Ok(Yuv::grey(8, 8, None, &GREY).whole())
    }
}

/// What a feed over unsteady cameras tells, but for its frames, until it has told so much.
fn told(count: usize, cameras: fn(usize) -> Result<Box<dyn Camera>, CameraError>) -> Vec<String> {
    let (send, receive) = mpsc::channel();
    let cameras = Unsteady(cameras, Default::default());
    let _feed = Feed::start(Arc::new(cameras), None, move |seen| {
        let _ = match seen {
            Seen::Runs(_) => send.send("runs".to_owned()),
            Seen::Failed { error, .. } => send.send(format!("{error:?}")),
            _ => Ok(()),
        };
    });
    (0..count).map(|_| receive.recv_timeout(Duration::from_secs(60)).unwrap()).collect()
}

#[test]
fn a_camera_that_is_pulled_out_and_connected_again_is_used_again() {
    let told = told(4, |time| match time {
        0 => Ok(Box::new(Short(2, Some(CameraError::Unplugged)))),
        1 | 2 => Err(CameraError::Missing),
        _ => Ok(Box::new(Short(usize::MAX, None))),
    });
    assert_eq!(told, ["runs", "Unplugged", "Missing", "runs"], "each told once");
}

#[test]
fn a_camera_that_opens_and_fails_each_time_is_told_once_until_it_goes_on() {
    let told = told(2, |time| match time {
        0 | 1 => Ok(Box::new(Short(0, Some(CameraError::Unplugged)))),
        2 => Ok(Box::new(Short(3, Some(CameraError::Unplugged)))),
        _ => Ok(Box::new(Short(usize::MAX, None))),
    });
    assert_eq!(told, ["Unplugged", "runs"], "the page does not go to and fro");
}

/// Sends a damaged frame every so many milliseconds.
struct Garbled(u64);

impl Camera for Garbled {
    fn frame(&mut self) -> Result<Option<Frame<'_>>, CameraError> {
        std::thread::sleep(Duration::from_millis(self.0));
        Ok(None)
    }
}

#[test]
fn a_camera_whose_frames_are_damaged_is_not_said_to_send_none() {
    // Each time opened, it fails within the time after which a camera is called silent, and just after it.
    let damaged = "Other(\"its frames are damaged\")";
    let soon = told(2, |time| match time {
        0..5 => Ok(Box::new(Garbled(63))),
        _ => Ok(Box::new(Short(usize::MAX, None))),
    });
    assert_eq!(soon, [damaged, "runs"]);
    let late = told(2, |time| match time {
        0..2 => Ok(Box::new(Garbled(200))),
        _ => Ok(Box::new(Short(usize::MAX, None))),
    });
    assert_eq!(late, [damaged, "runs"]);
}

#[test]
fn a_camera_that_falls_silent_and_then_fails_as_before_is_told_both() {
    let told = told(4, |time| match time {
        0 => Ok(Box::new(Short(2, Some(CameraError::Unplugged)))),
        _ => Ok(Box::new(Late)),
    });
    assert_eq!(told, ["runs", "Unplugged", "Silent", "Unplugged"]);
}

/// Sends nothing for some seconds, and then is gone.
struct Late;

impl Camera for Late {
    fn frame(&mut self) -> Result<Option<Frame<'_>>, CameraError> {
        std::thread::sleep(Duration::from_secs(11));
        Err(CameraError::Unplugged)
    }
}

#[test]
fn a_camera_that_sends_nothing_is_told() {
    assert_eq!(told(2, |_| Ok(Box::new(Short(1, None)))), ["runs", "Silent"]);
}

#[test]
fn a_camera_that_hangs_while_it_is_opened_is_told() {
    let hang = |_| loop {
        std::thread::park();
    };
    assert_eq!(told(1, hang), ["Silent"]);
}

#[test]
fn a_camera_that_takes_its_time_to_open_runs_after_all() {
    let told = told(2, |_| {
        std::thread::sleep(Duration::from_secs(7));
        Ok(Box::new(Short(usize::MAX, None)))
    });
    assert_eq!(told, ["Silent", "runs"]);
}

#[test]
fn visits_to_a_camera_that_hangs_while_it_is_opened_add_no_threads() {
    let (send, opened) = mpsc::channel();
    struct Hanging(std::sync::Mutex<mpsc::Sender<()>>);
    impl Cameras for Hanging {
        fn open(&self, _chosen: Option<&str>) -> Opening {
            let _ = self.0.lock().unwrap().send(());
            loop {
                std::thread::park();
            }
        }
    }
    let cameras = Arc::new(Hanging(std::sync::Mutex::new(send)));
    let visit = || {
        let (told, hear) = mpsc::channel();
        let feed = Feed::start(cameras.clone(), None, move |seen| {
            let _ = told.send(matches!(seen, Seen::Failed { error: CameraError::Silent, .. }));
        });
        (feed, hear)
    };
    for _ in 0..2 {
        let _feed = visit();
        opened.recv_timeout(Duration::from_secs(60)).unwrap();
    }
    let (_feed, hear) = visit();
    assert!(hear.recv_timeout(Duration::from_secs(60)).unwrap(), "it is told all the same");
    assert!(opened.try_recv().is_err(), "and not opened a third time");
}

#[test]
fn a_driver_that_breaks_is_a_camera_that_failed() {
    let told = told(1, |_| panic!("a broken driver"));
    assert_eq!(told, ["Other(\"its driver failed\")"]);
}

#[test]
fn the_chosen_camera_is_remembered() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("config").join("holdfast").join("camera");
    let remembered = Remembered::at(&path);
    assert_eq!(remembered.name(), None);
    remembered.keep("On the desk (2)");
    assert_eq!(Remembered::at(&path).name().as_deref(), Some("On the desk (2)"));
    fs::write(&path, [0xff; 20]).unwrap();
    assert_eq!(remembered.name(), None, "what is no text is no name");
    fs::write(&path, "x".repeat(5000)).unwrap();
    assert_eq!(remembered.name(), None, "nor is a book");
}
