//! A database of a PostgreSQL cluster: how it is reached, and whether it is one that can be worked on.

use std::sync::Arc;
use std::time::Duration;

use deadpool_postgres::{
    Client, Hook, HookError, Manager, ManagerConfig, Pool, PoolError, QueueMode, RecyclingMethod,
    Runtime,
};
use rustls::{ClientConfig, RootCertStore};
use tokio_postgres::config::{Host, SslMode};
use tokio_postgres::{Config, Transaction};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::{schema, seals};

/// Most connections of one server; more requests wait for one.
const CONNECTIONS: usize = 16;
/// How long a connection may take, and how long a request waits for one.
const LONGEST: Duration = Duration::from_secs(5);
/// How long a machine may be silent that answers to nothing, not even on the wire: then it is gone, and connections
/// to it are given up, unless the address says otherwise.
const GONE: Duration = Duration::from_secs(20);
/// How long an answer is waited for at most; a statement that takes longer is ended by the cluster.
pub(super) const SILENT: Duration = Duration::from_secs(20);
/// What is asked of each connection, unless the address says otherwise: nothing waits for ever, and a
/// server that stopped in the middle, or whose machine is gone, holds the others up for less long than they
/// wait for a lock. Between two statements of a transaction a server does next to nothing.
const OPTIONS: &str = "-c lock_timeout=5s -c statement_timeout=15s \
     -c idle_in_transaction_session_timeout=3s";
/// What every connection has, whatever the address says. A cluster that answers before it is durable would forget
/// spent codes in a power cut. A plan that was made while a table was nearly empty is kept, and would read all of it
/// long after; each statement has its index, and none is worth compiling.
const SETTINGS: &str = "SET enable_seqscan = off; SET jit = off;
     SELECT set_config('synchronous_commit', 'on', false)
     WHERE current_setting('synchronous_commit') = 'off'";
/// Where a cluster listens unless it is told otherwise.
const USUAL_PORT: u16 = 5432;

/// The database cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ClusterError {
    /// The address is none. It may hold a password, and is not repeated.
    #[error(
        "The address of the database is none that PostgreSQL knows. It looks like \
         postgres://NAME@HOST/DATABASE."
    )]
    NoAddress,
    /// Nobody answers, or says no.
    #[error("The database {place} cannot be used: {reason}.")]
    Refused {
        /// Host and database.
        place: String,
        /// What was said.
        reason: String,
    },
    /// A newer program has written it.
    #[error("The database {0} was written by a newer holdfast-server. Run that version.")]
    Newer(String),
    /// It is for the server itself to upgrade it.
    #[error(
        "The tables of {0} are of an older holdfast-server. Start this version's `serve` once."
    )]
    Older(String),
    /// There are no tables.
    #[error(
        "There is nothing in the database {0}. Check --database; `migrate` brings the accounts of a file \
         there, and `serve` begins a new one."
    )]
    NothingHere(String),
    /// The sealed columns were written under another key.
    #[error(
        "The key does not belong to the database {0}. Give the server.key of the machine where the key was \
         rotated last, or the one that the database was made with."
    )]
    ForeignKey(String),
}

impl ClusterError {
    pub(super) fn of(place: &str, error: &tokio_postgres::Error) -> ClusterError {
        ClusterError::Refused { place: place.to_owned(), reason: reason(error) }
    }
}

/// What PostgreSQL said, without the words around it; never what was sent.
pub(in crate::store) fn reason(error: &tokio_postgres::Error) -> String {
    match error.as_db_error() {
        Some(said) => said.message().to_owned(),
        None => {
            // The cause says more than "error connecting to server".
            let cause = std::error::Error::source(error);
            cause.map_or_else(|| error.to_string(), ToString::to_string)
        }
    }
}

/// A database that is reached; a [`super::PostgresStore`] once its key is there.
pub struct Cluster {
    pub(super) pool: Pool,
    pub(super) place: String,
}

impl Cluster {
    /// Reaches the database of an address such as `postgres://holdfast@db.example.org/holdfast`.
    ///
    /// A connection that leaves the machine is encrypted, and the certificate checked against the
    /// authorities that the machine trusts, unless the address says `sslmode=disable`.
    pub async fn reach(address: &str) -> Result<Cluster, ClusterError> {
        let mut config: Config = address.parse().map_err(|_| ClusterError::NoAddress)?;
        let place = place_of(&config);
        if !address.contains("sslmode=") {
            config.ssl_mode(if is_here(&config) { SslMode::Disable } else { SslMode::Require });
        }
        if config.get_options().is_none() {
            config.options(OPTIONS);
        }
        if config.get_application_name().is_none() {
            config.application_name("holdfast-server");
        }
        config.connect_timeout(LONGEST);
        if !["keepalives", "tcp_user_timeout"].iter().any(|word| address.contains(word)) {
            config.keepalives_idle(LONGEST).keepalives_interval(LONGEST).keepalives_retries(3);
            config.tcp_user_timeout(GONE);
        }
        let tls = MakeRustlsConnect::new(tls(&config, &place)?);
        let manager_config = ManagerConfig { recycling_method: RecyclingMethod::Fast };
        let manager = Manager::from_config(config, tls, manager_config);
        let settings = Hook::async_fn(|client, _| {
            Box::pin(
                async move { client.batch_execute(SETTINGS).await.map_err(HookError::Backend) },
            )
        });
        let pool = Pool::builder(manager)
            .max_size(CONNECTIONS)
            // The one that was used last: what its process last read is still in the processor's caches.
            .queue_mode(QueueMode::Lifo)
            .runtime(Runtime::Tokio1)
            .wait_timeout(Some(LONGEST))
            .create_timeout(Some(2 * LONGEST))
            .post_create(settings)
            .build()
            .map_err(|error| ClusterError::Refused {
                place: place.clone(),
                reason: error.to_string(),
            })?;
        let cluster = Cluster { pool, place };
        cluster.look().await?;
        Ok(cluster)
    }

