//! Makes the people of a drill in its store, and looks at what became of them.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::Context;
use holdfast_otp::{Algorithm, Digits, Period, Secret, TimeStep, UnixTime, totp};
use rand_core::Rng;
use tokio::task::JoinSet;

use crate::domain::account::{Account, Phone};
use crate::domain::audit::{Factor, What};
use crate::domain::code::Code;
use crate::domain::email::Email;
use crate::domain::enrolment::{Active, Enrolment, Pending, Verdict};
use crate::domain::handover::Handover;
use crate::domain::ids::{AccountId, Token};
use crate::domain::number::Number;
use crate::domain::password::Password;
use crate::domain::recovery::{CODES, RecoveryCode, RecoverySet};
use crate::domain::session::{Face, Session, Stage};
use crate::passwords::Passwords;
use crate::place::Opened;
use crate::random::system_random;
use crate::store::{Change, Outcome, RecoveryChange, Store, Version, Versioned};

/// Most entries of the log that are looked at for one person.
const MOST_ENTRIES: usize = 1000;
/// Seconds of a code.
const STEP: u64 = 30;

/// The password of everybody in a drill.
pub const PASSWORD: &str = "kelp on a cold rock";

/// People are made, and looked at, in the store that the servers have.
pub struct Crew {
    store: Arc<dyn Store>,
    clock: fn() -> UnixTime,
    makings: Arc<Makings>,
}

/// What people are made of that takes time to make. It does for everybody: what is tried is whether
/// each account spends its own once.
pub(super) struct Makings {
    password: String,
    recovery: (RecoverySet, Vec<RecoveryCode>),
    made: AtomicU32,
}

/// How far somebody has come with a phone.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Phase {
    /// A barcode is on the screen, and nothing else has come of it.
    Begun,
    /// It is proved, recovery codes are there, and the log says so once.
    Done,
    /// Something of both, which must not be.
    Between,
}

/// Somebody with a phone.
#[derive(Clone, Debug)]
pub struct Person {
    /// The account.
    pub id: AccountId,
    /// The name at log-in.
    pub email: String,
    /// What the phone has.
    pub secret: Secret,
    /// The number that takes SMS.
    pub number: Number,
}

impl Makings {
    /// Hashes them.
    pub(super) async fn new(now: UnixTime) -> anyhow::Result<Makings> {
        let mut rng = system_random();
        let passwords = Passwords::new(1, &mut rng)?;
        let password = passwords.hash(Password::typed(PASSWORD), &mut rng).await?;
        let codes: Vec<_> = (0..CODES).map(|_| RecoveryCode::random(&mut rng)).collect();
        let mut salt = [0; 16];
        rng.fill_bytes(&mut salt);
        let digests = passwords.digests(codes.clone(), salt).await?;
        let digests = digests.try_into().ok().context("As many digests as codes")?;
        let (stored, copy, shown_by_sms) = (None, None, None);
        let set = RecoverySet { salt, digests, used: 0, made: now, stored, copy, shown_by_sms };
        Ok(Makings { password, recovery: (set, codes), made: AtomicU32::new(0) })
    }
}

impl Crew {
    /// Over that store.
    pub(super) fn over(opened: Opened, clock: fn() -> UnixTime, makings: &Arc<Makings>) -> Crew {
        Crew { store: opened.store, clock, makings: Arc::clone(makings) }
    }

    /// The time.
    pub fn now(&self) -> UnixTime {
        (self.clock)()
    }

    /// Somebody whose phone has been proved, with recovery codes and a number. The code of the present
    /// step is unspent.
    pub async fn enrolled(&self) -> anyhow::Result<Person> {
        let (secret, active) = proved(self.now())?;
        let person = self.person(secret)?;
        let account = self.account(&person, Enrolment::Active(active))?;
        self.write(self.with_codes(account)).await?;
        Ok(person)
    }

    /// Somebody with a barcode on the screen of a browser, whose session comes with it.
    pub async fn enrolling(&self) -> anyhow::Result<(Person, Token)> {
        let now = self.now();
        let (id, session, token) = self.browser();
        let pending = Pending::begin(session.digest, now, &mut system_random());
        let secret = pending.secret_for(&session.digest, now).context("It has just begun")?;
        let person = Person { id, ..self.person(secret.clone())? };
        let account = self.account(&person, Enrolment::Pending(pending))?;
        let change = Change { account: Some(account), open: Some(session), ..Change::default() };
        self.write(change).await?;
        Ok((person, token))
    }

    /// Somebody with a phone and the barcode for a new one on the screen of a browser, whose session
    /// comes with it. What is known of her phone is the new one's.
    pub async fn changing(&self) -> anyhow::Result<(Person, Token)> {
        let now = self.now();
        let (id, session, token) = self.browser();
        let (old, active) = proved(now)?;
        let (active, charge) = active.charge(now)?;
        let Verdict::Accepted(active, proof) = active.verify(&charge, &code(&old, now)?, now)
        else {
            anyhow::bail!("A good code of the old phone was refused before anything was killed.");
        };
        let (digest, mut rng) = (session.digest, system_random());
        let handover = Handover::begin(&proof, Factor::App, digest, now, &mut rng);
        let secret = handover.secret_for(&digest, now).context("It has just begun")?.clone();
        let person = Person { id, ..self.person(secret)? };
        let mut account = self.account(&person, Enrolment::Active(active))?;
        account.value.handover = Some(handover);
        self.write(Change { open: Some(session), ..self.with_codes(account) }).await?;
        Ok((person, token))
    }

