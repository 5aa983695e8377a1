/* A phone of the least kind: looper, configuration, input queue and a window of two buffers.
 *
 * The window does what Android's does: a lock gives back, outside the region that the app says it
 * will draw, what was shown last; inside it, it gives rubbish (here magenta), so that whatever the
 * app leaves undrawn is seen at once. */
#define _GNU_SOURCE
#include <poll.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#define ARRAY(a) (int)(sizeof(a) / sizeof(*(a)))

/* The looper. */

typedef int (*Callback)(int fd, int events, void *data);
typedef struct { int fd, ident; Callback callback; void *data; } Source;
typedef struct { int wake, count; Source sources[16]; pthread_mutex_t mutex; } Looper;
static __thread Looper *own_looper;

Looper *SP_ALooper_prepare(int options) {
    (void)options;
    if (!own_looper) {
        own_looper = calloc(1, sizeof(Looper));
        own_looper->wake = eventfd(0, EFD_NONBLOCK);
        pthread_mutex_init(&own_looper->mutex, NULL);
    }
    return own_looper;
}
Looper *SP_ALooper_forThread(void) { return own_looper; }
void SP_ALooper_acquire(Looper *looper) { (void)looper; }
void SP_ALooper_release(Looper *looper) { (void)looper; }
void SP_ALooper_wake(Looper *looper) { uint64_t one = 1; write(looper->wake, &one, 8); }

int SP_ALooper_addFd(Looper *looper, int fd, int ident, int events, Callback callback, void *data) {
    (void)events;
    pthread_mutex_lock(&looper->mutex);
    looper->sources[looper->count++] = (Source){fd, callback ? -2 : ident, callback, data};
    pthread_mutex_unlock(&looper->mutex);
    SP_ALooper_wake(looper);
    return 1;
}
int SP_ALooper_removeFd(Looper *looper, int fd) {
    pthread_mutex_lock(&looper->mutex);
    for (int i = 0; i < looper->count; i++)
        if (looper->sources[i].fd == fd) looper->sources[i--] = looper->sources[--looper->count];
    pthread_mutex_unlock(&looper->mutex);
    return 1;
}

static int wakeups; /* of the app's thread, to count how often it stirs */
static pthread_t main_thread;
__attribute__((constructor)) static void note_main(void) { main_thread = pthread_self(); }
int harness_wakeups(void) { return wakeups; }

int SP_ALooper_pollOnce(int timeout, int *fd, int *events, void **data) {
    Looper *looper = own_looper;
    struct pollfd polled[17] = {{looper->wake, POLLIN, 0}};
    pthread_mutex_lock(&looper->mutex);
    int count = looper->count;
    for (int i = 0; i < count; i++) polled[i + 1] = (struct pollfd){looper->sources[i].fd, POLLIN, 0};
    pthread_mutex_unlock(&looper->mutex);
    int ready = poll(polled, count + 1, timeout);
    if (!pthread_equal(pthread_self(), main_thread)) wakeups++;
    if (ready == 0) return -3;
    for (int i = 0; i < count; i++) {
        if (!polled[i + 1].revents) continue;
        Source source = looper->sources[i];
        if (source.callback) {
            if (!source.callback(source.fd, 1, source.data)) SP_ALooper_removeFd(looper, source.fd);
            return -2;
        }
        if (fd) *fd = source.fd;
        if (events) *events = 1;
        if (data) *data = source.data;
        return source.ident;
    }
    uint64_t count_of_wakes;
    read(looper->wake, &count_of_wakes, 8);
    return -1;
}

/* The configuration. */

