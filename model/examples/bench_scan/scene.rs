//! What a camera may see: a barcode on a page, under an angle, light, blur and noise.

use qrcode::{Color, EcLevel, QrCode};
use rand_chacha::rand_core::Rng;

use crate::chance::{between, pick};

/// How a barcode is shown and seen. Lengths are in modules where nothing else is said, and
/// brightness runs from 0 to 1.
#[derive(Clone)]
pub struct Scene {
    /// What stands in the code.
    pub text: String,
    /// Width and height of the picture in pixels.
    pub size: (usize, usize),
    /// How much of the code may be damaged.
    pub level: EcLevel,
    /// Codes to the left and the right of it, each with a text of its own.
    pub others: usize,
    /// Pixels to a module, before tilting.
    pub module: f32,
    /// Angle of the page against the picture, and the direction of its axis, both in degrees.
    pub tilt: f32,
    pub axis: f32,
    /// Turn of the code on its page, in degrees.
    pub turn: f32,
    pub dark: f32,
    pub light: f32,
    /// The page around the quiet zone.
    pub page: f32,
    pub quiet: f32,
    /// Modules as discs of this radius instead of squares.
    pub dots: Option<f32>,
    /// Side of a square, or with `logo_round` of a disc, in the middle, as a part of the code's side.
    pub logo: f32,
    pub logo_round: bool,
    /// Things of any brightness around the code instead of an even page.
    pub clutter: bool,
    /// How much of the code is under stains.
    pub dirt: f32,
    /// Standard deviation of the blur.
    pub blur: f32,
    /// Length of the way the hand moved.
    pub motion: f32,
    /// Depth of the pattern that a screen's dots make against the sensor's.
    pub moire: f32,
    /// A screen's own dots to a module, each with a dark rim.
    pub dots_of_screen: Option<f32>,
    /// How much of the light is lost towards one side.
    pub shadow: f32,
    /// How much of the light is lost behind the edge of a shadow across the code.
    pub edge_of_shadow: f32,
    /// Strength of a reflected lamp.
    pub glare: f32,
    /// How much longer than right the picture was exposed, as a factor.
    pub exposure: f32,
    /// How far the page bulges towards the camera, as a part of the code's side.
    pub bulge: f32,
    /// How far the page waves.
    pub wave: f32,
    /// Standard deviation of the noise.
    pub noise: f32,
    /// Quality of the JPEG file in which the picture was kept.
    pub jpeg: Option<u8>,
}

impl Scene {
    /// An easy scene, with the turn, the place and the text left to chance.
    pub fn any(random: &mut impl Rng) -> Self {
        Self {
            text: enrolment(random),
            size: (1280, 720),
            level: EcLevel::M,
            others: 0,
            module: between(random, 4.0, 6.5),
            tilt: between(random, 0.0, 15.0),
            axis: between(random, 0.0, 360.0),
            turn: between(random, 0.0, 360.0),
            dark: between(random, 0.03, 0.15),
            light: between(random, 0.75, 0.92),
            page: between(random, 0.5, 0.9),
            quiet: 4.0,
            dots: None,
            logo: 0.0,
            logo_round: false,
            clutter: false,
            dirt: 0.0,
            blur: between(random, 0.1, 0.25),
            motion: 0.0,
            moire: 0.0,
            dots_of_screen: None,
            shadow: between(random, 0.0, 0.2),
            edge_of_shadow: 0.0,
            glare: 0.0,
            exposure: 1.0,
            bulge: 0.0,
            wave: 0.0,
            noise: between(random, 0.005, 0.015),
            jpeg: None,
        }
    }

    /// The texts of all its codes.
    pub fn texts(&self) -> Vec<String> {
        let others = (0..self.others).map(|number| format!("{}&other={number}", self.text));
        std::iter::once(self.text.clone()).chain(others).collect()
    }
}

