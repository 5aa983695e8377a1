package android.view;

public class View {
    public android.os.IBinder getWindowToken() { return null; }
}
