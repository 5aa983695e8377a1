//! Accepts connections until told to stop, with a limit on how many and on how slow.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::source::Source;

/// Most connections at once; further ones wait in the system's queue.
const MOST_CONNECTIONS: usize = 16_384;
/// How long a request's head may take to arrive, and an idle connection may stay.
const LONGEST_HEAD: Duration = Duration::from_secs(15);
/// Most bytes of a request's head.
const MOST_HEAD: usize = 16 * 1024;
/// How long requests may finish once the server was told to stop.
const LAST_WORDS: Duration = Duration::from_secs(10);
/// How long to wait where the system has no more descriptors.
const BREATHER: Duration = Duration::from_millis(50);

/// Serves until `stop`, then lets the requests under way finish. The `proxies` are believed when
/// they say for whom they ask.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    proxies: Vec<IpAddr>,
    stop: impl Future<Output = ()>,
) {
    let proxies: Arc<[IpAddr]> = proxies.into();
    let graceful = GracefulShutdown::new();
    let permits = Arc::new(Semaphore::new(MOST_CONNECTIONS));
    tokio::pin!(stop);
    loop {
        let accepted = tokio::select! {
            () = &mut stop => break,
            accepted = accept(&listener, &permits) => accepted,
        };
        let Some((stream, peer, permit)) = accepted else { continue };
        let answers = TowerToHyperService::new(router.clone());
        let proxies = Arc::clone(&proxies);
        let service = service_fn(move |request: Request<Incoming>| {
            let forwarded = request.headers().get_all("x-forwarded-for").iter().next_back();
            let forwarded = forwarded.and_then(|value| value.to_str().ok());
            Source::of(peer, forwarded, &proxies).answer(answers.call(request))
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(LONGEST_HEAD)
            .max_buf_size(MOST_HEAD)
            .serve_connection(TokioIo::new(stream), service);
        let connection = graceful.watch(connection);
        tokio::spawn(async move {
            // A client that breaks off or sends no HTTP concerns nobody else.
            let _ = connection.await;
            drop(permit);
        });
    }
    drop(listener);
    if tokio::time::timeout(LAST_WORDS, graceful.shutdown()).await.is_err() {
        tracing::warn!("some requests were cut off after {} seconds", LAST_WORDS.as_secs());
    }
}

async fn accept(
    listener: &TcpListener,
    permits: &Arc<Semaphore>,
) -> Option<(TcpStream, IpAddr, OwnedSemaphorePermit)> {
    let permit = Arc::clone(permits).acquire_owned().await.ok()?;
    match listener.accept().await {
        Ok((stream, peer)) => {
            // Answers are small: they go out at once.
            let _ = stream.set_nodelay(true);
            Some((stream, peer.ip(), permit))
        }
        Err(_) => {
            tokio::time::sleep(BREATHER).await;
            None
        }
    }
}
