extension InitProgram {
    /// Source of the layout: ``init(from:)``. The two change together; agent and shim are installed together.
    package func encode(to writer: inout ByteWriter) {
        writer.number(namespaces.rawValue)
        writer.list(joins) { writer, join in
            switch join {
            case .process(let id, let kinds):
                writer.flag(true)
                writer.text(id)
                writer.number(kinds.rawValue)
            case .path(let path, let kind):
                writer.flag(false)
                writer.text(path)
                writer.number(kind.rawValue)
            }
        }
        writer.list(steps) { $1.encode(to: &$0) }
        writer.optional(helper) { $1.encode(to: &$0) }
        writer.optional(oomScoreAdjustment) { $0.number($1) }
    }

    package init(from reader: inout ByteReader) throws(ByteError) {
        namespaces = Namespaces(rawValue: try reader.number())
        joins = try reader.list { (reader: inout ByteReader) throws(ByteError) in
            if try reader.flag() {
                return .process(id: try reader.text(), kinds: Namespaces(rawValue: try reader.number()))
            }
            return .path(try reader.text(), kind: Namespaces(rawValue: try reader.number()))
        }
        steps = try reader.list { (reader: inout ByteReader) throws(ByteError) in try Step(from: &reader) }
        helper = try reader.optional { (reader: inout ByteReader) throws(ByteError) in try Helper(from: &reader) }
        oomScoreAdjustment = try reader.optional { (reader: inout ByteReader) throws(ByteError) in try reader.number() }
    }
}

extension InitProgram.Step {
    func encode(to writer: inout ByteWriter) {
        switch self {
        case .setHostname(let value):
            writer.number(UInt8(0))
            writer.text(value)
        case .setDomainName(let value):
            writer.number(UInt8(1))
            writer.text(value)
        case .setPropagation(let value):
            writer.number(UInt8(2))
            writer.number(value.rawValue)
        case .copyMount(let value, let path, let recursive):
            writer.number(UInt8(3))
            writer.number(value)
            writer.text(path)
            writer.flag(recursive)
        case .makeFilesystem(let value, let type, let options, let attributes):
            writer.number(UInt8(4))
            writer.number(value)
            writer.text(type)
            writer.list(options) { $1.encode(to: &$0) }
            writer.number(attributes.rawValue)
        case .changeMount(let value, let set, let clear, let propagation, let recursive):
            writer.number(UInt8(5))
            writer.number(value)
            writer.number(set.rawValue)
            writer.number(clear.rawValue)
            writer.optional(propagation) { $0.number($1.rawValue) }
            writer.flag(recursive)
        case .enterRoot(let value):
            writer.number(UInt8(6))
            writer.number(value)
        case .openRoot(let value):
            writer.number(UInt8(7))
            writer.number(value)
        case .attach(let value, let root, let path, let place):
            writer.number(UInt8(8))
            writer.number(value)
            writer.number(root)
            writer.text(path)
            writer.number(place.rawValue)
        case .makeDirectory(let root, let path, let mode):
            writer.number(UInt8(9))
            writer.number(root)
            writer.text(path)
            writer.number(mode)
        case .makeDevice(let root, let path, let device):
            writer.number(UInt8(10))
            writer.number(root)
            writer.text(path)
            device.encode(to: &writer)
        case .makeLink(let root, let path, let target):
            writer.number(UInt8(11))
            writer.number(root)
            writer.text(path)
            writer.text(target)
        case .mask(let root, let path):
            writer.number(UInt8(12))
            writer.number(root)
            writer.text(path)
        case .makeReadOnly(let root, let path):
            writer.number(UInt8(13))
            writer.number(root)
            writer.text(path)
        default: encodeLater(to: &writer)
        }
    }

