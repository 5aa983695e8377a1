package android.os;

public class PersistableBundle {
    private final java.util.Map<String, Boolean> values = new java.util.HashMap<>();

    public void putBoolean(String name, boolean value) { values.put(name, value); }
    public boolean getBoolean(String name) { return values.getOrDefault(name, false); }
}
