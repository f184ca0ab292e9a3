extension InitProgram.MountOption {
    func encode(to writer: inout ByteWriter) {
        writer.text(key)
        writer.optional(value) { $0.text($1) }
    }
    init(from reader: inout ByteReader) throws(ByteError) {
        key = try reader.text()
        value = try reader.optional { (reader: inout ByteReader) throws(ByteError) in try reader.text() }
    }
}

extension InitProgram.DeviceNode {
    func encode(to writer: inout ByteWriter) {
        writer.number(kind.rawValue)
        for number in [major, minor, mode, uid, gid] { writer.number(number) }
    }
    init(from reader: inout ByteReader) throws(ByteError) {
        guard let kind = Kind(rawValue: try reader.number()) else { throw .invalid("kind of device") }
        self.kind = kind
        major = try reader.number()
        minor = try reader.number()
        mode = try reader.number()
        uid = try reader.number()
        gid = try reader.number()
    }
}

extension InitProgram.Identity {
    func encode(to writer: inout ByteWriter) {
        switch self {
        case .id(let id):
            writer.flag(true)
            writer.number(id)
        case .name(let name):
            writer.flag(false)
            writer.text(name)
        }
    }
    init(from reader: inout ByteReader) throws(ByteError) {
        self = try reader.flag() ? .id(try reader.number()) : .name(try reader.text())
    }
}

extension InitProgram.Credentials {
    func encode(to writer: inout ByteWriter) {
        user.encode(to: &writer)
        writer.optional(group) { $1.encode(to: &$0) }
        writer.list(additionalGroups) { $0.number($1) }
        writer.flag(joinsListedGroups)
        writer.flag(repeatsOwnGroup)
        writer.flag(refusesRoot)
        writer.optional(capabilities) { writer, sets in
            for set in [sets.bounding, sets.effective, sets.permitted, sets.inheritable, sets.ambient] {
                writer.number(set)
            }
        }
    }
    init(from reader: inout ByteReader) throws(ByteError) {
        user = try InitProgram.Identity(from: &reader)
        group = try reader.optional { (reader: inout ByteReader) throws(ByteError) in
            try InitProgram.Identity(from: &reader)
        }
        additionalGroups = try reader.list { (reader: inout ByteReader) throws(ByteError) in
            try reader.number(UInt32.self)
        }
        joinsListedGroups = try reader.flag()
        repeatsOwnGroup = try reader.flag()
        refusesRoot = try reader.flag()
        capabilities = try reader.optional { (reader: inout ByteReader) throws(ByteError) in
            InitProgram.CapabilitySets(
                bounding: try reader.number(), effective: try reader.number(), permitted: try reader.number(),
                inheritable: try reader.number(), ambient: try reader.number())
        }
    }
}

extension ByteReader {
    mutating func propagation() throws(ByteError) -> MountPropagation {
        guard let value = MountPropagation(rawValue: try number()) else { throw .invalid("propagation") }
        return value
    }
    mutating func attributes() throws(ByteError) -> MountAttributes { MountAttributes(rawValue: try number()) }
    mutating func place() throws(ByteError) -> InitProgram.Place {
        guard let value = InitProgram.Place(rawValue: try number()) else { throw .invalid("place") }
        return value
    }
}
