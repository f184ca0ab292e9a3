package import Linux

extension ShimRequest {
    /// Requests up to this many bytes travel in the packet, larger ones in a sealed memory file.
    package static let largestInline = 8 << 10
    /// No request is larger: seccomp programs and environments of a pod stay far below.
    package static let largest = 8 << 20

    package func encoded() -> [UInt8] {
        var writer = ByteWriter()
        switch self {
        case .start(let request):
            // 0 was a start without a version.
            writer.number(UInt8(9))
            writer.number(Self.startVersion)
            request.encode(to: &writer)
        case .signal(let id, let number, let all):
            writer.number(UInt8(1))
            writer.text(id)
            writer.number(number)
            writer.flag(all)
        case .list: writer.number(UInt8(2))
        case .open(let id):
            writer.number(UInt8(3))
            writer.text(id)
        case .wait(let id):
            writer.number(UInt8(4))
            writer.text(id)
        case .remove(let id):
            writer.number(UInt8(5))
            writer.text(id)
        case .shutdown: writer.number(UInt8(6))
        case .attach(let id):
            writer.number(UInt8(7))
            writer.text(id)
        case .closeInput(let id):
            writer.number(UInt8(8))
            writer.text(id)
        }
        return writer.bytes
    }

    package init(decoding bytes: [UInt8]) throws(ByteError) {
        var reader = ByteReader(bytes)
        switch try reader.number(UInt8.self) {
        case 1: self = .signal(id: try reader.text(), number: try reader.number(), all: try reader.flag())
        case 2: self = .list
        case 3: self = .open(id: try reader.text())
        case 4: self = .wait(id: try reader.text())
        case 5: self = .remove(id: try reader.text())
        case 6: self = .shutdown
        case 7: self = .attach(id: try reader.text())
        case 8: self = .closeInput(id: try reader.text())
        case 9:
            guard try reader.number(UInt32.self) == Self.startVersion else { throw .otherVersion }
            self = .start(try StartRequest(from: &reader))
        default: throw .invalid("request")
        }
        guard reader.isAtEnd else { throw .invalid("length") }
    }
}

extension StartRequest {
    func encode(to writer: inout ByteWriter) {
        writer.text(id)
        program.encode(to: &writer)
        writer.optional(cgroup) { $0.text($1) }
        switch streams {
        case .null: writer.number(UInt8(0))
        case .log(let log, let input):
            writer.number(UInt8(1))
            writer.text(log.path)
            writer.number(log.maxSize)
            writer.number(log.maxFiles)
            writer.number(input.rawValue)
        case .descriptors: writer.number(UInt8(2))
        }
        writer.optional(exitRecord) { $0.text($1) }
        writer.flag(isTransient)
        writer.optional(pidFile) { $0.text($1) }
    }

    init(from reader: inout ByteReader) throws(ByteError) {
        id = try reader.text()
        program = try InitProgram(from: &reader)
        cgroup = try reader.optional { (reader: inout ByteReader) throws(ByteError) in try reader.text() }
        switch try reader.number(UInt8.self) {
        case 0: streams = .null
        case 1:
            let log = LogTarget(path: try reader.text(), maxSize: try reader.number(), maxFiles: try reader.number())
            guard let input = StandardStreams.Input(rawValue: try reader.number()) else { throw .invalid("input") }
            streams = .log(log, input: input)
        case 2: streams = .descriptors
        default: throw .invalid("streams")
        }
        exitRecord = try reader.optional { (reader: inout ByteReader) throws(ByteError) in try reader.text() }
        isTransient = try reader.flag()
        pidFile = try reader.optional { (reader: inout ByteReader) throws(ByteError) in try reader.text() }
    }
}

extension ExitState {
    func encode(to writer: inout ByteWriter) {
        writer.number(code)
        writer.number(signal)
        writer.number(finished)
        writer.number(finishedSinceBoot)
    }
    init(from reader: inout ByteReader) throws(ByteError) {
        code = try reader.number()
        signal = try reader.number()
        finished = try reader.number()
        finishedSinceBoot = try reader.number()
    }
}

extension ProcessState {
    func encode(to writer: inout ByteWriter) {
        writer.text(id)
        writer.number(pid)
        writer.number(startTime)
        writer.optional(exit) { $1.encode(to: &$0) }
    }
    init(from reader: inout ByteReader) throws(ByteError) {
        id = try reader.text()
        pid = try reader.number()
        startTime = try reader.number()
        exit = try reader.optional { (reader: inout ByteReader) throws(ByteError) in try ExitState(from: &reader) }
    }
}

extension ShimReply {
    package func encoded() -> [UInt8] {
        var writer = ByteWriter()
        switch self {
        case .process(let state, let warnings):
            writer.number(UInt8(0))
            state.encode(to: &writer)
            writer.list(warnings) { $0.text($1) }
        case .done: writer.number(UInt8(1))
        case .states(let states):
            writer.number(UInt8(2))
            writer.list(states) { $1.encode(to: &$0) }
        case .exited(let exit):
            writer.number(UInt8(3))
            exit.encode(to: &writer)
        case .failure(let message, let errno):
            writer.number(UInt8(4))
            writer.text(message)
            writer.number(errno)
        }
        return writer.bytes
    }

    package init(decoding bytes: [UInt8]) throws(ByteError) {
        var reader = ByteReader(bytes)
        switch try reader.number(UInt8.self) {
        case 0: self = .process(try ProcessState(from: &reader), warnings: try reader.texts())
        case 1: self = .done
        case 2:
            self = .states(
                try reader.list { (reader: inout ByteReader) throws(ByteError) in try ProcessState(from: &reader) })
        case 3: self = .exited(try ExitState(from: &reader))
        case 4: self = .failure(message: try reader.text(), errno: try reader.number())
        default: throw .invalid("reply")
        }
    }
}

extension ForkRequest {
    package func encoded() -> [UInt8] {
        var writer = ByteWriter()
        writer.text(name)
        writer.flag(hasCgroup)
        return writer.bytes
    }

    package init(decoding bytes: [UInt8]) throws(ByteError) {
        var reader = ByteReader(bytes)
        name = try reader.text()
        hasCgroup = try reader.flag()
    }
}
