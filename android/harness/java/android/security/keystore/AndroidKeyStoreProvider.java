package android.security.keystore;

/** The phone's store of keys, as Java finds it. */
public class AndroidKeyStoreProvider extends java.security.Provider {
    public AndroidKeyStoreProvider() {
        super("AndroidKeyStore", "1", "a phone's keys");
        put("KeyStore.AndroidKeyStore", Store.class.getName());
        put("KeyGenerator.AES", Generator.class.getName());
        put("Cipher.AES/GCM/NoPadding", StoreCipher.class.getName());
        put("Cipher.AES/GCM/NoPadding SupportedKeyClasses", StoredKey.class.getName());
    }
}
