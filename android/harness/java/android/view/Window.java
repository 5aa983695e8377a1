package android.view;

public class Window {
    public View getDecorView() { return new View(); }
}
