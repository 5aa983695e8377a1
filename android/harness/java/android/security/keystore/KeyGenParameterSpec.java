package android.security.keystore;

/** What is asked of a key; a builder, as Android has it. */
public class KeyGenParameterSpec implements java.security.spec.AlgorithmParameterSpec {
    String name, modes, paddings;
    int purposes, size, seconds;
    boolean guarded, inChip;

    public static class Builder {
        private final KeyGenParameterSpec spec = new KeyGenParameterSpec();

        public Builder(String name, int purposes) {
            spec.name = name;
            spec.purposes = purposes;
        }

        public Builder setBlockModes(String... modes) { spec.modes = String.join(",", modes); return this; }
        public Builder setEncryptionPaddings(String... paddings) { spec.paddings = String.join(",", paddings); return this; }
        public Builder setKeySize(int size) { spec.size = size; return this; }
        public Builder setUserAuthenticationRequired(boolean guarded) { spec.guarded = guarded; return this; }
        public Builder setUserAuthenticationValidityDurationSeconds(int seconds) { spec.seconds = seconds; return this; }
        public Builder setIsStrongBoxBacked(boolean inChip) { spec.inChip = inChip; return this; }
        public KeyGenParameterSpec build() { return spec; }
    }
}
