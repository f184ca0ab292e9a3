/// One message of D-Bus: a call, the answer, or a signal.
///
/// Source: the D-Bus specification, "Message Protocol".
struct BusMessage: Equatable {
    enum Kind: UInt8 { case call = 1, answer, error, signal }

    var kind: Kind
    var serial: UInt32 = 0
    var replySerial: UInt32?
    var path: String?
    var interface: String?
    var member: String?
    var destination: String?
    var errorName: String?
    var body: [BusValue] = []

    /// Source: table "Header Fields".
    private enum Field {
        static let path: UInt8 = 1
        static let interface: UInt8 = 2
        static let member: UInt8 = 3
        static let errorName: UInt8 = 4
        static let replySerial: UInt8 = 5
        static let destination: UInt8 = 6
        static let signature: UInt8 = 8
    }

    /// Bytes before the header fields: order, kind, flags, version, body length, serial, length of the fields.
    static let fixedSize = 16
    /// Source: "Message Protocol": 128 MiB. What systemd tells us fits into far less.
    static let largest = 16 << 20

    func encoded() throws(MalformedBusMessage) -> [UInt8] {
        var content = BusWriter()
        for value in body { try content.append(value) }
        var fields: [BusValue] = []
        func add(_ code: UInt8, _ value: BusValue?) {
            if let value { fields.append(.structure([.byte(code), .variant(value)])) }
        }
        add(Field.path, path.map { .objectPath($0) })
        add(Field.interface, interface.map { .string($0) })
        add(Field.member, member.map { .string($0) })
        add(Field.errorName, errorName.map { .string($0) })
        add(Field.replySerial, replySerial.map { .uint32($0) })
        add(Field.destination, destination.map { .string($0) })
        let signature = body.map(\.signature).joined()
        if !signature.isEmpty { add(Field.signature, .signature(signature)) }

        var header = BusWriter()
        header.append(raw: [UInt8(ascii: "l"), kind.rawValue, 0, 1])
        header.integer(UInt32(content.bytes.count))
        header.integer(serial)
        try header.append(.array(of: "(yv)", fields))
        header.pad(to: 8)
        return header.bytes + content.bytes
    }

    /// How long the message is that begins with these bytes; `nil` while too few are there to tell.
    static func length(of start: [UInt8]) throws(MalformedBusMessage) -> Int? {
        guard start.count >= fixedSize else { return nil }
        guard start[0] == UInt8(ascii: "l"), start[3] == 1 else {
            throw MalformedBusMessage(reason: "not little-endian version 1")
        }
        func number(_ at: Int) -> Int { (0..<4).reduce(0) { $0 | Int(start[at + $1]) << (8 * $1) } }
        let length = (fixedSize + number(12) + 7) / 8 * 8 + number(4)
        guard length <= largest else { throw MalformedBusMessage(reason: "\(length) bytes") }
        return length
    }

    /// Reads one whole message.
    init(parsing bytes: [UInt8]) throws(MalformedBusMessage) {
        guard let length = try Self.length(of: bytes), length == bytes.count, let kind = Kind(rawValue: bytes[1]) else {
            throw MalformedBusMessage(reason: "length or kind")
        }
        self.kind = kind
        var header = BusReader(bytes)
        _ = try header.integer(UInt32.self)
        let bodyLength = Int(try header.integer(UInt32.self))
        serial = try header.integer(UInt32.self)
        guard case .array(_, let fields) = try header.value(BusType(text: "a(yv)")) else { return }
        var signature = ""
        for case .structure(let field) in fields {
            guard case .byte(let code)? = field.first, case .variant(let value)? = field.last else { continue }
            switch code {
            case Field.path: path = value.text
            case Field.interface: interface = value.text
            case Field.member: member = value.text
            case Field.errorName: errorName = value.text
            case Field.replySerial: if case .uint32(let number) = value { replySerial = number }
            case Field.signature: signature = value.text ?? ""
            default: continue
            }
        }
        var content = BusReader(Array(bytes.suffix(bodyLength)))
        for type in try BusType.parse(signature) { body.append(try content.value(type)) }
    }

    init(kind: Kind) { self.kind = kind }

    /// A call of one of systemd's methods.
    init(call member: String, of interface: String, at path: String, _ arguments: [BusValue]) {
        kind = .call
        self.path = path
        self.interface = interface
        self.member = member
        destination = "org.freedesktop.systemd1"
        body = arguments
    }
}
