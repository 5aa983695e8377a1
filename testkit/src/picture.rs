//! Draws what a page or a terminal shows into a picture, as a camera would see it.

use resvg::tiny_skia::{Color, Paint, Pixmap, Rect, Transform};
use resvg::usvg::{Options, Tree};

/// The SVG as a PNG, `width` pixels wide, on white.
///
/// # Errors
/// A sentence when the text is no SVG.
pub fn png_of_svg(svg: &str, width: u32) -> Result<Vec<u8>, String> {
    let tree = Tree::from_str(svg, &Options::default()).map_err(|error| error.to_string())?;
    let scale = width as f32 / tree.size().width();
    let height = (tree.size().height() * scale).ceil() as u32;
    let mut pixels = Pixmap::new(width, height).ok_or("a picture without size")?;
    pixels.fill(Color::WHITE);
    resvg::render(&tree, Transform::from_scale(scale, scale), &mut pixels.as_mut());
    pixels.encode_png().map_err(|error| error.to_string())
}

/// Pixels to a module of a barcode that is drawn in characters.
const MODULE: u32 = 6;

/// Barcodes that a terminal shows, drawn in half blocks, each as a PNG. One ends where a line says
/// which part it was.
///
/// # Errors
/// A sentence when the text shows no barcode.
pub fn pngs_of_blocks(shown: &str) -> Result<Vec<Vec<u8>>, String> {
    let mut pictures = Vec::new();
    let mut lines: Vec<Vec<char>> = Vec::new();
    for line in shown.lines() {
        if line.starts_with("Part ") {
            pictures.push(png_of_lines(&std::mem::take(&mut lines))?);
        } else {
            lines.push(line.chars().collect());
        }
    }
    if pictures.is_empty() { Err("no barcode is shown".to_owned()) } else { Ok(pictures) }
}

fn png_of_lines(lines: &[Vec<char>]) -> Result<Vec<u8>, String> {
    let side = lines.iter().map(Vec::len).max().unwrap_or(0) as u32 * MODULE;
    let mut pixels = Pixmap::new(side, side).ok_or("a picture without size")?;
    pixels.fill(Color::WHITE);
    let (half, mut paint) = (MODULE as f32, Paint::default());
    (paint.anti_alias, paint.shader) = (false, resvg::tiny_skia::Shader::SolidColor(Color::BLACK));
    for (row, line) in lines.iter().enumerate() {
        for (column, shown) in line.iter().enumerate() {
            let (from, height) = match shown {
                '█' => (0.0, 2.0),
                '▀' => (0.0, 1.0),
                '▄' => (1.0, 1.0),
                _ => continue,
            };
            let (x, y) = (column as f32 * half, (row as f32 * 2.0 + from) * half);
            let ink = Rect::from_xywh(x, y, half, height * half).ok_or("a module without size")?;
            pixels.fill_rect(ink, &paint, Transform::identity(), None);
        }
    }
    pixels.encode_png().map_err(|error| error.to_string())
}
