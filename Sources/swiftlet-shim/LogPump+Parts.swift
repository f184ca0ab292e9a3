import Glibc
import Linux
import Shim
import SystemPackage

extension LogPump {
    private var log: FilePath { FilePath(target.path) }

    /// The part that the file becomes now; `nil`: not yet.
    ///
    /// Names have seconds, and a name says when its part was full. So of a log that fills faster, a part gets larger
    /// than asked: by what comes in the rest of a second, where the kubelet looks every ten.
    func nextPart() -> LogPart? {
        let second = nanoseconds(of: .wall) / 1_000_000_000
        guard second >= nextCut || nextCut - second > 1 else { return nil }
        let newest = newestPart ?? (try? LogPart.all(of: log))?.last?.stamp ?? ""
        newestPart = newest
        var stamp = partStamp(second)
        if stamp == newest {
            nextCut = second + 1
            return nil
        }
        // The clock was set back. That parts sort as they were written is worth more than what they are called.
        if stamp < newest { stamp = following(newest) }
        return LogPart(of: log, stamp: stamp, isCompressed: false)
    }

    func cutOff(_ part: LogPart) {
        guard unsafe rename(target.path, part.path.string) == 0 else { return }
        newestPart = part.stamp
        nextCut = nanoseconds(of: .wall) / 1_000_000_000 + 1
        open()
        prune()
    }

    /// The oldest go when there are too many, in whatever form: the agent may just be compressing one.
    private func prune() {
        let parts = (try? LogPart.all(of: log)) ?? []
        for part in parts.dropLast(max(0, Int(target.maxFiles) - 1)) {
            for isCompressed in [false, true] {
                try? removeFile(at: LogPart(of: log, stamp: part.stamp, isCompressed: isCompressed).path)
            }
        }
    }
}

/// 2006-01-02T15:04:05.… → 20060102-150405
private func partStamp(_ second: Int64) -> String {
    let text = timestamp(nanoseconds: second * 1_000_000_000).prefix(19)
    let digits = text.filter { (48...57).contains($0) }
    return String(decoding: digits.prefix(8) + [UInt8(ascii: "-")] + digits.dropFirst(8), as: UTF8.self)
}

/// The next name in order, which need not be a time that there is.
private func following(_ stamp: String) -> String {
    var digits = Array(stamp.utf8)
    for index in digits.indices.reversed() where index != 8 {
        if digits[index] < UInt8(ascii: "9") {
            digits[index] += 1
            break
        }
        digits[index] = UInt8(ascii: "0")
    }
    return String(decoding: digits, as: UTF8.self)
}
