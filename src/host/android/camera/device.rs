//! One open camera: its frames of 720 lines, read where the service put them, its focus and its lamp.

#![expect(unsafe_code, reason = "the NDK's cameras are C")]

use std::ffi::{c_int, c_void};
use std::ptr;
use std::sync::atomic::{AtomicI32, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::time::Duration;

use holdfast_model::CameraError;
use ndk::media::image_reader::{AcquireResult, Image, ImageFormat, ImageReader};
use ndk::native_window::NativeWindow;
use ndk_sys::*;

use super::list::{Found, Manager};
use crate::host::camera::{Camera, Chroma, Frame, Plane, Yuv};

/// Enough for any barcode at arm's length, and quick to read.
const WIDTH: i32 = 1280;
const HEIGHT: i32 = 720;
/// One is read, one waits, one is being written.
const IMAGES: i32 = 3;
/// A frame that comes later counts as damaged; whoever waits gives up after some of them.
const PATIENCE: Duration = Duration::from_millis(500);

/// Nothing went wrong.
const WELL: i32 = 0;
/// The camera was disconnected; the service's own numbers are positive.
const GONE: i32 = -1;

/// An open camera. Fields are dropped in their order: what takes pictures before where they go.
pub(super) struct Device {
    running: Running,
    /// The frame that is being read.
    image: Option<Image>,
    reader: ImageReader,
    /// A word for each frame that came.
    came: Receiver<()>,
    trouble: Box<AtomicI32>,
    turn: u8,
}

impl Device {
    /// Opens this camera and starts it; its pictures are turned by so many quarters to the right.
    pub(super) fn open(camera: &Found, turn: u8) -> Result<Self, CameraError> {
        let mut reader = ImageReader::new(WIDTH, HEIGHT, ImageFormat::YUV_420_888, IMAGES)
            .map_err(|_| failed("no place for its pictures"))?;
        let (tell, came) = sync_channel(1);
        let listener = move |_: &ImageReader| {
            // A word that waits is enough.
            let _ = tell.try_send(());
        };
        reader
            .set_image_listener(Box::new(listener))
            .map_err(|_| failed("its pictures cannot be waited for"))?;
        let window = reader.window().map_err(|_| failed("its pictures have no way"))?;
        let trouble = Box::new(AtomicI32::new(WELL));
        let running = Running::start(camera, window, &trouble)?;
        Ok(Self { running, image: None, reader, came, trouble, turn })
    }
}

impl Camera for Device {
    fn frame(&mut self) -> Result<Option<Frame<'_>>, CameraError> {
        self.image = None;
        match self.trouble.load(Ordering::Acquire) {
            WELL => {}
            GONE => return Err(CameraError::Unplugged),
            number => return Err(of_device(number)),
        }
        match self.came.recv_timeout(PATIENCE) {
            Ok(()) => {}
            Err(RecvTimeoutError::Timeout) => return Ok(None),
            Err(RecvTimeoutError::Disconnected) => return Err(CameraError::Unplugged),
        }
        let Ok(AcquireResult::Image(image)) = self.reader.acquire_latest_image() else {
            return Ok(None);
        };
        let image = self.image.insert(image);
        Ok(pixels(image).and_then(Yuv::whole).map(|frame| turned(frame, self.turn)))
    }

    fn set_torch(&mut self, on: bool) {
        self.running.set_torch(on);
    }
}

/// The planes of a frame; `None` for one whose planes cannot be read.
fn pixels(image: &Image) -> Option<Yuv<'_>> {
    let side = |side: ndk::media_error::Result<i32>| usize::try_from(side.ok()?).ok();
    let plane = |number: i32| {
        Some(Plane {
            bytes: image.plane_data(number).ok()?,
            row: side(image.plane_row_stride(number))?,
            step: side(image.plane_pixel_stride(number))?,
        })
    };
    let (width, height) = (side(image.width())?, side(image.height())?);
    let chroma = Chroma { u: plane(1)?, v: plane(2)?, across: 1, down: 1 };
    Some(Yuv { width, height, luma: plane(0)?, chroma: Some(chroma) })
}

