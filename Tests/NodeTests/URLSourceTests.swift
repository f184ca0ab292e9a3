import NIOCore
import NIOPosix
import Pods
import Synchronization
import Testing

@testable import Node

/// Answers every connection with the bytes set last, and keeps what it was asked.
private final class Answers: ChannelInboundHandler, Sendable {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let state: Mutex<(answer: String, requests: [String])> = Mutex(("", []))

    func set(_ status: String, _ body: String) {
        let answer = "HTTP/1.1 \(status)\r\nContent-Length: \(body.utf8.count)\r\nConnection: close\r\n\r\n\(body)"
        state.withLock { $0.answer = answer }
    }

    var lastRequest: String { state.withLock { $0.requests.last ?? "" } }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let request = String(buffer: unwrapInboundIn(data))
        let answer = state.withLock {
            $0.requests.append(request)
            return $0.answer
        }
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: answer)), promise: nil)
        context.close(promise: nil)
    }
}

@Suite struct `A source at a URL` {
    @Test func `hands over what it gives, and keeps it while it gives nothing sound`() async throws {
        let answers = Answers()
        let server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { $0.pipeline.addHandler(answers) }.bind(host: "127.0.0.1", port: 0).get()
        let port = try #require(server.localAddress?.port)
        let delivery = Delivery()
        let source = URLSource(
            url: "http://127.0.0.1:\(port)/pods", headers: ["X-Key": ["a", "b"]], nodeName: "n1", timeout: .seconds(1)
        ) {
            delivery.take($0)
        }
        answers.set("500 Broken", manifest("web"))
        await source.poll()
        #expect(delivery.count == 0, "a source has not spoken before it has answered well")
        #expect(await source.problems.first?.contains("status 500") == true)

        answers.set("200 OK", manifest("web", image: "v1"))
        await source.poll()
        await source.poll()
        #expect(delivery.count == 1 && delivery.words == ["web-n1=v1"])
        #expect(delivery.last?.first?.source == .http)
        #expect(answers.lastRequest.contains("X-Key: a\r\n") && answers.lastRequest.contains("X-Key: b\r\n"))
        #expect(await source.problems == [])

        for (status, body, problem) in [
            ("200 OK", "", "empty"), ("404 Not Found", "x", "404"), ("200 OK", "rubbish: [", ""),
        ] {
            answers.set(status, body)
            await source.poll()
            #expect(delivery.count == 1)
            #expect(await source.problems.first?.contains(problem) == true)
        }
        answers.set("200 OK", manifest("web", image: "v2"))
        await source.poll()
        answers.set("500 Broken", "")
        await source.poll()
        answers.set("200 OK", manifest("web", image: "v2"))
        await source.poll()
        #expect(await source.problems == [], "what was sound is sound again")
        #expect(delivery.count == 2)
        answers.set("200 OK", #"{"apiVersion":"v1","kind":"PodList","items":[]}"#)
        await source.poll()
        #expect(delivery.words == [])
        try await server.close()
        await source.poll()
        #expect(delivery.words == [] && delivery.count == 3)
    }
}
