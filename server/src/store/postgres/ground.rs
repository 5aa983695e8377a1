//! A database of its own, for as long as a drill or a test lasts.

use rand_core::Rng;

use super::cluster::{Cluster, ClusterError};
use crate::random::system_random;

/// A database that was made beside another one, in the same cluster; it goes when this is dropped.
pub struct Ground {
    beside: String,
    name: String,
}

impl Ground {
    /// Makes one beside the database of that address, whose user must be allowed to make databases.
    pub async fn beside(address: &str) -> Result<Ground, ClusterError> {
        let name = format!("holdfast_ground_{:016x}", system_random().next_u64());
        run(address, &format!("CREATE DATABASE {name}")).await?;
        Ok(Ground { beside: address.to_owned(), name })
    }

    /// Its address.
    pub fn address(&self) -> String {
        // What is said last of a thing holds, in both ways of writing an address.
        let sign = match (self.beside.contains("://"), self.beside.contains('?')) {
            (false, _) => ' ',
            (true, false) => '?',
            (true, true) => '&',
        };
        format!("{}{sign}dbname={}", self.beside, self.name)
    }
}

impl Drop for Ground {
    fn drop(&mut self) {
        let (address, sql) =
            (self.beside.clone(), format!("DROP DATABASE {} WITH (FORCE)", self.name));
        // On a thread of its own: where this is dropped there may be a runtime already.
        let dropping = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            let dropped = runtime.map(|runtime| runtime.block_on(run(&address, &sql)));
            if let Ok(Err(error)) = dropped {
                tracing::warn!(%error, "a database that was made for a while is left");
            }
        });
        let _ = dropping.join();
    }
}

async fn run(address: &str, sql: &str) -> Result<(), ClusterError> {
    let cluster = Cluster::reach(address).await?;
    let client = cluster.client().await?;
    client.batch_execute(sql).await.map_err(|error| cluster.failed(&error))
}
