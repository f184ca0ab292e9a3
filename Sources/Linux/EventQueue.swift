import CLinux
import Glibc
package import SystemPackage

/// `epoll(7)` for a program that has one thread. The agent uses ``Poller`` instead.
package struct EventQueue: ~Copyable {
    private let epoll: Int32

    package init() throws(SyscallError) { epoll = try syscall("epoll_create") { linux_epoll_create() } }

    /// Tells when a read would not block. `token` comes back with each event.
    package borrowing func add(_ fd: FileDescriptor, token: UInt64) throws(SyscallError) {
        try syscall("epoll_ctl") {
            linux_epoll_control(epoll, LINUX_EPOLL_ADD, fd.rawValue, LINUX_EPOLLIN, token)
        }
    }

    /// Must come before the descriptor is closed: a copy of it in another process would keep it in the set.
    package borrowing func remove(_ fd: FileDescriptor) {
        _ = linux_epoll_control(epoll, LINUX_EPOLL_DEL, fd.rawValue, 0, 0)
    }

    /// Waits, and gives the tokens of what is ready.
    ///
    /// - Parameter milliseconds: how long at most; then nothing is ready. Below zero: for ever.
    package borrowing func wait(atMost milliseconds: Int32 = -1) throws(SyscallError) -> [UInt64] {
        var events = [linux_event](repeating: linux_event(), count: 32)
        let count = try syscall("epoll_wait") { unsafe linux_epoll_wait(epoll, &events, 32, milliseconds) }
        return events.prefix(Int(count)).map(\.data)
    }
}

/// A child that has ended: what `waitid(2)` told.
package struct ReapedChild: Equatable, Sendable {
    package let pid: Int32
    /// The exit code, or 128 + the signal.
    package let code: Int32
    /// The signal that ended it, or 0.
    package let signal: Int32

    /// The next child that has ended, without waiting for one.
    package static func next() throws(SyscallError) -> ReapedChild? {
        var ended = linux_exit()
        do throws(SyscallError) {
            guard try syscall("waitid", { unsafe linux_reap(-1, &ended) }) == 1 else { return nil }
        } catch {
            guard error.errno == .noChildProcess else { throw error }
            return nil
        }
        let signalled = ended.signalled != 0
        return ReapedChild(
            pid: ended.pid, code: signalled ? 128 + ended.status : ended.status, signal: signalled ? ended.status : 0)
    }
}

/// A descriptor that becomes readable when one of the signals comes; they are blocked for the calling thread.
///
/// - SeeAlso: `signalfd(2)`.
package func signalDescriptor(_ signals: [Int32]) throws(SyscallError) -> OwnedFileDescriptor {
    let mask = signals.reduce(UInt64(0)) { $0 | 1 << UInt64($1 - 1) }
    return OwnedFileDescriptor(FileDescriptor(rawValue: try syscall("signalfd") { linux_signalfd(mask) }))
}

/// A pipe, close-on-exec. The reading end is non-blocking if asked.
package struct Pipe: ~Copyable {
    package let reading: OwnedFileDescriptor
    package let writing: OwnedFileDescriptor

    package init(nonBlockingReads: Bool = true) throws(SyscallError) {
        var ends: [Int32] = [-1, -1]
        try syscall("pipe") { unsafe linux_pipe(&ends, 0) }
        reading = OwnedFileDescriptor(FileDescriptor(rawValue: ends[0]))
        writing = OwnedFileDescriptor(FileDescriptor(rawValue: ends[1]))
        if nonBlockingReads { _ = linux_set_nonblocking(ends[0], 1) }
    }

    /// Lets it hold so many bytes, if the kernel allows it.
    ///
    /// - SeeAlso: `fcntl(2)`, F_SETPIPE_SZ.
    package borrowing func enlarge(to size: Int32) {
        reading.borrow { _ = linux_set_pipe_size($0.rawValue, size) }
    }

    /// Both ends, to be owned by the caller.
    package consuming func release() -> (reading: FileDescriptor, writing: FileDescriptor) {
        (reading.release(), writing.release())
    }
}

/// The time of a clock, in nanoseconds.
///
/// - SeeAlso: `clock_gettime(2)`.
package func nanoseconds(of clock: SystemClock) -> Int64 {
    var time = timespec()
    unsafe clock_gettime(clock.id, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
}

/// Clocks whose readings are stored.
package enum SystemClock: Sendable {
    /// Since 1970.
    case wall
    /// Since boot, sleep included: what `ContinuousClock` counts.
    case boot
    var id: clockid_t {
        switch self {
        case .wall: CLOCK_REALTIME
        case .boot: CLOCK_BOOTTIME
        }
    }
}

/// When a process started, in clock ticks since boot: with its pid it names the process until the next boot.
///
/// Source: `/proc/<pid>/stat`, field 22, `proc_pid_stat(5)`. The command's name may hold anything, `)` included.
package func startTime(ofProcess pid: Int32) throws -> UInt64 {
    let path = FilePath("/proc/\(pid)/stat")
    guard let content = try readFile(at: path, limit: 4096),
        let end = content.lastIndex(of: UInt8(ascii: ")"))
    else { throw SyscallError("read \(path)", .noSuchProcess) }
    let fields = content[(end + 1)...].split(separator: UInt8(ascii: " "))
    guard fields.count > 19, let ticks = UInt64(String(decoding: fields[19], as: UTF8.self)) else {
        throw SyscallError("parse \(path)", .invalidArgument)
    }
    return ticks
}
