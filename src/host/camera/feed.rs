//! Frames on their way: shown as they come, read one at a time, and dropped while one is being read.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use holdfast_model::scan::{Desk, FoundText, Luma, Sight};
use holdfast_model::{CameraError, CameraFacts};

use super::{Camera, Cameras, Opening, Preview};

/// How long one frame may take: a tenth of it is the rule, and a person who aims waits no longer.
const FRAME_DEADLINE: Duration = Duration::from_millis(500);
/// A camera that has sent nothing for so long will hardly send anything.
const SILENCE: Duration = Duration::from_secs(5);
/// How long after a failure the camera is tried again: it may have been connected meanwhile.
const AGAIN: Duration = Duration::from_secs(1);
/// How long a camera that failed has to deliver frames before it is said to run again: one that opens and
/// fails each time would else change the page each second.
const STEADY: Duration = Duration::from_secs(1);
/// How many openings may be under way, those of feeds that were stopped included: a driver that hangs while it
/// is opened keeps its thread, and each visit to the viewfinder would else add one.
const MOST_OPENINGS: usize = 2;
/// Frames in a row that may be damaged, as the first ones after a start often are.
const MOST_DAMAGED: u32 = 30;

/// What a running camera reports, from threads of its own. `at` is the time since its start.
pub enum Seen {
    /// It runs, for the first time or again.
    Runs(CameraFacts),
    /// A frame to show.
    Preview(Preview),
    /// A frame was read and held these texts, at least one.
    Scanned {
        /// The texts.
        texts: Vec<FoundText>,
        /// When.
        at: Duration,
    },
    /// A frame was read and held nothing.
    Sighted {
        /// What it looks like, where there was time to look.
        sight: Option<Sight>,
        /// When.
        at: Duration,
    },
    /// The camera cannot be used, or no longer. It is tried again and again.
    Failed {
        /// Why.
        error: CameraError,
        /// The cameras that there are.
        facts: CameraFacts,
    },
}

/// A running camera. Dropping it stops the camera and the reports, without waiting for a device that
/// hangs.
pub struct Feed {
    stopped: Arc<AtomicBool>,
    orders: Sender<Order>,
}

enum Order {
    Torch(bool),
    Focus(f32, f32),
}

/// The brightness of a frame, on its way to the reader.
struct ToRead {
    width: usize,
    height: usize,
    luma: Vec<u8>,
    at: Duration,
}

impl Feed {
    /// Opens a camera on a thread of its own, because both opening and waiting for a frame take
    /// their time, and reads its frames on another.
    pub fn start(
        cameras: Arc<dyn Cameras>,
        chosen: Option<String>,
        report: impl Fn(Seen) + Send + Sync + 'static,
    ) -> Self {
        let stopped = Arc::new(AtomicBool::new(false));
        let report = Report {
            stopped: Arc::clone(&stopped),
            state: Arc::default(),
            told: Arc::default(),
            idle: Arc::default(),
            to: Arc::new(report),
        };
        let (frames, to_read) = mpsc::channel();
        let (orders, ordered) = mpsc::channel();
        let reader = report.clone();
        thread::spawn(move || read(&to_read, &reader));
        thread::spawn(move || capture(&*cameras, chosen, &frames, &ordered, &report));
        Self { stopped, orders }
    }

    /// Switches the camera's lamp on or off.
    pub fn torch(&self, on: bool) {
        // Where the camera has gone, its lamp has too.
        let _ = self.orders.send(Order::Torch(on));
    }

    /// Focuses on this place of the picture, from 0 to 1 across and down.
    pub fn focus(&self, across: f32, down: f32) {
        let _ = self.orders.send(Order::Focus(across, down));
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
    /// How far it is.
    state: Arc<Mutex<Progress>>,
    /// The failure that was told last, where it was not told to run since.
    told: Arc<Mutex<Option<Failure>>>,
    /// Whether the reader waits for a frame: only then is one made for it.
    idle: Arc<AtomicBool>,
    to: Arc<dyn Fn(Seen) + Send + Sync>,
}

type Failure = (CameraError, CameraFacts);

/// How far a camera is.
#[derive(Clone, PartialEq)]
enum Progress {
    /// It is being opened, for the time of this number.
    Opens(usize),
    /// It was opened for the time of this number, and has sent so many damaged frames in a row.
    Runs(usize, u32, CameraFacts),
    /// It failed, and is tried again soon.
    Failed,
}

impl Default for Progress {
    fn default() -> Self {
        Self::Opens(0)
    }
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

    /// Tells that it runs.
    fn runs(&self, facts: CameraFacts) {
        *self.told() = None;
        self.tell(Seen::Runs(facts));
    }

    /// Tells a failure, unless it is the one that was told last.
    fn fails(&self, error: CameraError, facts: CameraFacts) {
        let failure = (error, facts);
        if self.told().replace(failure.clone()).as_ref() == Some(&failure) {
            return;
        }
        let (error, facts) = failure;
        self.tell(Seen::Failed { error, facts });
    }

    fn told(&self) -> MutexGuard<'_, Option<Failure>> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes how many frames in a row it sent that were damaged.
    fn damaged(&self, count: u32) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if let Progress::Runs(_, damaged, _) = &mut *state {
            *damaged = count;
        }
    }

    fn is(&self, progress: Progress) {
        *self.state.lock().unwrap_or_else(PoisonError::into_inner) = progress;
    }

