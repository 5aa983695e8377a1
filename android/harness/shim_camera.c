/* Cameras that play a picture: one at the back, turned by a quarter as phones have it, with a lamp.
 *
 * The planes lie as they do on phones: lines are longer than the picture, and the colours alternate
 * in one plane. A request is only obeyed if the app took every step that Camera2 asks for. */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LENS_FACING = 0x80005, FLASH_AVAILABLE = 0x50000, ORIENTATION = 0xE000E, AF_MODE = 0x10007, FLASH_MODE = 0x40002 };
enum { UNKNOWN = -10000, NO_BUFFER = -30001, PERMISSION_DENIED = -10013 };

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static uint8_t *played; /* the brightness of the picture that is played */
static int played_width, played_height, cameras = 1;
static int opened, closed, lamp, focus, delivered;

/* harness_play PATH: a PGM file; an empty path plays grey. */
int harness_play(const char *path) {
    int width = 0, height = 0;
    uint8_t *bytes = NULL;
    FILE *file = *path ? fopen(path, "rb") : NULL;
    if (*path && (!file || fscanf(file, "P5 %d %d 255", &width, &height) != 2 || fgetc(file) == EOF)) return -1;
    if (file) {
        bytes = malloc((size_t)width * height);
        if (fread(bytes, width, height, file) != (size_t)height) return -1;
        fclose(file);
    }
    pthread_mutex_lock(&mutex);
    free(played);
    played = bytes, played_width = width, played_height = height;
    pthread_mutex_unlock(&mutex);
    return 0;
}
void harness_cameras(int count) { cameras = count; }
int harness_camera_fact(int which) {
    int facts[] = {opened - closed, lamp, focus, delivered};
    return facts[which];
}

/* Where pictures go. */

typedef struct Reader Reader;
typedef struct { void *context; void (*available)(void *, Reader *); } Listener;
struct Reader { int width, height, waiting, out, most; Listener listener; };
typedef struct { Reader *reader; int row; uint8_t *luma, *chroma; } Image;

int SP_AImageReader_new(int width, int height, int format, int most, Reader **out) {
    if (format != 0x23) return UNKNOWN;
    *out = calloc(1, sizeof(Reader));
    **out = (Reader){.width = width, .height = height, .most = most};
    return 0;
}
void SP_AImageReader_delete(Reader *reader) { (void)reader; /* the player may still look at it */ }
int SP_AImageReader_getWindow(Reader *reader, void **window) { *window = reader; return 0; }
int SP_AImageReader_setImageListener(Reader *reader, Listener *listener) {
    pthread_mutex_lock(&mutex);
    reader->listener = listener ? *listener : (Listener){0};
    pthread_mutex_unlock(&mutex);
    return 0;
}
int SP_AImageReader_acquireLatestImage(Reader *reader, Image **out) {
    pthread_mutex_lock(&mutex);
    if (!reader->waiting || reader->out >= reader->most) { pthread_mutex_unlock(&mutex); return NO_BUFFER; }
    reader->waiting = 0, reader->out++, delivered++;
    Image *image = calloc(1, sizeof(Image));
    image->reader = reader, image->row = reader->width + 64;
    image->luma = malloc((size_t)image->row * reader->height);
    image->chroma = malloc((size_t)image->row * reader->height / 2 + 1);
    memset(image->luma, 120, (size_t)image->row * reader->height);
    memset(image->chroma, 128, (size_t)image->row * reader->height / 2 + 1);
    for (int y = 0; played && y < reader->height; y++)
        for (int x = 0; x < reader->width; x++)
            image->luma[y * image->row + x] = played[y * played_height / reader->height * played_width + x * played_width / reader->width];
    pthread_mutex_unlock(&mutex);
    *out = image;
    return 0;
}
void SP_AImage_delete(Image *image) {
    pthread_mutex_lock(&mutex);
    image->reader->out--;
    pthread_mutex_unlock(&mutex);
    free(image->luma), free(image->chroma), free(image);
}
int SP_AImage_getWidth(Image *image, int *out) { *out = image->reader->width; return 0; }
int SP_AImage_getHeight(Image *image, int *out) { *out = image->reader->height; return 0; }
int SP_AImage_getPlaneRowStride(Image *image, int plane, int *out) { (void)plane; *out = image->row; return 0; }
int SP_AImage_getPlanePixelStride(Image *image, int plane, int *out) { (void)image; *out = plane ? 2 : 1; return 0; }
int SP_AImage_getPlaneData(Image *image, int plane, uint8_t **data, int *length) {
    /* The last line ends with its last pixel. */
    int luma = image->row * (image->reader->height - 1) + image->reader->width;
    int chroma = image->row * (image->reader->height / 2 - 1) + image->reader->width - 1;
    *data = plane == 0 ? image->luma : image->chroma + (plane == 1);
    *length = plane == 0 ? luma : chroma;
    return 0;
}

/* The service. */

typedef struct { int count; const char **ids; } IdList;
typedef struct { uint32_t tag; uint8_t type; uint32_t count; const void *data; } Entry;
typedef struct { Reader *target; uint8_t focus, lamp; } Request;
typedef struct { int open; } Device;
typedef struct { Reader *output; } Outputs;
typedef struct { Device *device; Reader *output; Request request; int running, ended; pthread_t player; } Session;

