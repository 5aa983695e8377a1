//! The test vectors of the standards (requirement row 1).

use holdfast_otp::{Algorithm, Digits, Period, Secret, UnixTime, hotp, totp};

/// RFC 4226 appendix D: counters 0 to 9 with the key "12345678901234567890".
#[test]
fn row_01_hotp_vectors_of_rfc_4226() {
    let secret = Secret::from_bytes(b"12345678901234567890").unwrap();
    let expected = [
        "755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871",
        "520489",
    ];
    for (counter, expected) in expected.into_iter().enumerate() {
        let code = hotp::code(&secret, Algorithm::Sha1, Digits::SIX, counter as u64);
        assert_eq!(code.as_str(), expected, "counter {counter}");
    }
}

/// RFC 6238 appendix B: each hash with a key of its own length (20, 32, 64 bytes).
#[test]
fn row_01_totp_vectors_of_rfc_6238() {
    let digits = Digits::new(8).unwrap();
    let expected = [
        (59, ["94287082", "46119246", "90693936"]),
        (1_111_111_109, ["07081804", "68084774", "25091201"]),
        (1_111_111_111, ["14050471", "67062674", "99943326"]),
        (1_234_567_890, ["89005924", "91819424", "93441116"]),
        (2_000_000_000, ["69279037", "90698825", "38618901"]),
        // Beyond 2^32 seconds: section 4.2 demands it to work after the year 2038.
        (20_000_000_000, ["65353130", "77737706", "47863826"]),
    ];
    for (seconds, codes) in expected {
        let hashes = [(Algorithm::Sha1, 20), (Algorithm::Sha256, 32), (Algorithm::Sha512, 64)];
        for ((algorithm, length), expected) in hashes.into_iter().zip(codes) {
            let key: Vec<u8> = b"1234567890".iter().copied().cycle().take(length).collect();
            let secret = Secret::from_bytes(&key).unwrap();
            let step = totp::step(UnixTime(seconds), Period::THIRTY);
            let code = totp::code(&secret, algorithm, digits, step);
            assert_eq!(code.as_str(), expected, "{algorithm} at {seconds}");
        }
    }
}
