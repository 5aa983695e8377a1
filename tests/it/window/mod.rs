//! The window, driven through its accessible elements, with the real model, the real vault file
//! and real pixels. Only the clock, the clipboard and the passing of time are the test's.

mod astray;
mod camera;
mod clock;
mod dropped;
mod elsewhere;
mod fickle;
mod full_disk;
mod guarding;
mod hands;
mod keeping;
mod keypad;
mod kit;
mod looks;
mod move_story;
mod moving;
mod refusals;
mod sizes;
mod story;
mod tour;
