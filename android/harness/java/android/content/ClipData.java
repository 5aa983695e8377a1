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

    public static ClipData newRawUri(CharSequence label, android.net.Uri uri) {
        return new ClipData(label, new Item(uri));
    }

    public ClipDescription getDescription() { return description; }
    public int getItemCount() { return 1; }
    public Item getItemAt(int at) { return item; }

    public static class Item {
        private final CharSequence text;
        private final android.net.Uri uri;

        public Item(CharSequence text) { this.text = text; this.uri = null; }
        public Item(android.net.Uri uri) { this.text = null; this.uri = uri; }

        public CharSequence getText() { return text; }
        public android.net.Uri getUri() { return uri; }
    }
}
