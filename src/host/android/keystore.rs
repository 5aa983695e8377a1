//! The phone's own lock: a key in Android's key store, which works for some seconds after the person
//! opened the lock, on the system's own page. Where the phone has a chip for keys, it is in there.

use holdfast_model::ports::{DeviceError, DeviceLock};
use holdfast_model::vault::DeviceKey;
use jni::errors::Error;
use jni::objects::{JByteArray, JObject, JString};
use jni::{Env, jni_sig, jni_str};
use zeroize::Zeroizing;

use super::door::Door;
use super::java::{Java, service};

/// The store.
pub(super) struct Keystore {
    java: Java,
    door: Door,
}

/// The store's name among the providers of keys.
const STORE: &str = "AndroidKeyStore";
const CIPHER: &str = "AES/GCM/NoPadding";
/// `Cipher.ENCRYPT_MODE` and `DECRYPT_MODE`.
const WRAP: i32 = 1;
const UNWRAP: i32 = 2;
/// `KeyProperties.PURPOSE_ENCRYPT | PURPOSE_DECRYPT`.
const PURPOSES: i32 = 3;
/// For so many seconds the key works once the lock was opened: for the one order that waits.
const SECONDS: i32 = 10;
/// Of GCM, in bytes and in bits.
const NONCE_LEN: usize = 12;
const TAG_BITS: i32 = 128;

impl Keystore {
    pub(super) fn new(java: Java) -> Self {
        Self { door: Door::new(java.clone()), java }
    }

    /// Does this with the key, and asks the person to open the lock where that is needed.
    fn unlocked<T>(&self, act: impl Fn(&mut Env) -> Result<T, Error>) -> Result<T, DeviceError> {
        let attempt = || self.java.with(|env, _| act(env));
        match attempt() {
            Err(error) if named(&error, "UserNotAuthenticatedException") => {
                self.confirm()?;
                attempt().map_err(|error| reason(&error))
            }
            done => done.map_err(|error| reason(&error)),
        }
    }

    /// Has the system ask for finger, face or PIN.
    fn confirm(&self) -> Result<(), DeviceError> {
        let answer = self.door.ask(|env, activity| {
            let guard = service(env, activity, "keyguard")?;
            let title = env.new_string("Holdfast")?;
            let what = env.new_string("Open this device's lock for your vault")?;
            env.call_method(
                &guard,
                jni_str!("createConfirmDeviceCredentialIntent"),
                jni_sig!(
                    "(Ljava/lang/CharSequence;Ljava/lang/CharSequence;)Landroid/content/Intent;"
                ),
                &[(&title).into(), (&what).into()],
            )?
            .l()
        });
        match answer {
            Ok(Some(_)) => Ok(()),
            Ok(None) => Err(DeviceError::Declined),
            Err(_) => Err(DeviceError::Unusable),
        }
    }

    /// Whether the device has a lock at all.
    fn has_lock(&self) -> bool {
        let asked = self.java.with(|env, activity| {
            let guard = service(env, activity, "keyguard")?;
            env.call_method(&guard, jni_str!("isDeviceSecure"), jni_sig!("()Z"), &[])?.z()
        });
        asked.unwrap_or(false)
    }

    /// Makes a key, in the chip for keys if there is one.
    fn make(&self, name: &str) -> Result<(), DeviceError> {
        let made = self.java.with(|env, _| make(env, name, true));
        match made {
            Err(error) if named(&error, "StrongBoxUnavailableException") => {
                self.java.with(|env, _| make(env, name, false))
            }
            made => made,
        }
        .map_err(|error| reason(&error))
    }
}

impl DeviceLock for Keystore {
    fn holds(&self, name: &str) -> bool {
        let held = self.java.with(|env, _| {
            let (store, name) = (open(env)?, env.new_string(name)?);
            env.call_method(
                &store,
                jni_str!("containsAlias"),
                jni_sig!("(Ljava/lang/String;)Z"),
                &[(&name).into()],
            )?
            .z()
        });
        held.unwrap_or(false)
    }

    fn guard(&self, name: &str, key: &DeviceKey) -> Result<Vec<u8>, DeviceError> {
        if !self.has_lock() {
            return Err(DeviceError::NoLock);
        }
        self.make(name)?;
        let wrapped = self.unlocked(|env| wrap(env, name, key));
        if wrapped.is_err() {
            self.forget(name);
        }
        wrapped
    }

