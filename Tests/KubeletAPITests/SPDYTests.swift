import Testing

@testable import KubeletAPI

@Suite struct `A SPDY frame` {
    static let frames: [SPDYFrame] = [
        .openStream(1, isLast: false, block: [1, 2, 3]), .openStream(0x7fff_ffff, isLast: true, block: []),
        .reply(3, isLast: true, block: [9]), .headers(5, isLast: false, block: [7]), .reset(7, .refused),
        .settings(initialWindow: 65536), .settings(initialWindow: nil), .ping(0xffff_ffff), .goAway(lastStream: 9),
        .window(0, more: 0x7fff_ffff), .data(1, isLast: true, []), .data(1, isLast: false, [1, 2, 3]),
    ]

    @Test(arguments: frames) func `comes back as it was sent`(frame: SPDYFrame) throws {
        var parser = SPDYParser()
        parser.append(frame.encoded)
        #expect(try parser.next() == frame)
        #expect(try parser.next() == nil)
    }

    @Test func `may come byte by byte`() throws {
        var parser = SPDYParser()
        var found: [SPDYFrame] = []
        for byte in Self.frames.flatMap(\.encoded) {
            parser.append([byte])
            while let frame = try parser.next() { found.append(frame) }
        }
        // Content of a frame comes in pieces.
        let data = found.reduce(into: [UInt8]()) { if case .data(_, _, let bytes) = $1 { $0 += bytes } }
        #expect(data == [1, 2, 3])
        #expect(found.filter { if case .data = $0 { false } else { true } } == Array(Self.frames.dropLast(2)))
    }

    /// Bytes, and what is wrong with them.
    @Test(arguments: [
        ([0x80, 2, 0, 1, 0, 0, 0, 0], "version 2 of SPDY is not spoken"),
        ([0x80, 3, 0, 1, 0, 0, 0, 9] + [UInt8](repeating: 0, count: 9), "a frame of kind 1 is too short"),
        ([0x80, 3, 0, 6, 0, 0xff, 0xff, 0xff], "a frame of 16777215 bytes is too long"),
        ([0x80, 3, 0, 4, 0, 0, 0, 4, 0xff, 0xff, 0xff, 0xff], "settings are cut off"),
        ([0, 0, 0, 0, 0, 0, 0, 0], "data on stream 0"),
    ])
    func `that is none is told`(bytes: [UInt8], problem: String) {
        var parser = SPDYParser()
        parser.append(bytes)
        #expect(throws: SPDYError(problem)) { try parser.next() }
    }

    @Test func `of a kind that is not known is passed over`() throws {
        var parser = SPDYParser()
        parser.append([0x80, 3, 0, 99, 0, 0, 0, 2, 1, 2] + SPDYFrame.ping(1).encoded)
        #expect(try parser.next() == .unknown(99))
        #expect(try parser.next() == .ping(1))
    }

    @Test func `of whatever bytes never traps`() {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<20_000 {
            var bytes = Self.frames.randomElement(using: &random).map(\.encoded) ?? []
            for _ in 0..<3 where !bytes.isEmpty {
                bytes[Int.random(in: 0..<bytes.count)] = UInt8.random(in: 0...255)
            }
            var parser = SPDYParser()
            parser.append(bytes)
            while let frame = try? parser.next() { _ = frame.encoded }
        }
    }
}

@Suite struct `Headers of SPDY` {
    @Test func `are compressed one block upon the other`() throws {
        var deflater = try HeaderDeflater()
        var inflater = try HeaderInflater()
        for round in 0..<5 {
            let headers = SPDYHeaders(["streamtype": "stdin", "port": "\(round)"])
            let block = try deflater.deflate(headers.encoded)
            #expect(try SPDYHeaders(decoding: inflater.inflate(block)) == headers)
            #expect(round == 0 || block.count < headers.encoded.count)
        }
    }

    @Test func `share the words of the draft`() {
        #expect(spdyDictionary.count == 1423)
        // Adler-32, as in the first block of every SPDY/3 connection.
        let sums = spdyDictionary.reduce((1, 0)) { sums, byte in
            let first = (sums.0 + Int(byte)) % 65521
            return (first, (sums.1 + first) % 65521)
        }
        #expect(sums.1 << 16 | sums.0 == 0xe3c6_a7c2)
    }

    @Test func `that unpack to too much are refused`() throws {
        var deflater = try HeaderDeflater()
        var inflater = try HeaderInflater()
        let block = try deflater.deflate([UInt8](repeating: 0, count: 1 << 20))
        #expect(block.count < 2000)
        #expect(throws: SPDYError.self) { try inflater.inflate(block) }
    }

    @Test(
        arguments: [
            [], [0, 0, 0, 1], [0, 0, 0, 1, 0xff, 0xff, 0xff, 0xff], [0, 0, 0, 1, 0, 0, 0, 1, 97],
            [0, 0, 0, 1, 0, 0, 0, 1, 0xff, 0, 0, 0, 0],
            [0, 0, 0, 2, 0, 0, 0, 1, 97, 0, 0, 0, 0, 0, 0, 0, 1, 65, 0, 0, 0, 0],
        ] as [[UInt8]])
    func `that are none are refused`(block: [UInt8]) {
        #expect(throws: SPDYError.self) { try SPDYHeaders(decoding: block) }
    }

    @Test func `of whatever bytes never trap`() throws {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<200 {
            var inflater = try HeaderInflater()
            let bytes = (0..<Int.random(in: 0...200)).map { _ in UInt8.random(in: 0...255, using: &random) }
            _ = try? inflater.inflate(bytes)
            _ = try? SPDYHeaders(decoding: bytes)
        }
    }

    @Test(
        arguments: [
            (["port": "80", "streamtype": "data", "requestid": "7"], UInt32(3), "7", 80),
            (["port": "80", "streamtype": "data"], 3, "1", 80), (["port": "1", "streamtype": "error"], 1, "1", 1),
            (["port": "0", "streamtype": "data"], 1, nil, 0), (["port": "65536", "streamtype": "data"], 1, nil, 0),
            (["streamtype": "data"], 1, nil, 0), (["port": "80", "streamtype": "x"], 1, nil, 0),
            (["port": "80"], 1, nil, 0),
        ] as [([String: String], UInt32, String?, Int)])
    func `name the connection of a port that a stream is for`(
        headers: [String: String], id: UInt32, request: String?, port: Int
    ) {
        let found = try? SPDYPortForward.request(SPDYHeaders(headers), id)
        #expect(found?.request == request)
        #expect(request == nil || found.map { Int($0.port) } == port)
    }
}

@Suite struct `A window` {
    @Test func `of a client that never spoke of one is open`() async throws {
        let window = SPDYWindow(nil)
        #expect(try await window.take(1 << 30) == 1 << 30)
    }

    @Test func `lets through what it has room for, and more when it is told so`() async throws {
        let window = SPDYWindow(10)
        #expect(try await window.take(7) == 7)
        #expect(try await window.take(7) == 3)
        async let more = window.take(7)
        window.grant(2)
        #expect(try await more == 2)
    }

    @Test func `that begins late knows what was sent`() async throws {
        let window = SPDYWindow(nil)
        _ = try await window.take(100)
        window.begin(64)
        window.grant(40)
        #expect(try await window.take(9) == 4)
    }

    @Test func `that is closed lets nobody wait`() async throws {
        let window = SPDYWindow(0)
        async let refused: Int? = try? window.take(1)
        window.close()
        #expect(await refused == nil)
    }
}
