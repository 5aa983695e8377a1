/* Unwinds through frames that clean up after themselves, as a panic does, with the app's unwinder in
 * the place of the compiler's: every cleanup runs, and in order. On arm64 each has to find x18 as it
 * was when the stack began to unwind: Android keeps its stack of return addresses there. */
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unwind.h>

#define FRAMES 6
#define ROUNDS 1000

#if defined(__aarch64__)
#define KEPT 0x5afe5afe5afe5afeUL
static void set_x18(uintptr_t value) { __asm__ volatile("mov x18, %0" : : "r"(value)); }
static uintptr_t x18(void) {
    uintptr_t value;
    __asm__ volatile("mov %0, x18" : "=r"(value));
    return value;
}
#else
/* No other processor has such a register. */
#define KEPT 0UL
static void set_x18(uintptr_t value) { (void)value; }
static uintptr_t x18(void) { return KEPT; }
#endif

static jmp_buf end;
static char order[FRAMES + 1];
static int kept;

static void clean(char *frame) {
    if (x18() == KEPT) kept++;
    strncat(order, frame, 1);
}

static _Unwind_Reason_Code step(int version, _Unwind_Action action, _Unwind_Exception_Class class,
                                struct _Unwind_Exception *what, struct _Unwind_Context *where,
                                void *unused) {
    (void)version, (void)class, (void)what, (void)where, (void)unused;
    if (action & _UA_END_OF_STACK) longjmp(end, 1);
    return _URC_NO_REASON;
}

__attribute__((noipa)) static void raise_it(void) {
    static struct _Unwind_Exception what;
    memset(&what, 0, sizeof what);
    set_x18(KEPT);
    _Unwind_ForcedUnwind(&what, step, NULL);
    abort();
}

__attribute__((noinline)) static int fall(int depth) {
    __attribute__((cleanup(clean))) char frame = (char)('a' + depth);
    if (depth + 1 == FRAMES) {
        raise_it();
        return 0;
    }
    return fall(depth + 1) + frame;
}

int main(void) {
    for (int round = 0; round < ROUNDS; round++) {
        memset(order, 0, sizeof order);
        kept = 0;
        if (!setjmp(end)) fall(0);
        if (strcmp(order, "fedcba") || kept != FRAMES) {
            printf("round %d: cleaned up %s, x18 kept in %d of %d\n", round, order, kept, FRAMES);
            return 1;
        }
    }
    printf("%d frames, %d times\n", FRAMES, ROUNDS);
    return 0;
}
