package android.app;

public class Activity extends android.content.Context {
    private static final Application APPLICATION = new Application();

    public Application getApplication() { return APPLICATION; }
    public android.view.Window getWindow() { return new android.view.Window(); }
}
