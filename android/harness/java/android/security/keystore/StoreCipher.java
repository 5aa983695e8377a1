package android.security.keystore;

import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.InvalidAlgorithmParameterException;
import java.security.InvalidKeyException;
import java.security.Key;
import java.security.SecureRandom;
import java.security.spec.AlgorithmParameterSpec;
import javax.crypto.Cipher;
import javax.crypto.CipherSpi;

/** AES in GCM with a key of the store. */
public class StoreCipher extends CipherSpi {
    private Cipher real;

    @Override protected void engineInit(int mode, Key key, AlgorithmParameterSpec how, SecureRandom random)
            throws InvalidKeyException, InvalidAlgorithmParameterException {
        javax.crypto.SecretKey secret = Store.secret(key);
        try {
            real = Cipher.getInstance("AES/GCM/NoPadding", "SunJCE");
            if (how == null) real.init(mode, secret);
            else real.init(mode, secret, how);
        } catch (java.security.NoSuchAlgorithmException | java.security.NoSuchProviderException
                | javax.crypto.NoSuchPaddingException failed) {
            throw new InvalidKeyException(failed);
        }
    }
    @Override protected void engineInit(int mode, Key key, SecureRandom random) throws InvalidKeyException {
        try { engineInit(mode, key, (AlgorithmParameterSpec) null, random); }
        catch (InvalidAlgorithmParameterException failed) { throw new InvalidKeyException(failed); }
    }
    @Override protected void engineInit(int mode, Key key, AlgorithmParameters how, SecureRandom random) { throw new UnsupportedOperationException(); }
    @Override protected byte[] engineDoFinal(byte[] in, int at, int length)
            throws javax.crypto.IllegalBlockSizeException, javax.crypto.BadPaddingException {
        return real.doFinal(in, at, length);
    }
    @Override protected int engineDoFinal(byte[] in, int at, int length, byte[] out, int to) { throw new UnsupportedOperationException(); }
    @Override protected byte[] engineUpdate(byte[] in, int at, int length) { return real.update(in, at, length); }
    @Override protected int engineUpdate(byte[] in, int at, int length, byte[] out, int to) { throw new UnsupportedOperationException(); }
    @Override protected byte[] engineGetIV() { return real.getIV(); }
    @Override protected int engineGetBlockSize() { return 16; }
    @Override protected int engineGetOutputSize(int length) { return real.getOutputSize(length); }
    @Override protected AlgorithmParameters engineGetParameters() { return real.getParameters(); }
    @Override protected void engineSetMode(String mode) {}
    @Override protected void engineSetPadding(String padding) {}
}
