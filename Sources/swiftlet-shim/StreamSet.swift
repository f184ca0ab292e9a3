import Linux
import Shim
import SystemPackage

/// The standard streams of a process, and the ends of them that the shim keeps.
struct StreamSet {
    let child: [FileDescriptor]
    /// Where the process sends its terminal.
    private(set) var console: FileDescriptor?
    /// Where a runtime of another's connects, to send it.
    private(set) var consoleListener: FileDescriptor?
    /// The other end of a process' input: open as long as the process is kept.
    private(set) var input: FileDescriptor?
    private var owned: [FileDescriptor]
    private var reading: [(FileDescriptor, LogPump.Stream)] = []

    /// - Parameters:
    ///   - descriptors: those of the request; streams are taken off the front.
    ///   - isOthers: for a runtime of another's: crun gives its streams to the container's user, the machine's null device
    ///     with them. For a terminal it connects to a socket, which is the first descriptor.
    init(_ streams: StandardStreams, _ descriptors: inout [FileDescriptor], isOthers: Bool) throws {
        switch streams {
        case .log(_, input: .terminal) where isOthers && descriptors.isEmpty:
            throw ByteError.invalid("number of descriptors")
        case .null, .log(_, input: .terminal):
            let null =
                isOthers
                ? try sealedMemoryFile("null", []).release() : try openFile("/dev/null", .readWrite).release()
            (child, owned) = ([null, null, null], [null])
            guard case .log = streams else { return }
            if isOthers {
                consoleListener = descriptors.removeFirst()
                return
            }
            let (near, far) = try UnixSocket.pair().release()
            descriptors.insert(far, at: 0)
            console = near
        case .descriptors:
            guard descriptors.count >= 3 else { throw ByteError.invalid("number of descriptors") }
            child = Array(descriptors.prefix(3))
            owned = child
            descriptors.removeFirst(3)
        case .log(_, let wish):
            let source: FileDescriptor
            if wish == .pipe {
                let pipe = try Pipe().release()
                (source, input) = (pipe.reading, pipe.writing)
            } else if isOthers {
                source = try sealedMemoryFile("null", []).release()
            } else {
                source = try openFile("/dev/null", .readOnly).release()
            }
            let (output, error) = (try Pipe().release(), try Pipe().release())
            child = [source, output.writing, error.writing]
            owned = child
            reading = [(output.reading, .output), (error.reading, .error)]
        }
    }

    func closeChildEnds() { for fd in owned { try? fd.close() } }

    /// For a process that did not come to be.
    func closeKeptEnds() {
        for fd in reading.map(\.0) + [console, consoleListener, input].compactMap(\.self) { try? fd.close() }
    }

    func takeReadingEnds() -> [(FileDescriptor, LogPump.Stream)] { reading }
}
