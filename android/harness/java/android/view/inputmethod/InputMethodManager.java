package android.view.inputmethod;

public class InputMethodManager {
    public static boolean shown;

    public boolean showSoftInput(android.view.View view, int flags) { shown = true; return true; }
    public boolean hideSoftInputFromWindow(android.os.IBinder token, int flags) { shown = false; return true; }
}
