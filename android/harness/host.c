/* Plays the system to the app's library: a JVM, the activity's life, and commands that come in on
 * descriptor 3, one a line, each answered with one line on descriptor 4. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <jni.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

typedef struct Activity Activity;
typedef struct {
    void (*onStart)(Activity *);
    void (*onResume)(Activity *);
    void *(*onSaveInstanceState)(Activity *, size_t *);
    void (*onPause)(Activity *);
    void (*onStop)(Activity *);
    void (*onDestroy)(Activity *);
    void (*onWindowFocusChanged)(Activity *, int);
    void (*onNativeWindowCreated)(Activity *, void *);
    void (*onNativeWindowResized)(Activity *, void *);
    void (*onNativeWindowRedrawNeeded)(Activity *, void *);
    void (*onNativeWindowDestroyed)(Activity *, void *);
    void (*onInputQueueCreated)(Activity *, void *);
    void (*onInputQueueDestroyed)(Activity *, void *);
    void (*onContentRectChanged)(Activity *, const void *);
    void (*onConfigurationChanged)(Activity *);
    void (*onLowMemory)(Activity *);
} Callbacks;
struct Activity {
    Callbacks *callbacks;
    JavaVM *vm;
    JNIEnv *env;
    jobject clazz;
    const char *internalDataPath, *externalDataPath;
    int sdkVersion;
    void *instance, *assetManager;
    const char *obbPath;
};

static void *shims;
static void *find(const char *name) {
    void *found = dlsym(shims, name);
    if (!found) { fprintf(stderr, "the shims have no %s\n", name); exit(4); }
    return found;
}
#define SHIM(type, name, ...) ((type(*)(__VA_ARGS__))find(#name))

/* The second one is begun while the first one runs, as Android does where another app hands something over. */
static Callbacks callbacks_of[2];
static Activity activities[2] = {
    {.callbacks = &callbacks_of[0], .sdkVersion = 34},
    {.callbacks = &callbacks_of[1], .sdkVersion = 34},
};
/* The one that is spoken to. */
static Callbacks *callbacks = &callbacks_of[0];
static Activity *activity = &activities[0];
static void *queue, *const window = (void *)7;
static int bars[4] = {0, 96, 0, 132}, keyboard;

static void turn(int milliseconds) {
    struct timespec now, end;
    clock_gettime(CLOCK_MONOTONIC, &end);
    end.tv_nsec += milliseconds * 1000000L;
    end.tv_sec += end.tv_nsec / 1000000000L;
    end.tv_nsec %= 1000000000L;
    do {
        SHIM(int, SP_ALooper_pollOnce, int, void *, void *, void *)(5, 0, 0, 0);
        clock_gettime(CLOCK_MONOTONIC, &now);
    } while (now.tv_sec < end.tv_sec || (now.tv_sec == end.tv_sec && now.tv_nsec < end.tv_nsec));
}

static void tell_content(int width, int height) {
    int below = keyboard > bars[3] ? keyboard : bars[3];
    int rect[4] = {bars[0], bars[1], width - bars[2], height - below};
    callbacks->onContentRectChanged(activity, rect);
}

/* When the activity was begun, and what was in memory just before the library was loaded. */
static struct timespec began, began_busy;
static long resident_before;
static long resident(void) {
    long all = 0, pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    if (file) { if (fscanf(file, "%ld %ld", &all, &pages) != 2) pages = 0; fclose(file); }
    return pages * (sysconf(_SC_PAGESIZE) / 1024);
}
static long long milliseconds(struct timespec from, struct timespec to) {
    return (to.tv_sec - from.tv_sec) * 1000LL + (to.tv_nsec - from.tv_nsec) / 1000000;
}

/* Calls a static method of the class `Harness` that takes a text and gives one; NULL where it threw. */
static jstring java(const char *method, const char *text) {
    JNIEnv *env = activity->env;
    jclass class = (*env)->FindClass(env, "Harness");
    jmethodID id = (*env)->GetStaticMethodID(env, class, method, "(Ljava/lang/String;)Ljava/lang/String;");
    if (!id) return NULL;
    return (*env)->CallStaticObjectMethod(env, class, id, (*env)->NewStringUTF(env, text));
}

/* The window in front is the one whose app sees the clipboard. */
static void focus(int has) {
    java("focus", has ? "true" : "false");
    callbacks->onWindowFocusChanged(activity, has);
}

