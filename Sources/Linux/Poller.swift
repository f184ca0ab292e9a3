import CLinux
import Glibc
import Synchronization
package import SystemPackage

/// Lets tasks wait for descriptors without blocking a thread: one thread, one epoll instance.
///
/// A wait ends when the descriptor is ready or at its end, or with `CancellationError` when the task is cancelled.
/// Whoever waits keeps the descriptor open until the wait has returned. Several tasks may wait for one descriptor.
///
/// - SeeAlso: `epoll(7)`.
package final class Poller: Sendable {
    package static let shared = Poller()

    private enum Direction { case read, write }
    private struct Waiter {
        let id: UInt64
        let direction: Direction
        let continuation: CheckedContinuation<Void, any Error>
    }
    private struct Interest {
        /// Tells an event of this descriptor from one of an earlier descriptor with the same number.
        let generation: UInt32
        var waiters: [Waiter]
        var events: UInt32 {
            waiters.reduce(LINUX_EPOLLONESHOT) { $0 | ($1.direction == .read ? LINUX_EPOLLIN : LINUX_EPOLLOUT) }
        }
    }
    private struct State {
        var interests: [Int32: Interest] = [:]
        var next: UInt64 = 0
        var generation: UInt32 = 0
    }

    private let epoll: Int32
    private let state = Mutex(State())

    private init() {
        epoll = linux_epoll_create()
        precondition(epoll >= 0, "epoll_create1 failed: \(Errno(rawValue: errno))")
        startThread { [self] in run() }
    }

    /// Waits until a read would not block: data, end of file, a connection to accept, a process that has ended (pidfd).
    package func readable(_ fd: FileDescriptor) async throws { try await wait(fd.rawValue, .read) }

    /// Waits until a write would not block.
    package func writable(_ fd: FileDescriptor) async throws { try await wait(fd.rawValue, .write) }

    private func wait(_ fd: Int32, _ direction: Direction) async throws {
        let id = state.withLock { state in
            state.next += 1
            return state.next
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                add(Waiter(id: id, direction: direction, continuation: continuation), fd)
            }
        } onCancel: {
            cancel(id, fd)
        }
    }

    private func add(_ waiter: Waiter, _ fd: Int32) {
        let refusal: (any Error)? = state.withLock { state in
            // Looked at under the lock: a cancel that comes later finds the waiter in the table.
            if Task.isCancelled { return CancellationError() }
            let known = state.interests[fd]
            if known == nil { state.generation &+= 1 }
            var interest = known ?? Interest(generation: state.generation, waiters: [])
            interest.waiters.append(waiter)
            let operation = known == nil ? LINUX_EPOLL_ADD : LINUX_EPOLL_MOD
            do {
                try control(operation, fd, interest)
            } catch {
                return error
            }
            state.interests[fd] = interest
            return nil
        }
        if let refusal { waiter.continuation.resume(throwing: refusal) }
    }

    private func cancel(_ id: UInt64, _ fd: Int32) {
        let waiter: Waiter? = state.withLock { state in
            guard var interest = state.interests[fd],
                let index = interest.waiters.firstIndex(where: { $0.id == id })
            else { return nil }
            let waiter = interest.waiters.remove(at: index)
            update(fd, interest, in: &state)
            return waiter
        }
        waiter?.continuation.resume(throwing: CancellationError())
    }

    private func run() {
        var events = [linux_event](repeating: linux_event(), count: 64)
        while true {
            let count = unsafe linux_epoll_wait(epoll, &events, 64, -1)
            for index in 0..<max(0, Int(count)) {
                for waiter in ready(events[index]) { waiter.continuation.resume() }
            }
        }
    }

    private func ready(_ event: linux_event) -> [Waiter] {
        let fd = Int32(truncatingIfNeeded: event.data)
        return state.withLock { state in
            guard var interest = state.interests[fd], interest.generation == UInt32(event.data >> 32) else { return [] }
            let ended = event.events & (LINUX_EPOLLERR | LINUX_EPOLLHUP) != 0
            let woken = interest.waiters.filter { waiter in
                ended || event.events & (waiter.direction == .read ? LINUX_EPOLLIN : LINUX_EPOLLOUT) != 0
            }
            interest.waiters.removeAll { waiter in woken.contains { $0.id == waiter.id } }
            update(fd, interest, in: &state)
            return woken
        }
    }

    /// A descriptor that nobody waits for leaves the epoll set at once, so that its owner may close it.
    private func update(_ fd: Int32, _ interest: Interest, in state: inout State) {
        if interest.waiters.isEmpty {
            state.interests[fd] = nil
            _ = linux_epoll_control(epoll, LINUX_EPOLL_DEL, fd, 0, 0)
        } else {
            state.interests[fd] = interest
            try? control(LINUX_EPOLL_MOD, fd, interest)
        }
    }

    private func control(_ operation: Int32, _ fd: Int32, _ interest: Interest) throws(SyscallError) {
        let data = UInt64(interest.generation) << 32 | UInt64(UInt32(bitPattern: fd))
        try syscall("wait for descriptor \(fd)") {
            linux_epoll_control(epoll, operation, fd, interest.events, data)
        }
    }
}
