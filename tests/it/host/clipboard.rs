//! The clipboard between programs, on a real X server that nobody looks at.

use std::io::{self, BufRead, BufReader, Write};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

use arboard::ImageData;
use holdfast::host::desktop::clipboard::DesktopClipboard;
use holdfast_model::ports::{Clipboard, ClipboardPicture};
use holdfast_model::scan::Picture;
use x11rb::connection::Connection;
use x11rb::protocol::Event;
use x11rb::protocol::xproto::{
    AtomEnum, ChangeWindowAttributesAux, ConnectionExt, CreateWindowAux, EventMask, PropMode,
    Property, SELECTION_NOTIFY_EVENT, SelectionNotifyEvent, WindowClass,
};
use x11rb::wrapper::ConnectionExt as _;

use super::twin;
use super::xserver::XServer;

const ANSWER: &str = "answer: ";

#[test]
fn a_code_is_copied_with_the_hint_and_taken_back_only_if_it_is_still_there() {
    const TEST: &str =
        "host::clipboard::a_code_is_copied_with_the_hint_and_taken_back_only_if_it_is_still_there";
    if twin::task().is_some() {
        return serve();
    }
    let Some(server) = XServer::start() else { return };
    let (mut app, mut other) = (Program::on(&server, TEST), Program::on(&server, TEST));
    assert_eq!(app.does("text"), "none");
    assert_eq!(app.does("set-sensitive 123456"), "done");
    other.sees("text", "123456");
    assert_eq!(other.does("hint"), "secret");
    assert_eq!(app.does("clear 123456"), "true");
    other.sees("text", "none");
    // Copied meanwhile by somebody else: not ours to take away.
    assert_eq!(app.does("set-sensitive 123456"), "done");
    other.sees("text", "123456");
    assert_eq!(other.does("set hello"), "done");
    app.sees("text", "hello");
    assert_eq!(app.does("clear 123456"), "false");
    assert_eq!(app.does("text"), "hello");
    assert_eq!(app.does("hint"), "none");
    assert_eq!(app.does("picture"), "none");
}

#[test]
fn a_picture_copied_elsewhere_comes_in_pixel_by_pixel() {
    const TEST: &str = "host::clipboard::a_picture_copied_elsewhere_comes_in_pixel_by_pixel";
    if twin::task().is_some() {
        return serve();
    }
    let Some(server) = XServer::start() else { return };
    let (mut app, mut other) = (Program::on(&server, TEST), Program::on(&server, TEST));
    assert_eq!(other.does("set-picture"), "done");
    app.sees("picture", "3x2 [10, 20, 30, 255]");
    assert_eq!(app.does("text"), "none");
    assert_eq!(app.does("files"), "[]");
    assert_eq!(other.does("set-large-picture"), "done");
    app.sees("picture", "900x700 [60, 94, 129, 180]");
    assert_eq!(other.does("set-picture-in-pieces"), "done");
    app.sees("picture", "40x30 [9, 9, 9, 255]");
}

