import CLinux
import Glibc
package import SystemPackage

/// Runs a call with the calling thread in another network namespace: the sockets that it opens stay there.
///
/// A thread that could not go back would do all else in the wrong place: then the process ends.
package func inNetwork<R: ~Copyable>(_ namespace: FileDescriptor, _ body: () throws -> R) throws -> R {
    let own = try openFile("/proc/thread-self/ns/net", .readOnly)
    try syscall("enter network namespace") { linux_setns(namespace.rawValue, Int32(LINUX_CLONE_NEWNET)) }
    defer { own.borrow { if linux_setns($0.rawValue, Int32(LINUX_CLONE_NEWNET)) != 0 { exit(1) } } }
    return try body()
}
