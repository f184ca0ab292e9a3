import Glibc
package import SystemPackage

extension FileDescriptor {
    /// Blocks until a read would not, or the time is over: for programs without tasks. The agent has ``Poller``.
    ///
    /// - Returns: false when the time is over.
    /// - SeeAlso: `poll(2)`.
    package func waitUntilReadable(before deadline: ContinuousClock.Instant) throws(SyscallError) -> Bool {
        var polls = [pollfd(fd: rawValue, events: Int16(POLLIN), revents: 0)]
        while true {
            let left = deadline - ContinuousClock.now
            if left <= .zero { return false }
            // Rounded up: a wait of less than a millisecond must not spin.
            let milliseconds =
                min(left.components.seconds, 3600) * 1000 + left.components.attoseconds / 1_000_000_000_000_000 + 1
            if try syscall("poll", { unsafe poll(&polls, 1, Int32(milliseconds)) }) > 0 { return true }
        }
    }

    /// Reads what has come, at most so much; empty at the end.
    package func readSome(limit: Int = 64 << 10) throws(SyscallError) -> [UInt8] {
        unsafe try readBytes(atMost: limit, "read") { unsafe Glibc.read(rawValue, $0.baseAddress, $0.count) }
    }
}
