package android.content;

public class ContentResolver {
    public android.os.ParcelFileDescriptor openFileDescriptor(android.net.Uri uri, String mode) { return null; }
}