    fn release(&self, name: &str, wrapped: &[u8]) -> Result<DeviceKey, DeviceError> {
        let bytes = self.unlocked(|env| unwrap(env, name, wrapped))?;
        let bytes = <&[u8; 32]>::try_from(bytes.as_slice()).map_err(|_| DeviceError::Changed)?;
        Ok(DeviceKey::from_bytes(bytes))
    }

    fn forget(&self, name: &str) {
        // A key that stays opens nothing: what it wrapped is gone from the vault.
        let _ = self.java.with(|env, _| {
            let (store, name) = (open(env)?, env.new_string(name)?);
            env.call_method(
                &store,
                jni_str!("deleteEntry"),
                jni_sig!("(Ljava/lang/String;)V"),
                &[(&name).into()],
            )
            .map(drop)
        });
    }
}

/// Whether Java threw this.
fn named(error: &Error, class: &str) -> bool {
    matches!(error, Error::CaughtJavaException { name, .. } if name.ends_with(class))
}

fn reason(error: &Error) -> DeviceError {
    if named(error, "KeyPermanentlyInvalidatedException")
        || named(error, "UnrecoverableKeyException")
        || named(error, "AEADBadTagException")
        || matches!(error, Error::NullPtr(_))
    {
        DeviceError::Changed
    } else if named(error, "UserNotAuthenticatedException") {
        DeviceError::Declined
    } else {
        DeviceError::Unusable
    }
}

fn open<'local>(env: &mut Env<'local>) -> Result<JObject<'local>, Error> {
    let name = env.new_string(STORE)?;
    let store = env
        .call_static_method(
            jni_str!("java/security/KeyStore"),
            jni_str!("getInstance"),
            jni_sig!("(Ljava/lang/String;)Ljava/security/KeyStore;"),
            &[(&name).into()],
        )?
        .l()?;
    env.call_method(
        &store,
        jni_str!("load"),
        jni_sig!("(Ljava/security/KeyStore$LoadStoreParameter;)V"),
        &[(&JObject::null()).into()],
    )?;
    Ok(store)
}

/// A cipher with the key of this name; null where the store has none.
fn cipher<'local>(
    env: &mut Env<'local>,
    name: &str,
    mode: i32,
    nonce: Option<&[u8]>,
) -> Result<JObject<'local>, Error> {
    let (store, name) = (open(env)?, env.new_string(name)?);
    let key = env
        .call_method(
            &store,
            jni_str!("getKey"),
            jni_sig!("(Ljava/lang/String;[C)Ljava/security/Key;"),
            &[(&name).into(), (&JObject::null()).into()],
        )?
        .l()?;
    if key.is_null() {
        return Err(Error::NullPtr("the key"));
    }
    let kind = env.new_string(CIPHER)?;
    let cipher = env
        .call_static_method(
            jni_str!("javax/crypto/Cipher"),
            jni_str!("getInstance"),
            jni_sig!("(Ljava/lang/String;)Ljavax/crypto/Cipher;"),
            &[(&kind).into()],
        )?
        .l()?;
    match nonce {
        None => env.call_method(
            &cipher,
            jni_str!("init"),
            jni_sig!("(ILjava/security/Key;)V"),
            &[mode.into(), (&key).into()],
        )?,
        Some(nonce) => {
            let nonce = env.byte_array_from_slice(nonce)?;
            let how = env.new_object(
                jni_str!("javax/crypto/spec/GCMParameterSpec"),
                jni_sig!("(I[B)V"),
                &[TAG_BITS.into(), (&nonce).into()],
            )?;
            env.call_method(
                &cipher,
                jni_str!("init"),
                jni_sig!("(ILjava/security/Key;Ljava/security/spec/AlgorithmParameterSpec;)V"),
                &[mode.into(), (&key).into(), (&how).into()],
            )?
        }
    };
    Ok(cipher)
}

