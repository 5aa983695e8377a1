package android.content;

/** Other apps' files: what is at content://harness/NAME is in the file /NAME. */
public class ContentResolver {
    private static final String FILES = "content://harness";

    public android.os.ParcelFileDescriptor openFileDescriptor(android.net.Uri uri, String mode)
            throws java.io.FileNotFoundException {
        String address = uri.toString();
        if (!address.startsWith(FILES)) throw new SecurityException("not given to this app");
        return new android.os.ParcelFileDescriptor(new java.io.File(address.substring(FILES.length())), mode);
    }
}