static int density = 440, night = 1, orientation = 1;
void harness_configure(int new_density, int is_night) { density = new_density; night = is_night ? 2 : 1; }
void *SP_AAssetManager_fromJava(void *env, void *object) { (void)env; (void)object; return (void *)1; }
void *SP_AConfiguration_new(void) { return calloc(1, 64); }
void SP_AConfiguration_delete(void *c) { free(c); }
void SP_AConfiguration_fromAssetManager(void *c, void *a) { (void)c; (void)a; }
void SP_AConfiguration_copy(void *to, void *from) { (void)to; (void)from; }
void SP_AConfiguration_getCountry(void *c, char *out) { (void)c; memcpy(out, "US", 2); }
void SP_AConfiguration_getLanguage(void *c, char *out) { (void)c; memcpy(out, "en", 2); }
int SP_AConfiguration_getDensity(void *c) { (void)c; return density; }
int SP_AConfiguration_getSdkVersion(void *c) { (void)c; return 34; }
int SP_AConfiguration_getUiModeNight(void *c) { (void)c; return night; }
int SP_AConfiguration_getOrientation(void *c) { (void)c; return orientation; }
#define ONE(what) int SP_AConfiguration_get##what(void *c) { (void)c; return 1; }
ONE(Keyboard) ONE(KeysHidden) ONE(Mcc) ONE(Mnc) ONE(NavHidden) ONE(Navigation) ONE(ScreenLong)
ONE(ScreenSize) ONE(Touchscreen) ONE(UiModeType)

/* The input queue. */

typedef struct { int type, action; float x, y; int key, meta; } Event;
typedef struct { Looper *looper; int fd; Event events[256]; unsigned taken, put; int unhandled_back; } Queue;

Queue *harness_queue(void) {
    Queue *queue = calloc(1, sizeof(Queue));
    queue->fd = eventfd(0, EFD_NONBLOCK | EFD_SEMAPHORE);
    return queue;
}
static void put(Queue *queue, Event event) {
    queue->events[queue->put++ % 256] = event;
    uint64_t one = 1;
    write(queue->fd, &one, 8);
}
void harness_touch(Queue *queue, int action, float x, float y) { put(queue, (Event){2, action, x, y, 0, 0}); }
void harness_key(Queue *queue, int action, int key, int meta) { put(queue, (Event){1, action, 0, 0, key, meta}); }
int harness_unhandled_back(Queue *queue) { return queue->unhandled_back; }
int harness_idle(Queue *queue) { return queue->taken == queue->put; }

void SP_AInputQueue_attachLooper(Queue *queue, Looper *looper, int ident, Callback callback, void *data) {
    queue->looper = looper;
    SP_ALooper_addFd(looper, queue->fd, ident, 1, callback, data);
}
void SP_AInputQueue_detachLooper(Queue *queue) {
    if (queue->looper) SP_ALooper_removeFd(queue->looper, queue->fd);
    queue->looper = NULL;
}
int SP_AInputQueue_getEvent(Queue *queue, Event **event) {
    if (queue->taken == queue->put) return -1;
    uint64_t one;
    read(queue->fd, &one, 8);
    *event = &queue->events[queue->taken++ % 256];
    return 0;
}
int SP_AInputQueue_preDispatchEvent(Queue *queue, Event *event) { (void)queue; (void)event; return 0; }
void SP_AInputQueue_finishEvent(Queue *queue, Event *event, int handled) {
    if (event->type == 1 && event->key == 4 && event->action == 1 && !handled) queue->unhandled_back++;
}
int SP_AInputEvent_getType(Event *e) { return e->type; }
int SP_AInputEvent_getDeviceId(Event *e) { (void)e; return 1; }
int SP_AInputEvent_getSource(Event *e) { return e->type == 1 ? 0x101 : 0x1002; }
int SP_AKeyEvent_getAction(Event *e) { return e->action; }
int SP_AKeyEvent_getKeyCode(Event *e) { return e->key; }
int SP_AKeyEvent_getMetaState(Event *e) { return e->meta; }
int SP_AKeyEvent_getRepeatCount(Event *e) { (void)e; return 0; }
int SP_AMotionEvent_getAction(Event *e) { return e->action; }
float SP_AMotionEvent_getAxisValue(Event *e, int axis, size_t index) { (void)index; return axis == 0 ? e->x : axis == 1 ? e->y : 0; }
size_t SP_AMotionEvent_getPointerCount(Event *e) { (void)e; return 1; }
int SP_AMotionEvent_getPointerId(Event *e, size_t index) { (void)e; (void)index; return 0; }