/// A key URI as services make them.
fn enrolment(random: &mut impl Rng) -> String {
    let secret = letters(random, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", &[16, 32, 32, 52]);
    let issuer = ["GitHub", "Example", "Some%20Bank", "mail.example.org"][pick(random, 4)];
    let user =
        ["alice", "bob@example.org", "a.very.long.name@subdomain.example.com"][pick(random, 3)];
    format!("otpauth://totp/{issuer}:{user}?secret={secret}&issuer={issuer}")
}

/// As many letters from a choice of them as one of `lengths` says.
pub fn letters(random: &mut impl Rng, choice: &str, lengths: &[usize]) -> String {
    let choice = choice.as_bytes();
    let length = lengths[pick(random, lengths.len())];
    (0..length).map(|_| char::from(choice[pick(random, choice.len())])).collect()
}

/// The page of a scene: its codes in a row and what is around them.
pub struct Sheet<'s> {
    scene: &'s Scene,
    codes: Vec<QrCode>,
    clutter: Clutter,
    /// Middle and radius of each stain, and its brightness.
    stains: Vec<(f32, f32, f32, f32)>,
}

impl<'s> Sheet<'s> {
    pub fn new(scene: &'s Scene, random: &mut impl Rng) -> Self {
        let code = |text: String| match QrCode::with_error_correction_level(&text, scene.level) {
            Ok(code) => code,
            Err(error) => unreachable!("the text fits into a code: {error}"),
        };
        let codes: Vec<QrCode> = scene.texts().into_iter().map(code).collect();
        let side = codes[0].width() as f32;
        let clutter = Clutter::new(random);
        let mut stains = Vec::new();
        let mut covered = 0.0;
        while covered < scene.dirt * side * side {
            let radius = between(random, 0.6, 2.2);
            let mut along = || between(random, -side / 2.0, side / 2.0);
            let (u, v) = (along(), along());
            stains.push((u, v, radius, between(random, 0.1, 0.8)));
            covered += radius * radius * 3.0;
        }
        Self { scene, codes, clutter, stains }
    }

    /// Modules from edge to edge of the first code.
    pub fn side(&self) -> f32 {
        self.codes[0].width() as f32
    }

    /// The brightness at a point of the page, from the first code's middle.
    pub fn brightness(&self, u: f32, v: f32) -> f32 {
        let scene = self.scene;
        let stain = self.stains.iter().find(|(x, y, radius, _)| (u - x).hypot(v - y) < *radius);
        if let Some((.., shade)) = stain {
            return *shade;
        }
        let period = self.side() + 12.0;
        // The others are to the right and to the left in turn.
        let place = (u / period).round();
        let number = if place > 0.0 { 2.0 * place - 1.0 } else { -2.0 * place } as usize;
        let place = if number < self.codes.len() { place } else { 0.0 };
        let code = self.codes.get(number).unwrap_or(&self.codes[0]);
        let side = code.width() as f32;
        let (u, v) = (u - place * period + side / 2.0, v + side / 2.0);
        let outside = (-u).max(u - side).max(-v).max(v - side);
        if outside > scene.quiet {
            return if scene.clutter { self.clutter.at(u, v) } else { scene.page };
        }
        let lit = match scene.dots_of_screen {
            Some(count) if ((u * count).fract().abs() - 0.5).abs() > 0.38 => 0.35,
            Some(count) if ((v * count).fract().abs() - 0.5).abs() > 0.38 => 0.35,
            _ => 1.0,
        };
        if outside >= 0.0 || u < 0.0 || v < 0.0 {
            return scene.light * lit;
        }
        let (from_middle, aside) = ((u - side / 2.0).abs(), (v - side / 2.0).abs());
        let reach =
            if scene.logo_round { from_middle.hypot(aside) } else { from_middle.max(aside) };
        if reach < side * scene.logo / 2.0 {
            return 0.5;
        }
        let dark = code[(u as usize, v as usize)] == Color::Dark;
        let inside =
            scene.dots.is_none_or(|radius| (u.fract() - 0.5).hypot(v.fract() - 0.5) < radius);
        lit * if dark && inside { scene.dark } else { scene.light }
    }
}

/// Rectangles of any brightness, such as a page with text and pictures has.
struct Clutter(Vec<f32>);

impl Clutter {
    fn new(random: &mut impl Rng) -> Self {
        Self((0..1024).map(|_| between(random, 0.05, 0.95)).collect())
    }

    fn at(&self, u: f32, v: f32) -> f32 {
        let cell = |at: f32, size: f32| (at / size).floor() as i64 as usize;
        let coarse = cell(u, 9.0).wrapping_mul(31).wrapping_add(cell(v, 7.0).wrapping_mul(57));
        let fine = cell(u, 1.3).wrapping_mul(73).wrapping_add(cell(v, 1.7).wrapping_mul(19));
        if coarse % 3 == 0 { self.0[fine % 1024] } else { self.0[coarse % 1024] }
    }
}
