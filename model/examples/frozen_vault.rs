//! Writes the vault that is frozen as `tests/data/vault-v1` to standard output, or, with the argument
//! `clock`, the one that is frozen as `tests/data/vault-v1-clock`: the same on a device whose clock is
//! 74 seconds slow; with `move` that of `tests/data/vault-v1-move`: the same in the middle of a move.
//!
//! It was run once for each, and is kept to show where the files come from. A frozen vault is never
//! made anew: each must open for ever.

use std::error::Error;
use std::io::Write;

use holdfast_model::move_list::{ListId, Mark, Step};
use holdfast_model::vault::{
    Correction, Cost, DeviceKey, Moving, NewEntry, NewSlot, Origin, Passphrase, Readiness, Vault,
};
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
    match std::env::args().nth(1).as_deref() {
        Some("clock") => {
            let newest = Some(UnixTime(made.0 + 74));
            vault.set_correction(Correction { offset: 74, newest, since: made });
        }
        Some("move") => in_a_move(&mut vault, made, rng)?,
        _ => {}
    }
    vault.seal(made, rng)?;
    std::io::stdout().write_all(&vault.seal(UnixTime(made.0 + 3600), rng)?)?;
    Ok(())
}

/// Everything that the vault keeps for a move. The first account had another secret before.
fn in_a_move(
    vault: &mut Vault,
    made: UnixTime,
    rng: &mut ChaCha20Rng,
) -> Result<(), Box<dyn Error>> {
    let ids: Vec<_> = vault.entries().iter().map(|entry| entry.id).collect();
    let [first, second, third, _, waiting] = ids[..] else { return Err("five accounts".into()) };
    vault.set_moving(Some(Moving { list: ListId(*b"move it!"), begun_at: made }));
    vault.set_ask_ready_at(UnixTime(made.0 + 30 * 86_400));
    vault.set_note(first, "The card is in the drawer.")?;
    vault.set_step(second, Step::Confirmed, UnixTime(made.0 + 60))?;
    let ready = Readiness { recovery_codes_at: Some(made), second_way_at: None };
    vault.set_readiness(third, ready)?;
    vault.set_origin(waiting, Origin { list: ListId([3; 8]), mark: Mark([4; 4]) })?;
    let (now, parameters) = (Secret::from_bytes(&[b'1'; 20])?, Parameters::default());
    vault.exchange_secret(first, parameters, &Secret::from_bytes(&[b'9'; 20])?, made, rng)?;
    vault.exchange_secret(first, parameters, &now, UnixTime(made.0 + 120), rng)?;
    Ok(())
}
