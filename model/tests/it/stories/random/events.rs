//! What may happen, drawn at random.

use holdfast_model::ports::memory::DiskTrouble;
use holdfast_model::screen::{HandForm, HandKind};
use holdfast_model::{CameraError, CameraFacts, ClockMsg, Msg};
use holdfast_otp::{Algorithm, Secret, TimeBarcode, UnixTime};
use proptest::prelude::*;

use super::super::app::{RFC_SECRET, RFC_TIME, uri};

/// One thing that happens.
#[derive(Clone, Debug)]
pub enum Event {
    Tell(Told),
    /// The message is given, and what it asks for is done only later.
    TellSlowly(Told),
    /// What waits is done now, at this place of the queue first.
    Answer(prop::sample::Index),
    /// What waits at this place of the queue breaks off by a fault of the app's own.
    Break(prop::sample::Index),
    Disk(Option<DiskTrouble>),
    Wait(u8),
    /// The clock is set.
    Clock(u64),
    /// Another instance adds or deletes an account.
    OtherAdds(u8),
    OtherDeletes(prop::sample::Index),
}

/// A message whose accounts are named by their place in the vault.
#[derive(Clone, Debug)]
pub enum Told {
    Plain(u8),
    /// Not one message but the whole way from a text to the order to save it.
    Added(String),
    Text(String),
    Scanned(String),
    Unlock(bool),
    Copy(prop::sample::Index),
    Next(prop::sample::Index),
    Open(prop::sample::Index),
    Rename(prop::sample::Index, String, String),
    Delete(prop::sample::Index),
    Replace(prop::sample::Index),
    Choose(u8),
    SaveDraft(String, String),
    SaveAsRead,
    Form(HandForm),
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => (0..4_u8, 0..3_u8, 0..3_u8).prop_map(|(byte, issuer, account)| uri(
            &format!("Issuer{issuer}"),
            &format!("account{account}"),
            byte
        )),
        2 => (0..4_u8, 0..4_u8).prop_map(|(a, b)| format!("{}\n{}", uri("A", "a", a), uri("B", "b", b))),
        1 => Just(format!("otpauth://hotp/Bank:eve?secret={RFC_SECRET}&counter=3")),
        1 => Just(format!("otpauth://steam/Steam:gabe?secret={RFC_SECRET}")),
        2 => (0..4_u8, 0..1400_u64).prop_map(|(byte, ahead)| barcode(byte, RFC_TIME - 700 + ahead)),
        1 => Just(RFC_SECRET.to_owned()),
        1 => "\\PC{0,40}",
        1 => "otpauth://\\PC{0,40}",
    ]
}

/// The time of a service that holds the secret which these bytes repeat.
fn barcode(byte: u8, time: u64) -> String {
    let secret = Secret::from_bytes(&[byte; 20]).unwrap();
    TimeBarcode::make(&secret, UnixTime(time)).unwrap().to_text()
}

fn name() -> impl Strategy<Value = String> {
    prop_oneof![4 => "[ab]{0,2}", 1 => "\\PC{0,20}", 1 => Just("n".repeat(2000))]
}

fn form() -> impl Strategy<Value = HandForm> {
    let key = prop_oneof![Just(RFC_SECRET.to_owned()), "[A-Z2-7]{0,40}", "\\PC{0,20}"];
    let kind = prop_oneof![Just(HandKind::Time), Just(HandKind::Counter), Just(HandKind::Steam)];
    let number = || prop_oneof![Just("6".to_owned()), "[0-9]{0,25}", "\\PC{0,5}"];
    (name(), name(), key, kind, number(), number(), number()).prop_map(
        |(issuer, account, key, kind, digits, period, counter)| HandForm {
            issuer,
            account,
            key: key.into(),
            kind,
            algorithm: Algorithm::Sha512,
            digits,
            period,
            counter,
        },
    )
}

fn told() -> impl Strategy<Value = Told> {
    use Told::*;
    let place = any::<prop::sample::Index>;
    prop_oneof![
        6 => (0..PLAIN).prop_map(Plain),
        6 => text().prop_map(Added),
        3 => text().prop_map(Text),
        2 => text().prop_map(Scanned),
        3 => prop::bool::weighted(0.9).prop_map(Unlock),
        1 => place().prop_map(Copy),
        2 => place().prop_map(Next),
        1 => place().prop_map(Open),
        2 => (place(), name(), name()).prop_map(|(id, issuer, account)| Rename(id, issuer, account)),
        2 => place().prop_map(Delete),
        3 => place().prop_map(Replace),
        1 => (0..3_u8).prop_map(Choose),
        1 => (name(), name()).prop_map(|(issuer, account)| SaveDraft(issuer, account)),
        6 => Just(SaveAsRead),
        2 => form().prop_map(Form),
    ]
}

/// Any event.
pub fn event() -> impl Strategy<Value = Event> {
    let trouble = prop_oneof![
        Just(None),
        Just(None),
        Just(Some(DiskTrouble::Room(0))),
        Just(Some(DiskTrouble::ReadOnly)),
        Just(Some(DiskTrouble::Taken)),
        Just(Some(DiskTrouble::Denied)),
    ];
    prop_oneof![
        20 => told().prop_map(Event::Tell),
        6 => told().prop_map(Event::TellSlowly),
        6 => any::<prop::sample::Index>().prop_map(Event::Answer),
        1 => any::<prop::sample::Index>().prop_map(Event::Break),
        3 => trouble.prop_map(Event::Disk),
        1 => any::<u8>().prop_map(Event::Wait),
        1 => prop_oneof![Just(0), any::<u64>(), Just(1_111_111_109)].prop_map(Event::Clock),
        2 => (0..4_u8).prop_map(Event::OtherAdds),
        1 => any::<prop::sample::Index>().prop_map(Event::OtherDeletes),
    ]
}

/// How many messages need nothing chosen.
const PLAIN: u8 = 21;

/// The message of this number.
pub fn plain(which: u8) -> Msg {
    match which {
        0 => Msg::Tick,
        1 => Msg::Active,
        2 => Msg::Hidden,
        3 => Msg::Suspended,
        4 => Msg::Lock,
        5 => Msg::Retry,
        6 => Msg::Back,
        7 => Msg::Undo,
        8 => Msg::DismissNotice,
        9 => Msg::Add,
        10 => Msg::PickPicture,
        11 => Msg::ReadClipboard,
        12 => Msg::OpenCamera,
        13 => Msg::OpenByHand,
        14 => Msg::KeepBoth,
        15 => Msg::CameraFailed { error: CameraError::Busy, facts: CameraFacts::default() },
        16 => Msg::Search("a".into()),
        17 => Msg::Clock(ClockMsg::Open),
        18 => Msg::Clock(ClockMsg::Correct),
        19 => Msg::Clock(ClockMsg::Remove),
        _ => Msg::Search(String::new()),
    }
}