void *SP_ACameraManager_create(void) { return malloc(1); }
void SP_ACameraManager_delete(void *manager) { free(manager); }
int SP_ACameraManager_getCameraIdList(void *manager, IdList **out) {
    static const char *ids[] = {"0"};
    (void)manager;
    *out = malloc(sizeof(IdList));
    **out = (IdList){cameras, ids};
    return 0;
}
void SP_ACameraManager_deleteCameraIdList(IdList *list) { free(list); }
int SP_ACameraManager_getCameraCharacteristics(void *manager, const char *id, void **out) {
    (void)manager;
    *out = malloc(1);
    return strcmp(id, "0") ? UNKNOWN : 0;
}
void SP_ACameraMetadata_free(void *facts) { free(facts); }
int SP_ACameraMetadata_getConstEntry(const void *facts, uint32_t tag, Entry *entry) {
    static const uint8_t back = 1, has_lamp = 1;
    static const int32_t degrees = 90;
    (void)facts;
    if (tag == LENS_FACING) *entry = (Entry){tag, 0, 1, &back};
    else if (tag == FLASH_AVAILABLE) *entry = (Entry){tag, 0, 1, &has_lamp};
    else if (tag == ORIENTATION) *entry = (Entry){tag, 1, 1, &degrees};
    else return UNKNOWN;
    return 0;
}
static int permitted; /* whether the system lets the app use it; the Java side says the same */
void harness_permit(int is) { permitted = is; }
int SP_ACameraManager_openCamera(void *manager, const char *id, void *callbacks, Device **out) {
    (void)manager; (void)id;
    if (!callbacks || !permitted) return PERMISSION_DENIED;
    *out = calloc(1, sizeof(Device));
    (*out)->open = 1, opened++;
    return 0;
}
int SP_ACameraDevice_close(Device *device) { closed++; free(device); return 0; }
int SP_ACaptureSessionOutputContainer_create(Outputs **out) { *out = calloc(1, sizeof(Outputs)); return 0; }
void SP_ACaptureSessionOutputContainer_free(Outputs *outputs) { free(outputs); }
int SP_ACaptureSessionOutput_create(Reader *reader, Outputs **out) { *out = calloc(1, sizeof(Outputs)); (*out)->output = reader; return 0; }
void SP_ACaptureSessionOutput_free(Outputs *output) { free(output); }
int SP_ACaptureSessionOutputContainer_add(Outputs *outputs, Outputs *one) { outputs->output = one->output; return 0; }
int SP_ACameraDevice_createCaptureRequest(Device *device, int template, Request **out) { (void)device; (void)template; *out = calloc(1, sizeof(Request)); return 0; }
void SP_ACaptureRequest_free(Request *request) { free(request); }
int SP_ACameraOutputTarget_create(Reader *reader, Outputs **out) { return SP_ACaptureSessionOutput_create(reader, out); }
void SP_ACameraOutputTarget_free(Outputs *target) { free(target); }
int SP_ACaptureRequest_addTarget(Request *request, Outputs *target) { request->target = target->output; return 0; }
int SP_ACaptureRequest_setEntry_u8(Request *request, uint32_t tag, uint32_t count, const uint8_t *data) {
    if (count != 1) return UNKNOWN;
    if (tag == AF_MODE) request->focus = *data;
    else if (tag == FLASH_MODE) request->lamp = *data;
    else return UNKNOWN;
    return 0;
}

static void *play(void *given) {
    Session *session = given;
    for (;;) {
        usleep(50000);
        pthread_mutex_lock(&mutex);
        if (session->ended) { pthread_mutex_unlock(&mutex); return NULL; }
        Listener listener = {0};
        if (session->running) {
            session->output->waiting = 1;
            lamp = session->request.lamp, focus = session->request.focus;
            listener = session->output->listener;
        }
        pthread_mutex_unlock(&mutex);
        if (listener.available) listener.available(listener.context, session->output);
    }
}
int SP_ACameraDevice_createCaptureSession(Device *device, Outputs *outputs, const void *callbacks, Session **out) {
    if (!outputs->output || !callbacks) return UNKNOWN;
    *out = calloc(1, sizeof(Session));
    (*out)->device = device, (*out)->output = outputs->output;
    return pthread_create(&(*out)->player, NULL, play, *out) ? UNKNOWN : 0;
}
int SP_ACameraCaptureSession_setRepeatingRequest(Session *session, void *callbacks, int count, Request **requests, int *sequence) {
    (void)callbacks; (void)sequence;
    if (count != 1 || requests[0]->target != session->output) return UNKNOWN;
    pthread_mutex_lock(&mutex);
    session->request = *requests[0], session->running = 1;
    pthread_mutex_unlock(&mutex);
    return 0;
}
int SP_ACameraCaptureSession_stopRepeating(Session *session) {
    pthread_mutex_lock(&mutex);
    session->running = 0, lamp = 0;
    pthread_mutex_unlock(&mutex);
    return 0;
}
void SP_ACameraCaptureSession_close(Session *session) {
    pthread_mutex_lock(&mutex);
    session->ended = 1;
    pthread_mutex_unlock(&mutex);
    pthread_join(session->player, NULL);
    free(session);
}