#[test]
fn files_copied_elsewhere_are_named_as_a_list_or_as_a_text() {
    const TEST: &str = "host::clipboard::files_copied_elsewhere_are_named_as_a_list_or_as_a_text";
    if twin::task().is_some() {
        return serve();
    }
    let Some(server) = XServer::start() else { return };
    let (mut app, mut other) = (Program::on(&server, TEST), Program::on(&server, TEST));
    let there = env!("CARGO_MANIFEST_DIR").to_owned() + "/Cargo.toml";
    assert_eq!(other.does(&format!("set-file {there}")), "done");
    app.sees("files", &format!("[{there:?}]"));
    assert_eq!(app.does("picture"), "none");
    assert_eq!(other.does("set file:///c%20d.png"), "done");
    app.sees("files", r#"["/c d.png"]"#);
    assert_eq!(other.does("set otpauth://totp/a"), "done");
    app.sees("files", "[]");
}

#[test]
fn without_a_display_one_sentence_says_so() {
    const TEST: &str = "host::clipboard::without_a_display_one_sentence_says_so";
    if twin::task().is_some() {
        return serve();
    }
    let mut app = Program::start(twin::of(TEST, "serve").env_remove("DISPLAY"));
    let said = app.does("text");
    assert!(said.starts_with("The clipboard could not be reached ("), "{said}");
    assert!(said.ends_with("; try again."), "{said}");
}

/// The twin: does what each line of standard input says, and answers with a line.
fn serve() {
    let clipboard = DesktopClipboard::default();
    let mut pictures = None;
    for line in io::stdin().lines() {
        let line = line.unwrap();
        let (order, with) = line.split_once(' ').unwrap_or((&line, ""));
        let answer = match order {
            "text" => clipboard
                .text()
                .map(|text| text.map_or("none".to_owned(), |text| text.as_str().to_owned())),
            "set" => clipboard.set_text(&with.into(), false).map(|()| "done".to_owned()),
            "set-sensitive" => clipboard.set_text(&with.into(), true).map(|()| "done".to_owned()),
            "clear" => clipboard.clear_if_unchanged(&with.into()).map(|done| done.to_string()),
            "picture" => clipboard.picture().map(|picture| match picture {
                Some(ClipboardPicture::Encoded(bytes)) => match Picture::decode(&bytes) {
                    Ok(picture) => {
                        let (width, height) = (picture.width(), picture.height());
                        format!("{width}x{height} {:?}", &picture.rgba()[..4])
                    }
                    Err(error) => error.to_string(),
                },
                Some(ClipboardPicture::Rgba { .. }) => "bare pixels".to_owned(),
                None => "none".to_owned(),
            }),
            "files" => clipboard.files().map(|files| format!("{files:?}")),
            "set-file" => {
                let board = pictures.insert(arboard::Clipboard::new().unwrap());
                board.set().file_list(&[with]).unwrap();
                Ok("done".to_owned())
            }
            "set-picture-in-pieces" => {
                std::thread::spawn(|| hand_out_in_pieces(b"image/webp", &webp()));
                Ok("done".to_owned())
            }
            "set-large-picture" => {
                let (width, height) = (900, 700);
                let mut seed = 1_u32;
                let mut noise = || {
                    seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    (seed >> 24) as u8
                };
                let bytes: Vec<u8> = (0..width * height * 4).map(|_| noise()).collect();
                let board: &mut arboard::Clipboard =
                    pictures.insert(arboard::Clipboard::new().unwrap());
                board.set_image(ImageData { width, height, bytes: bytes.into() }).unwrap();
                Ok("done".to_owned())
            }
            "set-picture" => {
                let bytes = [10, 20, 30, 255].repeat(6).into();
                let board: &mut arboard::Clipboard =
                    pictures.insert(arboard::Clipboard::new().unwrap());
                board.set_image(ImageData { width: 3, height: 2, bytes }).unwrap();
                Ok("done".to_owned())
            }
            "hint" => Ok(hint().unwrap_or("none".to_owned())),
            other => panic!("no such order: {other}"),
        };
        println!("{ANSWER}{}", answer.unwrap_or_else(|error| error.to_string()));
        io::stdout().flush().unwrap();
    }
}

fn webp() -> Vec<u8> {
    let mut file = io::Cursor::new(Vec::new());
    let image = image::RgbaImage::from_pixel(40, 30, image::Rgba([9, 9, 9, 255]));
    image.write_to(&mut file, image::ImageFormat::WebP).unwrap();
    file.into_inner()
}

/// Owns the clipboard and gives what is on it in pieces of ten bytes, as programs do with what is large (ICCCM,
/// section 2.7.2).
fn hand_out_in_pieces(kind: &[u8], bytes: &[u8]) {
    let (display, screen) = x11rb::connect(None).unwrap();
    let root = display.setup().roots[screen].root;
    let window = display.generate_id().unwrap();
    let (class, none) = (WindowClass::INPUT_OUTPUT, CreateWindowAux::new());
    display.create_window(0, window, root, 0, 0, 1, 1, 0, class, 0, &none).unwrap();
    let atom = |name: &[u8]| display.intern_atom(false, name).unwrap().reply().unwrap().atom;
    let [clipboard, targets, pieces, kind] =
        [&b"CLIPBOARD"[..], b"TARGETS", b"INCR", kind].map(atom);
    display.set_selection_owner(window, clipboard, 0_u32).unwrap();
    display.flush().unwrap();
    let mut left = Vec::new();
    let mut property = 0;
    loop {
        match display.wait_for_event().unwrap() {
            Event::SelectionRequest(asked) => {
                let mut told = SelectionNotifyEvent {
                    response_type: SELECTION_NOTIFY_EVENT,
                    sequence: 0,
                    time: asked.time,
                    requestor: asked.requestor,
                    selection: asked.selection,
                    target: asked.target,
                    property: asked.property,
                };
                let watch = ChangeWindowAttributesAux::new().event_mask(EventMask::PROPERTY_CHANGE);
                display.change_window_attributes(asked.requestor, &watch).unwrap();
                let (mode, to) = (PropMode::REPLACE, asked.requestor);
                if asked.target == targets {
                    let offered = [targets, kind];
                    display
                        .change_property32(mode, to, asked.property, AtomEnum::ATOM, &offered)
                        .unwrap();
                } else if asked.target == kind {
                    let size = [bytes.len() as u32];
                    display.change_property32(mode, to, asked.property, pieces, &size).unwrap();
                    left = bytes.to_vec();
                    property = asked.property;
                } else {
                    told.property = 0;
                }
                display.send_event(false, to, EventMask::NO_EVENT, told).unwrap();
            }
            // The piece was taken; after the last one comes an empty one, and then there is none.
            Event::PropertyNotify(gone)
                if gone.state == Property::DELETE && gone.atom == property =>
            {
                let piece: Vec<u8> = left.drain(..left.len().min(10)).collect();
                if piece.is_empty() {
                    property = 0;
                }
                let mode = PropMode::REPLACE;
                display.change_property8(mode, gone.window, gone.atom, kind, &piece).unwrap();
            }
            _ => {}
        }
        display.flush().unwrap();
    }
}

/// What the owner of the clipboard answers when a clipboard manager asks whether it is a secret.
fn hint() -> Option<String> {
    let (display, screen) = x11rb::connect(None).unwrap();
    let root = display.setup().roots[screen].root;
    let window = display.generate_id().unwrap();
    let (kind, none) = (WindowClass::INPUT_OUTPUT, CreateWindowAux::new());
    display.create_window(0, window, root, 0, 0, 1, 1, 0, kind, 0, &none).unwrap();
    let atom = |name: &[u8]| display.intern_atom(false, name).unwrap().reply().unwrap().atom;
    let (clipboard, wanted) = (atom(b"CLIPBOARD"), atom(b"x-kde-passwordManagerHint"));
    display.convert_selection(window, clipboard, wanted, wanted, 0_u32).unwrap();
    display.flush().unwrap();
    loop {
        if let Event::SelectionNotify(answer) = display.wait_for_event().unwrap() {
            if answer.property == 0 {
                return None;
            }
            let reply = display.get_property(true, window, answer.property, 0_u32, 0, 64).unwrap();
            return Some(String::from_utf8(reply.reply().unwrap().value).unwrap());
        }
    }
}

/// Another program on the same display.
struct Program {
    child: Child,
    answers: BufReader<ChildStdout>,
}

impl Program {
    fn on(server: &XServer, test: &str) -> Self {
        Self::start(twin::of(test, "serve").env("DISPLAY", &server.display))
    }

    fn start(command: &mut Command) -> Self {
        let command = command.env_remove("WAYLAND_DISPLAY");
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let answers = BufReader::new(child.stdout.take().unwrap());
        Self { child, answers }
    }

    /// That the answer comes to be this one: the X server does not serve its clients in order.
    #[track_caller]
    fn sees(&mut self, order: &str, expected: &str) {
        let mut answer = self.does(order);
        for _ in 0..100 {
            if answer == expected {
                return;
            }
            std::thread::sleep(Duration::from_millis(50));
            answer = self.does(order);
        }
        assert_eq!(answer, expected);
    }

    fn does(&mut self, order: &str) -> String {
        writeln!(self.child.stdin.as_mut().unwrap(), "{order}").unwrap();
        loop {
            let mut line = String::new();
            assert!(self.answers.read_line(&mut line).unwrap() > 0, "the twin died at {order}");
            // The test runner's own words may stand before the answer on the same line.
            if let Some((_, answer)) = line.split_once(ANSWER) {
                return answer.trim_end().to_owned();
            }
        }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
