//! The vault (requirements 40, 44 and the proofs of its format).

mod attack;
mod differ;
mod frozen;
mod journey;
mod moving;
mod opener;
mod slots;
mod trash;

use holdfast_model::vault::{
    Cost, DeviceKey, EntryId, Excess, Method, NewEntry, NewSlot, OpenError, Passphrase, SlotId,
    Vault,
};
use holdfast_otp::{Algorithm, Digits, Kind, Parameters, Period, Secret, UnixTime};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;
use sha2::{Digest, Sha256};

const NOW: UnixTime = UnixTime(1_800_000_000);
const PASSPHRASE: &str = "correct horse battery staple";

fn rng(seed: u64) -> ChaCha20Rng {
    ChaCha20Rng::seed_from_u64(seed)
}

fn passphrase() -> Passphrase {
    Passphrase::new(PASSPHRASE)
}

fn device_key() -> DeviceKey {
    DeviceKey::from_bytes(&[7; 32])
}

fn named(issuer: Option<&str>, account: &str, parameters: Parameters) -> NewEntry {
    NewEntry { issuer: issuer.map(str::to_owned), account: account.to_owned(), parameters }
}

fn totp(period: u32, algorithm: Algorithm, digits: u8) -> Parameters {
    let kind = Kind::Totp { period: Period::new(period).unwrap() };
    Parameters { kind, algorithm, digits: Digits::new(digits).unwrap() }
}

/// A vault with an entry of each kind, and a device slot, so that a test of thousands of files
/// need not run Argon2id for each.
fn sample(seed: u64) -> (Vault, Vec<EntryId>) {
    let rng = &mut rng(seed);
    let mut vault = Vault::create(&passphrase(), Cost::FLOOR, NOW, rng).unwrap();
    let device = NewSlot::Device { name: "test", blob: b"wrapped", key: &device_key() };
    vault.add_slot(device, rng).unwrap();
    let hotp = Parameters { kind: Kind::Hotp { counter: 5 }, ..Parameters::default() };
    let steam = Parameters { kind: Kind::Steam, ..Parameters::default() };
    let news = [
        named(Some("Example"), "alice@example.com", Parameters::default()),
        named(Some("Bank"), "Alice Ågren", totp(60, Algorithm::Sha512, 8)),
        named(None, "counter", hotp),
        named(Some("Steam"), "alice", steam),
    ];
    let mut ids = Vec::new();
    for (number, new) in news.into_iter().enumerate() {
        ids.push(vault.add(new, &secret(number), NOW, rng).unwrap());
    }
    let waiting = named(Some("Mail"), "waits", Parameters::default());
    ids.push(vault.add_waiting(waiting, NOW, rng).unwrap());
    (vault, ids)
}

/// The secret of the sample's entry `number`: 20 bytes, easy to search for.
fn secret(number: usize) -> Secret {
    let mut bytes = *b"canary-secret-number";
    bytes[19] = b'0' + number as u8;
    Secret::from_bytes(&bytes).unwrap()
}

fn sealed(vault: &mut Vault, seed: u64) -> Vec<u8> {
    vault.seal(NOW, &mut rng(seed)).unwrap()
}

fn open_by_device(bytes: &[u8]) -> Result<Vault, OpenError> {
    let header = holdfast_model::vault::header_of(bytes)?;
    let device =
        |slot: &&_| matches!(holdfast_model::vault::Slot::method(slot), Method::Device { .. });
    let slot: Option<SlotId> = header.slots().iter().find(device).map(|slot| slot.id());
    Vault::open_with_device(bytes, slot.ok_or(OpenError::NoSuchSlot)?, &device_key())
}

/// Where the header ends and the body's nonce begins.
fn header_end(bytes: &[u8]) -> usize {
    16 + u32::from_be_bytes(bytes[12..16].try_into().unwrap()) as usize
}

/// The file as a version of the format writes it that only itself can read.
pub fn of_version(version: u16, bytes: &[u8]) -> Vec<u8> {
    let mut newer = bytes.to_vec();
    newer[8..10].copy_from_slice(&version.to_be_bytes());
    newer[10..12].copy_from_slice(&version.to_be_bytes());
    mend_checksum(&mut newer);
    newer
}

/// Makes the checksum right again, as an attacker would.
fn mend_checksum(bytes: &mut [u8]) {
    let end = header_end(bytes);
    let checksum = Sha256::digest(&bytes[..end - 32]);
    bytes[end - 32..end].copy_from_slice(&checksum);
}
