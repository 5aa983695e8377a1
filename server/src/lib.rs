//! The verification server and its command-line client.
