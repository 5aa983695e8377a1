import android.app.Activity;
import android.content.ClipData;
import android.content.ClipboardManager;
import android.content.Intent;
import android.net.Uri;

/** What the story asks of the Java side; each answer is one line. */
public final class Harness {
    private Harness() {}

    /** What is on the clipboard, and whether it is marked as sensitive. */
    public static String clipboard(String unused) {
        ClipData clip = ClipboardManager.present;
        if (clip == null) return "empty";
        return (clip.getDescription().isSensitive() ? "sensitive " : "plain ") + clip.getItemAt(0).getText();
    }

    /** Puts a text on the clipboard, as another app does. */
    public static String copy(String text) {
        ClipboardManager.present = ClipData.newPlainText("another app", text);
        return "";
    }

    /** Puts the address of a picture on the clipboard, as another app does. */
    public static String copyPicture(String address) {
        ClipboardManager.present = ClipData.newRawUri("another app", Uri.parse(address));
        return "";
    }

    /** Whether the app's window has the focus, without which it sees nothing on the clipboard. */
    public static String focus(String has) {
        ClipboardManager.focused = has.equals("true");
        return "";
    }

    /** Whether the keyboard was asked for. */
    public static String keyboard(String unused) {
        return android.view.inputmethod.InputMethodManager.shown ? "shown" : "hidden";
    }

    /** Whether the app may use the camera, as the person answers now or has answered. */
    public static String permit(String granted) {
        android.content.Context.permitted = granted.equals("true");
        return "";
    }

    /** How often the person was asked for a permission, and for which last. */
    public static String asked(String unused) {
        return android.app.Activity.asked + " " + android.app.Activity.askedFor;
    }

    /** Another app opens a link with this one. */
    public static String view(String link) {
        Activity.running.deliver(new Intent("android.intent.action.VIEW", Uri.parse(link)));
        return "";
    }

    /** The app is begun with a link, anew or once more from the list of recent apps. */
    public static String begin(String words) {
        String[] parts = words.split(" ", 2);
        Intent intent = new Intent("android.intent.action.VIEW", Uri.parse(parts[1]));
        Activity.running.setIntent(parts[0].equals("recent") ? intent.addFlags(0x00100000) : intent);
        return "";
    }

    /** Another app shares a text or a picture: `share TYPE WHAT`. */
    public static String share(String words) {
        String[] parts = words.split(" ", 2);
        Intent intent = new Intent("android.intent.action.SEND").setType(parts[0]);
        if (parts[0].startsWith("image/")) intent.putExtra("android.intent.extra.STREAM", Uri.parse(parts[1]));
        else intent.putExtra("android.intent.extra.TEXT", parts[1]);
        Activity.running.deliver(intent);
        return "";
    }

    /** What the page of the system is for that is in front. */
    public static String page(String unused) {
        return Activity.page == null ? "none" : Activity.page.asks();
    }

    /** The person chooses this there, or nothing and goes back. */
    public static String choose(String address) {
        if (address.isEmpty()) Activity.running.answer(Activity.RESULT_CANCELED, null);
        else Activity.running.answer(Activity.RESULT_OK, new Intent(null, Uri.parse(address)));
        return "";
    }

    /** How large the person wants texts; the system tells it as a change of the configuration. */
    public static String texts(String scale) {
        android.content.res.Resources.CONFIGURATION.fontScale = Float.parseFloat(scale);
        return "";
    }

    /** The person opens the phone's lock on the system's page, or goes back. */
    public static String prove(String does) {
        if (does.equals("true")) android.app.KeyguardManager.openedAt = System.nanoTime();
        Activity.running.answer(does.equals("true") ? Activity.RESULT_OK : Activity.RESULT_CANCELED, null);
        return "";
    }

    /** Whether the phone has a lock. */
    public static String secure(String has) {
        android.app.KeyguardManager.secure = has.equals("true");
        return "";
    }

    /** Whether the phone has a chip of its own for keys. */
    public static String chip(String has) {
        android.security.keystore.Generator.chip = has.equals("true");
        return "";
    }

    /** Where the key that was made last lies. */
    public static String place(String unused) {
        return android.security.keystore.Generator.lastInChip ? "chip" : "system";
    }

    /** The lock is changed: the keys in the store are of no use any more. */
    public static String spoil(String unused) {
        android.security.keystore.Store.spoilt = true;
        return "";
    }

    /** How many keys the store has. */
    public static String keys(String unused) throws Exception {
        java.security.KeyStore store = java.security.KeyStore.getInstance("AndroidKeyStore");
        store.load(null);
        return String.valueOf(store.size());
    }

    /** Whether the system has pages to ask with. */
    public static String pages(String has) {
        Activity.pages = has.equals("true");
        return "";
    }

    /** The link that was opened last. */
    public static String opened(String unused) {
        return String.valueOf(android.app.Activity.opened);
    }
}
