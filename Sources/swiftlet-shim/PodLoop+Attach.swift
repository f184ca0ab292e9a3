import Glibc
import Linux
import Shim
import SystemPackage

/// A pipe of somebody's who watches what a process writes.
final class Observer {
    let stream: LogPump.Stream
    private let pipe: OwnedFileDescriptor

    init(_ stream: LogPump.Stream, _ pipe: consuming OwnedFileDescriptor) {
        self.stream = stream
        self.pipe = pipe
    }

    /// What there is no room for is lost: whoever watches must not hold up the process. False: he has gone.
    func write(_ bytes: UnsafeRawBufferPointer) -> Bool {
        pipe.borrow { fd in
            let count = unsafe Glibc.write(fd.rawValue, bytes.baseAddress, bytes.count)
            return count >= 0 || errno == EAGAIN || errno == EINTR
        }
    }
}

extension PodLoop {
    /// Takes the pipes of somebody who wants to watch a running process; gives the other end of its input.
    func attach(to process: KeptProcess, _ descriptors: inout [FileDescriptor]) throws -> FileDescriptor? {
        guard process.exit == nil, process.log != nil else {
            throw SyscallError("attach to \(process.id)", .noSuchProcess)
        }
        for stream in [LogPump.Stream.output, .error] where !descriptors.isEmpty {
            let pipe = OwnedFileDescriptor(descriptors.removeFirst())
            try pipe.borrow { fd throws(SyscallError) in try fd.makeNonBlocking() }
            process.observers.append(Observer(stream, pipe))
        }
        return process.terminal ?? process.input?.borrow { $0 }
    }

    /// Gives a piece of output to those who watch.
    func show(_ bytes: UnsafeRawBufferPointer, of stream: LogPump.Stream, to process: KeptProcess) {
        guard !process.observers.isEmpty else { return }
        process.observers.removeAll { unsafe $0.stream == stream && !$0.write(bytes) }
    }
}
