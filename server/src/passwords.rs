//! Hashes and compares passwords: Argon2id, a few at a time, in the same time for everybody.

use std::sync::Arc;

use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version};
use rand_core::CryptoRng;
use tokio::sync::Semaphore;

use crate::domain::password::Password;

/// OWASP's first choice for Argon2id: 19 MiB, 2 passes, 1 lane.
const MEMORY_KIB: u32 = 19_456;
const PASSES: u32 = 2;

/// The hasher; clones share its limit.
#[derive(Clone)]
pub struct Passwords {
    argon2: Argon2<'static>,
    /// One permit a core: more would only share the cores and fill the memory.
    permits: Arc<Semaphore>,
    /// What a password is compared with where there is no account (requirement 34).
    nobody: Arc<str>,
}

/// Hashing failed: the parameters, the memory or the runtime.
#[derive(Debug, thiserror::Error)]
#[error("Passwords cannot be hashed now.")]
pub struct HashError;

impl Passwords {
    /// A hasher that uses `cores` at once.
    pub fn new(cores: usize, rng: &mut dyn CryptoRng) -> Result<Passwords, HashError> {
        let params = Params::new(MEMORY_KIB, PASSES, 1, None).map_err(|_| HashError)?;
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let mut nobodys = [0; 32];
        rng.fill_bytes(&mut nobodys);
        let nobody = hash(&argon2, &nobodys, &salt(rng))?;
        let permits = Arc::new(Semaphore::new(cores.max(1)));
        Ok(Passwords { argon2, permits, nobody: nobody.into() })
    }

    /// A new password as it is kept (PHC form).
    pub async fn hash(
        &self,
        password: Password,
        rng: &mut (dyn CryptoRng + Send),
    ) -> Result<String, HashError> {
        let salt = salt(rng);
        let argon2 = self.argon2.clone();
        self.work(move || hash(&argon2, password.as_bytes(), &salt)).await?
    }

    /// Whether it is the password kept; for nobody (`None`) it takes the same time and is not.
    pub async fn verify(&self, password: Password, kept: Option<&str>) -> Result<bool, HashError> {
        let known = kept.is_some();
        let kept = kept.map_or_else(|| Arc::clone(&self.nobody), Arc::from);
        let argon2 = self.argon2.clone();
        self.work(move || {
            let parsed = PasswordHash::new(&kept).map_err(|_| HashError)?;
            // The parameters come from the kept hash, so older hashes stay good.
            let same = argon2.verify_password(password.as_bytes(), &parsed).is_ok();
            Ok(same && known)
        })
        .await?
    }

    /// Whether the kept hash is of other parameters than new ones; then it is renewed at log-in.
    pub fn is_outdated(&self, kept: &str) -> bool {
        let of = |text: &str| text.rsplitn(3, '$').nth(2).map(|parameters| parameters.to_owned());
        of(kept) != of(&self.nobody)
    }

    async fn work<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, HashError> {
        let permit = Arc::clone(&self.permits).acquire_owned().await.map_err(|_| HashError)?;
        // The permit goes along: a caller that went away must not let another one in early.
        tokio::task::spawn_blocking(move || {
            let _permit = permit;
            work()
        })
        .await
        .map_err(|_| HashError)
    }
}

fn salt(rng: &mut (impl CryptoRng + ?Sized)) -> [u8; 16] {
    let mut salt = [0; 16];
    rng.fill_bytes(&mut salt);
    salt
}

fn hash(argon2: &Argon2<'_>, password: &[u8], salt: &[u8]) -> Result<String, HashError> {
    let hash: PasswordHash =
        argon2.hash_password_with_salt(password, salt).map_err(|_| HashError)?;
    Ok(hash.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::system_random;

    #[tokio::test]
    async fn row_35_kept_as_argon2id_at_owasps_parameters() {
        let passwords = Passwords::new(1, &mut system_random()).expect("parameters");
        let typed = Password::typed("kelp on a cold rock");
        let kept = passwords.hash(typed.clone(), &mut system_random()).await.expect("hash");
        assert!(kept.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{kept}");
        assert!(passwords.verify(typed.clone(), Some(&kept)).await.expect("verify"));
        assert!(!passwords.verify(Password::typed("kelp"), Some(&kept)).await.expect("verify"));
        assert!(!passwords.verify(typed, None).await.expect("verify"));
        assert!(!passwords.is_outdated(&kept));
        assert!(passwords.is_outdated("$argon2id$v=19$m=4096,t=1,p=1$c2FsdHNhbHQ$aGFzaA"));
    }
}