/// The store's nonce, then what the key became.
fn wrap(env: &mut Env, name: &str, key: &DeviceKey) -> Result<Vec<u8>, Error> {
    let cipher = cipher(env, name, WRAP, None)?;
    let nonce = env.call_method(&cipher, jni_str!("getIV"), jni_sig!("()[B"), &[])?.l()?;
    let nonce = env.cast_local::<JByteArray>(nonce)?;
    let mut wrapped = env.convert_byte_array(&nonce)?;
    wrapped.extend(finish(env, &cipher, key.expose())?.iter());
    Ok(wrapped)
}

fn unwrap(env: &mut Env, name: &str, wrapped: &[u8]) -> Result<Zeroizing<Vec<u8>>, Error> {
    let Some((nonce, wrapped)) = wrapped.split_at_checked(NONCE_LEN) else {
        return Err(Error::NullPtr("what was wrapped"));
    };
    let cipher = cipher(env, name, UNWRAP, Some(nonce))?;
    finish(env, &cipher, wrapped)
}

fn finish(env: &mut Env, cipher: &JObject, bytes: &[u8]) -> Result<Zeroizing<Vec<u8>>, Error> {
    let given = env.byte_array_from_slice(bytes)?;
    let done = env
        .call_method(cipher, jni_str!("doFinal"), jni_sig!("([B)[B"), &[(&given).into()])?
        .l()?;
    let done = env.cast_local::<JByteArray>(done)?;
    let out = Zeroizing::new(env.convert_byte_array(&done)?);
    // Java keeps what it has until it cleans up: nothing of it shall be the key.
    given.set_region(env, 0, &vec![0; bytes.len()])?;
    done.set_region(env, 0, &vec![0; out.len()])?;
    Ok(out)
}

fn make(env: &mut Env, name: &str, in_chip: bool) -> Result<(), Error> {
    let name: JString = env.new_string(name)?;
    let mut spec = env.new_object(
        jni_str!("android/security/keystore/KeyGenParameterSpec$Builder"),
        jni_sig!("(Ljava/lang/String;I)V"),
        &[(&name).into(), PURPOSES.into()],
    )?;
    let class = env.find_class(jni_str!("java/lang/String"))?;
    for (method, choice) in
        [(jni_str!("setBlockModes"), "GCM"), (jni_str!("setEncryptionPaddings"), "NoPadding")]
    {
        let choice = env.new_string(choice)?;
        let choices = env.new_object_array(1, &class, &choice)?;
        spec = env
            .call_method(
                &spec,
                method,
                jni_sig!(
                    "([Ljava/lang/String;)Landroid/security/keystore/KeyGenParameterSpec$Builder;"
                ),
                &[(&choices).into()],
            )?
            .l()?;
    }
    for (method, number) in [
        (jni_str!("setKeySize"), 256),
        (jni_str!("setUserAuthenticationValidityDurationSeconds"), SECONDS),
    ] {
        spec = env
            .call_method(
                &spec,
                method,
                jni_sig!("(I)Landroid/security/keystore/KeyGenParameterSpec$Builder;"),
                &[number.into()],
            )?
            .l()?;
    }
    for (method, yes) in [
        (jni_str!("setUserAuthenticationRequired"), true),
        (jni_str!("setIsStrongBoxBacked"), in_chip),
    ] {
        spec = env
            .call_method(
                &spec,
                method,
                jni_sig!("(Z)Landroid/security/keystore/KeyGenParameterSpec$Builder;"),
                &[yes.into()],
            )?
            .l()?;
    }
    let spec = env
        .call_method(
            &spec,
            jni_str!("build"),
            jni_sig!("()Landroid/security/keystore/KeyGenParameterSpec;"),
            &[],
        )?
        .l()?;
    let (kind, store) = (env.new_string("AES")?, env.new_string(STORE)?);
    let generator = env
        .call_static_method(
            jni_str!("javax/crypto/KeyGenerator"),
            jni_str!("getInstance"),
            jni_sig!("(Ljava/lang/String;Ljava/lang/String;)Ljavax/crypto/KeyGenerator;"),
            &[(&kind).into(), (&store).into()],
        )?
        .l()?;
    env.call_method(
        &generator,
        jni_str!("init"),
        jni_sig!("(Ljava/security/spec/AlgorithmParameterSpec;)V"),
        &[(&spec).into()],
    )?;
    env.call_method(
        &generator,
        jni_str!("generateKey"),
        jni_sig!("()Ljavax/crypto/SecretKey;"),
        &[],
    )
    .map(drop)
}
