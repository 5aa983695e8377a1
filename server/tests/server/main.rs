//! The server as its users meet it: the real process, over real HTTP, with a real data directory.
//!
//! Each test is named after the point of the guide (`e4_…`) or the row of the requirements
//! (`row_06_…`) that it holds.
#![expect(clippy::disallowed_methods, reason = "tests meet the world")]
#![expect(clippy::expect_used, clippy::panic, reason = "a test ends by panicking")]
#![expect(clippy::print_stdout, reason = "a test says why it skips")]

mod access;
mod api;
mod browser;
mod browser_back;
mod browser_change;
mod browser_out;
mod browser_ways;
mod client;
mod clock;
mod cluster;
mod codes_off;
mod comparing;
mod configuring;
mod counting;
mod ctl;
mod disabling;
mod drills;
mod enabling;
mod front;
mod guarding;
mod handover;
mod handover_crash;
mod handover_rules;
mod handover_sms;
mod hanging;
mod held_up;
mod hostile;
mod keeping;
mod keeping_data;
mod keyboard;
mod like_sms;
mod looks;
mod lying;
mod mailing;
mod migrating;
mod model;
mod not_me;
mod operating;
mod operator;
mod outbox;
mod overtaken;
mod postgres;
mod rebinding;
mod recovering;
mod repeating;
mod rules;
mod sealing;
mod services;
mod shown_time;
mod siege;
mod signing_in;
mod silent;
mod texting;
mod texting_outage;
mod together;
