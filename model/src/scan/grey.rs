//! A grey plane of one's own, and the small filters that make a barcode stand out in it.

use std::borrow::Cow;

use super::Luma;

/// The longest side at which a barcode that fills a good part of a picture is read best.
const COMFORTABLE: usize = 1600;

/// A grey plane without padding.
#[derive(Clone)]
pub(super) struct Grey {
    pub width: usize,
    pub height: usize,
    pub pixels: Vec<u8>,
}

impl Grey {
    /// Copies a plane, leaving its padding behind.
    pub fn copy(luma: &Luma<'_>) -> Self {
        let (width, height) = (luma.width(), luma.height());
        let mut pixels = Vec::with_capacity(width * height);
        for y in 0..height {
            pixels.extend_from_slice(luma.row(y));
        }
        Self { width, height, pixels }
    }

    /// The plane in the sizes worth reading, the whole last: a photograph is read first at about
    /// [`COMFORTABLE`] pixels, since its details are mostly noise.
    pub fn sizes(self) -> Vec<Self> {
        let longest = self.width.max(self.height);
        let comfortable = match longest.div_ceil(COMFORTABLE) {
            0 | 1 => None,
            2 => Some(shrunk::<2>(&self)),
            3 => Some(shrunk::<3>(&self)),
            4 | 5 => Some(shrunk::<4>(&self)),
            _ => Some(shrunk::<6>(&self)),
        };
        let smaller = comfortable.map(Cow::into_owned);
        smaller.into_iter().chain([self]).collect()
    }

    /// The pixels of row `y`.
    pub fn row(&self, y: usize) -> &[u8] {
        &self.pixels[y * self.width..(y + 1) * self.width]
    }

    /// Whether more than half of the pixels are darker than a page usually is.
    pub fn is_dark(&self) -> bool {
        // Every 13th pixel tells.
        let dark = self.pixels.iter().step_by(13).filter(|&&pixel| pixel < 90).count();
        2 * dark > self.pixels.len().div_ceil(13)
    }

    /// Whether what covers most of it, the page, is nearer to the darkest shade in it than to the lightest,
    /// however bright or pale the whole is.
    pub fn has_dark_page(&self) -> bool {
        let mut histogram = [0_usize; 256];
        let sampled = self.pixels.iter().step_by(13);
        for &pixel in sampled.clone() {
            histogram[usize::from(pixel)] += 1;
        }
        let count = sampled.len();
        let black = end_of(histogram.iter(), count / 100);
        let white = 255 - end_of(histogram.iter().rev(), count / 100);
        2 * end_of(histogram.iter(), count / 2) < black + white
    }

    /// The rows above, at and below `y`, repeating the edge.
    fn rows_around(&self, y: usize) -> [&[u8]; 3] {
        [self.row(y.saturating_sub(1)), self.row(y), self.row((y + 1).min(self.height - 1))]
    }

    /// A plane of the same size, each row made from the three rows around it.
    fn filtered(&self, mut fill: impl FnMut([&[u8]; 3], &mut [u8])) -> Self {
        let mut pixels = vec![0; self.pixels.len()];
        for (y, out) in pixels.chunks_exact_mut(self.width).enumerate() {
            fill(self.rows_around(y), out);
        }
        Self { width: self.width, height: self.height, pixels }
    }
}

/// The plane as it is.
pub(super) fn same(grey: &Grey) -> Cow<'_, Grey> {
    Cow::Borrowed(grey)
}

/// Black and white exchanged: a light barcode on a dark page.
pub(super) fn inverted(grey: &Grey) -> Cow<'_, Grey> {
    let pixels = grey.pixels.iter().map(|&pixel| 255 - pixel).collect();
    Cow::Owned(Grey { pixels, ..*grey })
}

/// Each `N` × `N` pixels averaged into one, which takes the pixel grid of a photographed screen out.
pub(super) fn shrunk<const N: usize>(grey: &Grey) -> Cow<'_, Grey> {
    let (width, height) = (grey.width / N, grey.height / N);
    if width == 0 || height == 0 {
        return Cow::Borrowed(grey);
    }
    let mut pixels = Vec::with_capacity(width * height);
    let mut columns = vec![0_u16; width * N];
    let area = (N * N) as u16;
    for y in 0..height {
        columns.fill(0);
        for row in y * N..y * N + N {
            columns
                .iter_mut()
                .zip(grey.row(row))
                .for_each(|(sum, &pixel)| *sum += u16::from(pixel));
        }
        let cells = columns.chunks_exact(N);
        pixels.extend(cells.map(|cell| ((cell.iter().sum::<u16>() + area / 2) / area) as u8));
    }
    Cow::Owned(Grey { width, height, pixels })
}

/// Twice as wide and high, with straight lines between the pixels, for a code of few pixels.
pub(super) fn doubled(grey: &Grey) -> Cow<'_, Grey> {
    let width = grey.width * 2;
    let mut pixels = vec![0; width * grey.height * 2];
    let mut blended = vec![0; grey.width];
    for (y, pair) in pixels.chunks_exact_mut(width * 2).enumerate() {
        let [above, here, below] = grey.rows_around(y);
        let (upper, lower) = pair.split_at_mut(width);
        stretch(here, above, &mut blended, upper);
        stretch(here, below, &mut blended, lower);
    }
    Cow::Owned(Grey { width, height: grey.height * 2, pixels })
}

