import android.content.ClipData;
import android.content.ClipboardManager;

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

    /** The link that was opened last. */
    public static String opened(String unused) {
        return String.valueOf(android.app.Activity.opened);
    }
}
