package android.security.keystore;

import android.app.KeyguardManager;
import java.security.InvalidAlgorithmParameterException;
import java.security.SecureRandom;
import java.security.spec.AlgorithmParameterSpec;
import java.util.Base64;
import java.util.Properties;
import javax.crypto.KeyGeneratorSpi;
import javax.crypto.SecretKey;

/** Makes keys of the one kind that the app asks for, and no other. */
public class Generator extends KeyGeneratorSpi {
    /** Whether there is a chip for keys. */
    public static boolean chip;
    /** Whether the key that was made last lies there. */
    public static boolean lastInChip;
    private KeyGenParameterSpec spec;

    @Override protected void engineInit(AlgorithmParameterSpec asked, SecureRandom random)
            throws InvalidAlgorithmParameterException {
        spec = (KeyGenParameterSpec) asked;
        boolean right = spec.purposes == 3 && spec.size == 256 && "GCM".equals(spec.modes)
            && "NoPadding".equals(spec.paddings) && spec.guarded && spec.seconds > 0;
        if (!right || !KeyguardManager.secure) throw new InvalidAlgorithmParameterException();
    }
    @Override protected SecretKey engineGenerateKey() {
        if (spec.inChip && !chip) throw new StrongBoxUnavailableException();
        lastInChip = spec.inChip;
        byte[] bytes = new byte[32];
        new SecureRandom().nextBytes(bytes);
        Properties keys = Store.kept();
        keys.setProperty(spec.name, Base64.getEncoder().encodeToString(bytes) + " " + spec.seconds);
        Store.keep(keys);
        return new StoredKey(spec.name);
    }
    @Override protected void engineInit(SecureRandom random) { throw new UnsupportedOperationException(); }
    @Override protected void engineInit(int size, SecureRandom random) { throw new UnsupportedOperationException(); }
}
