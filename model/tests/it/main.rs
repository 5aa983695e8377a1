//! Tests of the model through its public face.

mod meaning;
mod scan;