    private func encodeLater(to writer: inout ByteWriter) {
        switch self {
        case .leaveHostMounts:
            writer.number(UInt8(15))
        case .write(let value, let path, let content):
            writer.number(UInt8(14))
            writer.number(value)
            writer.text(path)
            writer.text(content)
        case .setResourceLimit(let resource, let soft, let hard):
            writer.number(UInt8(16))
            writer.number(resource)
            writer.number(soft)
            writer.number(hard)
        case .newSession:
            writer.number(UInt8(17))
        case .setMask(let value):
            writer.number(UInt8(18))
            writer.number(value)
        case .changeDirectory(let value):
            writer.number(UInt8(19))
            writer.text(value)
        case .setCredentials(let value, let root):
            writer.number(UInt8(20))
            value.encode(to: &writer)
            writer.number(root)
        case .setNoNewPrivileges:
            writer.number(UInt8(21))
        case .setSeccompFilter(let value, let flags, let listener):
            writer.number(UInt8(22))
            writer.data(value)
            writer.number(flags)
            writer.optional(listener) { $0.number($1) }
        case .wait(let value):
            writer.number(UInt8(23))
            writer.number(value)
        case .copyProgram(let value, let path):
            writer.number(UInt8(24))
            writer.number(value)
            writer.text(path)
        case .execute(let arguments, let environment):
            writer.number(UInt8(25))
            writer.list(arguments) { $0.text($1) }
            writer.list(environment) { $0.text($1) }
        case .executeSlot(let value, let arguments, let environment):
            writer.number(UInt8(26))
            writer.number(value)
            writer.list(arguments) { $0.text($1) }
            writer.list(environment) { $0.text($1) }
        default: encodeSurroundings(to: &writer)
        }
    }

    init(from reader: inout ByteReader) throws(ByteError) {
        let kind: UInt8 = try reader.number()
        switch kind {
        case 0: self = .setHostname(try reader.text())
        case 1: self = .setDomainName(try reader.text())
        case 2: self = .setPropagation(try reader.propagation())
        case 3: self = .copyMount(try reader.number(), path: try reader.text(), recursive: try reader.flag())
        case 4:
            self = .makeFilesystem(
                try reader.number(), type: try reader.text(),
                options: try reader.list { (reader: inout ByteReader) throws(ByteError) in
                    try InitProgram.MountOption(from: &reader)
                }, attributes: try reader.attributes())
        case 5:
            self = .changeMount(
                try reader.number(), set: try reader.attributes(), clear: try reader.attributes(),
                propagation: try reader.optional { (reader: inout ByteReader) throws(ByteError) in
                    try reader.propagation()
                }, recursive: try reader.flag())
        case 6: self = .enterRoot(try reader.number())
        case 7: self = .openRoot(try reader.number())
        case 8:
            self = .attach(
                try reader.number(), root: try reader.number(), path: try reader.text(), place: try reader.place())
        case 9: self = .makeDirectory(root: try reader.number(), path: try reader.text(), mode: try reader.number())
        case 10:
            self = .makeDevice(
                root: try reader.number(), path: try reader.text(), device: try InitProgram.DeviceNode(from: &reader))
        case 11: self = .makeLink(root: try reader.number(), path: try reader.text(), target: try reader.text())
        case 12: self = .mask(root: try reader.number(), path: try reader.text())
        case 13: self = .makeReadOnly(root: try reader.number(), path: try reader.text())
        default: self = try Self(later: kind, from: &reader)
        }
    }

    private init(later kind: UInt8, from reader: inout ByteReader) throws(ByteError) {
        switch kind {
        case 14: self = .write(try reader.number(), path: try reader.text(), content: try reader.text())
        case 15: self = .leaveHostMounts
        case 16:
            self = .setResourceLimit(
                resource: try reader.number(), soft: try reader.number(), hard: try reader.number())
        case 17: self = .newSession
        case 18: self = .setMask(try reader.number())
        case 19: self = .changeDirectory(try reader.text())
        case 20: self = .setCredentials(try InitProgram.Credentials(from: &reader), root: try reader.number())
        case 21: self = .setNoNewPrivileges
        case 22:
            self = .setSeccompFilter(
                try reader.data(), flags: try reader.number(),
                listener: try reader.optional { (reader: inout ByteReader) throws(ByteError) in
                    try reader.number(UInt32.self)
                })
        case 23: self = .wait(try reader.number())
        case 24: self = .copyProgram(try reader.number(), path: try reader.text())
        case 25: self = .execute(arguments: try reader.texts(), environment: try reader.texts())
        case 26:
            self = .executeSlot(try reader.number(), arguments: try reader.texts(), environment: try reader.texts())
        default: self = try Self(surroundings: kind, from: &reader)
        }
    }
}