static int width = 1080, height = 2340;
static void show(void) {
    callbacks->onResume(activity);
    queue = SHIM(void *, harness_queue, void)();
    callbacks->onInputQueueCreated(activity, queue);
    SHIM(void, harness_resize, int, int)(width, height);
    callbacks->onNativeWindowCreated(activity, window);
    tell_content(width, height);
    focus(1);
}
static void hide(void) {
    callbacks->onPause(activity);
    focus(0);
    callbacks->onNativeWindowDestroyed(activity, window);
    callbacks->onInputQueueDestroyed(activity, queue);
    callbacks->onStop(activity);
}

/* The same, with the answer told. */
static void ask_java(const char *method, const char *text, FILE *out) {
    JNIEnv *env = activity->env;
    jstring answer = java(method, text);
    if ((*env)->ExceptionCheck(env)) { (*env)->ExceptionDescribe(env); (*env)->ExceptionClear(env); fprintf(out, "error\n"); return; }
    const char *said = answer ? (*env)->GetStringUTFChars(env, answer, NULL) : "";
    fprintf(out, "ok %s\n", said);
}

/* Begins the activity that is spoken to. As on a phone its class is there before the library: Android makes the
   activity, and that loads it. */
static void *library;
static int begin(void) {
    JNIEnv *env = activity->env;
    jclass class = (*env)->FindClass(env, "app/holdfast/Door");
    jmethodID construct = class ? (*env)->GetMethodID(env, class, "<init>", "()V") : NULL;
    if (!construct) { (*env)->ExceptionDescribe(env); return 0; }
    activity->clazz = (*env)->NewGlobalRef(env, (*env)->NewObject(env, class, construct));
    return 1;
}
static int create(void) {
    void (*create_activity)(Activity *, void *, size_t) = dlsym(library, "ANativeActivity_onCreate");
    if (!create_activity) { fprintf(stderr, "no ANativeActivity_onCreate\n"); return 0; }
    create_activity(activity, NULL, 0);
    return 1;
}

/* Begins the second activity, which is spoken to from here on. */
static int another(void) {
    activities[1].vm = activities[0].vm, activities[1].env = activities[0].env;
    activities[1].internalDataPath = activities[1].externalDataPath = activities[1].obbPath = activities[0].internalDataPath;
    activities[1].assetManager = activities[0].assetManager;
    callbacks = &callbacks_of[1], activity = &activities[1];
    return begin() && create();
}

/* Whether the first activity asked to be ended; then it is, as Android does. */
static int ended(void) {
    if (SHIM(void *, harness_finished, void)() != &activities[0]) return 0;
    callbacks_of[0].onDestroy(&activities[0]);
    return 1;
}

