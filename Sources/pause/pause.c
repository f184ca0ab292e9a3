// Process 1 of a sandbox: holds its namespaces, reaps what is left to it, ends on SIGTERM or SIGINT.
//
// Needs no C library: raw system calls and an entry point of its own, so that it costs a page or two.
// Numbers: uapi/asm/unistd.h, uapi/asm-generic/signal.h.
#if defined(__x86_64__)
enum { SYS_prctl = 157, SYS_wait4 = 61, SYS_exit_group = 231, SYS_rt_sigprocmask = 14, SYS_rt_sigtimedwait = 128 };
static long call(long n, long a, long b, long c, long d) {
    long r;
    register long r10 __asm__("r10") = d;
    __asm__ volatile("syscall" : "=a"(r) : "0"(n), "D"(a), "S"(b), "d"(c), "r"(r10) : "rcx", "r11", "memory");
    return r;
}
#elif defined(__aarch64__)
enum { SYS_prctl = 167, SYS_wait4 = 260, SYS_exit_group = 94, SYS_rt_sigprocmask = 135, SYS_rt_sigtimedwait = 137 };
static long call(long n, long a, long b, long c, long d) {
    register long x8 __asm__("x8") = n;
    register long x0 __asm__("x0") = a;
    register long x1 __asm__("x1") = b;
    register long x2 __asm__("x2") = c;
    register long x3 __asm__("x3") = d;
    __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3) : "memory");
    return x0;
}
#else
#error "pause: no system calls known for this machine"
#endif

enum { SIGINT = 2, SIGTERM = 15, SIGCHLD = 17, SIG_BLOCK = 0, WNOHANG = 1, PR_SET_NAME = 15 };
#define BIT(signal) (1ul << ((signal) - 1))

/// Signals are taken out of the queue one by one instead of running handlers: as process 1 it would not even
/// get those that it does not ask for.
__attribute__((noreturn, used)) static void run(void) {
    unsigned long mask = BIT(SIGINT) | BIT(SIGTERM) | BIT(SIGCHLD);
    // Run from a memory file it would be called by that file's number.
    call(SYS_prctl, PR_SET_NAME, (long)"pause", 0, 0);
    call(SYS_rt_sigprocmask, SIG_BLOCK, (long)&mask, 0, sizeof mask);
    for (;;) {
        while (call(SYS_wait4, -1, 0, WNOHANG, 0) > 0) {}
        long signal = call(SYS_rt_sigtimedwait, (long)&mask, 0, 0, sizeof mask);
        if (signal == SIGINT || signal == SIGTERM) call(SYS_exit_group, 0, 0, 0, 0);
    }
}

// The kernel enters here with an aligned stack and no return address.
#if defined(__x86_64__)
__asm__(".globl _start\n_start:\n  xor %ebp, %ebp\n  call run\n");
#else
__asm__(".globl _start\n_start:\n  mov x29, #0\n  bl run\n");
#endif
