//! Hashes and compares passwords: Argon2id, a few at a time, in the same time for everybody.

mod queue;

use std::sync::Arc;
use std::time::{Duration, Instant};

use argon2::password_hash::phc::{Output, ParamsString, PasswordHash, Salt};
use argon2::{Algorithm, Argon2, Block, Params, Version};
use rand_core::CryptoRng;
use subtle::ConstantTimeEq;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use zeroize::Zeroizing;

use crate::copies::Stretched;
use crate::domain::password::Password;
use crate::domain::recovery::{RecoveryCode, RecoveryDigest};
use queue::{Memory, Queue};

/// Most that a heap keeps when it is given back; a larger piece comes from the system and returns to it (the GNU C
/// library's `DEFAULT_MMAP_THRESHOLD_MAX`). What of a piece is not used takes no memory.
const HEAPS_MOST_KIB: usize = 32 << 10;
/// OWASP's first choice for Argon2id: 19 MiB, 2 passes, 1 lane.
const MEMORY_KIB: u32 = 19_456;
const PASSES: u32 = 2;
/// Most hashed at once, however many cores there are: each takes its memory and keeps it.
const MOST_AT_ONCE: usize = 4;
/// What else may wait for while all cores hash and no other password waits.
const A_MOMENT: Duration = Duration::from_millis(6);
/// And while as many wait as are hashed: as long as a hash takes, and longer where a crowd waits, but no longer
/// than this.
const LONGEST: Duration = Duration::from_millis(100);

/// The hasher; clones share its limit and its memory.
#[derive(Clone)]
pub struct Passwords {
    params: Params,
    /// One hash a core: more would only share the cores and fill the memory.
    queue: Arc<Queue>,
    /// What one took when the program began.
    a_hash: Duration,
    /// As many turns for steps that make a whole set of recovery codes.
    turns: Arc<Semaphore>,
    /// What a password is compared with where there is no account (requirement 34).
    nobody: Arc<str>,
}

/// Hashing failed: the parameters, the memory or the runtime.
#[derive(Debug, thiserror::Error)]
#[error("Passwords cannot be hashed now.")]
pub struct HashError;

