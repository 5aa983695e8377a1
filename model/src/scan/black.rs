//! Deciding which pixels are black: three ways, each right where the others are wrong.

use rxing::common::{BitArray, BitMatrix};

use super::grey::Grey;

/// By the contrast in the blocks of 8 × 8 pixels around: the detector's own way, good nearly always.
///
/// Each block's threshold is the mean of 5 × 5 blocks around it, so that it follows the light. What is
/// too small for that has one threshold.
pub(super) fn by_blocks(grey: &Grey) -> Option<BitMatrix> {
    if grey.width < 5 * BLOCK || grey.height < 5 * BLOCK {
        return by_one_threshold(grey);
    }
    let blocks = Blocks::of(grey);
    let mut thresholds = vec![0; grey.width];
    let mut filled = usize::MAX;
    rows(grey, |y, row, black| {
        if y / BLOCK != filled {
            filled = y / BLOCK;
            blocks.fill_thresholds(filled, &mut thresholds);
        }
        for ((black, pixel), threshold) in black.iter_mut().zip(row).zip(&thresholds) {
            *black = u8::from(pixel <= threshold);
        }
    })
}

/// By one threshold for the whole plane (Otsu's): screenshots, and even light.
pub(super) fn by_one_threshold(grey: &Grey) -> Option<BitMatrix> {
    let threshold = otsu(grey);
    rows(grey, |_, row, black| {
        for (black, pixel) in black.iter_mut().zip(row) {
            *black = u8::from(*pixel <= threshold);
        }
    })
}

/// By the mean of the neighbourhood, a sixteenth of the picture wide: shadows and glare.
pub(super) fn by_local_mean(grey: &Grey) -> Option<BitMatrix> {
    let radius = (grey.width.max(grey.height) / 32).max(2);
    let mut mean = LocalMean::new(grey, radius);
    let mut means = vec![0; grey.width];
    rows(grey, |_, row, black| {
        mean.next_row(&mut means);
        for ((black, &pixel), &mean) in black.iter_mut().zip(row).zip(&means) {
            *black = u8::from(i32::from(pixel) < mean - BIAS);
        }
    })
}

/// Side of a block in pixels.
const BLOCK: usize = 8;
/// A block whose pixels differ by no more than this shows only paper or only ink.
const LITTLE_CONTRAST: u8 = 24;

/// For each block, the brightness between black and white there.
struct Blocks {
    across: usize,
    down: usize,
    middles: Vec<u8>,
}

impl Blocks {
    fn of(grey: &Grey) -> Self {
        let (across, down) = (grey.width.div_ceil(BLOCK), grey.height.div_ceil(BLOCK));
        let mut blocks = Self { across, down, middles: Vec::with_capacity(across * down) };
        let (mut sums, mut least, mut most) =
            (vec![0_u16; grey.width], vec![0_u8; grey.width], vec![0_u8; grey.width]);
        for block_row in 0..down {
            // The last blocks reach back over those before, so that each is whole.
            let top = (block_row * BLOCK).min(grey.height - BLOCK);
            sums.fill(0);
            least.fill(u8::MAX);
            most.fill(0);
            for y in top..top + BLOCK {
                let columns = sums.iter_mut().zip(&mut least).zip(&mut most);
                for (((sum, least), most), &pixel) in columns.zip(grey.row(y)) {
                    *sum += u16::from(pixel);
                    *least = pixel.min(*least);
                    *most = pixel.max(*most);
                }
            }
            for block in 0..across {
                let left = (block * BLOCK).min(grey.width - BLOCK);
                let here = left..left + BLOCK;
                let sum: u32 = sums[here.clone()].iter().map(|&sum| u32::from(sum)).sum();
                let least = least[here.clone()].iter().fold(u8::MAX, |a, &b| a.min(b));
                let most = most[here].iter().fold(0, |a, &b| a.max(b));
                let middle = if most - least > LITTLE_CONTRAST {
                    (sum / (BLOCK * BLOCK) as u32) as u8
                } else {
                    blocks.middle_without_contrast(block, least)
                };
                blocks.middles.push(middle);
            }
        }
        blocks
    }

    /// A block of one shade is paper, and ink would be half as bright; unless it is darker than its
    /// neighbours' middle, and then it is ink.
    fn middle_without_contrast(&self, block: usize, least: u8) -> u8 {
        let at = self.middles.len();
        if at < self.across || block == 0 {
            return least / 2;
        }
        let middle = |at: usize| u32::from(self.middles[at]);
        let (above, left) = (at - self.across, at - 1);
        let around = ((middle(above) + 2 * middle(left) + middle(above - 1)) / 4) as u8;
        if least < around { around } else { least / 2 }
    }

    /// Writes each pixel's threshold in a row of blocks.
    fn fill_thresholds(&self, block_row: usize, thresholds: &mut [u8]) {
        let top = block_row.clamp(2, self.down - 3) - 2;
        let mut columns = vec![0_u32; self.across];
        for row in self.middles[top * self.across..].chunks_exact(self.across).take(5) {
            columns.iter_mut().zip(row).for_each(|(sum, &middle)| *sum += u32::from(middle));
        }
        for (block, out) in thresholds.chunks_mut(BLOCK).enumerate() {
            let left = block.clamp(2, self.across - 3) - 2;
            out.fill((columns[left..left + 5].iter().sum::<u32>() / 25) as u8);
        }
    }
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

/// A matrix made row by row: `fill` gets the row's number and pixels, and writes 1 for each that is
/// black.
fn rows(grey: &Grey, mut fill: impl FnMut(usize, &[u8], &mut [u8])) -> Option<BitMatrix> {
    let (width, height) = (u32::try_from(grey.width).ok()?, u32::try_from(grey.height).ok()?);
    let mut matrix = BitMatrix::new(width, height).ok()?;
    let word_bits = usize::BITS as usize;
    let mut black = vec![0; grey.width.next_multiple_of(word_bits)];
    let mut bits = BitArray::with_size(grey.width);
    for y in 0..height {
        fill(y as usize, grey.row(y as usize), &mut black[..grey.width]);
        for (index, word) in black.chunks_exact(word_bits).enumerate() {
            bits.setBulk(index * word_bits, packed(word));
        }
        matrix.setRow(y, &bits);
    }
    Some(matrix)
}

/// A word whose bit `n` is byte `n`, each of which is 0 or 1.
fn packed(bytes: &[u8]) -> usize {
    let mut word = 0;
    for (index, eight) in bytes.chunks_exact(8).enumerate() {
        let mut eight_bytes = [0; 8];
        eight_bytes.copy_from_slice(eight);
        // The product brings the lowest bit of each byte into the highest byte.
        let eight = u64::from_le_bytes(eight_bytes).wrapping_mul(0x0102_0408_1020_4080) >> 56;
        word |= (eight as usize) << (8 * index);
    }
    word
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
