import CLinux
import Glibc
package import SystemPackage

/// Starts a program of the agent's own, with `/dev/null` as its standard streams and `socket` as descriptor 3.
///
/// - Parameter program: a descriptor of the program: what was checked is what runs.
/// - SeeAlso: `posix_spawn(3)`: vfork semantics, safe in a program with threads.
package func spawn(
    program: FileDescriptor, arguments: [String], socket: FileDescriptor
) throws(SyscallError) -> PidFD {
    var actions = unsafe posix_spawn_file_actions_t()
    unsafe posix_spawn_file_actions_init(&actions)
    defer { unsafe posix_spawn_file_actions_destroy(&actions) }
    for fd in Int32(0)..<3 { unsafe posix_spawn_file_actions_addopen(&actions, fd, "/dev/null", O_RDWR, 0) }
    unsafe posix_spawn_file_actions_adddup2(&actions, socket.rawValue, 3)

    var attributes = posix_spawnattr_t()
    unsafe posix_spawnattr_init(&attributes)
    defer { unsafe posix_spawnattr_destroy(&attributes) }
    var (all, none) = (sigset_t(), sigset_t())
    unsafe sigfillset(&all)
    unsafe sigemptyset(&none)
    unsafe posix_spawnattr_setsigdefault(&attributes, &all)
    unsafe posix_spawnattr_setsigmask(&attributes, &none)
    // Source: spawn.h: SETSIGDEF 4, SETSIGMASK 8, SETSID 0x80.
    unsafe posix_spawnattr_setflags(&attributes, 0x8c)

    let argv = CStrings(arguments)
    let environment = CStrings(["SWIFT_BACKTRACE=enable=no"])
    var pid: pid_t = 0
    let path = "/proc/self/fd/\(program.rawValue)"
    let code = unsafe posix_spawn(&pid, path, &actions, &attributes, argv.pointers, environment.pointers)
    if code != 0 { throw SyscallError("start \(arguments.first ?? path)", Errno(rawValue: code)) }
    return try PidFD(pid: pid)
}

/// Texts as C wants them: NUL-ended, in an array that ends with null.
@safe
package struct CStrings: ~Copyable {
    package let pointers: [UnsafeMutablePointer<CChar>?]
    package init(_ texts: [String]) { unsafe pointers = texts.map { unsafe strdup($0) } + [nil] }
    deinit { unsafe pointers.forEach { unsafe free($0) } }
}