impl Passwords {
    /// A hasher that uses `cores` at once, though never more than four.
    pub fn new(cores: usize, rng: &mut dyn CryptoRng) -> Result<Passwords, HashError> {
        let params = Params::new(MEMORY_KIB, PASSES, 1, None).map_err(|_| HashError)?;
        let mut nobodys = [0; 32];
        rng.fill_bytes(&mut nobodys);
        let mut memory = Memory::new();
        #[expect(
            clippy::disallowed_methods,
            reason = "how quick the machine is, nobody else can say"
        )]
        let began = Instant::now();
        let nobody = hash(&params, &nobodys, &salt(rng), &mut memory)?.to_string().into();
        let a_hash = began.elapsed().clamp(A_MOMENT, LONGEST);
        let at_once = cores.clamp(1, MOST_AT_ONCE);
        // What that was made in goes back: a server that nobody asks needs none of it.
        drop(memory);
        let turns = Arc::new(Semaphore::new(at_once));
        Ok(Passwords { params, queue: Arc::new(Queue::new(at_once)), a_hash, turns, nobody })
    }

    /// Waits for a turn at a step that makes a whole set of recovery codes, and is to look only then
    /// whether it is still to be taken: sent many times at once it would else hash a set each time.
    pub async fn turn(&self) -> Result<OwnedSemaphorePermit, HashError> {
        Arc::clone(&self.turns).acquire_owned().await.map_err(|_| HashError)
    }

    /// Gives back the memory of hashes, where none is made at this moment.
    pub fn rest(&self) {
        self.queue.rest();
    }

    /// How long what else there is to do may wait and no core falls idle for it.
    pub fn leisure(&self) -> Duration {
        let at_once = self.queue.at_once();
        match self.queue.standing() {
            (busy, _) if busy < at_once => Duration::ZERO,
            (_, waiting) if waiting < at_once => A_MOMENT,
            // Half the time for which those who wait keep the cores busy.
            (_, waiting) => {
                let hashes = u32::try_from(waiting / (2 * at_once)).unwrap_or(u32::MAX);
                LONGEST.min(self.a_hash.saturating_mul(hashes.max(1)))
            }
        }
    }

    /// A new password as it is kept (PHC form).
    pub async fn hash(
        &self,
        password: Password,
        rng: &mut (dyn CryptoRng + Send),
    ) -> Result<String, HashError> {
        let salt = salt(rng);
        let params = self.params.clone();
        let work = move |memory: &mut _| hash(&params, password.as_bytes(), &salt, memory);
        Ok(self.work(work).await??.to_string())
    }

    /// Whether it is the password kept; for nobody (`None`) it takes the same time and is not.
    pub async fn verify(&self, password: Password, kept: Option<&str>) -> Result<bool, HashError> {
        let known = kept.is_some();
        let kept = kept.map_or_else(|| Arc::clone(&self.nobody), Arc::from);
        let same = self.work(move |memory| is_same(&kept, password.as_bytes(), memory)).await??;
        Ok(same && known)
    }

    /// Whether the kept hash is of other parameters than new ones; then it is renewed at log-in.
    pub fn is_outdated(&self, kept: &str) -> bool {
        let of = |text: &str| text.rsplitn(3, '$').nth(2).map(|parameters| parameters.to_owned());
        of(kept) != of(&self.nobody)
    }

    /// A password stretched with a salt of its own, to seal with: another value than the one kept.
    pub async fn stretch(
        &self,
        password: Password,
        salt: [u8; 16],
    ) -> Result<Stretched, HashError> {
        let params = self.params.clone();
        self.work(move |memory| raw(&params, password.as_bytes(), &salt, memory)).await?
    }

    /// The digests of recovery codes under the salt of their set.
    pub async fn digests(
        &self,
        codes: Vec<RecoveryCode>,
        salt: [u8; 16],
    ) -> Result<Vec<RecoveryDigest>, HashError> {
        let params = self.params.clone();
        self.work(move |memory| {
            let digest = |code: &RecoveryCode| raw(&params, code.as_bytes(), &salt, memory);
            codes.iter().map(digest).map(|out| out.map(|out| RecoveryDigest(*out))).collect()
        })
        .await?
    }

    async fn work<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Memory) -> T + Send + 'static,
    ) -> Result<T, HashError> {
        self.queue.work(work).await.map_err(|queue::NotDone| HashError)
    }
}

fn salt(rng: &mut (impl CryptoRng + ?Sized)) -> [u8; 16] {
    let mut salt = [0; 16];
    rng.fill_bytes(&mut salt);
    salt
}

/// The parameters come from the kept hash, so older hashes stay good.
fn is_same(kept: &str, password: &[u8], memory: &mut Memory) -> Result<bool, HashError> {
    let kept = PasswordHash::new(kept).map_err(|_| HashError)?;
    let (Some(salt), Some(theirs)) = (kept.salt, kept.hash) else { return Err(HashError) };
    let params = Params::try_from(&kept).map_err(|_| HashError)?;
    let ours = hash(&params, password, &salt, memory)?.hash.ok_or(HashError)?;
    Ok(ours.as_bytes().ct_eq(theirs.as_bytes()).into())
}

fn hash(
    params: &Params,
    password: &[u8],
    salt: &[u8],
    memory: &mut Memory,
) -> Result<PasswordHash, HashError> {
    let length = params.output_len().unwrap_or(Params::DEFAULT_OUTPUT_LEN);
    let mut out = Zeroizing::new(vec![0; length]);
    argon2id(params, password, salt, &mut out, memory)?;
    Ok(PasswordHash {
        algorithm: Algorithm::Argon2id.ident(),
        version: Some(Version::V0x13.into()),
        params: ParamsString::try_from(params).map_err(|_| HashError)?,
        salt: Some(Salt::new(salt).map_err(|_| HashError)?),
        hash: Some(Output::new(&out).map_err(|_| HashError)?),
    })
}

fn raw(
    params: &Params,
    secret: &[u8],
    salt: &[u8],
    memory: &mut Memory,
) -> Result<Stretched, HashError> {
    let mut out = Zeroizing::new([0; 32]);
    argon2id(params, secret, salt, out.as_mut(), memory)?;
    Ok(out)
}