/* The window. */

#define MOST 4096
typedef struct { int left, top, right, bottom; } Rect;
typedef struct { int width, height, stride, format; void *bits; uint32_t reserved[6]; } Buffer;
static uint32_t *buffers[2];
static int width = 1080, height = 2340, stride = 1088, front, frames, flags, format, fresh = 1;
static long long drawn;
static struct timespec first_frame, first_frame_busy; /* the time, and the processor's time until then */
static pthread_mutex_t screen_mutex = PTHREAD_MUTEX_INITIALIZER;

void harness_resize(int new_width, int new_height) {
    pthread_mutex_lock(&screen_mutex);
    width = new_width, height = new_height, stride = (new_width + 15) / 16 * 16, fresh = 1;
    orientation = width > height ? 2 : 1;
    for (int i = 0; i < 2; i++) {
        free(buffers[i]);
        buffers[i] = calloc((size_t)stride * height, 4);
    }
    pthread_mutex_unlock(&screen_mutex);
}
int harness_frames(void) { return frames; }
struct timespec harness_first_frame(void) { return first_frame; }
struct timespec harness_first_frame_busy(void) { return first_frame_busy; }
long long harness_drawn(void) { return drawn; }
int harness_flags(void) { return flags; }
int harness_shot(const char *path) {
    FILE *file = fopen(path, "wb");
    if (!file) return -1;
    pthread_mutex_lock(&screen_mutex);
    fprintf(file, "P6\n%d %d\n255\n", width, height);
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++) fwrite(&buffers[front][y * stride + x], 3, 1, file);
    pthread_mutex_unlock(&screen_mutex);
    return fclose(file);
}

/* The activity that asked last to be ended. */
static void *finished;
void SP_ANativeActivity_finish(void *activity) { finished = activity; }
void *harness_finished(void) { return finished; }
void SP_ANativeActivity_setWindowFlags(void *activity, unsigned add, unsigned remove) { (void)activity; flags = (flags | add) & ~remove; }
void SP_ANativeWindow_acquire(void *window) { (void)window; }
void SP_ANativeWindow_release(void *window) { (void)window; }
int SP_ANativeWindow_getWidth(void *window) { (void)window; return width; }
int SP_ANativeWindow_getHeight(void *window) { (void)window; return height; }
int SP_ANativeWindow_getFormat(void *window) { (void)window; return format; }
int SP_ANativeWindow_setBuffersGeometry(void *window, int w, int h, int new_format) { (void)window; (void)w; (void)h; format = new_format; return 0; }
int SP_ANativeWindow_lock(void *window, Buffer *buffer, Rect *dirty) {
    (void)window;
    pthread_mutex_lock(&screen_mutex);
    Rect whole = {0, 0, width, height}, own = whole;
    if (!dirty) dirty = &own;
    if (fresh) *dirty = whole;
    fresh = 0;
    uint32_t *back = buffers[!front];
    for (int y = 0; y < height; y++) {
        memcpy(back + y * stride, buffers[front] + y * stride, stride * 4);
        if (y < dirty->top || y >= dirty->bottom) continue;
        for (int x = dirty->left; x < dirty->right; x++) back[y * stride + x] = 0xffff00ff;
    }
    drawn += (long long)(dirty->right - dirty->left) * (dirty->bottom - dirty->top);
    *buffer = (Buffer){width, height, stride, format, back, {0}};
    return 0;
}
int SP_ANativeWindow_unlockAndPost(void *window) {
    (void)window;
    front = !front;
    if (!frames++) {
        clock_gettime(CLOCK_MONOTONIC, &first_frame);
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &first_frame_busy);
    }
    pthread_mutex_unlock(&screen_mutex);
    return 0;
}
