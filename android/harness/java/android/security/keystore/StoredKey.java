package android.security.keystore;

/** A key that never leaves the store: no format, no bytes. */
public class StoredKey implements javax.crypto.SecretKey {
    final String name;

    StoredKey(String name) { this.name = name; }

    @Override public String getAlgorithm() { return "AES"; }
    @Override public String getFormat() { return null; }
    @Override public byte[] getEncoded() { return null; }
}