fn argon2id(
    params: &Params,
    password: &[u8],
    salt: &[u8],
    out: &mut [u8],
    memory: &mut Memory,
) -> Result<(), HashError> {
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params.clone());
    if memory.len() < params.block_count() {
        // A block is a KiB.
        memory.reserve_exact(params.block_count().max(HEAPS_MOST_KIB + 1) - memory.len());
        memory.resize(params.block_count(), Block::new());
    }
    // What is left in it was made of the password: the next hash writes all of it anew, and where there is
    // none, the queue erases it.
    argon2.hash_password_into_with_memory(password, salt, out, &mut *memory).map_err(|_| HashError)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::system_random;

    #[tokio::test]
    async fn row_19_a_recovery_codes_digest_is_argon2id_of_it_at_owasps_parameters() {
        let passwords = Passwords::new(1, &mut system_random()).expect("parameters");
        let (code, salt) = (RecoveryCode::random(&mut system_random()), [7; 16]);
        let digests = passwords.digests(vec![code.clone()], salt).await.expect("digests");
        let params = Params::new(19_456, 2, 1, None).expect("OWASP's");
        let mut expected = [0; 32];
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into(code.as_bytes(), &salt, &mut expected)
            .expect("hashed");
        assert_eq!(digests[0].0, expected);
        let other = passwords.digests(vec![code], [8; 16]).await.expect("digests");
        assert_ne!(other[0].0, expected, "the salt goes in");
    }

    #[tokio::test]
    async fn what_else_there_is_may_wait_while_all_hash_and_longer_the_more_wait() {
        let passwords = Passwords::new(2, &mut system_random()).expect("parameters");
        let stands = async |standing| {
            while passwords.queue.standing() != standing {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        assert_eq!(passwords.leisure(), Duration::ZERO);
        let (end, ends) = std::sync::mpsc::channel::<()>();
        let ends = Arc::new(std::sync::Mutex::new(ends));
        let hash = || {
            let (queue, ends) = (passwords.queue.clone(), ends.clone());
            // Until the channel is closed.
            tokio::spawn(async move {
                queue.work(move |_| ends.lock().expect("unpoisoned").recv().is_err()).await
            })
        };
        let mut asking = vec![hash()];
        stands((1, 0)).await;
        assert_eq!(passwords.leisure(), Duration::ZERO);
        asking.push(hash());
        stands((2, 0)).await;
        assert_eq!(passwords.leisure(), A_MOMENT);
        asking.extend([hash(), hash()]);
        stands((2, 2)).await;
        assert_eq!(passwords.leisure(), passwords.a_hash);
        assert!((A_MOMENT..=LONGEST).contains(&passwords.a_hash));
        asking.extend((2..8).map(|_| hash()));
        stands((2, 8)).await;
        assert_eq!(passwords.leisure(), LONGEST.min(2 * passwords.a_hash));
        asking.extend((8..400).map(|_| hash()));
        stands((2, 400)).await;
        assert_eq!(passwords.leisure(), LONGEST);
        drop(end);
        for asked in asking {
            assert!(asked.await.expect("answered").is_ok());
        }
        stands((0, 0)).await;
        assert_eq!(passwords.leisure(), Duration::ZERO);
    }

    #[tokio::test]
    #[expect(clippy::disallowed_methods, reason = "what the system says of the memory")]
    async fn the_memory_of_hashes_goes_back_to_the_system_again_and_again() {
        let resident = || {
            let status = std::fs::read_to_string("/proc/self/status").expect("Linux");
            let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("a line");
            line.trim().split(' ').next().and_then(|kib| kib.parse::<u64>().ok()).expect("KiB")
        };
        let passwords = Passwords::new(2, &mut system_random()).expect("parameters");
        let before = resident();
        for _ in 0..3 {
            let guess = || passwords.verify(Password::typed("kelp"), None);
            let (first, second) = tokio::join!(guess(), guess());
            assert!(!first.expect("verified") && !second.expect("verified"));
            while passwords.queue.standing() != (0, 0) {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            let kept = resident();
            assert!(kept > before + 30_000, "it is kept for the next: {before} KiB, then {kept}");
            passwords.rest();
            let left = resident();
            assert!(left < before + 5_000, "{before} KiB, {kept} meanwhile, then {left}");
        }
    }

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
