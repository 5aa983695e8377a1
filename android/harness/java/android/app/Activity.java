package android.app;

import android.content.Intent;

public class Activity extends android.content.Context {
    public static final int RESULT_OK = -1, RESULT_CANCELED = 0;
    private static final Application APPLICATION = new Application();
    public static Activity running;
    public static int asked;
    public static String askedFor;
    public static String opened;
    /** The page of the system that is in front, if one is, and whether there is one at all. */
    public static Intent page;
    public static boolean pages = true;
    static { java.security.Security.addProvider(new android.security.keystore.AndroidKeyStoreProvider()); }

    private Intent intent = new Intent("android.intent.action.MAIN");
    private int number;

    public Activity() { running = this; }

    public Application getApplication() { return APPLICATION; }
    public android.view.Window getWindow() { return new android.view.Window(); }
    public android.view.WindowManager getWindowManager() { return new android.view.WindowManager() {}; }
    public Intent getIntent() { return intent; }
    public void setIntent(Intent intent) { this.intent = intent; }

    public void requestPermissions(String[] names, int code) {
        asked += names.length;
        askedFor = names[0];
    }

    public void startActivity(Intent intent) { opened = intent.toString(); }

    public void startActivityForResult(Intent intent, int number) {
        if (!pages) throw new RuntimeException("ActivityNotFoundException");
        page = intent;
        this.number = number;
    }

    protected void onNewIntent(Intent intent) {}
    protected void onActivityResult(int number, int outcome, Intent answer) {}

    /** An intent comes while the activity runs; Android pauses it before and resumes it after. */
    public void deliver(Intent intent) { onNewIntent(intent); }

    /** The person is done with the page of the system. */
    public void answer(int outcome, Intent answer) {
        page = null;
        onActivityResult(number, outcome, answer);
    }
}
