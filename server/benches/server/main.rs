//! The server under load, as it is shipped, over HTTP on loopback; beside other verifiers where they are.
//!
//! Prints a table and ends with 1 where a target is missed. `quick` asks for small counts, which say little;
//! `sqlite`, `postgres` or `peers` for that store alone, and `growth`, `codes` or `log-ins` for that alone of what
//! is measured on a store. Peers are those that `HOLDFAST_BENCH_PEERS` names:
//! a folder with an environment of Python for each (`./dev bench server` makes them).

#![expect(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a bench measures with a clock, looks at the machine and prints what it saw"
)]

mod fill;
mod left;
mod load;
mod machine;
mod measures;
mod peers;
mod people;
mod table;

use std::process::ExitCode;

use holdfast_testkit::Postgres;
use measures::{Counts, Parts, Where};
use table::Table;

const STORES: [&str; 3] = ["sqlite", "postgres", "peers"];
const MEASURES: [&str; 3] = ["growth", "codes", "log-ins"];

fn main() -> ExitCode {
    let asked: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    // Of each kind all, where none of it is named.
    let is_asked = |kind: &[&str], part: &str| {
        let named = |part: &str| asked.iter().any(|word| word == part);
        named(part) || !kind.iter().any(|part| named(part))
    };
    let [sqlite, postgres, peers] = STORES.map(|store| is_asked(&STORES, store));
    let [growth, codes, log_ins] = MEASURES.map(|measure| is_asked(&MEASURES, measure));
    let parts = Parts { growth, codes, log_ins };
    let counts = match asked.iter().any(|word| word == "quick") {
        true => Counts::QUICK,
        false => Counts::WHOLE,
    };
    println!("{}; load {} before it begins", machine::named(), machine::load());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let measured = runtime.map_err(Into::into).and_then(|runtime| {
        runtime.block_on(async {
            let mut table = Table::default();
            if sqlite {
                measures::all(&Where::File, &counts, &parts, &mut table).await?;
            }
            if postgres || peers {
                match Postgres::durable() {
                    Ok(cluster) => {
                        let place = Where::Cluster(cluster);
                        if postgres {
                            measures::all(&place, &counts, &parts, &mut table).await?;
                        }
                        if peers {
                            peers::all(&place, &counts, &mut table).await?;
                        }
                    }
                    Err(sentence) => println!("{sentence}"),
                }
            }
            anyhow::Ok(table)
        })
    });
    match measured {
        Ok(table) => {
            println!("\nload {} at the end\n\n{table}", machine::load());
            if table.is_met() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        Err(error) => {
            println!("The bench could not go on: {error:#}");
            ExitCode::FAILURE
        }
    }
}
