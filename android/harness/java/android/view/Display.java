package android.view;

/** A screen that is held upright. */
public class Display {
    public int getRotation() { return 0; }
}