static void obey(char *line, FILE *out) {
    int a = 0, b = 0, c = 0;
    char word[200] = "";
    line[strcspn(line, "\n")] = 0;
    if (sscanf(line, "touch %d %d %d", &a, &b, &c) == 3) SHIM(void, harness_touch, void *, int, float, float)(queue, a, b, c);
    else if (sscanf(line, "key %d %d %d", &a, &b, &c) == 3) SHIM(void, harness_key, void *, int, int, int)(queue, a, b, c);
    else if (sscanf(line, "wait %d", &a) == 1) turn(a);
    else if (sscanf(line, "shot %199s", word) == 1) { if (SHIM(int, harness_shot, const char *)(word)) { fprintf(out, "error\n"); return; } }
    else if (!strcmp(line, "show")) { callbacks->onStart(activity); show(); }
    else if (!strcmp(line, "hide")) hide();
    else if (!strcmp(line, "pause")) { callbacks->onPause(activity); focus(0); }
    else if (!strcmp(line, "resume")) { callbacks->onResume(activity); focus(1); }
    else if (sscanf(line, "size %d %d", &width, &height) == 2) {
        SHIM(void, harness_resize, int, int)(width, height);
        callbacks->onConfigurationChanged(activity);
        callbacks->onNativeWindowResized(activity, window);
        tell_content(width, height);
        callbacks->onNativeWindowRedrawNeeded(activity, window);
    }
    else if (sscanf(line, "keyboard %d", &keyboard) == 1) tell_content(width, height);
    else if (sscanf(line, "configure %d %d", &a, &b) == 2) { SHIM(void, harness_configure, int, int)(a, b); callbacks->onConfigurationChanged(activity); }
    else if (!strncmp(line, "play", 4)) { if (SHIM(int, harness_play, const char *)(line + 4 + strspn(line + 4, " "))) { fprintf(out, "error\n"); return; } }
    else if (sscanf(line, "cameras %d", &a) == 1) SHIM(void, harness_cameras, int)(a);
    else if (sscanf(line, "permit %d", &a) == 1) SHIM(void, harness_permit, int)(a);
    else if (!strcmp(line, "another")) { if (!another()) { fprintf(out, "error\n"); return; } }
    else if (!strcmp(line, "ended")) { fprintf(out, ended() ? "ok yes\n" : "ok no\n"); return; }
    else if (!strcmp(line, "redraw")) callbacks->onNativeWindowRedrawNeeded(activity, window);
    else if (!strcmp(line, "lowmemory")) callbacks->onLowMemory(activity);
    else if (!strcmp(line, "destroy")) { callbacks->onDestroy(activity); fprintf(out, "ok\n"); fflush(out); _exit(0); }
    else if (!strcmp(line, "facts")) {
        int (*camera)(int) = SHIM(int, harness_camera_fact, int);
        fprintf(out, "ok first=%lld busy=%lld resident=%ld ", milliseconds(began, SHIM(struct timespec, harness_first_frame, void)()),
            milliseconds(began_busy, SHIM(struct timespec, harness_first_frame_busy, void)()), resident() - resident_before);
        fprintf(out, "cameras=%d lamp=%d focus=%d pictures=%d ", camera(0), camera(1), camera(2), camera(3));
        fprintf(out, "frames=%d drawn=%lld flags=%d wakeups=%d back=%d\n", SHIM(int, harness_frames, void)(),
            SHIM(long long, harness_drawn, void)(), SHIM(int, harness_flags, void)(), SHIM(int, harness_wakeups, void)(),
            queue ? SHIM(int, harness_unhandled_back, void *)(queue) : 0);
        return;
    }
    else if (sscanf(line, "java %199s", word) == 1) {
        char *rest = line + 5 + strlen(word);
        ask_java(word, *rest ? rest + 1 : rest, out);
        return;
    }
    else { fprintf(out, "error unknown command\n"); return; }
    fprintf(out, "ok\n");
}

/* host LIBRARY CLASSES LIBJVM DATA */
int main(int count, char **arguments) {
    if (count != 5) return 2;
    char classes[4096];
    snprintf(classes, sizeof classes, "-Djava.class.path=%s:%s/door.jar", arguments[2], arguments[2]);
    JavaVMOption options[] = {{.optionString = classes}, {.optionString = "-Xint"}, {.optionString = "-Xrs"}};
    JavaVMInitArgs init = {.version = JNI_VERSION_1_8, .nOptions = 3, .options = options};
    void *jvm = dlopen(arguments[3], RTLD_NOW | RTLD_GLOBAL);
    jint (*make)(JavaVM **, void **, void *) = jvm ? dlsym(jvm, "JNI_CreateJavaVM") : NULL;
    if (!make || make(&activity->vm, (void **)&activity->env, &init)) { fprintf(stderr, "no JVM\n"); return 2; }
    shims = dlopen("libshims.so", RTLD_NOW | RTLD_GLOBAL);
    if (!shims) { fprintf(stderr, "%s\n", dlerror()); return 3; }
    /* What the JVM takes for the class is Java's, and not counted as the app's. */
    if (!begin()) return 3;
    activity->internalDataPath = activity->externalDataPath = activity->obbPath = arguments[4];
    activity->assetManager = (void *)1;

    resident_before = resident();
    clock_gettime(CLOCK_MONOTONIC, &began);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &began_busy);
    library = dlopen(arguments[1], RTLD_NOW);
    if (!library) { fprintf(stderr, "%s\n", dlerror()); return 3; }
    SHIM(void *, SP_ALooper_prepare, int)(0);
    if (!create()) return 3;

    FILE *in = fdopen(3, "r"), *out = fdopen(4, "w");
    char line[4096];
    setvbuf(in, NULL, _IONBF, 0);
    for (;;) {
        struct pollfd command = {3, POLLIN, 0};
        if (!poll(&command, 1, 0)) { SHIM(int, SP_ALooper_pollOnce, int, void *, void *, void *)(5, 0, 0, 0); continue; }
        if (!fgets(line, sizeof line, in)) return 0;
        obey(line, out);
        fflush(out);
    }
}
