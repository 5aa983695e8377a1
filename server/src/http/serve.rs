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
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use super::metrics::Metrics;
use super::tls::Tls;
use super::words::Wordy;
use crate::source::Source;

/// Most connections at once; further ones wait in the system's queue.
const MOST_CONNECTIONS: usize = 16_384;
/// How long a request's head may take to arrive, and an idle connection may stay.
const LONGEST_HEAD: Duration = Duration::from_secs(15);
/// Most bytes of a request's head.
const MOST_HEAD: usize = 16 * 1024;
/// How long a client may take to agree on TLS.
const LONGEST_HANDSHAKE: Duration = Duration::from_secs(10);
/// How long requests may finish once the server was told to stop.
const LAST_WORDS: Duration = Duration::from_secs(10);
/// How long to wait where the system has no more descriptors.
const BREATHER: Duration = Duration::from_millis(50);

/// How connections are taken.
pub struct Door {
    /// Proxies that are believed when they say for whom they ask.
    pub proxies: Arc<[IpAddr]>,
    /// Where it is not a proxy that does it.
    pub tls: Option<Tls>,
    /// Counts what is open.
    pub metrics: Metrics,
}

/// Serves until `stop`, then lets the requests under way finish.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    door: Door,
    stop: impl Future<Output = ()>,
) {
    let graceful = GracefulShutdown::new();
    let permits = Arc::new(Semaphore::new(MOST_CONNECTIONS));
    let Door { proxies, tls, metrics } = door;
    tokio::pin!(stop);
    loop {
        let accepted = tokio::select! {
            () = &mut stop => break,
            accepted = accept(&listener, &permits) => accepted,
        };
        let Some((stream, peer, permit)) = accepted else { continue };
        let client = Client { peer, proxies: Arc::clone(&proxies), router: router.clone() };
        let (watcher, acceptor) = (graceful.watcher(), tls.as_ref().map(Tls::acceptor));
        let open = metrics.connections.clone();
        tokio::spawn(async move {
            open.inc();
            match acceptor {
                None => client.talk(stream, watcher).await,
                Some(acceptor) => {
                    let agreed = timeout(LONGEST_HANDSHAKE, acceptor.accept(stream)).await;
                    if let Ok(Ok(stream)) = agreed {
                        client.talk(stream, watcher).await;
                    }
                }
            }
            open.dec();
            drop(permit);
        });
    }
    drop(listener);
    if timeout(LAST_WORDS, graceful.shutdown()).await.is_err() {
        tracing::warn!("some requests were cut off after {} seconds", LAST_WORDS.as_secs());
    }
}

/// Who is at the other end of a connection, and who answers.
struct Client {
    peer: IpAddr,
    proxies: Arc<[IpAddr]>,
    router: Router,
}

impl Client {
    async fn talk(self, stream: impl AsyncRead + AsyncWrite + Unpin + 'static, watcher: Watcher) {
        let Client { peer, proxies, router } = self;
        let answers = TowerToHyperService::new(router);
        let service = service_fn(move |request: Request<Incoming>| {
            let forwarded = request.headers().get_all("x-forwarded-for").iter().next_back();
            let forwarded = forwarded.and_then(|value| value.to_str().ok());
            Source::of(peer, forwarded, &proxies).answer(answers.call(request))
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(LONGEST_HEAD)
            .max_buf_size(MOST_HEAD)
            .serve_connection(Wordy::new(TokioIo::new(stream)), service);
        // A client that breaks off or sends no HTTP concerns nobody else.
        let _ = watcher.watch(connection).await;
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
