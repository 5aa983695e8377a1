//! The key typed by hand: the form's fields become a draft, or one sentence says which is wrong.

use holdfast_otp::{Digits, Kind, ParameterError, Parameters, Period, Remark, Secret, SecretError};

use crate::intake::Draft;
use crate::screen::{HandForm, HandKind};

/// Why the form was not taken, as the person reads it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HandError {
    /// The key is no base32, or there is none.
    #[error(transparent)]
    Key(#[from] SecretError),
    /// Neither issuer nor account.
    #[error("The account has no name; enter who it is with, or what it is called there.")]
    NoName,
    /// The digits are not a number from 6 to 10.
    #[error("The number of digits must be from 6 to 10; leave it at 6 unless the service says so.")]
    Digits,
    /// The period is not a number from 1 to 86,400.
    #[error(
        "The period must be from 1 to 86400 seconds; leave it at 30 unless the service says so."
    )]
    Period,
    /// The counter is not a number.
    #[error("The counter must be a whole number; leave it at 0 unless the service says so.")]
    Counter,
}

impl HandForm {
    /// The form as it starts out: what nearly every service uses.
    pub fn empty() -> Self {
        let usual = Parameters::default();
        Self {
            issuer: String::new(),
            account: String::new(),
            key: Default::default(),
            kind: HandKind::Time,
            algorithm: usual.algorithm,
            digits: usual.digits.count().to_string(),
            period: Period::THIRTY.seconds().to_string(),
            counter: "0".to_owned(),
        }
    }

    /// Reads the fields as typed. The first that is wrong is told.
    pub fn draft(&self) -> Result<Draft, HandError> {
        let secret = Secret::from_base32(self.key.as_str())?;
        if self.issuer.trim().is_empty() && self.account.trim().is_empty() {
            return Err(HandError::NoName);
        }
        let parameters = match self.kind {
            HandKind::Steam => Parameters { kind: Kind::Steam, ..Parameters::default() },
            HandKind::Time => {
                let period = number(&self.period).ok_or(HandError::Period)?;
                let period = Period::new(period).map_err(|_: ParameterError| HandError::Period)?;
                self.parameters(Kind::Totp { period })?
            }
            HandKind::Counter => {
                let counter = number(&self.counter).ok_or(HandError::Counter)?;
                self.parameters(Kind::Hotp { counter })?
            }
        };
        let remarks = Remark::of_length(&secret).iter().map(ToString::to_string).collect();
        let (issuer, account) = (self.issuer.trim().to_owned(), self.account.trim().to_owned());
        Ok(Draft { issuer, account, parameters, secret, remarks })
    }

    fn parameters(&self, kind: Kind) -> Result<Parameters, HandError> {
        let digits = number(&self.digits).ok_or(HandError::Digits)?;
        let digits = Digits::new(digits).map_err(|_| HandError::Digits)?;
        Ok(Parameters { kind, algorithm: self.algorithm, digits })
    }
}

fn number<N: std::str::FromStr>(text: &str) -> Option<N> {
    text.trim().parse().ok()
}
