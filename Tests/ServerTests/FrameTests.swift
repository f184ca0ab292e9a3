import JSONText
import Testing

@testable import Server

@Suite struct `A frame` {
    @Test(arguments: [1, 2, 5, 7, 1000])
    func `is the same however its bytes are cut`(piece: Int) throws {
        let frames = [Frame(.request, [1, 2, 3]), Frame(.data), Frame(.result, [UInt8](repeating: 7, count: 300))]
        let bytes = frames.flatMap(\.encoded)
        var parser = FrameParser(limit: 1000)
        var read: [Frame] = []
        for start in stride(from: 0, to: bytes.count, by: piece) {
            parser.append(bytes[start..<min(start + piece, bytes.count)])
            while let frame = try parser.next() { read.append(frame) }
        }
        #expect(read == frames)
        #expect(parser.isEmpty)
    }

    @Test func `has its length in little-endian order behind its kind`() {
        #expect(Frame(.data, [9, 8]).encoded == [3, 2, 0, 0, 0, 9, 8])
    }

    @Test func `that is too long is refused before it has come`() {
        var parser = FrameParser(limit: 10)
        parser.append([1, 11, 0, 0, 0])
        #expect(throws: FrameParser.Failure.tooLong(11, limit: 10)) { try parser.next() }
    }

    @Test func `of an unknown kind is refused`() {
        var parser = FrameParser(limit: 10)
        parser.append([99, 0, 0, 0, 0])
        #expect(throws: FrameParser.Failure.unknownKind(99)) { try parser.next() }
    }
}

@Suite struct `A request` {
    static let requests: [ControlRequest] = [
        .status, .pods(namespace: nil), .pods(namespace: "kube-system"), .pod(PodName(name: "web")), .images,
        .pullImage("busybox"), .importImages(path: "/a.tar"), .removeImage("x"),
        .logs(LogRequest(pod: PodName(namespace: "a", name: "b"), container: "c")),
        .exec(ExecRequest(pod: PodName(name: "a"), command: ["echo", "a \"b\"\n", ""])),
        .exec(ExecRequest(pod: PodName(namespace: "b", name: "a"), container: "c", command: [])),
    ]

    @Test(arguments: requests) func `survives the way to the agent`(request: ControlRequest) throws {
        #expect(try ControlSocket.decode(ControlJSON.encode(ControlEnvelope(request))) == request)
    }

    @Test func `in another version is answered with both versions`() throws {
        let future = try ControlJSON.encode(ControlEnvelope(.status, version: 9))
        let error = #expect(throws: ControlError.self) { try ControlSocket.decode(future) }
        #expect(error?.code == .version)
        #expect(error?.message.contains("version 1") == true)
        #expect(error?.message.contains("version 9") == true)
    }

    @Test(arguments: [#"{"version":1,"request":{"fly":{}}}"#, #"{"version":1}"#])
    func `that the agent does not know is refused`(text: String) {
        let error = #expect(throws: ControlError.self) { try ControlSocket.decode(Array(text.utf8)) }
        #expect(error?.code == .invalid)
    }
}

@Suite struct `A request for a command` {
    /// What ``ExecRequest/init(in:)`` reads by itself, and with `false` what it leaves to the decoder.
    static let envelopes: [(Bool, String)] = [
        (true, #"{"version":1,"request":{"exec":{"_0":{"pod":{"name":"a"},"command":["x","y"],"hasInput":false}}}}"#),
        (
            true,
            #"{"request":{"exec":{"_0":{"hasInput":true,"command":[],"container":"c","#
                + #""pod":{"name":"a","namespace":"b"}}}},"version":1}"#
        ),
        (
            false,
            #"{"version":1,"request":{"exec":{"_0":{"pod":{"name":"a"},"command":["x"],"hasInput":true,"#
                + #""terminal":{"rows":24,"columns":80}}}}}"#
        ),
        (false, #"{"version":2,"request":{"exec":{"_0":{"pod":{"name":"a"},"command":["x"],"hasInput":false}}}}"#),
        (false, #"{"version":1,"request":{"exec":{"_0":{"pod":{"name":"a"},"command":["x"]}}}}"#),
        (false, #"{"version":1,"request":{"exec":{"_0":{"pod":{"name":"a"},"command":["x",1],"hasInput":false}}}}"#),
        (false, #"{"version":1,"request":{"exec":{"_0":{"pod":{"name":1},"command":["x"],"hasInput":false}}}}"#),
        (
            false,
            #"{"version":1,"request":{"exec":{"_0":{"pod":{"name":"a"},"container":1,"command":[],"hasInput":true}}}}"#
        ),
        (false, #"{"version":1,"request":{"exec":{"_0":{"pod":{"name":"a"},"command":[],"hasInput":0}}}}"#),
        (
            false,
            #"{"version":1,"request":{"exec":{"_0":{"pod":{"name":"a"},"command":[],"hasInput":true}},"status":{}}}"#
        ),
        (false, #"{"version":1,"request":{"status":{}}}"#),
    ]

    @Test(arguments: envelopes) func `means what the decoder reads`(isRead: Bool, text: String) throws {
        let json = try JSON(parsing: text)
        let read = ExecRequest(in: json)
        #expect((read != nil) == isRead)
        guard let read else { return }
        #expect(try JSONReader.read(ControlEnvelope.self, from: json) == ControlEnvelope(.exec(read)))
    }

    @Test(arguments: [0, 1, 137, -1] as [Int32]) func `is answered as the encoder writes`(code: Int32) throws {
        let end = ProcessEnd(code: code)
        #expect(try ControlJSON.encode(end) == end.encoded)
    }
}