    /// Host, where unusual the port, and database, to be named to the operator.
    pub fn place(&self) -> &str {
        &self.place
    }

    /// Whether no server has ever worked on it.
    pub async fn is_empty(&self) -> Result<bool, ClusterError> {
        let client = self.client().await?;
        Ok(schema::version(&client).await.map_err(|error| self.failed(&error))?.is_none())
    }

    /// Where its tables are, as it is told two databases apart: with the schema, where that is not the usual one.
    pub async fn whereabouts(&self) -> Result<String, ClusterError> {
        let row = self.client().await?.query_one("SELECT current_schema()", &[]).await;
        let schema: Option<String> =
            row.and_then(|row| row.try_get(0)).map_err(|error| self.failed(&error))?;
        Ok(match schema.as_deref() {
            None | Some("public") => self.place.clone(),
            Some(schema) => format!("{}, schema {schema}", self.place),
        })
    }

    /// Brings its tables to this version.
    pub async fn upgrade(&self) -> Result<(), ClusterError> {
        schema::upgrade(&mut self.client().await?, &self.place).await
    }

    /// The same as a part of something greater, after which it is there or is not.
    pub async fn upgrade_in(&self, transaction: &Transaction<'_>) -> Result<(), ClusterError> {
        schema::upgrade_in(transaction, &self.place).await
    }

    /// Whether its tables are of this version. For a program that runs beside the one that serves, which
    /// may be older.
    pub async fn is_newest(&self) -> Result<(), ClusterError> {
        schema::is_newest(&self.client().await?, &self.place).await
    }

    /// Whether it belongs to a key already.
    pub async fn is_marked(&self) -> Result<bool, ClusterError> {
        let client = self.client().await?;
        Ok(!seals::key(&client).await.map_err(|error| self.failed(&error))?.is_empty())
    }

    /// Warns of a cluster that is set up to lose what it has said is durable.
    async fn look(&self) -> Result<(), ClusterError> {
        let client = self.client().await?;
        for (setting, consequence) in [
            ("fsync", "a power cut can damage it"),
            ("full_page_writes", "a power cut can damage it"),
        ] {
            let row = client.query_one("SELECT current_setting($1)", &[&setting]).await;
            let value: String =
                row.and_then(|row| row.try_get(0)).map_err(|error| self.failed(&error))?;
            if value != "on" {
                tracing::warn!(
                    "the database {} runs with {setting} = {value}: {consequence}",
                    self.place
                );
            }
        }
        Ok(())
    }

    pub(in crate::store) async fn client(&self) -> Result<Client, ClusterError> {
        self.pool.get().await.map_err(|error| ClusterError::Refused {
            place: self.place.clone(),
            reason: unreached(&error),
        })
    }

    pub(super) fn failed(&self, error: &tokio_postgres::Error) -> ClusterError {
        ClusterError::of(&self.place, error)
    }
}

/// Why there is no connection.
pub(super) fn unreached(error: &PoolError) -> String {
    match error {
        PoolError::Backend(error) | PoolError::PostCreateHook(HookError::Backend(error)) => {
            reason(error)
        }
        PoolError::Timeout(_) => "it does not answer in time".to_owned(),
        other => other.to_string(),
    }
}

/// Host, where unusual the port, and database, to be named to the operator and to tell databases apart.
fn place_of(config: &Config) -> String {
    let host = match config.get_hosts().first() {
        Some(Host::Tcp(name)) => name.clone(),
        #[cfg(unix)]
        Some(Host::Unix(path)) => path.display().to_string(),
        None => "here".to_owned(),
    };
    let port = match config.get_ports().first() {
        Some(&port) if port != USUAL_PORT => format!(", port {port}"),
        _ => String::new(),
    };
    let user = config.get_user().unwrap_or_default();
    format!("{} at {host}{port}", config.get_dbname().unwrap_or(user))
}

/// Whether nothing that is sent leaves the machine.
fn is_here(config: &Config) -> bool {
    config.get_hosts().iter().all(|host| match host {
        #[cfg(unix)]
        Host::Unix(_) => true,
        Host::Tcp(name) => {
            name == "localhost"
                || name.parse().is_ok_and(|address: std::net::IpAddr| address.is_loopback())
        }
    })
}

fn tls(config: &Config, place: &str) -> Result<ClientConfig, ClusterError> {
    let refused = |reason: String| ClusterError::Refused { place: place.to_owned(), reason };
    let mut roots = RootCertStore::empty();
    if config.get_ssl_mode() != SslMode::Disable {
        // One that cannot be read vouches for nobody; the others still do.
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    Ok(ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| refused(error.to_string()))?
        .with_root_certificates(roots)
        .with_no_client_auth())
}
