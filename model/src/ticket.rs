//! What ties an answer to the effect it answers.

/// The number of an effect that is answered. Each is given out once, so an answer that is no longer
/// awaited (the vault was locked, the person went elsewhere) is known and dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ticket(u64);

/// Gives out tickets.
#[derive(Debug, Default)]
pub(crate) struct Tickets(u64);

impl Tickets {
    pub(crate) fn issue(&mut self) -> Ticket {
        self.0 += 1;
        Ticket(self.0)
    }
}
