//! One-time passwords and the key URI format: bytes in, values out.
