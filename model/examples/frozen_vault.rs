//! Writes the vault that is frozen as `tests/data/vault-v1` to standard output, or, with the argument
//! `clock`, the one that is frozen as `tests/data/vault-v1-clock`: the same on a device whose clock is
//! 74 seconds slow.
//!
//! It was run once for each, and is kept to show where the files come from. A frozen vault is never
//! made anew: each must open for ever.

use std::error::Error;
use std::io::Write;

use holdfast_model::vault::{Correction, Cost, DeviceKey, NewEntry, NewSlot, Passphrase, Vault};
use holdfast_otp::{Algorithm, Digits, Kind, Parameters, Period, Secret, UnixTime};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;

fn main() -> Result<(), Box<dyn Error>> {
    let rng = &mut ChaCha20Rng::seed_from_u64(1865);
    let made = UnixTime(1_767_225_600);
    let mut vault = Vault::create(&Passphrase::new("Träumerei 1865"), Cost::FLOOR, made, rng)?;
    let key = DeviceKey::from_bytes(b"a device key of thirty-two bytes");
    vault.add_slot(NewSlot::Device { name: "frozen", blob: b"blob", key: &key }, rng)?;

    let default = Parameters::default();
    let minute = Kind::Totp { period: Period::new(60)? };
    let accounts = [
        (Some("Example"), "alice@example.com", default),
        (
            Some("Größte Bank"),
            "Алиса",
            Parameters { kind: minute, algorithm: Algorithm::Sha512, digits: Digits::new(8)? },
        ),
        (
            None,
            "token 42",
            Parameters { kind: Kind::Hotp { counter: 7 }, algorithm: Algorithm::Sha256, ..default },
        ),
        (Some("Steam"), "alice", Parameters { kind: Kind::Steam, ..default }),
    ];
    for (number, (issuer, account, parameters)) in accounts.into_iter().enumerate() {
        let new =
            NewEntry { issuer: issuer.map(str::to_owned), account: account.to_owned(), parameters };
        let secret = Secret::from_bytes(&[b'1' + u8::try_from(number)?; 20])?;
        vault.add(new, &secret, UnixTime(made.0 + number as u64), rng)?;
    }
    let waiting = NewEntry {
        issuer: Some("Mail".to_owned()),
        account: "alice@mail.example".to_owned(),
        parameters: default,
    };
    vault.add_waiting(waiting, UnixTime(made.0 + 4), rng)?;
    if std::env::args().nth(1).is_some_and(|argument| argument == "clock") {
        let newest = Some(UnixTime(made.0 + 74));
        vault.set_correction(Correction { offset: 74, newest, since: made });
    }
    vault.seal(made, rng)?;
    std::io::stdout().write_all(&vault.seal(UnixTime(made.0 + 3600), rng)?)?;
    Ok(())
}
