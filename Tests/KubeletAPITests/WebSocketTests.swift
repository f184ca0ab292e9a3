import NIOCore
import NIOWebSocket
import Testing

@testable import KubeletAPI

@Suite struct `A language of WebSocket` {
    @Test(
        arguments: [
            (["v5.channel.k8s.io", "v4.channel.k8s.io"], WebSocketLanguage.v5), (["x", "v4.channel.k8s.io"], .v4),
            ([], .unnamed), (["base64.channel.k8s.io"], .v1Base64), (["x"], nil),
        ] as [([String], WebSocketLanguage?)])
    func `is the first that both know`(offers: [String], chosen: WebSocketLanguage?) {
        #expect(WebSocketLanguage.negotiated(offers, of: WebSocketLanguage.allCases) == chosen)
    }

    @Test(
        arguments: [
            (WebSocketLanguage.v4, [0, 1, 2], .data(channel: 0, [1, 2])), (.v4, [4], .data(channel: 4, [])),
            (.v4, [5], nil), (.v4, [], nil), (.v4, [255, 0], nil), (.v5, [255, 0], .end(channel: 0)), (.v5, [255], nil),
            (.v5, [255, 9], nil), (.v4Base64, Array("0YWJj".utf8), .data(channel: 0, Array("abc".utf8))),
            (.v1Base64, Array("9YWJj".utf8), nil), (.v1Base64, Array("0!".utf8), nil), (.v1Base64, [0], nil),
            (.unnamed, [1], .data(channel: 1, [])),
        ] as [(WebSocketLanguage, [UInt8], WebSocketLanguage.Message?)])
    func `says what channel a message is for`(
        language: WebSocketLanguage, bytes: [UInt8], message: WebSocketLanguage.Message?
    ) { #expect(language.decode(bytes, channels: 5) == message) }

    @Test(arguments: WebSocketLanguage.allCases) func `gives back what it was given`(language: WebSocketLanguage) {
        let frame = language.encode([0, 255, 7], channel: 2)
        #expect(frame.opcode == (language.isBase64 ? .text : .binary))
        #expect(language.decode(Array(frame.data.readableBytesView), channels: 5) == .data(channel: 2, [0, 255, 7]))
    }

    @Test(
        arguments: [
            ("port=80", [80]), ("port=80,81&port=9", [80, 81, 9]), ("", nil), ("port=", nil), ("port=0", nil),
            ("port=x", nil), ("port=65536", nil),
        ] as [(String, [UInt16]?)])
    func `names ports in the query`(query: String, ports: [UInt16]?) {
        #expect((try? WebSocketPortForward.ports(Query(parsing: query))) == ports)
    }
}

@Suite struct `How a command came out` {
    @Test func `is told as a status`() {
        #expect(
            String(decoding: RemoteCommandEnd.exited(code: 0, command: ["a"]).status, as: UTF8.self)
                == #"{"metadata":{},"status":"Success"}"#)
        #expect(
            String(decoding: RemoteCommandEnd.exited(code: 3, command: ["sh", "-c"]).status, as: UTF8.self)
                == #"{"metadata":{},"status":"Failure","message":"command terminated with non-zero exit code: "#
                + #"error executing command [sh -c], exit code 3","reason":"NonZeroExitCode","#
                + #""details":{"causes":[{"reason":"ExitCode","message":"3"}]}}"#)
        #expect(String(decoding: RemoteCommandEnd.failed("no").status, as: UTF8.self).contains(#""code":500"#))
        #expect(RemoteCommandEnd.exited(code: 0, command: []).text == [])
        #expect(RemoteCommandEnd.exited(code: 1, command: []).text != [])
    }

    @Test(arguments: [
        ("command=a&command=b&stdout=1", true), ("input=1", true), ("command=a", false), ("stdout=0&stderr=no", false),
        ("tty=1&stderr=1", false),
    ])
    func `needs a stream to be told on`(query: String, isRight: Bool) {
        #expect(((try? RemoteCommandOptions(Query(parsing: query))) != nil) == isRight)
    }
}

@Suite struct `A queue of bytes` {
    @Test func `gives what was put in, in order, and its end`() async {
        let queue = ByteQueue(limit: 10)
        await queue.put([1, 2])
        await queue.put([3])
        queue.finish()
        #expect(await queue.take() == [1, 2, 3])
        #expect(await queue.take() == nil)
    }

    @Test(.timeLimit(.minutes(1))) func `lets whoever puts in wait while it is full`() async {
        let queue = ByteQueue(limit: 10)
        await withTaskGroup(of: Int.self) { group in
            group.addTask {
                for _ in 0..<1000 { await queue.put([UInt8](repeating: 0, count: 8)) }
                queue.finish()
                return 0
            }
            group.addTask {
                var count = 0
                while let bytes = await queue.take() {
                    #expect(bytes.count <= 16)
                    count += bytes.count
                }
                return count
            }
            var sum = 0
            for await count in group { sum += count }
            #expect(sum == 8000)
        }
    }

    @Test(.timeLimit(.minutes(1))) func `that nobody takes from holds nobody up`() async {
        let queue = ByteQueue(limit: 1)
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await queue.put([1, 2]) }
            group.addTask { queue.abandon() }
        }
        await queue.put([3])
        #expect(await queue.take() == nil)
    }

    @Test(.timeLimit(.minutes(1))) func `lets go of whoever is cancelled`() async {
        let queue = ByteQueue(limit: 1)
        await withTaskGroup(of: Void.self) { group in
            group.addTask { _ = await queue.take() }
            group.cancelAll()
        }
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                await queue.put([1])
                await queue.put([2])
            }
            group.cancelAll()
        }
    }
}
