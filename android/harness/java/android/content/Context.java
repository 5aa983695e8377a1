package android.content;

public class Context {
    public static final String INPUT_METHOD_SERVICE = new String("input_method");
    public static boolean permitted;

    /** PERMISSION_GRANTED is 0, PERMISSION_DENIED is -1. */
    public int checkSelfPermission(String name) {
        return permitted && name.equals("android.permission.CAMERA") ? 0 : -1;
    }

    public android.content.res.AssetManager getAssets() { return new android.content.res.AssetManager(); }
    public android.content.res.Resources getResources() { return new android.content.res.Resources(); }
    public ContentResolver getContentResolver() { return new ContentResolver(); }

    public Object getSystemService(String name) {
        switch (name) {
            case "input_method": return new android.view.inputmethod.InputMethodManager();
            case "keyguard": return new android.app.KeyguardManager();
            case "clipboard": return new ClipboardManager();
            default: return null;
        }
    }
}
