import AsyncHTTPClient
import Kubernetes
import Logging
import NIOCore
import NIOHTTP1
package import Pods
import ServiceLifecycle

/// Tells the pods that a URL gives: one Pod or a PodList, asked for again and again.
///
/// Source: facts of kubelet, §2.1: only status 200 counts, the same body is no news, an empty body is an error.
package actor URLSource: Service {
    /// Why an answer does not count; what was there goes on.
    package enum Failure: Error, Equatable, CustomStringConvertible {
        case status(UInt)
        case empty
        case tooLarge
        case notPods(String)

        package var description: String {
            switch self {
            case .status(let code): "the server answers with status \(code)"
            case .empty: "the answer is empty"
            case .tooLarge: "the answer is larger than \(Manifest.maximumSize >> 20) MiB"
            case .notPods(let problem): problem
            }
        }
    }

    private let url: String
    private let headers: [String: [String]]
    private let nodeName: String
    private var interval: Duration
    private let timeout: Duration
    private let deliver: @Sendable ([Pods.Pod]) async -> Void
    private var body: [UInt8]?
    private var pods: [Pods.Pod] = []
    private var delivered: [Pods.Pod]?
    private var lastFailure: String?
    private let memory: ManifestMemory?
    /// What is wrong with the body that was taken last.
    private var bodyFailure: String?

    package init(
        url: String, headers: [String: [String]] = [:], nodeName: String, interval: Duration = .seconds(20),
        timeout: Duration = .seconds(10), memory: ManifestMemory? = nil,
        deliver: @escaping @Sendable ([Pods.Pod]) async -> Void
    ) {
        self.url = url
        self.headers = headers
        self.nodeName = nodeName
        self.interval = interval
        self.timeout = timeout
        self.memory = memory
        self.deliver = deliver
    }

    /// How often the URL is asked: from the next time on.
    package func setInterval(_ period: Duration) { interval = period }

    /// What is wrong now, for the node's status.
    package var problems: [String] { lastFailure.map { ["\(url): \($0)"] } ?? [] }

    package func run() async {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                await self.poll()
                try? await Task.sleep(for: self.interval)
            }
        }
    }

    /// Asks once. A problem is told once, until it changes.
    package func poll() async {
        do {
            try await take(fetch())
            lastFailure = nil
        } catch is CancellationError {
        } catch {
            let text = explain(error)
            if text != lastFailure {
                Logger.current.error("Manifest URL gives no pods", metadata: ["url": "\(url)", "problem": "\(text)"])
            }
            lastFailure = text
        }
    }

    private func explain(_ error: any Error) -> String {
        switch error {
        case let error as HTTPClientError where error == .redirectLimitReached || error == .redirectCycleDetected:
            return "it redirects again and again"
        case let error as HTTPClientError
        where error == .deadlineExceeded || error == .readTimeout || error == .connectTimeout:
            return "no answer within \(GoDuration(timeout))"
        case let error as HTTPClientError: return error.shortDescription
        default:
            let text = "\(error)"
            // BoringSSL's own words name the file of its source where it noticed.
            return text.contains("CERTIFICATE_VERIFY_FAILED") ? "the server's certificate is not trusted" : text
        }
    }

    private func fetch() async throws -> [UInt8] {
        var request = HTTPClientRequest(url: url)
        for (name, values) in headers.sorted(by: { $0.key < $1.key }) {
            for value in values { request.headers.add(name: name, value: value) }
        }
        let response = try await HTTPClient.shared.execute(request, deadline: .now() + TimeAmount(timeout))
        guard response.status == .ok else { throw Failure.status(UInt(response.status.code)) }
        do {
            let buffer = try await response.body.collect(upTo: Manifest.maximumSize)
            return Array(buffer.readableBytesView)
        } catch is NIOTooManyBytesError {
            throw Failure.tooLarge
        }
    }

    private func take(_ new: [UInt8]) async throws {
        guard !new.isEmpty else { throw Failure.empty }
        guard new != body else {
            // The same bad answer is still bad.
            if let bodyFailure { throw Failure.notPods(bodyFailure) }
            return
        }
        if body == nil, let earlier = memory?.recall(url) {
            pods = ManifestText(earlier, from: .url(url), nodeName: nodeName, seen: .now).pods
        }
        body = new
        bodyFailure = nil
        let text = ManifestText(new, from: .url(url), nodeName: nodeName, seen: .now, last: pods)
        for warning in text.warnings {
            Logger.current.warning("Manifest problem", metadata: ["path": "\(url)", "problem": "\(warning)"])
        }
        pods = text.pods
        // An answer that gives nothing but errors is no set: what a source has is not known before it spoke clearly.
        if (text.errors.isEmpty || !pods.isEmpty) && pods != delivered {
            delivered = pods
            await deliver(pods)
        }
        if text.errors.isEmpty { memory?.keep(new, of: url) }
        if !text.errors.isEmpty {
            let problem = text.errors.joined(separator: "; ")
            bodyFailure = problem
            throw Failure.notPods(problem)
        }
    }
}
