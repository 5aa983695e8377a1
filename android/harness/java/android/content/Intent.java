package android.content;

public class Intent {
    private final java.util.Map<String, Object> extras = new java.util.HashMap<>();
    private final java.util.Set<String> categories = new java.util.TreeSet<>();
    private String action, type;
    private android.net.Uri data;
    private int flags;

    public Intent() {}
    public Intent(String action) { this.action = action; }
    public Intent(String action, android.net.Uri data) {
        this.action = action;
        this.data = data;
    }

    public String getAction() { return action; }
    public android.net.Uri getData() { return data; }
    public String getType() { return type; }
    public int getFlags() { return flags; }
    public Intent setType(String type) { this.type = type; return this; }
    public Intent addFlags(int added) { flags |= added; return this; }
    public Intent addCategory(String category) { categories.add(category); return this; }
    public Intent putExtra(String name, String value) { extras.put(name, value); return this; }
    public Intent putExtra(String name, android.os.Parcelable value) { extras.put(name, value); return this; }
    public CharSequence getCharSequenceExtra(String name) { return (CharSequence) extras.get(name); }
    public android.os.Parcelable getParcelableExtra(String name) { return (android.os.Parcelable) extras.get(name); }

    /** What it asks for, in one line. */
    public String asks() { return action + " " + type + " " + categories + " " + extras; }

    @Override public String toString() { return action + " " + data; }
}
