/* The same "random" bytes each time, for the compiler alone: put before it with LD_PRELOAD (rustc.sh).
 *
 * A macro that an Android app's Rust is made with (bind_java_type! of the crate jni-macros) writes some checks in the
 * order of a hash table, whose seed Rust's library asks the system for. Two builds of one source differed in that.
 */
#include <string.h>
#include <sys/types.h>

ssize_t getrandom(void *buffer, size_t length, unsigned flags) {
    (void)flags;
    memset(buffer, 0x5a, length);
    return (ssize_t)length;
}
