extension InitProgram.Step {
    /// Source of the layout: ``init(surroundings:from:)``.
    func encodeSurroundings(to writer: inout ByteWriter) {
        switch self {
        case .makeUserNamespace(let slot, let uids, let gids):
            writer.number(UInt8(27))
            writer.number(slot)
            writer.list(uids) { $1.encode(to: &$0) }
            writer.list(gids) { $1.encode(to: &$0) }
        case .mapIDs(let slot, let namespace, let recursive):
            writer.number(UInt8(28))
            writer.number(slot)
            writer.number(namespace)
            writer.flag(recursive)
        case .place(let slot, let path):
            writer.number(UInt8(29))
            writer.number(slot)
            writer.text(path)
        case .openPath(let slot, let root, let path):
            writer.number(UInt8(30))
            writer.number(slot)
            writer.number(root)
            writer.text(path)
        case .reconfigure(let slot, let options):
            writer.number(UInt8(31))
            writer.number(slot)
            writer.list(options) { $1.encode(to: &$0) }
        case .copyUp(let slot, let root, let path):
            writer.number(UInt8(32))
            writer.number(slot)
            writer.number(root)
            writer.text(path)
        case .makeTerminal(let terminal):
            writer.number(UInt8(33))
            writer.number(terminal.root)
            writer.number(terminal.socket)
            writer.number(terminal.rows)
            writer.number(terminal.columns)
            writer.number(terminal.owner)
            writer.flag(terminal.isConsole)
        case .takeTerminal: writer.number(UInt8(34))
        case .makeMountNamespace: writer.number(UInt8(47))
        case .giveStreams(let uid, let gid):
            writer.number(UInt8(48))
            writer.number(uid)
            writer.number(gid)
        case .raiseLoopback: writer.number(UInt8(45))
        case .lookUp(let credentials, let root):
            writer.number(UInt8(46))
            credentials.encode(to: &writer)
            writer.number(root)
        case .meet(let slot, let stage):
            writer.number(UInt8(35))
            writer.number(slot)
            writer.number(stage.rawValue)
        case .awaitStart(let slot):
            writer.number(UInt8(36))
            writer.number(slot)
        case .runHook(let hook):
            writer.number(UInt8(37))
            hook.encode(to: &writer)
        case .checkProgram(let arguments, let environment):
            writer.number(UInt8(38))
            writer.list(arguments) { $0.text($1) }
            writer.list(environment) { $0.text($1) }
        case .setSecurityLabel(let module, let label, let proc):
            writer.number(UInt8(39))
            writer.number(module.rawValue)
            writer.text(label)
            writer.number(proc)
        case .setPersonality(let persona):
            writer.number(UInt8(40))
            writer.number(persona)
        case .setScheduler(let scheduler):
            writer.number(UInt8(41))
            scheduler.encode(to: &writer)
        case .setIOPriority(let priority):
            writer.number(UInt8(42))
            writer.number(priority)
        case .setAffinity(let mask):
            writer.number(UInt8(43))
            writer.data(mask)
        case .setMemoryPolicy(let mode, let nodes):
            writer.number(UInt8(44))
            writer.number(mode)
            writer.list(nodes) { $0.number($1) }
        default: preconditionFailure("a step that has no encoding")
        }
    }

