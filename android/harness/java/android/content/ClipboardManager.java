package android.content;

/** The clipboard as Android 10 and newer have it: only the app in front sees what is on it. */
public class ClipboardManager {
    public static ClipData present;
    public static boolean focused = true;

    public ClipData getPrimaryClip() { return focused ? present : null; }
    public void setPrimaryClip(ClipData clip) {
        if (clip == null) throw new NullPointerException();
        present = clip;
    }
    public void clearPrimaryClip() { present = null; }
}
