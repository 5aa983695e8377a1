//! Bytes as the 45 characters that barcodes store most densely (RFC 9285).

/// The digits 0 to 44, RFC 9285 section 4.2.
const DIGITS: &[u8; 45] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";

/// Two bytes become three characters, a last single byte two.
pub(super) fn encode(bytes: &[u8]) -> String {
    let digit = |value: u16| char::from(DIGITS[usize::from(value % 45)]);
    let mut text = String::with_capacity(bytes.len().div_ceil(2) * 3);
    for pair in bytes.chunks(2) {
        let value = pair.iter().fold(0, |value, byte| value << 8 | u16::from(*byte));
        text.push(digit(value));
        text.push(digit(value / 45));
        if pair.len() == 2 {
            text.push(digit(value / 45 / 45));
        }
    }
    text
}

/// `None` where a character is no digit, the length is impossible or a group stands for no bytes.
pub(super) fn decode(text: &str) -> Option<Vec<u8>> {
    let value = |character: &u8| DIGITS.iter().position(|digit| digit == character);
    let mut bytes = Vec::with_capacity(text.len() / 3 * 2 + 1);
    for group in text.as_bytes().chunks(3) {
        let mut number = 0;
        for character in group.iter().rev() {
            number = number * 45 + value(character)?;
        }
        match group.len() {
            3 => bytes.extend_from_slice(&u16::try_from(number).ok()?.to_be_bytes()),
            2 => bytes.push(u8::try_from(number).ok()?),
            _ => return None,
        }
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_examples_of_rfc_9285_hold() {
        for (bytes, text) in
            [("AB", "BB8"), ("Hello!!", "%69 VD92EX0"), ("base-45", "UJCLQE7W581"), ("", "")]
        {
            assert_eq!(encode(bytes.as_bytes()), text);
            assert_eq!(decode(text).unwrap(), bytes.as_bytes());
        }
        assert_eq!(decode("QED8WEX0").unwrap(), b"ietf!");
    }

    #[test]
    fn what_stands_for_no_bytes_is_refused() {
        // 65,536 and 256, one beyond what two bytes and one byte hold; a lone character; no digit.
        for text in ["GGX", ":::", "::", "A", "bb8", "BB8B", "B\u{e4}"] {
            assert_eq!(decode(text), None, "{text}");
        }
    }

    #[test]
    fn every_pair_of_bytes_comes_back() {
        for value in 0..=u16::MAX {
            let bytes = value.to_be_bytes();
            assert_eq!(decode(&encode(&bytes)).unwrap(), bytes);
        }
        for byte in 0..=u8::MAX {
            assert_eq!(decode(&encode(&[byte])).unwrap(), [byte]);
        }
    }
}