/// Fills a row of twice the width that lies a quarter of a pixel from `near` towards `far`.
fn stretch(near: &[u8], far: &[u8], blended: &mut [u16], out: &mut [u8]) {
    for ((blended, &near), &far) in blended.iter_mut().zip(near).zip(far) {
        *blended = 3 * u16::from(near) + u16::from(far);
    }
    let mixed = |here: u16, beside: u16| ((3 * here + beside + 8) >> 4) as u8;
    let last = blended.len() - 1;
    // From the middle of each pixel to the middle of the next.
    let pairs = blended.iter().zip(&blended[1.min(last)..]);
    for (pair, (&left, &right)) in out[1..].chunks_exact_mut(2).zip(pairs) {
        (pair[0], pair[1]) = (mixed(left, right), mixed(right, left));
    }
    out[0] = mixed(blended[0], blended[0]);
    out[2 * last + 1] = mixed(blended[last], blended[last]);
}

/// Each pixel blended with its neighbours (weights 1-2-1 both ways), which calms noise.
pub(super) fn smoothed(grey: &Grey) -> Cow<'_, Grey> {
    let mut column = vec![0_u16; grey.width];
    Cow::Owned(grey.filtered(|rows, out| {
        sum_columns(rows, &mut column);
        blend_row(&column, rows[1], out, |blend, _| blend);
    }))
}

/// Edges steepened: what is taken away by blending is added twice, against slight blur.
pub(super) fn sharpened(grey: &Grey) -> Cow<'_, Grey> {
    let mut column = vec![0_u16; grey.width];
    Cow::Owned(grey.filtered(|rows, out| {
        sum_columns(rows, &mut column);
        blend_row(&column, rows[1], out, |blend, pixel| {
            (3 * i16::from(pixel) - 2 * i16::from(blend)).clamp(0, 255) as u8
        });
    }))
}

/// Blended, and spread over all shades from black to white, for a picture taken in the dark.
pub(super) fn stretched(grey: &Grey) -> Cow<'_, Grey> {
    let mut calm = smoothed(grey).into_owned();
    let mut histogram = [0_usize; 256];
    for &pixel in &calm.pixels {
        histogram[usize::from(pixel)] += 1;
    }
    // The darkest and the lightest hundredth may be lost.
    let few = calm.pixels.len() / 100;
    let black = end_of(histogram.iter(), few);
    let white = 255 - end_of(histogram.iter().rev(), few);
    let span = white.saturating_sub(black).max(1);
    let shades: Vec<u8> = (0_usize..256)
        .map(|value| (value.saturating_sub(black) * 255 / span).min(255) as u8)
        .collect();
    for pixel in &mut calm.pixels {
        *pixel = shades[usize::from(*pixel)];
    }
    Cow::Owned(calm)
}

/// How many shades in, more than `few` pixels have been passed.
fn end_of<'h>(shades: impl Iterator<Item = &'h usize>, few: usize) -> usize {
    let mut passed = 0;
    shades
        .take_while(|&&count| {
            passed += count;
            passed <= few
        })
        .count()
}

fn sum_columns([above, here, below]: [&[u8]; 3], column: &mut [u16]) {
    for (((sum, above), here), below) in column.iter_mut().zip(above).zip(here).zip(below) {
        *sum = u16::from(*above) + 2 * u16::from(*here) + u16::from(*below);
    }
}

/// Blends each sum of a column with its neighbours; `finish` also gets the pixel that was there.
fn blend_row(column: &[u16], here: &[u8], out: &mut [u8], finish: impl Fn(u8, u8) -> u8) {
    let blend = |left: u16, middle: u16, right: u16| ((left + 2 * middle + right + 8) >> 4) as u8;
    let last = column.len() - 1;
    // Without the two at the ends, each has neighbours, and the loop needs no decisions.
    let inner = column.iter().zip(&column[1.min(last)..]).zip(&column[2.min(last)..]);
    let places = out[1.min(last)..].iter_mut().zip(&here[1.min(last)..]);
    for ((out, &pixel), ((&left, &middle), &right)) in places.zip(inner) {
        *out = finish(blend(left, middle, right), pixel);
    }
    for at in [0, last] {
        let (left, right) = (column[at.saturating_sub(1)], column[(at + 1).min(last)]);
        out[at] = finish(blend(left, column[at], right), here[at]);
    }
}

/// Each pixel as dark as the darkest of the nine around it, which joins a barcode made of dots.
pub(super) fn darkened(grey: &Grey) -> Cow<'_, Grey> {
    let mut column = vec![0_u8; grey.width];
    Cow::Owned(grey.filtered(|[above, here, below], out| {
        for (((least, above), here), below) in column.iter_mut().zip(above).zip(here).zip(below) {
            *least = *above.min(here).min(below);
        }
        let last = column.len() - 1;
        let inner = column.iter().zip(&column[1.min(last)..]).zip(&column[2.min(last)..]);
        for (out, ((left, middle), right)) in out[1.min(last)..].iter_mut().zip(inner) {
            *out = *left.min(middle).min(right);
        }
        for at in [0, last] {
            out[at] = column[at].min(column[at.saturating_sub(1)]).min(column[(at + 1).min(last)]);
        }
    }))
}
