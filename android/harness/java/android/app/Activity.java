package android.app;

public class Activity extends android.content.Context {
    private static final Application APPLICATION = new Application();
    public static int asked;
    public static String askedFor;
    public static String opened;

    public Application getApplication() { return APPLICATION; }
    public android.view.Window getWindow() { return new android.view.Window(); }
    public android.view.WindowManager getWindowManager() { return new android.view.WindowManager() {}; }

    public void requestPermissions(String[] names, int code) {
        asked += names.length;
        askedFor = names[0];
    }

    public void startActivity(android.content.Intent intent) { opened = intent.toString(); }
}
