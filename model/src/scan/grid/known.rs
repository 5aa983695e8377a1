//! The modules whose colour is the same in every code of a size (ISO 18004 section 6.3).

use rxing::qrcode::common::Version;

/// Everything that is known about a code of one version before it is read.
pub(super) struct Known {
    /// Modules from edge to edge.
    pub side: usize,
    pub modules: Vec<Module>,
}

/// A module of known colour.
#[derive(Clone, Copy)]
pub(super) struct Module {
    pub x: usize,
    pub y: usize,
    pub black: bool,
}

impl Known {
    /// The finder patterns with the white around them, the timing patterns and the alignment
    /// patterns of a version from 1 to 40.
    pub fn of(version: u32) -> Option<Self> {
        let side = 17 + 4 * version as usize;
        let mut known = Self { side, modules: Vec::new() };
        for (x, y) in [(3, 3), (side - 4, 3), (3, side - 4)] {
            known.rings(x, y, 4, |distance| matches!(distance, 0 | 1 | 3));
        }
        for along in 8..side - 8 {
            let black = along % 2 == 0;
            known.modules.push(Module { x: along, y: 6, black });
            known.modules.push(Module { x: 6, y: along, black });
        }
        let version = Version::Model2(version).ok()?;
        let places: Vec<usize> =
            version.getAlignmentPatternCenters().iter().map(|&place| place as usize).collect();
        for &x in &places {
            for &y in &places {
                let beside_finder = |at: usize, across: usize| at == 6 && across > side - 9;
                if (x, y) != (6, 6) && !beside_finder(x, y) && !beside_finder(y, x) {
                    known.rings(x, y, 2, |distance| distance != 1);
                }
            }
        }
        Some(known)
    }

    /// Adds the squares around a module, as far as they are inside the code.
    fn rings(&mut self, x: usize, y: usize, reach: usize, black: fn(usize) -> bool) {
        let around = |at: usize| at.saturating_sub(reach)..(at + reach + 1).min(self.side);
        let places = around(y).flat_map(|row| around(x).map(move |column| (column, row)));
        let modules = places.map(|(column, row)| {
            let distance = column.abs_diff(x).max(row.abs_diff(y));
            Module { x: column, y: row, black: black(distance) }
        });
        let modules: Vec<Module> = modules.collect();
        self.modules.extend(modules);
    }
}