fn turned(frame: Frame<'_>, quarters: u8) -> Frame<'_> {
    match frame {
        Frame::Yuv(yuv) => Frame::Turned(yuv, quarters),
        frame => frame,
    }
}

/// What the service was asked to do, undone in the opposite order when it is dropped.
struct Running {
    manager: Manager,
    device: *mut ACameraDevice,
    session: *mut ACameraCaptureSession,
    request: *mut ACaptureRequest,
    target: *mut ACameraOutputTarget,
    outputs: *mut ACaptureSessionOutputContainer,
    output: *mut ACaptureSessionOutput,
    _window: NativeWindow,
}

impl Running {
    fn start(
        camera: &Found,
        window: NativeWindow,
        trouble: &AtomicI32,
    ) -> Result<Self, CameraError> {
        let mut running = Self {
            manager: Manager::new(),
            device: ptr::null_mut(),
            session: ptr::null_mut(),
            request: ptr::null_mut(),
            target: ptr::null_mut(),
            outputs: ptr::null_mut(),
            output: ptr::null_mut(),
            _window: window,
        };
        let surface = running._window.ptr().as_ptr();
        let context = ptr::from_ref(trouble).cast_mut().cast::<c_void>();
        let mut told = ACameraDevice_StateCallbacks {
            context,
            onDisconnected: Some(disconnected),
            onError: Some(went_wrong),
        };
        let quiet = ACameraCaptureSession_stateCallbacks {
            context: ptr::null_mut(),
            onClosed: None,
            onReady: None,
            onActive: None,
        };
        // SAFETY: each pointer was made by the call before it, which is checked, and lives as long as
        // `running`; the window too. The callbacks' context is boxed and outlives `running`, whose
        // drop closes the device, after which none of them comes.
        unsafe {
            well(ACameraManager_openCamera(
                running.manager.0,
                camera.id.as_ptr(),
                &mut told,
                &mut running.device,
            ))?;
            well(ACaptureSessionOutputContainer_create(&mut running.outputs))?;
            well(ACaptureSessionOutput_create(surface, &mut running.output))?;
            well(ACaptureSessionOutputContainer_add(running.outputs, running.output))?;
            well(ACameraDevice_createCaptureRequest(
                running.device,
                ACameraDevice_request_template::TEMPLATE_PREVIEW,
                &mut running.request,
            ))?;
            well(ACameraOutputTarget_create(surface, &mut running.target))?;
            well(ACaptureRequest_addTarget(running.request, running.target))?;
            well(ACameraDevice_createCaptureSession(
                running.device,
                running.outputs,
                &quiet,
                &mut running.session,
            ))?;
        }
        use acamera_metadata_enum_acamera_control_af_mode as focus;
        // A camera that cannot do it goes on as it is.
        running.ask(
            acamera_metadata_tag::ACAMERA_CONTROL_AF_MODE,
            focus::ACAMERA_CONTROL_AF_MODE_CONTINUOUS_PICTURE.0,
        );
        running.go().map(|()| running)
    }

    fn set_torch(&mut self, on: bool) {
        use acamera_metadata_enum_acamera_flash_mode as flash;
        let mode = if on { flash::ACAMERA_FLASH_MODE_TORCH } else { flash::ACAMERA_FLASH_MODE_OFF };
        self.ask(acamera_metadata_tag::ACAMERA_FLASH_MODE, mode.0);
        // A lamp that does not go on is seen.
        let _ = self.go();
    }

    /// Asks for a mode, from the next start of the frames on.
    fn ask(&mut self, tag: acamera_metadata_tag, mode: u32) {
        let Ok(mode) = u8::try_from(mode) else { return };
        // SAFETY: the request lives, and one byte is read and copied. What the camera does not know is
        // answered with an error and changes nothing.
        let _ = unsafe { ACaptureRequest_setEntry_u8(self.request, tag.0, 1, &mode) };
    }

    /// Lets frames come, as the request now says.
    fn go(&mut self) -> Result<(), CameraError> {
        // SAFETY: session and request live; no callbacks and no number of the sequence are wanted.
        well(unsafe {
            ACameraCaptureSession_setRepeatingRequest(
                self.session,
                ptr::null_mut(),
                1,
                &mut self.request,
                ptr::null_mut(),
            )
        })
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // SAFETY: what is not null was made in `start` and is freed once, each before what it uses.
        unsafe {
            if !self.session.is_null() {
                let _ = ACameraCaptureSession_stopRepeating(self.session);
                ACameraCaptureSession_close(self.session);
            }
            if !self.request.is_null() {
                ACaptureRequest_free(self.request);
            }
            if !self.target.is_null() {
                ACameraOutputTarget_free(self.target);
            }
            if !self.device.is_null() {
                let _ = ACameraDevice_close(self.device);
            }
            if !self.outputs.is_null() {
                ACaptureSessionOutputContainer_free(self.outputs);
            }
            if !self.output.is_null() {
                ACaptureSessionOutput_free(self.output);
            }
        }
    }
}

/// # Safety
/// `context` is the `trouble` of the camera that is open.
unsafe extern "C" fn disconnected(context: *mut c_void, _: *mut ACameraDevice) {
    // SAFETY: as said above.
    unsafe { &*context.cast::<AtomicI32>() }.store(GONE, Ordering::Release);
}

/// # Safety
/// `context` is the `trouble` of the camera that is open.
unsafe extern "C" fn went_wrong(context: *mut c_void, _: *mut ACameraDevice, error: c_int) {
    // SAFETY: as said above.
    unsafe { &*context.cast::<AtomicI32>() }.store(error.max(1), Ordering::Release);
}

/// What the service says of an open camera (ERROR_CAMERA_IN_USE and those after it).
fn of_device(error: i32) -> CameraError {
    match error {
        1 | 2 => CameraError::Busy,
        3 => CameraError::Denied,
        number => failed(&format!("the phone's error {number}")),
    }
}

fn well(status: camera_status_t) -> Result<(), CameraError> {
    Err(match status {
        camera_status_t::ACAMERA_OK => return Ok(()),
        camera_status_t::ACAMERA_ERROR_PERMISSION_DENIED => CameraError::Denied,
        camera_status_t::ACAMERA_ERROR_CAMERA_IN_USE
        | camera_status_t::ACAMERA_ERROR_MAX_CAMERA_IN_USE => CameraError::Busy,
        camera_status_t::ACAMERA_ERROR_CAMERA_DISCONNECTED => CameraError::Unplugged,
        other => failed(&format!("the phone's error {}", other.0)),
    })
}

fn failed(what: &str) -> CameraError {
    CameraError::Other(what.to_owned())
}
