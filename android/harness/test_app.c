/* An app of the least kind, to try the harness with: it paints its window green when it gets one, and
 * half of what it should when it is asked again. Linked with the stub libraries alone. */
#include <stddef.h>
#include <stdint.h>

typedef struct Activity Activity;
typedef void (*Callback)(Activity *, void *);
struct Activity {
    /* In the order of ANativeActivityCallbacks. */
    struct { Callback all[16]; } *callbacks;
};
enum { WINDOW_CREATED = 7, WINDOW_REDRAW = 9, QUEUE_CREATED = 11, SECURE = 0x2000 };

typedef struct { int left, top, right, bottom; } Rect;
typedef struct { int width, height, stride, format; void *bits; uint32_t reserved[6]; } Buffer;
int ANativeWindow_lock(void *, Buffer *, Rect *);
int ANativeWindow_unlockAndPost(void *);
void ANativeActivity_setWindowFlags(Activity *, uint32_t, uint32_t);
int __android_log_write(int, const char *, const char *);
void *ALooper_prepare(int);
void AInputQueue_attachLooper(void *, void *, int, int (*)(int, int, void *), void *);
int32_t AInputQueue_getEvent(void *, void **);
void AInputQueue_finishEvent(void *, void *, int);

static void paint(void *window, Rect asked, int parts) {
    Buffer buffer;
    if (ANativeWindow_lock(window, &buffer, &asked)) return;
    int bottom = asked.top + (asked.bottom - asked.top) / parts;
    for (int y = asked.top; y < bottom; y++)
        for (int x = asked.left; x < asked.right; x++)
            ((uint32_t *)buffer.bits)[y * buffer.stride + x] = 0xff00ff00;
    ANativeWindow_unlockAndPost(window);
}

static void created(Activity *activity, void *window) {
    ANativeActivity_setWindowFlags(activity, SECURE, 0);
    paint(window, (Rect){0, 0, 10, 10}, 1);
}
static void redraw(Activity *activity, void *window) {
    (void)activity;
    paint(window, (Rect){0, 0, 100, 100}, 2);
}
static int refuse(int fd, int events, void *queue) {
    void *event;
    (void)fd, (void)events;
    while (AInputQueue_getEvent(queue, &event) >= 0) AInputQueue_finishEvent(queue, event, 0);
    return 1;
}
static void listen(Activity *activity, void *queue) {
    (void)activity;
    AInputQueue_attachLooper(queue, ALooper_prepare(0), 1, refuse, queue);
}
static void nothing(Activity *activity, void *what) { (void)activity, (void)what; }

/* Addresses that depend on where the library is loaded. */
static const struct { int place; Callback answer; } ANSWERS[] = {
    {WINDOW_CREATED, created}, {WINDOW_REDRAW, redraw}, {QUEUE_CREATED, listen},
};

void ANativeActivity_onCreate(Activity *activity, void *saved, size_t size) {
    (void)saved, (void)size;
    for (int i = 0; i < 16; i++) activity->callbacks->all[i] = nothing;
    for (unsigned i = 0; i < sizeof ANSWERS / sizeof *ANSWERS; i++)
        activity->callbacks->all[ANSWERS[i].place] = ANSWERS[i].answer;
    __android_log_write(4, "test", "created");
}
