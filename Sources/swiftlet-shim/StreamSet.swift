import Linux
import Shim
import SystemPackage

/// The standard streams of a process, and the ends of them that the shim reads.
struct StreamSet {
    let child: [FileDescriptor]
    private let owned: [FileDescriptor]
    private let reading: [(FileDescriptor, LogPump.Stream)]

    /// - Parameter descriptors: those of the request; streams are taken off the front.
    init(_ streams: StandardStreams, _ descriptors: inout [FileDescriptor]) throws {
        switch streams {
        case .null:
            let null = try openFile("/dev/null", .readWrite).release()
            (child, owned, reading) = ([null, null, null], [null], [])
        case .descriptors:
            guard descriptors.count >= 3 else { throw ByteError.invalid("number of descriptors") }
            let given = Array(descriptors.prefix(3))
            descriptors.removeFirst(3)
            (child, owned, reading) = (given, given, [])
        case .log:
            let null = try openFile("/dev/null", .readOnly).release()
            let (output, error) = (try Pipe().release(), try Pipe().release())
            child = [null, output.writing, error.writing]
            owned = child
            reading = [(output.reading, .output), (error.reading, .error)]
        }
    }

    func closeChildEnds() { for fd in owned { try? fd.close() } }
    func takeReadingEnds() -> [(FileDescriptor, LogPump.Stream)] { reading }
}
