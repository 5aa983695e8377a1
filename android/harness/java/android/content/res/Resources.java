package android.content.res;

public class Resources {
    public static final Configuration CONFIGURATION = new Configuration();

    public Configuration getConfiguration() { return CONFIGURATION; }
}
