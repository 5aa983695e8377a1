//! A list to keep: a text that a person reads and Holdfast reads back, and a page to print, whose
//! barcodes a phone reads off the paper.

use std::fmt::Write;

use holdfast_otp::Kind;

use super::error::WriteListError;
use super::{Barcode, Listed, MoveList, Step};
use crate::{dates, naming};

const NO_KEY: &str = "There is no key in this list: it gives nobody a code.";

/// The list as plain text, the parts one to a line at its end.
pub fn text(list: &MoveList) -> Result<String, WriteListError> {
    let parts = list.parts()?;
    let mut out = format!(
        "The accounts of one phone, for moving to another\nMade by Holdfast on {}. {NO_KEY}\n\n",
        dates::day(list.made_at)
    );
    for account in &list.accounts {
        let mark = if account.step == Step::ToDo { ' ' } else { 'x' };
        line(&mut out, format_args!("[{mark}] {}", described(account)));
    }
    out.push_str("\nTo read it back: holdfast move read FILE, or choose this file in the app.\n\n");
    for part in parts {
        line(&mut out, format_args!("{part}"));
    }
    Ok(out)
}

/// The list as a page to print, in one file of HTML without script, font or picture of its own.
pub fn page(list: &MoveList) -> Result<String, WriteListError> {
    let parts = list.parts()?;
    let count = parts.len();
    let mut out = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n<title>Accounts to move</title>\n\
         <style>{STYLE}</style>\n</head>\n<body>\n<h1>Accounts to move</h1>\n\
         <p>Made by Holdfast on {}. {NO_KEY} In Holdfast on the new phone, press + and scan {}, or tick the accounts off here by hand.</p>\n<ol>\n",
        dates::day(list.made_at),
        if count == 1 { "the barcode" } else { "all barcodes, in any order" },
    );
    for account in &list.accounts {
        line(&mut out, format_args!("<li>{}</li>", escaped(&described(account))));
    }
    out.push_str("</ol>\n<div class=\"barcodes\">\n");
    for (number, part) in (1..).zip(&parts) {
        let barcode = Barcode::of(part).ok_or(WriteListError::TooLarge)?;
        let (side, path) = (barcode.side(), barcode.path());
        line(
            &mut out,
            format_args!(
                "<figure><svg viewBox=\"0 0 {side} {side}\" role=\"img\" aria-label=\"Part {number} \
                 of {count}\" shape-rendering=\"crispEdges\"><rect width=\"{side}\" \
                 height=\"{side}\" fill=\"#fff\"/><path fill=\"#000\" d=\"{path}\"/></svg>\
                 <figcaption>Part {number} of {count}</figcaption></figure>"
            ),
        );
    }
    out.push_str("</div>\n<!-- The same, for a file that is read back:\n");
    for part in parts {
        line(&mut out, format_args!("{part}"));
    }
    out.push_str("-->\n</body>\n</html>\n");
    Ok(out)
}

const STYLE: &str = "body{font:16px/1.5 sans-serif;color:#14211f;background:#fff;max-width:44em;\
margin:2em auto;padding:0 1em}ol{padding:0;list-style:none}li{padding:.25em 0 .25em 2em;\
border-bottom:1px solid #ddd6c8;break-inside:avoid;text-indent:-1.6em}li::before{content:\"\";\
display:inline-block;width:1em;height:1em;border:1.5px solid #14211f;margin-right:.6em;\
vertical-align:-.15em;text-indent:0}.barcodes{display:flex;flex-wrap:wrap;gap:8mm}figure{margin:0;\
break-inside:avoid;text-align:center}svg{width:80mm;height:80mm}@page{margin:15mm}";

/// An account in one line: its name, how its codes are made, and how far its move is.
fn described(listed: &Listed) -> String {
    let name = naming::full(&naming::plain(&listed.issuer), &naming::plain(&listed.account));
    let parameters = &listed.parameters;
    let digits = format!("{} digits", parameters.digits.count());
    let codes = match parameters.kind {
        Kind::Totp { period } => {
            format!("{digits}, every {} s, {}", period.seconds(), parameters.algorithm)
        }
        Kind::Hotp { .. } => format!("{digits}, by counter, {}", parameters.algorithm),
        Kind::Steam => "Steam Guard codes".to_owned(),
    };
    match listed.step {
        Step::ToDo => format!("{name}, {codes}"),
        step => format!("{name}, {codes}: {}", step.told()),
    }
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            other => out.push(other),
        }
    }
    out
}

fn line(out: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing to a string does not fail.
    let _ = writeln!(out, "{text}");
}
