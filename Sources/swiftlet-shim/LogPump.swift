import Glibc
import Linux
import Shim
import SystemPackage

/// Writes a container's output as CRI log records, `<RFC3339Nano> <stdout|stderr> <P|F> <line>`, and rotates the file.
///
/// A line longer than 16 KiB becomes several records, all but the last marked P. The pump is the only writer of the
/// file and renames it between two records: none is split by a rotation. What a full disk costs is told in the log.
/// Source: facts of the CRI, `kubernetes/pkg/kubelet/kuberuntime/logs`.
final class LogPump {
    enum Stream: Int { case output = 0, error = 1 }

    static let longestRecord = 16 << 10

    let target: LogTarget
    private var file: OwnedFileDescriptor?
    private var size: UInt64 = 0
    /// The stamp of the newest part; `nil`: not yet looked for.
    var newestPart: String?
    /// No part is cut off before this second.
    var nextCut: Int64 = 0
    /// A line that has not ended yet, for each stream.
    private var pending: [[UInt8]] = [[], []]
    private var continues = [false, false]
    /// Records of one piece of output, written at once.
    private var records: [UInt8] = []
    private var recordCount = 0
    private var lost: Loss?

    init(_ target: LogTarget) {
        self.target = target
        open()
    }

    func write(_ stream: Stream, _ bytes: UnsafeRawBufferPointer) {
        let stamp = timestamp(nanoseconds: nanoseconds(of: .wall))
        var rest = unsafe bytes[...]
        while unsafe !rest.isEmpty {
            let room = Self.longestRecord - pending[stream.rawValue].count
            // One more than there is room for: the end of the line may follow a full record.
            if let end = unsafe rest.prefix(room + 1).firstIndex(of: UInt8(ascii: "\n")) {
                unsafe append(stream, stamp, "F", rest[rest.startIndex..<end])
                unsafe rest = rest[(end + 1)...]
            } else if unsafe rest.count > room {
                unsafe append(stream, stamp, "P", rest.prefix(room))
                unsafe rest = rest.dropFirst(room)
            } else {
                unsafe pending[stream.rawValue] += rest
                break
            }
        }
        flush()
    }

    /// The end of a stream ends its last line.
    func finish(_ stream: Stream) {
        if pending[stream.rawValue].isEmpty && !continues[stream.rawValue] { return }
        append(stream, timestamp(nanoseconds: nanoseconds(of: .wall)), "F", EmptyCollection())
        flush()
        // Nothing may come after it to bring the news along.
        if let lost, put(lost.record) == nil { self.lost = nil }
    }

    private func append(_ stream: Stream, _ stamp: [UInt8], _ tag: Character, _ tail: some Collection<UInt8>) {
        let index = stream.rawValue
        let length = stamp.count + 10 + pending[index].count + tail.count + 1
        if target.maxSize > 0, size + UInt64(records.count + length) > target.maxSize,
            size + UInt64(records.count) > 0, let part = nextPart()
        {
            flush()
            cutOff(part)
        }
        records += stamp
        records += stream == .output ? " stdout ".utf8 : " stderr ".utf8
        records += tag == "F" ? "F ".utf8 : "P ".utf8
        records += pending[index]
        records += tail
        records.append(UInt8(ascii: "\n"))
        recordCount += 1
        pending[index] = []
        continues[index] = tag == "P"
    }

    /// A full disk costs lines, never the container's progress.
    private func flush() {
        if records.isEmpty { return }
        let (bytes, count) = (records, recordCount)
        if records.capacity > 128 << 10 { records = [] } else { records.removeAll(keepingCapacity: true) }
        recordCount = 0
        if let error = put((lost?.record ?? []) + bytes) {
            lost = Loss(
                records: (lost?.records ?? 0) + count, bytes: (lost?.bytes ?? 0) + UInt64(bytes.count), cause: error)
        } else {
            lost = nil
        }
    }

    /// Writes all of it or nothing: half a record is taken back.
    private func put(_ bytes: [UInt8]) -> Errno? {
        if file == nil, let error = open() { return error }
        guard let fd = file?.borrow({ $0 }) else { return .badFileDescriptor }
        do {
            try fd.writeAll(bytes)
        } catch {
            ftruncate(fd.rawValue, off_t(size))
            return error as? Errno ?? .ioError
        }
        size += UInt64(bytes.count)
        return nil
    }

    @discardableResult
    func open() -> Errno? {
        file = nil
        do throws(SyscallError) {
            let opened = try openFile(
                FilePath(target.path), [.writeOnly, .append, .create, .noFollow], mode: 0o640)
            size = opened.borrow { fd in (try? fd.status().size) ?? 0 }
            file = consume opened
            return nil
        } catch {
            return error.errno
        }
    }
}

/// What could not be written, until it can be said: a record in the place of those that are missing.
private struct Loss {
    var records: Int
    var bytes: UInt64
    var cause: Errno

    var record: [UInt8] {
        let text = "swiftlet: \(records) records (\(bytes) bytes) of this log are lost: \(cause)\n"
        return timestamp(nanoseconds: nanoseconds(of: .wall)) + " stderr F \(text)".utf8
    }
}
