//! Frames on their way: shown as they come, read one at a time, and dropped while one is being read.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, SyncSender, TrySendError};
use std::thread;
use std::time::Duration;

use holdfast_model::CameraError;
use holdfast_model::scan::{Desk, FoundText, Luma};

use super::{Camera, Frame, Preview};

/// How long one frame may take: a tenth of it is the rule, and a person who aims waits no longer.
const FRAME_DEADLINE: Duration = Duration::from_millis(500);

/// What a running camera reports, from threads of its own.
pub enum Seen {
    /// A frame to show.
    Preview(Preview),
    /// A frame was read and held these texts, at least one.
    Scanned(Vec<FoundText>),
    /// The camera cannot be used, or no longer; nothing follows.
    Failed(CameraError),
}

/// A running camera. Dropping it stops the camera and the reports, without waiting for a device that
/// hangs.
pub struct Feed {
    stopped: Arc<AtomicBool>,
}

impl Feed {
    /// Opens a camera on a thread of its own, because both opening and waiting for a frame take
    /// their time, and reads its frames on another.
    pub fn start(
        open: impl FnOnce() -> Result<Box<dyn Camera>, CameraError> + Send + 'static,
        report: impl Fn(Seen) + Send + Sync + 'static,
    ) -> Self {
        let stopped = Arc::new(AtomicBool::new(false));
        let report = Report { stopped: Arc::clone(&stopped), to: Arc::new(report) };
        // Without a place to wait in, a frame is handed over only to a reader that is idle.
        let (frames, to_read) = mpsc::sync_channel(0);
        let reader = report.clone();
        thread::spawn(move || read(&to_read, &reader));
        thread::spawn(move || {
            if let Err(error) = open().and_then(|camera| capture(camera, &frames, &report)) {
                report.tell(Seen::Failed(error));
            }
        });
        Self { stopped }
    }
}

impl Drop for Feed {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::Relaxed);
    }
}

/// Where reports go until the feed is stopped.
#[derive(Clone)]
struct Report {
    stopped: Arc<AtomicBool>,
    to: Arc<dyn Fn(Seen) + Send + Sync>,
}

impl Report {
    fn stopped(&self) -> bool {
        self.stopped.load(Ordering::Relaxed)
    }

    fn tell(&self, seen: Seen) {
        if !self.stopped() {
            (self.to)(seen);
        }
    }
}

fn capture(
    mut camera: Box<dyn Camera>,
    frames: &SyncSender<(usize, usize, Vec<u8>)>,
    report: &Report,
) -> Result<(), CameraError> {
    while !report.stopped() {
        let Frame { width, height, luma, preview } = camera.frame()?;
        report.tell(Seen::Preview(preview));
        match frames.try_send((width, height, luma)) {
            Ok(()) | Err(TrySendError::Full(_)) => {}
            // The reader is gone, and with it the use of the camera.
            Err(TrySendError::Disconnected(_)) => {
                return Err(CameraError::Other("its frames could not be read".to_owned()));
            }
        }
    }
    Ok(())
}

/// Reads frames until the camera stops.
fn read(frames: &Receiver<(usize, usize, Vec<u8>)>, report: &Report) {
    let desk = Desk::new();
    for (turn, (width, height, luma)) in frames.iter().enumerate() {
        if report.stopped() {
            break;
        }
        let Ok(luma) = Luma::new(width, height, width, &luma) else { continue };
        let texts = desk.read_frame(&luma, turn, FRAME_DEADLINE).texts;
        if !texts.is_empty() {
            report.tell(Seen::Scanned(texts));
        }
    }
}
