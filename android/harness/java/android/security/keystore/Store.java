package android.security.keystore;

import android.app.KeyguardManager;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.InvalidKeyException;
import java.security.Key;
import java.security.KeyStoreSpi;
import java.security.cert.Certificate;
import java.util.Base64;
import java.util.Collections;
import java.util.Date;
import java.util.Enumeration;
import java.util.Properties;
import javax.crypto.SecretKey;
import javax.crypto.spec.SecretKeySpec;

/** The store: it outlives the app, and gives no key to whoever has not opened the phone's lock. */
public class Store extends KeyStoreSpi {
    /** Keys are of no use any more, as after a change of the lock. */
    public static boolean spoilt;
    private static final Path FILE = Path.of(System.getProperty("java.class.path").split(":")[0], "keys");

    static synchronized Properties kept() {
        Properties keys = new Properties();
        if (Files.exists(FILE)) {
            try (InputStream in = Files.newInputStream(FILE)) { keys.load(in); }
            catch (IOException failed) { throw new RuntimeException(failed); }
        }
        return keys;
    }
    static synchronized void keep(Properties keys) {
        try (OutputStream out = Files.newOutputStream(FILE)) { keys.store(out, null); }
        catch (IOException failed) { throw new RuntimeException(failed); }
    }
    /** What it does with a key, only shortly after the lock was opened. */
    static SecretKey secret(Key key) throws InvalidKeyException {
        String[] parts = kept().getProperty(((StoredKey) key).name, "").split(" ");
        if (parts.length != 2) throw new InvalidKeyException();
        if (spoilt) throw new KeyPermanentlyInvalidatedException();
        if (System.nanoTime() - KeyguardManager.openedAt > Long.parseLong(parts[1]) * 1_000_000_000L) {
            throw new UserNotAuthenticatedException();
        }
        return new SecretKeySpec(Base64.getDecoder().decode(parts[0]), "AES");
    }

    @Override public Key engineGetKey(String name, char[] password) {
        return engineContainsAlias(name) ? new StoredKey(name) : null;
    }
    @Override public boolean engineContainsAlias(String name) { return kept().containsKey(name); }
    @Override public void engineDeleteEntry(String name) {
        Properties keys = kept();
        keys.remove(name);
        keep(keys);
    }
    @Override public int engineSize() { return kept().size(); }
    @Override public void engineLoad(java.security.KeyStore.LoadStoreParameter how) {}
    @Override public void engineLoad(InputStream in, char[] password) {}
    @Override public void engineStore(OutputStream out, char[] password) {}
    @Override public Enumeration<String> engineAliases() { return Collections.enumeration(kept().stringPropertyNames()); }
    @Override public boolean engineIsKeyEntry(String name) { return engineContainsAlias(name); }
    @Override public boolean engineIsCertificateEntry(String name) { return false; }
    @Override public Certificate[] engineGetCertificateChain(String name) { return null; }
    @Override public Certificate engineGetCertificate(String name) { return null; }
    @Override public String engineGetCertificateAlias(Certificate certificate) { return null; }
    @Override public Date engineGetCreationDate(String name) { return null; }
    @Override public void engineSetKeyEntry(String name, Key key, char[] password, Certificate[] chain) { throw new UnsupportedOperationException(); }
    @Override public void engineSetKeyEntry(String name, byte[] key, Certificate[] chain) { throw new UnsupportedOperationException(); }
    @Override public void engineSetCertificateEntry(String name, Certificate certificate) { throw new UnsupportedOperationException(); }
}
