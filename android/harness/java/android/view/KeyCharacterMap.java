package android.view;

/** A keyboard of the letters, the digits and the space. */
public class KeyCharacterMap {
    public int get(int key, int meta) {
        if (key >= 29 && key <= 54) return ((meta & 1) != 0 ? 65 : 97) + key - 29;
        if (key >= 7 && key <= 16) return 48 + key - 7;
        return key == 62 ? 32 : 0;
    }
    public static int getDeadChar(int accent, int letter) { return 0; }
    public int getKeyboardType() { return 4; }
}
