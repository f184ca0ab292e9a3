import Kubernetes
import NIOHTTP1
import Server

/// Which lines of a container's log a client wants: `v1` `PodLogOptions`.
struct LogOptions: Equatable, Sendable {
    var follow = false
    var previous = false
    var timestamps = false
    var tailLines: Int?
    var limitBytes: Int?
    var sinceSeconds: Int?
    var sinceTime: Time?
    /// `nil`: both.
    var stream: String?

    /// Source: kubernetes `pkg/kubelet/server/server.go`, `getContainerLogs`, whose words these are.
    init(_ query: Query) throws(Refusal) {
        let unreadable = Refusal(.badRequest, #"{"message": "Unable to decode query."}"#)
        func number(_ name: String) throws(Refusal) -> Int? {
            guard let text = query[name] else { return nil }
            guard let number = Int(text) else { throw unreadable }
            return number
        }
        follow = Self.isOn(query["follow"])
        previous = Self.isOn(query["previous"])
        timestamps = Self.isOn(query["timestamps"])
        let tail = query["tail"] ?? ""
        if tail.isEmpty {
            tailLines = try number("tailLines")
        } else if tail != "all" {
            tailLines = try number("tail")
        }
        limitBytes = try number("limitBytes")
        sinceSeconds = try number("sinceSeconds")
        if let text = query["sinceTime"] {
            guard let time = Time(rfc3339: text) else { throw unreadable }
            sinceTime = time
        }
        if let name = query["stream"], name != "All" {
            guard ["Stdout", "Stderr"].contains(name) else { throw Self.invalid }
            stream = name.lowercased()
        }
        // Source: `pkg/apis/core/validation`, `ValidatePodLogOptions`.
        guard tailLines ?? 0 >= 0, limitBytes ?? 1 >= 1, sinceSeconds ?? 1 >= 1,
            sinceSeconds == nil || sinceTime == nil,
            stream == nil || tailLines == nil
        else { throw Self.invalid }
    }

    private static let invalid = Refusal(.unprocessableEntity, #"{"message": "Invalid request."}"#)

    /// As the API reads a bool of a query: there, and not denied.
    private static func isOn(_ text: String?) -> Bool {
        text.map { $0 != "0" && $0.lowercased() != "false" } ?? false
    }

    func request(_ pod: PodName, container: String, now: Time) -> LogRequest {
        var request = LogRequest(pod: pod, container: container)
        (request.follow, request.previous, request.timestamps) = (follow, previous, timestamps)
        (request.tail, request.limitBytes, request.stream) = (tailLines, limitBytes, stream)
        request.since = sinceTime ?? sinceSeconds.map { Time(seconds: now.seconds - Int64(clamping: $0)) }
        return request
    }
}
