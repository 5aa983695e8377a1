//! Other people's verifiers, each in its environment of Python, on the same cluster and under the same load.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::Context;
use holdfast_otp::Secret;
use holdfast_testkit::{Postgres, Process, free_address};
use tempfile::TempDir;

use crate::load::drive;
use crate::measures::{CONNECTIONS, Counts, Where};
use crate::people::Work;
use crate::table::Table;

struct Peer {
    name: &'static str,
    /// The folder of its environment, and the name of its script.
    place: &'static str,
    /// How many times as many codes a second we are to verify; `None` where nothing is promised.
    times: Option<f64>,
    /// It is slow, and few are enough.
    share: usize,
}

const PEERS: [Peer; 2] = [
    Peer { name: "django-otp", place: "django_otp", times: Some(2.0), share: 1 },
    Peer { name: "privacyIDEA", place: "privacyidea", times: None, share: 5 },
];

/// Those that are there.
pub async fn all(place: &Where, counts: &Counts, table: &mut Table) -> anyhow::Result<()> {
    let Where::Cluster(cluster) = place else { return Ok(()) };
    let Some(folder) = std::env::var_os("HOLDFAST_BENCH_PEERS").map(PathBuf::from) else {
        println!("\nno peers: HOLDFAST_BENCH_PEERS is not set");
        return Ok(());
    };
    for peer in &PEERS {
        println!("\n{}", peer.name);
        match peer.measured(&folder, cluster, counts, table).await {
            Ok(()) => {}
            // Whether other people's programs can be set up here is no verdict on ours.
            Err(error) => table.note(peer.name, format!("not measured: {error:#}")),
        }
    }
    Ok(())
}

impl Peer {
    async fn measured(
        &self,
        folder: &Path,
        cluster: &Postgres,
        counts: &Counts,
        table: &mut Table,
    ) -> anyhow::Result<()> {
        let own = TempDir::with_prefix("holdfast-peer-")?;
        let (programs, script) =
            (folder.join(self.place).join("bin"), format!("{}_peer", self.place));
        cluster.sql("postgres", &format!("CREATE DATABASE {script}"));
        let address = cluster.address("postgres");
        let host = address.strip_prefix("host=").and_then(|rest| rest.split(' ').next());
        let host = host.context("the cluster has a socket")?.to_owned();
        let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/server/peers");
        let with = |program: &str| {
            let mut command = Command::new(programs.join(program));
            command
                .current_dir(&scripts)
                .env("HOLDFAST_PEER_HOST", &host)
                .env("HOLDFAST_PEER_FOLDER", own.path())
                .env("PYTHONDONTWRITEBYTECODE", "1");
            command
        };
        let count = (counts.peer_codes / self.share).max(50) * CONNECTIONS.len();
        let mut setup = with("python");
        setup.arg(scripts.join(format!("{script}.py"))).args(["setup", &count.to_string()]);
        let ran = setup.output().context("its Python is not there")?;
        let said = String::from_utf8_lossy(&ran.stderr);
        anyhow::ensure!(ran.status.success(), "it cannot be set up: {}", last_line(&said));
        let mut people = people(self.name, &String::from_utf8_lossy(&ran.stdout))?;

        let to = free_address();
        // As its authors advise: two workers a core and one more.
        let workers = 2 * std::thread::available_parallelism().map_or(1, usize::from) + 1;
        let mut serve = with("gunicorn");
        serve.args(["--bind", &to.to_string(), "--workers", &workers.to_string()]);
        serve.args(["--worker-class", "gthread", "--threads", "4", "--log-level", "warning"]);
        serve.arg(format!("{script}:application"));
        let mut server = Process::start(serve);
        until_it_answers(to, &mut server).await?;
        for connections in CONNECTIONS {
            let each = people.len().min(count / CONNECTIONS.len());
            let mut work: Vec<Work> = people.split_off(people.len() - each);
            // Each worker loads the rest of itself at its first request.
            let rest = work.split_off((8 * workers).min(each / 2));
            drive(to, connections, work, Duration::ZERO, Duration::from_secs(60)).await?;
            let outcome = drive(
                to,
                connections,
                rest,
                Duration::ZERO,
                Duration::from_secs(2 * counts.seconds),
            )
            .await?;
            let wrong = match outcome.wrong {
                0 => String::new(),
                some => format!("; {some} answered otherwise"),
            };
            let figure = format!("{:.0}/s, {}{wrong}", outcome.a_second, outcome.times());
            table.note(format!("{}, codes with {connections} connections", self.name), figure);
            let ours = table.codes.iter().find(|(of, _)| *of == connections).map(|(_, ours)| *ours);
            if let (Some(times), Some(ours)) = (self.times, ours) {
                let more = ours / outcome.a_second;
                table.hold(
                    format!("PostgreSQL against {} with {connections} connections", self.name),
                    format!("{more:.1} times as many codes"),
                    format!("≥ {times:.0} times"),
                    more >= times,
                );
            }
        }
        Ok(())
    }
}

fn people(peer: &'static str, said: &str) -> anyhow::Result<Vec<Work>> {
    let one = |line: &str| -> anyhow::Result<Work> {
        let (user, key) = line.split_once(' ').context("a name and a key")?;
        let bytes = data_encoding::HEXLOWER.decode(key.trim().as_bytes())?;
        let secret = Secret::from_bytes(&bytes)?;
        Ok(Work::Elsewhere { peer, user: user.to_owned(), secret })
    };
    said.lines().map(one).collect()
}

async fn until_it_answers(to: SocketAddr, server: &mut Process) -> anyhow::Result<()> {
    let began = Instant::now();
    while tokio::net::TcpStream::connect(to).await.is_err() {
        let is_alive = server.is_running() && began.elapsed() < Duration::from_secs(60);
        anyhow::ensure!(is_alive, "it does not start: {}", last_line(&server.output()));
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    Ok(())
}

fn last_line(text: &str) -> &str {
    text.lines().next_back().unwrap_or("nothing was said")
}
