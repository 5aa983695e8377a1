//! Deciding which pixels are black: three ways, each right where the others are wrong.

use rxing::common::{BitArray, BitMatrix, HybridBinarizer};
use rxing::{Binarizer, Luma8Source};

use super::grey::Grey;

/// By the contrast in the blocks of 8 × 8 pixels around: the detector's own way, good nearly always.
pub(super) fn by_blocks(grey: &Grey) -> Option<BitMatrix> {
    let (width, height) = (u32::try_from(grey.width).ok()?, u32::try_from(grey.height).ok()?);
    let source = Luma8Source::new_with_slice(&grey.pixels, width, height).ok()?;
    HybridBinarizer::new(source).get_black_matrix().ok().cloned()
}

/// By one threshold for the whole plane (Otsu's): screenshots, and even light.
pub(super) fn by_one_threshold(grey: &Grey) -> Option<BitMatrix> {
    let threshold = otsu(grey);
    rows(grey, |row, out| {
        out.extend(row.iter().map(|&pixel| pixel <= threshold));
    })
}

/// By the mean of the neighbourhood, a sixteenth of the picture wide: shadows and glare.
pub(super) fn by_local_mean(grey: &Grey) -> Option<BitMatrix> {
    let radius = (grey.width.max(grey.height) / 32).max(2);
    let mut mean = LocalMean::new(grey, radius);
    let mut means = vec![0; grey.width];
    rows(grey, |row, out| {
        mean.next_row(&mut means);
        out.extend(row.iter().zip(&means).map(|(&pixel, &mean)| i32::from(pixel) < mean - BIAS));
    })
}

/// How much darker than its neighbourhood a black pixel is, at least.
const BIAS: i32 = 7;

/// The threshold that parts the pixels into the two groups that differ most (Otsu 1979).
pub(super) fn otsu(grey: &Grey) -> u8 {
    let mut histogram = [0_u32; 256];
    for &pixel in &grey.pixels {
        histogram[usize::from(pixel)] += 1;
    }
    let total = grey.pixels.len() as f64;
    let sum: f64 = (0_u32..).zip(histogram).map(|(v, n)| f64::from(v) * f64::from(n)).sum();
    let (mut dark, mut dark_sum) = (0.0, 0.0);
    let (mut best, mut widest) = (127, -1.0);
    for (value, &count) in (0_u8..=255).zip(&histogram) {
        dark += f64::from(count);
        dark_sum += f64::from(value) * f64::from(count);
        let light = total - dark;
        if dark == 0.0 || light <= 0.0 {
            continue;
        }
        let apart = dark_sum / dark - (sum - dark_sum) / light;
        let between = dark * light * apart * apart;
        if between > widest {
            (best, widest) = (value, between);
        }
    }
    best
}

/// A matrix made row by row.
fn rows(grey: &Grey, mut fill: impl FnMut(&[u8], &mut Vec<bool>)) -> Option<BitMatrix> {
    let (width, height) = (u32::try_from(grey.width).ok()?, u32::try_from(grey.height).ok()?);
    let mut matrix = BitMatrix::new(width, height).ok()?;
    let mut black = Vec::with_capacity(grey.width);
    for y in 0..height {
        black.clear();
        fill(grey.row(y as usize), &mut black);
        let mut bits = BitArray::with_size(grey.width);
        for (start, word) in black.chunks(usize::BITS as usize).enumerate() {
            let word = word.iter().rev().fold(0, |word, &bit| word << 1 | usize::from(bit));
            bits.setBulk(start * usize::BITS as usize, word);
        }
        matrix.setRow(y, &bits);
    }
    Some(matrix)
}

/// The mean brightness of the square around each pixel, row after row, at a cost that does not grow
/// with the square.
struct LocalMean<'g> {
    grey: &'g Grey,
    radius: usize,
    y: usize,
    /// For each column, the sum of the rows that are inside the square.
    columns: Vec<u32>,
}

impl<'g> LocalMean<'g> {
    fn new(grey: &'g Grey, radius: usize) -> Self {
        let mut columns = vec![0; grey.width];
        for y in 0..radius.min(grey.height) {
            add(&mut columns, grey.row(y));
        }
        Self { grey, radius, y: 0, columns }
    }

    fn next_row(&mut self, means: &mut [i32]) {
        let Self { grey, radius, y, columns } = self;
        let (radius, width, height) = (*radius, grey.width, grey.height);
        if *y + radius < height {
            add(columns, grey.row(*y + radius));
        }
        if *y > radius {
            subtract(columns, grey.row(*y - radius - 1));
        }
        let rows = (*y + radius).min(height - 1) + 1 - y.saturating_sub(radius);
        let mut sum: u32 = columns[..radius.min(width)].iter().sum();
        for (x, mean) in means.iter_mut().enumerate() {
            if x + radius < width {
                sum += columns[x + radius];
            }
            if x > radius {
                sum -= columns[x - radius - 1];
            }
            let across = (x + radius).min(width - 1) + 1 - x.saturating_sub(radius);
            *mean = (sum / (across * rows) as u32) as i32;
        }
        *y += 1;
    }
}

fn add(columns: &mut [u32], row: &[u8]) {
    for (sum, &pixel) in columns.iter_mut().zip(row) {
        *sum += u32::from(pixel);
    }
}

fn subtract(columns: &mut [u32], row: &[u8]) {
    for (sum, &pixel) in columns.iter_mut().zip(row) {
        *sum -= u32::from(pixel);
    }
}
