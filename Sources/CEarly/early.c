// Goes on as the same program, run from a read-only mount that is attached nowhere: whoever gets hold of
// /proc/<pid>/exe of a process in a container cannot open the host's file for writing (CVE-2019-5736).
//
// The kernel enters here, ahead of the C library's _start, because the program begins a second time: what the library
// sets up takes longer than this, as in a virtual machine the host answers its many questions about the processor.
// Nothing of the library works yet, so there are only system calls. Where they fail, e.g. for whoever may not mount,
// protectOwnProgram(named:) finds another way.
#define _GNU_SOURCE
#include "CEarly.h"
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { OPEN_TREE_COPY = 1, EMPTY_PATH = 0x1000, READ_ONLY = 1 };

/// Less than zero, it is the number of an error.
static long call(long number, long a, long b, long c, long d, long e) {
#if defined(__x86_64__)
    long result;
    register long r10 __asm__("r10") = d;
    register long r8 __asm__("r8") = e;
    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "0"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8)
                     : "rcx", "r11", "memory");
    return result;
#elif defined(__aarch64__)
    register long x8 __asm__("x8") = number;
    register long x0 __asm__("x0") = a;
    register long x1 __asm__("x1") = b;
    register long x2 __asm__("x2") = c;
    register long x3 __asm__("x3") = d;
    register long x4 __asm__("x4") = e;
    __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4) : "memory");
    return x0;
#else
#error "swiftlet-oci: no system calls known for this machine"
#endif
}

static int equal(const char *a, const char *b) {
    while (*a && *a == *b) a++, b++;
    return *a == *b;
}

/// Only what starts processes in containers needs it; a word too many costs a second exec, and nothing else.
static int starts_processes(long count, char **words) {
    for (long n = 1; n < count; n++)
        if (equal(words[n], "run") || equal(words[n], "create") || equal(words[n], "exec")) return 1;
    return 0;
}

/// - stack: as the kernel leaves it: the number of words, the words, 0, the environment, 0.
__attribute__((used)) static void begin_again(long *stack) {
    long count = stack[0];
    char **words = (char **)(stack + 1), **environment = words + count + 1;
    if (!starts_processes(count, words)) return;
    const long own = (long)"/proc/self/exe", here = (long)"";
    // Source: access(2): EROFS for a file of a read-only mount, whoever asks. Then this has been done.
    if (call(SYS_faccessat, AT_FDCWD, own, W_OK, 0, 0) == -EROFS) return;
    struct { uint64_t set, clear, propagation, userns; } attributes = {READ_ONLY, 0, 0, 0};
    long copy = call(SYS_open_tree, AT_FDCWD, own, OPEN_TREE_COPY | O_CLOEXEC, 0, 0);
    if (copy < 0) return;
    if (call(SYS_mount_setattr, copy, here, EMPTY_PATH, (long)&attributes, sizeof attributes) == 0)
        call(SYS_execveat, copy, here, (long)words, (long)environment, EMPTY_PATH);
    call(SYS_close, copy, 0, 0, 0, 0);
}

// Source: the processors' ELF supplements, "Process Initialization": the stack is aligned, its pointer and one register
// (for a function that is to be called at the end) are for _start.
#if defined(__x86_64__)
__asm__(
    ".globl swiftlet_oci_begin\nswiftlet_oci_begin:\n  mov %rdx, %rbx\n  mov %rsp, %rdi\n  call begin_again\n"
    "  mov %rbx, %rdx\n  xor %ebp, %ebp\n  jmp _start\n");
#else
__asm__(
    ".globl swiftlet_oci_begin\nswiftlet_oci_begin:\n  mov x19, x0\n  mov x0, sp\n  bl begin_again\n"
    "  mov x0, x19\n  mov x29, #0\n  mov x30, #0\n  b _start\n");
#endif
