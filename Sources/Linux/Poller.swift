import CLinux
import Glibc
import Synchronization
package import SystemPackage

/// Lets tasks wait for descriptors without blocking a thread: one thread, one epoll instance.
///
/// A wait ends when the descriptor is ready or at its end, or with `CancellationError` when the task is cancelled.
/// Whoever waits keeps the descriptor open until the wait has returned. Several tasks may wait for one descriptor.
///
/// Tasks that wait go on on the pool's threads, which have to be woken; those of ``run(_:)`` on the poller's own.
///
/// - SeeAlso: `epoll(7)`.
package final class Poller: Sendable {
    /// Where a task waits: the poller that runs it, or the one of all others.
    @TaskLocal package static var current = ofPool
    private static let ofPool = Poller()

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
    private let jobs: JobQueue

    /// Lasts as long as the program.
    package init() {
        epoll = linux_epoll_create()
        jobs = JobQueue()
        let added = linux_epoll_control(epoll, LINUX_EPOLL_ADD, jobs.bell, LINUX_EPOLLIN | LINUX_EPOLLET, Self.bell)
        precondition(added == 0, "epoll failed: \(Errno(rawValue: errno))")
        startThread { [self] in run() }
    }

    /// Tells the bell's events from those of descriptors, which are no negative numbers.
    private static let bell = UInt64.max

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
        jobs.belongToThisThread()
        while true {
            // Jobs that make others do not keep descriptors waiting.
            let count = unsafe linux_epoll_wait(epoll, &events, 64, jobs.isEmpty ? -1 : 0)
            for index in 0..<max(0, Int(count)) where events[index].data != Self.bell {
                for waiter in ready(events[index]) { waiter.continuation.resume() }
            }
            for job in jobs.take() { unsafe job.runSynchronously(on: asUnownedTaskExecutor()) }
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

extension Poller: TaskExecutor {
    /// Runs `body`, and the tasks that it makes, on this poller's thread: between a descriptor's event and what is done
    /// about it no other thread has to be woken, which takes longer than most of what is done.
    ///
    /// For work that answers at once and only waits for descriptors: while it computes, all others of this poller wait.
    /// So they do for tasks of the pool that ask an actor at the same moment: whoever has it goes through its queue.
    package func run<R>(
        isolation: isolated (any Actor)? = #isolation, _ body: () async throws -> R
    ) async rethrows -> R {
        try await Self.prefer(self, waitingOn: self, body)
    }

    /// Runs `body` where tasks run that no poller does.
    package static func leave<R>(
        isolation: isolated (any Actor)? = #isolation, _ body: () async throws -> R
    ) async rethrows -> R {
        try await prefer(globalConcurrentExecutor, waitingOn: ofPool, body)
    }

    private static func prefer<R>(
        _ executor: any TaskExecutor, waitingOn poller: Poller, isolation: isolated (any Actor)? = #isolation,
        _ body: () async throws -> R
    ) async rethrows -> R {
        try await $current.withValue(poller) {
            try await withTaskExecutorPreference(executor) {
                // Until a task is suspended it stays on the thread that it is on.
                await Task.yield()
                return try await body()
            }
        }
    }

    package func enqueue(_ job: consuming ExecutorJob) { jobs.add(UnownedJob(job)) }
}

/// What a poller's thread is to run, and the bell that wakes it.
private final class JobQueue: Sendable {
    private let waiting = Mutex<[UnownedJob]>([])
    private let thread = Atomic<UInt>(0)
    /// An eventfd that is watched for its edges: it need not be read.
    let bell: Int32

    init() {
        bell = linux_eventfd()
        precondition(bell >= 0, "eventfd failed: \(Errno(rawValue: errno))")
    }

    var isEmpty: Bool { waiting.withLock(\.isEmpty) }

    func belongToThisThread() { thread.store(pthread_self(), ordering: .relaxed) }

    func add(_ job: UnownedJob) {
        let isFirst = waiting.withLock { jobs in
            jobs.append(job)
            return jobs.count == 1
        }
        // The thread itself looks before it waits.
        if isFirst && pthread_self() != thread.load(ordering: .relaxed) { linux_ring(bell) }
    }

    func take() -> [UnownedJob] {
        waiting.withLock { jobs in
            defer { jobs = [] }
            return jobs
        }
    }
}
