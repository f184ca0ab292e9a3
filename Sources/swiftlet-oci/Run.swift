import Linux
import SystemPackage

/// `run`: create, start, and unless it is detached, wait and delete.
enum Run {
    static let options = Creation.options + [.flag("detach", "d"), .flag("keep")]

    static func run(_ runtime: Runtime, _ words: [String]) throws -> Int32 {
        let arguments = try Arguments(words, options)
        let isAttended = !arguments.has("detach")
        let creation = try Creation(runtime, arguments, waits: false, isAttended: isAttended)
        let signals = isAttended ? try signalDescriptor([Signals.child] + Signals.forwarded).release() : nil
        if isAttended && !arguments.has("no-subreaper") { try? adoptOrphans() }
        let made = try creation.perform()
        let code: Int32
        do {
            if creation.waits { try Start.start(made.container, runtime) }
            code = try attend(made, signals)
        } catch {
            // Nobody has been told of the container, so nobody would delete it.
            persistently { try made.container.destroy(runtime, creation.bundle.spec) }
            throw error
        }
        if isAttended, !arguments.has("keep") { try made.container.destroy(runtime, creation.bundle.spec) }
        return code
    }

    private static func attend(_ made: Creation.Made, _ signals: FileDescriptor?) throws -> Int32 {
        let pid = made.container.record.pid
        guard let signals else {
            try made.notices?.forward(of: made.process, pid: pid)
            return 0
        }
        let foreground = Foreground(signals: signals, process: made.process, pid: pid, notices: made.notices)
        guard let master = made.terminal else { return try foreground.wait() }
        return try TerminalRelay(master: master, foreground: foreground).run()
    }
}

/// Waits for a process as if it were this one: signals are passed on, and its exit code is ours.
struct Foreground {
    let signals: FileDescriptor
    let process: FileDescriptor
    let pid: Int32
    var notices: Notices?

    /// What can become readable besides its terminal.
    var sources: [FileDescriptor] { [signals] + [notices?.socket].compactMap(\.self) }

    func wait() throws -> Int32 {
        while true {
            if let code = try endedProcess() { return code }
            let ready = try waitReadable(sources)
            if ready.count > 1, ready[1] { try notices?.forwardOne(pid: pid) }
            for number in try signals.readSignals() where number != Signals.child {
                try process.signalProcess(number)
            }
        }
    }

    /// The exit code of the process, once it has ended. Others that were left to this program are reaped as well.
    func endedProcess() throws -> Int32? {
        while let child = try ReapedChild.next() { if child.pid == pid { return child.code } }
        return nil
    }
}
