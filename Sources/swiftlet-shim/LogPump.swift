import Glibc
import Linux
import Shim
import SystemPackage

/// Writes a container's output as CRI log records, `<RFC3339Nano> <stdout|stderr> <P|F> <line>`, and rotates the file.
///
/// A line longer than 16 KiB becomes several records, all but the last marked P. The pump is the only writer of the
/// file and renames it between two records: no line is lost, and none is split by a rotation.
/// Source: facts of the CRI, `kubernetes/pkg/kubelet/kuberuntime/logs`.
final class LogPump {
    enum Stream: Int { case output = 0, error = 1 }

    static let longestRecord = 16 << 10

    private let target: LogTarget
    private var file: OwnedFileDescriptor?
    private var size: UInt64 = 0
    /// A line that has not ended yet, for each stream.
    private var pending: [[UInt8]] = [[], []]
    private var continues = [false, false]
    /// Records of one piece of output, written at once.
    private var records: [UInt8] = []

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
    }

    private func append(_ stream: Stream, _ stamp: [UInt8], _ tag: Character, _ tail: some Collection<UInt8>) {
        let index = stream.rawValue
        let length = stamp.count + 10 + pending[index].count + tail.count + 1
        if target.maxSize > 0, size + UInt64(records.count + length) > target.maxSize, size + UInt64(records.count) > 0
        {
            flush()
            rotate()
        }
        records += stamp
        records += stream == .output ? " stdout ".utf8 : " stderr ".utf8
        records += tag == "F" ? "F ".utf8 : "P ".utf8
        records += pending[index]
        records += tail
        records.append(UInt8(ascii: "\n"))
        pending[index] = []
        continues[index] = tag == "P"
    }

    /// A full disk costs lines, never the container's progress; half a record is taken back.
    private func flush() {
        if records.isEmpty { return }
        if file == nil { open() }
        let bytes = records
        if records.capacity > 128 << 10 { records = [] } else { records.removeAll(keepingCapacity: true) }
        guard let fd = file?.borrow({ $0 }) else { return }
        if (try? fd.writeAll(bytes)) != nil {
            size += UInt64(bytes.count)
        } else {
            ftruncate(fd.rawValue, off_t(size))
        }
    }

    private func open() {
        file = nil
        guard let opened = try? openFile(FilePath(target.path), [.writeOnly, .append, .create, .noFollow], mode: 0o640)
        else { return }
        size = opened.borrow { fd in (try? fd.status().size) ?? 0 }
        file = consume opened
    }

    private func rotate() {
        var seconds = nanoseconds(of: .wall) / 1_000_000_000
        // Names have seconds: a fast writer takes the next free one.
        while let taken = try? fileStatus(rotated(seconds)), taken.links > 0 { seconds += 1 }
        guard unsafe rename(target.path, rotated(seconds).string) == 0 else { return }
        open()
        prune()
    }

    private func rotated(_ seconds: Int64) -> FilePath {
        let text = String(decoding: timestamp(nanoseconds: seconds * 1_000_000_000), as: UTF8.self)
        // 2006-01-02T15:04:05.… → 20060102-150405
        let digits = text.prefix(19).map { $0 == "T" ? "-" : String($0) }.filter { $0 == "-" || $0 != ":" }
        let date = digits[0..<4].joined() + digits[5..<7].joined() + digits[8..<10].joined()
        return FilePath("\(target.path).\(date)-\(digits[11...].joined())")
    }

    /// The oldest go when there are too many: their names sort by time.
    private func prune() {
        let path = FilePath(target.path)
        guard let name = path.lastComponent?.string else { return }
        let directory = path.removingLastComponent()
        let old = ((try? directoryEntries(directory)) ?? []).filter { $0.hasPrefix(name + ".") }.sorted()
        for victim in old.dropLast(max(0, Int(target.maxFiles) - 1)) {
            try? removeFile(at: directory.appending(victim))
        }
    }
}

/// `2006-01-02T15:04:05.000000000Z`. Civil-from-days as in Howard Hinnant's "chrono-compatible date algorithms".
func timestamp(nanoseconds: Int64) -> [UInt8] {
    let (seconds, fraction) = (nanoseconds / 1_000_000_000, nanoseconds % 1_000_000_000)
    let (days, time) = (seconds / 86400, seconds % 86400)
    let shifted = days + 719_468
    let era = shifted / 146_097
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shiftedMonth = (5 * dayOfYear + 2) / 153
    let day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
    let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
    let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    var text: [UInt8] = []
    text.reserveCapacity(30)
    func put(_ value: Int64, _ width: Int, _ end: Character) {
        var divisor: Int64 = 1
        for _ in 1..<width { divisor *= 10 }
        while divisor > 0 {
            text.append(UInt8(ascii: "0") + UInt8(value / divisor % 10))
            divisor /= 10
        }
        text += String(end).utf8
    }
    put(year, 4, "-")
    put(month, 2, "-")
    put(day, 2, "T")
    put(time / 3600, 2, ":")
    put(time / 60 % 60, 2, ":")
    put(time % 60, 2, ".")
    put(fraction, 9, "Z")
    return text
}
