package android.os;

import java.io.File;
import java.io.RandomAccessFile;
import java.nio.file.Files;

public class ParcelFileDescriptor {
    /** Not to be closed by Java, since whoever took the number closes it. */
    private static final java.util.List<RandomAccessFile> GIVEN_AWAY = new java.util.ArrayList<>();
    private final RandomAccessFile opened;
    private final File file;

    public ParcelFileDescriptor(File file, String mode) throws java.io.FileNotFoundException {
        if (!mode.equals("r") && !mode.equals("wt")) throw new IllegalArgumentException(mode);
        if (mode.equals("r") && !file.exists()) throw new java.io.FileNotFoundException();
        this.file = file;
        this.opened = new RandomAccessFile(file, mode.equals("r") ? "r" : "rw");
        try {
            if (mode.equals("wt")) opened.setLength(0);
        } catch (java.io.IOException failed) {
            throw new java.io.FileNotFoundException();
        }
    }

    /** Java knows the number and does not tell it; the system shows what each is of. */
    public int detachFd() throws java.io.IOException {
        GIVEN_AWAY.add(opened);
        int newest = -1;
        for (File number : new File("/proc/self/fd").listFiles()) {
            try {
                if (Files.isSameFile(number.toPath(), file.toPath())) {
                    newest = Math.max(newest, Integer.parseInt(number.getName()));
                }
            } catch (java.io.IOException gone) {
                // Closed in between.
            }
        }
        return newest;
    }
}
