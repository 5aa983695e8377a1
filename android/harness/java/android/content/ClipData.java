package android.content;

public class ClipData {
    private final ClipDescription description;
    private final Item item;

    private ClipData(CharSequence label, Item item) {
        this.description = new ClipDescription(label);
        this.item = item;
    }

    public static ClipData newPlainText(CharSequence label, CharSequence text) {
        return new ClipData(label, new Item(text));
    }

    public ClipDescription getDescription() { return description; }
    public int getItemCount() { return 1; }
    public Item getItemAt(int at) { return item; }

    public static class Item {
        private final CharSequence text;

        public Item(CharSequence text) { this.text = text; }

        public CharSequence getText() { return text; }
        public android.net.Uri getUri() { return null; }
    }
}
