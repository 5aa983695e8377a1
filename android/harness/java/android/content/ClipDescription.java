package android.content;

public class ClipDescription {
    private final CharSequence label;
    private android.os.PersistableBundle extras;

    ClipDescription(CharSequence label) { this.label = label; }

    public void setExtras(android.os.PersistableBundle extras) { this.extras = extras; }
    public boolean isSensitive() {
        return extras != null && extras.getBoolean("android.content.extra.IS_SENSITIVE");
    }
}