    init(surroundings kind: UInt8, from reader: inout ByteReader) throws(ByteError) {
        switch kind {
        case 27:
            self = .makeUserNamespace(try reader.number(), uids: try reader.idRanges(), gids: try reader.idRanges())
        case 28: self = .mapIDs(try reader.number(), through: try reader.number(), recursive: try reader.flag())
        case 29: self = .place(try reader.number(), path: try reader.text())
        case 30: self = .openPath(try reader.number(), root: try reader.number(), path: try reader.text())
        case 31:
            self = .reconfigure(
                try reader.number(),
                options: try reader.list { (reader: inout ByteReader) throws(ByteError) in
                    try InitProgram.MountOption(from: &reader)
                })
        case 32: self = .copyUp(try reader.number(), root: try reader.number(), path: try reader.text())
        case 33:
            self = .makeTerminal(
                InitProgram.Terminal(
                    root: try reader.number(), socket: try reader.number(), rows: try reader.number(),
                    columns: try reader.number(), owner: try reader.number(), isConsole: try reader.flag()))
        case 34: self = .takeTerminal
        case 35: self = .meet(try reader.number(), try reader.stage())
        case 36: self = .awaitStart(try reader.number())
        case 37: self = .runHook(try InitProgram.Hook(from: &reader))
        case 38: self = .checkProgram(arguments: try reader.texts(), environment: try reader.texts())
        case 39:
            self = .setSecurityLabel(
                try reader.securityModule(), label: try reader.text(), proc: try reader.number())
        case 40: self = .setPersonality(try reader.number())
        case 41: self = .setScheduler(try InitProgram.Scheduler(from: &reader))
        case 42: self = .setIOPriority(try reader.number())
        case 43: self = .setAffinity(try reader.data())
        case 44:
            self = .setMemoryPolicy(
                mode: try reader.number(),
                nodes: try reader.list { (reader: inout ByteReader) throws(ByteError) in
                    try reader.number(UInt64.self)
                })
        case 45: self = .raiseLoopback
        case 46: self = .lookUp(try InitProgram.Credentials(from: &reader), root: try reader.number())
        case 47: self = .makeMountNamespace
        case 48: self = .giveStreams(uid: try reader.number(), gid: try reader.number())
        default: throw .invalid("step")
        }
    }
}

extension InitProgram.Helper {
    func encode(to writer: inout ByteWriter) {
        writer.list(steps) { $1.encode(to: &$0) }
        writer.list(uids) { $1.encode(to: &$0) }
        writer.list(gids) { $1.encode(to: &$0) }
        writer.list(clocks) { writer, clock in
            writer.text(clock.clock)
            writer.number(clock.seconds)
            writer.number(clock.nanoseconds)
        }
    }
    init(from reader: inout ByteReader) throws(ByteError) {
        steps = try reader.list { (reader: inout ByteReader) throws(ByteError) in
            try InitProgram.Step(from: &reader)
        }
        uids = try reader.idRanges()
        gids = try reader.idRanges()
        clocks = try reader.list { (reader: inout ByteReader) throws(ByteError) in
            InitProgram.ClockOffset(
                clock: try reader.text(), seconds: try reader.number(), nanoseconds: try reader.number())
        }
    }
}

extension InitProgram.IDRange {
    func encode(to writer: inout ByteWriter) { for number in [inside, outside, count] { writer.number(number) } }
}

extension InitProgram.Hook {
    func encode(to writer: inout ByteWriter) {
        writer.text(path)
        writer.list(arguments) { $0.text($1) }
        writer.list(environment) { $0.text($1) }
        writer.number(timeout)
    }
    init(from reader: inout ByteReader) throws(ByteError) {
        path = try reader.text()
        arguments = try reader.texts()
        environment = try reader.texts()
        timeout = try reader.number()
    }
}

extension InitProgram.Scheduler {
    func encode(to writer: inout ByteWriter) {
        writer.number(policy)
        writer.number(flags)
        writer.number(nice)
        writer.number(priority)
        for time in [runtime, deadline, period] { writer.number(time) }
    }
    init(from reader: inout ByteReader) throws(ByteError) {
        policy = try reader.number()
        flags = try reader.number()
        nice = try reader.number()
        priority = try reader.number()
        runtime = try reader.number()
        deadline = try reader.number()
        period = try reader.number()
    }
}

extension ByteReader {
    mutating func idRanges() throws(ByteError) -> [InitProgram.IDRange] {
        try list { (reader: inout ByteReader) throws(ByteError) in
            InitProgram.IDRange(inside: try reader.number(), outside: try reader.number(), count: try reader.number())
        }
    }
    mutating func stage() throws(ByteError) -> InitProgram.Stage {
        guard let value = InitProgram.Stage(rawValue: try number()) else { throw .invalid("stage") }
        return value
    }
    mutating func securityModule() throws(ByteError) -> InitProgram.SecurityModule {
        guard let value = InitProgram.SecurityModule(rawValue: try number()) else { throw .invalid("security module") }
        return value
    }
}