    fn progress(&self) -> Progress {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// An opening that is under way, in the whole process.
struct UnderWay;

static UNDER_WAY: AtomicUsize = AtomicUsize::new(0);

impl UnderWay {
    /// Begins one as soon as there is room; `None` once the feed is stopped.
    fn begin(report: &Report) -> Option<Self> {
        let room = |count: usize| (count < MOST_OPENINGS).then_some(count + 1);
        while !report.stopped() {
            if UNDER_WAY.fetch_update(Ordering::AcqRel, Ordering::Acquire, room).is_ok() {
                return Some(Self);
            }
            thread::sleep(AGAIN / 10);
        }
        None
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        UNDER_WAY.fetch_sub(1, Ordering::AcqRel);
    }
}

/// Runs cameras, one after the other as they come and go, until the feed is stopped.
#[expect(clippy::disallowed_methods, reason = "frames have their time from the camera's start")]
fn capture(
    cameras: &dyn Cameras,
    chosen: Option<String>,
    frames: &Sender<ToRead>,
    orders: &Receiver<Order>,
    report: &Report,
) {
    let start = Instant::now();
    let mut chosen = chosen;
    for time in 0.. {
        report.is(Progress::Opens(time));
        let Some(under_way) = UnderWay::begin(report) else { return };
        let mut facts = CameraFacts::default();
        // Other people's drivers are at work here; one that panics is a camera that failed.
        let error = catch_unwind(AssertUnwindSafe(|| {
            let Opening { facts: found, camera } = cameras.open(chosen.take().as_deref());
            drop(under_way);
            facts = found;
            camera.and_then(|mut camera| {
                report.is(Progress::Runs(time, 0, facts.clone()));
                let steady = if report.told().is_some() { STEADY } else { Duration::ZERO };
                run(&mut *camera, start, frames, orders, report, steady, &mut || {
                    report.runs(facts.clone());
                })
            })
        }))
        .unwrap_or_else(|_| Err(CameraError::Other("its driver failed".to_owned())));
        report.is(Progress::Failed);
        let Err(error) = error else { return };
        report.fails(error, CameraFacts { torch: false, focus: false, ..facts });
        let until = Instant::now() + AGAIN;
        while !report.stopped() && Instant::now() < until {
            thread::sleep(AGAIN / 10);
        }
    }
}

/// Shows and hands over frames until the feed is stopped, or the camera fails. Calls `runs` once it has
/// delivered frames for so long; before that none is shown.
fn run(
    camera: &mut dyn Camera,
    start: Instant,
    frames: &Sender<ToRead>,
    orders: &Receiver<Order>,
    report: &Report,
    steady: Duration,
    runs: &mut dyn FnMut(),
) -> Result<(), CameraError> {
    let mut damaged = 0;
    let (mut first, mut is_shown) = (None, false);
    while !report.stopped() {
        match orders.try_recv() {
            Ok(Order::Torch(on)) => camera.set_torch(on),
            Ok(Order::Focus(across, down)) => camera.focus_at(across, down),
            Err(_) => {}
        }
        let Some(frame) = camera.frame()? else {
            damaged += 1;
            report.damaged(damaged);
            if damaged > MOST_DAMAGED {
                return Err(CameraError::Other("its frames are damaged".to_owned()));
            }
            continue;
        };
        if damaged > 0 {
            damaged = 0;
            report.damaged(0);
        }
        let first = *first.get_or_insert(start.elapsed());
        if !is_shown && start.elapsed() - first >= steady {
            is_shown = true;
            runs();
        }
        if is_shown {
            report.tell(Seen::Preview(frame.preview()));
        }
        if report.idle.swap(false, Ordering::AcqRel) {
            let (width, height) = (frame.width(), frame.height());
            let to_read = ToRead { width, height, luma: frame.luma(), at: start.elapsed() };
            // The reader is gone, and with it the use of the camera.
            frames
                .send(to_read)
                .map_err(|_| CameraError::Other("its frames could not be read".to_owned()))?;
        }
    }
    Ok(())
}

/// Reads frames until the feed is stopped, and notices when a camera sends none, or does not open.
fn read(frames: &Receiver<ToRead>, report: &Report) {
    let desk = Desk::new();
    let mut turn = 0;
    let mut silent = None;
    let mut told_of = None;
    loop {
        let before = report.progress();
        report.idle.store(true, Ordering::Release);
        let ToRead { width, height, luma, at } = match frames.recv_timeout(SILENCE) {
            Ok(frame) => frame,
            Err(RecvTimeoutError::Disconnected) => return,
            Err(RecvTimeoutError::Timeout) if report.stopped() => return,
            Err(RecvTimeoutError::Timeout) => {
                // All the time it was one and the same opening, in which not even a damaged frame came. A camera
                // that fails each time tells by itself why.
                match report.progress() {
                    now if now != before => {}
                    Progress::Runs(_, _, facts) if silent.is_none() => {
                        silent = Some(facts.clone());
                        report.fails(CameraError::Silent, facts);
                    }
                    // Once it is done, the camera is told to run.
                    Progress::Opens(time) if told_of != Some(time) => {
                        told_of = Some(time);
                        report.fails(CameraError::Silent, CameraFacts::default());
                    }
                    _ => {}
                }
                continue;
            }
        };
        if let Some(facts) = silent.take() {
            report.runs(facts);
        }
        let Ok(luma) = Luma::new(width, height, width, &luma) else { continue };
        let (found, sight) = desk.look_at_frame(&luma, turn, FRAME_DEADLINE);
        turn += 1;
        if !found.is_empty() {
            report.tell(Seen::Scanned { texts: found.texts, at });
        } else {
            report.tell(Seen::Sighted { sight, at });
        }
    }
}
