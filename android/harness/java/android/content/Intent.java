package android.content;

public class Intent {
    private final String action;
    private final android.net.Uri data;

    public Intent(String action, android.net.Uri data) {
        this.action = action;
        this.data = data;
    }

    @Override public String toString() { return action + " " + data; }
}
