/* What bionic has and glibc has not, or numbers differently. `SP_name` stands in for `name`. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

static int log_fd = 2;
/* android-activity takes standard error over for the log; what is written here goes to the real one. */
__attribute__((constructor)) static void keep_log(void) { log_fd = dup(2); }

int *SP___errno(void) { return &errno; }

int SP___system_property_get(const char *name, char *value) {
    strcpy(value, strcmp(name, "ro.build.version.sdk") ? "" : "34");
    return (int)strlen(value);
}
void *SP___system_property_find(const char *name) { (void)name; return NULL; }
void SP___system_property_read_callback(void *a, void *b, void *c) { (void)a; (void)b; (void)c; }

void SP_android_set_abort_message(const char *text) { dprintf(log_fd, "abort: %s\n", text); }
int SP___android_log_write(int level, const char *tag, const char *text) {
    dprintf(log_fd, "log %d %s: %s\n", level, tag, text);
    return 0;
}

/* Bionic's is POSIX's, which fills the buffer and returns a number; glibc's own of that name returns a text. */
extern int __xpg_strerror_r(int number, char *text, size_t length);
int SP_strerror_r(int number, char *text, size_t length) { return __xpg_strerror_r(number, text, length); }

long SP_sysconf(int name) {
    switch (name) {
    case 0x27: case 0x28: return sysconf(_SC_PAGESIZE);
    case 0x60: return sysconf(_SC_NPROCESSORS_CONF);
    case 0x61: return sysconf(_SC_NPROCESSORS_ONLN);
    case 0x48: return sysconf(_SC_GETPW_R_SIZE_MAX);
    }
    errno = EINVAL;
    return -1;
}
