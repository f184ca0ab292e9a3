import ArgumentParser
import Kubernetes
import Node
import Server

struct Logs: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "What a container has written.", usage: "swiftlet logs [<options>] <pod> [<container>]")

    @Argument(help: "Pod: name (with or without the node's suffix), or namespace/name.")
    var pod: String
    @Argument(help: "Container (default: the pod's first, or that of its annotation).")
    var container: String?
    @Option(name: [.customShort("c"), .customLong("container")], help: "Container, as for kubectl.")
    var containerOption: String?
    @Option(name: .shortAndLong, help: "Namespace of the pod.")
    var namespace: String?
    @Flag(name: .shortAndLong, help: "Go on with what is written from now on.")
    var follow = false
    @Flag(name: .shortAndLong, help: "Of the instance before the newest one.")
    var previous = false
    @Option(parsing: .unconditional, help: "At most this many lines from the end; -1: all.")
    var tail: Int = -1
    @Option(help: "Nothing older than this long ago (5s, 2m, 3h) or than this time (2026-01-02T15:04:05Z).")
    var since: String?
    @Flag(help: "Begin each line with its time.")
    var timestamps = false
    @Option(help: "Stop after this many bytes.")
    var limitBytes: Int?

    @OptionGroup var agent: AgentOptions

    func request(at now: Time) throws -> LogRequest {
        guard let name = PodName(parsing: pod, namespace: namespace) else {
            throw ValidationError("not a pod's name: \(pod)")
        }
        if container != nil && containerOption != nil { throw ValidationError("the container is given twice") }
        var request = LogRequest(pod: name, container: container ?? containerOption)
        request.follow = follow
        request.previous = previous
        guard tail >= -1 else { throw ValidationError("--tail must be -1 or more") }
        request.tail = tail == -1 ? nil : tail
        request.since = try since.map { try Self.time($0, now: now) }
        request.timestamps = timestamps
        if let limitBytes, limitBytes <= 0 { throw ValidationError("--limit-bytes must be greater than 0") }
        request.limitBytes = limitBytes
        return request
    }

    private static func time(_ text: String, now: Time) throws -> Time {
        if let duration = GoDuration(text) { return Time(seconds: now.seconds - duration.value.components.seconds) }
        guard let time = Time(rfc3339: text) else { throw ValidationError("not a time or a duration: \(text)") }
        return time
    }

    func validate() throws { _ = try request(at: .now) }

    func run() async throws {
        let _: Done = try await agent.ask(request(at: .now), onData: Terminal.write)
    }
}

extension AgentOptions {
    fileprivate func ask(_ request: LogRequest, onData: ([UInt8]) throws -> Void) async throws -> Done {
        try await ask(.logs(request), for: Done.self, onData: onData)
    }
}
