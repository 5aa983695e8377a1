//! The least squares of small linear systems.

/// Sums up the normal equations of observations that are linear in `N` unknowns.
pub(super) struct LeastSquares<const N: usize> {
    matrix: [[f64; N]; N],
    right: [f64; N],
}

impl<const N: usize> LeastSquares<N> {
    /// No observations, but the unknown `n` is drawn towards zero with weight `pull[n]`.
    pub fn new(pull: [f64; N]) -> Self {
        let mut matrix = [[0.0; N]; N];
        for (index, pull) in pull.into_iter().enumerate() {
            matrix[index][index] = pull;
        }
        Self { matrix, right: [0.0; N] }
    }

    /// Adds the observation that the unknowns, each times its factor, sum up to `value`.
    pub fn observe(&mut self, factors: [f64; N], value: f64) {
        for ((row, right), factor) in self.matrix.iter_mut().zip(&mut self.right).zip(factors) {
            row.iter_mut().zip(factors).for_each(|(cell, other)| *cell += factor * other);
            *right += factor * value;
        }
    }

    /// The unknowns, unless the observations do not determine them.
    pub fn solve(mut self) -> Option<[f64; N]> {
        for column in 0..N {
            let pivot = (column..N).max_by(|&one, &two| {
                self.matrix[one][column].abs().total_cmp(&self.matrix[two][column].abs())
            })?;
            self.matrix.swap(column, pivot);
            self.right.swap(column, pivot);
            let row = self.matrix[column];
            if row[column].abs() < 1e-9 {
                return None;
            }
            for other in (0..N).filter(|&other| other != column) {
                let factor = self.matrix[other][column] / row[column];
                self.matrix[other]
                    .iter_mut()
                    .zip(row)
                    .for_each(|(cell, own)| *cell -= factor * own);
                self.right[other] -= factor * self.right[column];
            }
        }
        let mut unknowns = self.right;
        for (index, unknown) in unknowns.iter_mut().enumerate() {
            *unknown /= self.matrix[index][index];
        }
        Some(unknowns)
    }
}
