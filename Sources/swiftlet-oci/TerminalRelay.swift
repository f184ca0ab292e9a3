import Linux
import SystemPackage

/// Joins this program's standard streams and a container's terminal, until the container's process ends.
struct TerminalRelay {
    let master: FileDescriptor
    let foreground: Foreground

    /// - Returns: the exit code of the process.
    func run() throws -> Int32 {
        let terminal = CallersTerminal(.standardInput)
        terminal?.giveSize(to: master)
        // The caller's input comes last: it may end before the rest.
        var sources: [FileDescriptor] = foreground.sources + [master, .standardInput]
        let (output, input) = (sources.count - 2, sources.count - 1)
        while true {
            let ready = try waitReadable(sources)
            if output == 2, ready[1] { try foreground.notices?.forwardOne(pid: foreground.pid) }
            if ready[output], try !copy(from: master, to: .standardOutput) {
                // All who had the terminal open are gone; the process ends, or lives on without it.
                return try foreground.wait()
            }
            if ready.count > input, ready[input], try !copy(from: .standardInput, to: master) { sources.removeLast() }
            guard ready[0] else { continue }
            for number in try foreground.signals.readSignals() where number != Signals.child {
                if number == Signals.windowChanged {
                    terminal?.giveSize(to: master)
                } else {
                    try foreground.process.signalProcess(number)
                }
            }
            if let code = try foreground.endedProcess() {
                drain()
                return code
            }
        }
    }

    /// What the process wrote before it ended.
    private func drain() {
        while let ready = try? waitReadable([master], milliseconds: 0), ready[0],
            (try? copy(from: master, to: .standardOutput)) == true
        {}
    }

    /// - Returns: false at the end. A terminal whose other side is closed says EIO.
    private func copy(from source: FileDescriptor, to target: FileDescriptor) throws -> Bool {
        var buffer = [UInt8](repeating: 0, count: 16 << 10)
        do {
            let count = try unsafe buffer.withUnsafeMutableBytes { try unsafe source.read(into: $0) }
            if count == 0 { return false }
            _ = try target.writeAll(buffer[..<count])
            return true
        } catch let error as Errno where error == .ioError {
            return false
        }
    }
}
