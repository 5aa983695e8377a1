//! What tests share: the real programs started on free ports and stopped again, and a real browser.
//!
//! Nothing here pretends: [`Server`] is the built `holdfast-server` in its own process with its own
//! data directory, [`Browser`] is headless Chromium behind ChromeDriver. Every handle ends what it
//! started when it is dropped. A failure panics at the caller's line with one sentence.

mod app;
mod browser;
mod clock;
#[cfg(feature = "pages")]
mod picture;
mod postgres;
mod process;
mod programs;
mod proxy;
mod server;
mod step;
#[cfg(feature = "pages")]
mod visitor;
mod webdriver;

pub use app::App;
pub use browser::{Browser, BrowserOptions, ENTER, Element, TAB};
#[cfg(feature = "pages")]
pub use picture::{png_of_svg, pngs_of_blocks};
pub use postgres::Postgres;
pub use process::{Process, Ran, run};
pub use programs::{installed, program, python};
pub use proxy::{Proxy, free_address};
pub use server::{Server, ServerOptions, database_of};
pub use step::settle;
#[cfg(feature = "pages")]
pub use visitor::{Answer, Visitor};
