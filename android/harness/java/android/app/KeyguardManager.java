package android.app;

import android.content.Intent;

/** The phone's lock. */
public class KeyguardManager {
    public static boolean secure = true;
    /** When it was opened last; never yet. */
    public static long openedAt = System.nanoTime() - 3_600_000_000_000L;

    public boolean isDeviceSecure() { return secure; }

    public Intent createConfirmDeviceCredentialIntent(CharSequence title, CharSequence what) {
        return secure ? new Intent("android.app.action.CONFIRM_DEVICE_CREDENTIAL").putExtra("title", title.toString()) : null;
    }
}
