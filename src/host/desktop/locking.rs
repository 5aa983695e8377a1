//! When the device says that the vault is to be locked: it goes to sleep (logind), its session or
//! its screen is locked. Heard on the system's and the session's bus, where these are.

use std::os::fd::OwnedFd;
use std::process;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use zbus::MatchRule;
use zbus::blocking::fdo::DBusProxy;
use zbus::blocking::{Connection, MessageIterator};
use zbus::message::Type;
use zbus::zvariant::{self, OwnedObjectPath};

const LOGIND: &str = "org.freedesktop.login1";
const MANAGER: &str = "org.freedesktop.login1.Manager";
const SESSION: &str = "org.freedesktop.login1.Session";
const BUS: &str = "org.freedesktop.DBus";
const NEW_OWNER: &str = "NameOwnerChanged";
const MANAGER_PATH: &str = "/org/freedesktop/login1";

/// The screen savers that tell when they cover the screen: the common name, and those of desktops
/// that have one of their own.
const SCREEN_SAVERS: [&str; 5] = [
    "org.freedesktop.ScreenSaver",
    "org.gnome.ScreenSaver",
    "org.cinnamon.ScreenSaver",
    "org.mate.ScreenSaver",
    "org.xfce.ScreenSaver",
];

/// The device waits with its sleep until this is dropped (five seconds at most, as logind is set).
#[derive(Debug, Default)]
pub struct Held(#[expect(dead_code, reason = "dropping it lets the device sleep")] Option<OwnedFd>);

/// Calls `lock`, from threads of its own, each time the vault is to be locked, for as long as the
/// process lives. A bus that is not there is not heard, which costs nothing else; one that is restarted is heard
/// anew.
pub fn watch(lock: impl Fn(Held) + Send + Sync + 'static) {
    let lock = Arc::new(lock);
    let of_session = Arc::clone(&lock);
    thread::spawn(move || watch_bus(Connection::system, |bus| watch_logind(bus, &*lock)));
    thread::spawn(move || watch_bus(Connection::session, |bus| watch_screen(bus, &*of_session)));
}

/// How long to wait for a bus that was there, before it is looked for again.
const AGAIN: Duration = Duration::from_secs(2);

/// Hears a bus, and hears it anew after it was restarted.
fn watch_bus(
    connect: fn() -> zbus::Result<Connection>,
    watch: impl Fn(&Connection) -> zbus::Result<()>,
) {
    let Ok(mut bus) = connect() else { return };
    loop {
        // It ends with the bus.
        let _ = watch(&bus);
        bus = loop {
            thread::sleep(AGAIN);
            if let Ok(bus) = connect() {
                break bus;
            }
        };
    }
}

fn watch_logind(bus: &Connection, lock: &dyn Fn(Held)) -> zbus::Result<()> {
    let heard = MessageIterator::from(bus);
    let rules = DBusProxy::new(bus)?;
    // Only from whoever owns the name: any user of the machine may send signals of any name.
    let of_logind = |interface| {
        MatchRule::builder().msg_type(Type::Signal).sender(LOGIND)?.interface(interface)
    };
    rules.add_match_rule(of_logind(MANAGER)?.member("PrepareForSleep")?.build())?;
    let session = of_logind(SESSION)?.member("Lock")?;
    // Outside of a session, any that is locked will do: once too often does no harm.
    match own_session(bus) {
        Some(path) => rules.add_match_rule(session.path(path)?.build())?,
        None => rules.add_match_rule(session.build())?,
    }
    // One that is restarted knows of no delay any more.
    let restarted = MatchRule::builder().msg_type(Type::Signal).sender(BUS)?.interface(BUS)?;
    rules.add_match_rule(restarted.member(NEW_OWNER)?.arg(0, LOGIND)?.build())?;
    let mut held = hold_sleep(bus);
    for message in heard {
        let message = message?;
        match member(&message).as_deref() {
            Some("PrepareForSleep") => match message.body().deserialize::<bool>() {
                Ok(true) => lock(std::mem::take(&mut held)),
                // Awake again: the next sleep has to wait as well.
                _ => held = hold_sleep(bus),
            },
            Some(NEW_OWNER) if is_there_anew(&message) => held = hold_sleep(bus),
            Some("Lock") => lock(Held::default()),
            _ => {}
        }
    }
    Ok(())
}

/// Whether logind's name was taken, and not only given up. The bus itself tells of other names too.
fn is_there_anew(message: &zbus::Message) -> bool {
    let told = message.body().deserialize::<(String, String, String)>();
    told.is_ok_and(|(name, _, owner)| name == LOGIND && !owner.is_empty())
}

fn watch_screen(bus: &Connection, lock: &dyn Fn(Held)) -> zbus::Result<()> {
    let heard = MessageIterator::from(bus);
    let rules = DBusProxy::new(bus)?;
    for name in SCREEN_SAVERS {
        let rule = MatchRule::builder().msg_type(Type::Signal).interface(name)?;
        rules.add_match_rule(rule.member("ActiveChanged")?.build())?;
    }
    for message in heard {
        let message = message?;
        let covered = || matches!(message.body().deserialize::<bool>(), Ok(true));
        if member(&message).as_deref() == Some("ActiveChanged") && covered() {
            lock(Held::default());
        }
    }
    Ok(())
}

/// The name of a signal; `None` for any other message.
fn member(message: &zbus::Message) -> Option<String> {
    let header = message.header();
    (header.message_type() == Type::Signal).then(|| header.member().map(ToString::to_string))?
}

fn own_session(bus: &Connection) -> Option<OwnedObjectPath> {
    let reply = bus
        .call_method(Some(LOGIND), MANAGER_PATH, Some(MANAGER), "GetSessionByPID", &process::id())
        .ok()?;
    reply.body().deserialize().ok()
}

/// Asks the device to wait before it sleeps.
fn hold_sleep(bus: &Connection) -> Held {
    let why = ("sleep", "Holdfast", "Locks the vault", "delay");
    let reply = bus.call_method(Some(LOGIND), MANAGER_PATH, Some(MANAGER), "Inhibit", &why);
    let held = reply.ok().and_then(|reply| reply.body().deserialize::<zvariant::OwnedFd>().ok());
    Held(held.map(Into::into))
}