    /// So many log-ins of somebody that have come as far as the question for the code.
    pub async fn halves(&self, id: AccountId, count: usize) -> anyhow::Result<Vec<Token>> {
        let mut under_way = JoinSet::new();
        for _ in 0..count {
            let (half, token) =
                Session::half(id, "drill".to_owned(), self.now(), &mut system_random());
            let store = Arc::clone(&self.store);
            under_way.spawn(async move {
                let change = Change { open: Some(half), ..Change::default() };
                store.commit(change).await.map(|_| token)
            });
        }
        Ok(under_way.join_all().await.into_iter().collect::<Result<_, _>>()?)
    }

    /// One of the recovery codes, as its owner types it.
    pub fn recovery_code(&self, place: u64) -> anyhow::Result<String> {
        let code = usize::try_from(place).ok().and_then(|place| self.makings.recovery.1.get(place));
        Ok(code.context("There are ten")?.to_text().to_string())
    }

    /// How often the log says that it happened to somebody.
    pub async fn logged(&self, id: AccountId, what: What) -> anyhow::Result<usize> {
        let entries = self.store.events_of(id, MOST_ENTRIES).await?;
        Ok(entries.iter().filter(|entry| entry.event.what == what).count())
    }

    /// In how many sessions somebody is signed in.
    pub async fn signed_in(&self, id: AccountId) -> anyhow::Result<usize> {
        let sessions = self.store.sessions(id).await?;
        Ok(sessions.iter().filter(|session| session.stage != Stage::Half).count())
    }

    /// How far somebody has come with a phone.
    pub async fn phase(&self, id: AccountId) -> anyhow::Result<Phase> {
        let account = self.store.account(id).await?.context("The account is gone")?;
        let has_codes = self.store.recovery(id).await?.is_some();
        let logged = self.logged(id, What::TwoFactorOn).await?;
        Ok(match (account.value.enrolment, has_codes, logged) {
            (Enrolment::Pending(_), false, 0) => Phase::Begun,
            (Enrolment::Active(_), true, 1) => Phase::Done,
            _ => Phase::Between,
        })
    }

    /// Whether that phone is the one that guards.
    pub async fn has_phone(&self, id: AccountId, secret: &Secret) -> anyhow::Result<bool> {
        let account = self.store.account(id).await?.context("The account is gone")?;
        Ok(match account.value.enrolment {
            Enrolment::Active(active) => active.secret.expose() == secret.expose(),
            Enrolment::Off | Enrolment::Pending(_) => false,
        })
    }

    fn browser(&self) -> (AccountId, Session, Token) {
        let mut rng = system_random();
        let id = AccountId::random(&mut rng);
        let device = "drill".to_owned();
        let (session, token) = Session::whole(id, Face::Web, device, self.now(), &mut rng);
        (id, session, token)
    }

    fn with_codes(&self, account: Versioned<Account>) -> Change {
        let set = self.makings.recovery.0.clone();
        let recovery = Some(RecoveryChange::Made(account.value.id, set));
        Change { account: Some(account), recovery, ..Change::default() }
    }

    fn person(&self, secret: Secret) -> anyhow::Result<Person> {
        let id = AccountId::random(&mut system_random());
        let made = self.makings.made.fetch_add(1, Ordering::Relaxed);
        let number = Number::parse(&format!("+49151{made:010}"))?;
        Ok(Person { id, email: format!("{id}@drill.example"), secret, number })
    }

    fn account(&self, person: &Person, enrolment: Enrolment) -> anyhow::Result<Versioned<Account>> {
        let now = self.now();
        let phone = Phone { number: person.number.clone(), since: now, from: now };
        let value = Account {
            id: person.id,
            email: Email::parse(&person.email)?,
            password: self.makings.password.clone(),
            created: now,
            api_key: None,
            enrolment,
            handover: None,
            barred: None,
            copy_key: None,
            phone: Some(phone),
            number_gone: None,
            former: Vec::new(),
        };
        Ok(Versioned { seen: Version(0), value })
    }

    async fn write(&self, change: Change) -> anyhow::Result<()> {
        let outcome = self.store.commit(change).await?;
        anyhow::ensure!(outcome == Outcome::Done, "Somebody new was there already.");
        Ok(())
    }
}

impl Person {
    /// What the phone shows at that time.
    pub fn code(&self, at: UnixTime) -> anyhow::Result<String> {
        Ok(code(&self.secret, at)?.as_str().to_owned())
    }
}

/// A phone that was proved by the code before the present one. One phone in some 100,000 shows the same
/// code twice in a few steps, of which the second is rightly refused: none of those.
fn proved(now: UnixTime) -> anyhow::Result<(Secret, Active)> {
    let mut rng = system_random();
    loop {
        let holder = Token::random("", &mut rng).digest();
        let pending = Pending::begin(holder, now, &mut rng);
        let secret = pending.secret_for(&holder, now).context("It has just begun")?.clone();
        let at = |steps: u64| code(&secret, UnixTime(now.0 + steps * STEP - 2 * STEP));
        let codes = (0..7).map(at).collect::<anyhow::Result<Vec<_>>>()?;
        let different: BTreeSet<&str> = codes.iter().map(Code::as_str).collect();
        if different.len() < codes.len() {
            continue;
        }
        let before = code(&secret, UnixTime(now.0 - STEP))?;
        return Ok((secret, pending.confirm(&holder, &before, now)?));
    }
}

fn code(secret: &Secret, at: UnixTime) -> anyhow::Result<Code> {
    let TimeStep(step) = totp::step(at, Period::default());
    let code = totp::code(secret, Algorithm::Sha1, Digits::default(), TimeStep(step));
    Ok(Code::parse(code.as_str())?)
}
