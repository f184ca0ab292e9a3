import AsyncHTTPClient
import JSONText
import Kubernetes
import Logging
import NIOCore

/// Keeps a picture of all objects of one kind that a selector chooses: listed once, then watched.
///
/// The picture is delivered as a whole whenever it changed: what a lost connection hides, the next list shows. A watch
/// goes on where the last one ended, and starts anew with a list when the server no longer knows that place.
///
/// Source: "Efficient detection of changes" and "Streaming lists", API concepts.
package struct Watch<Object: Codable & Sendable>: Sendable {
    /// By namespace and name, as `namespace/name`; without a namespace the name alone.
    package typealias Picture = [String: Versioned]

    /// An object with what tells whether it is still the same.
    package struct Versioned: Sendable {
        package let version: String
        package let object: Object
    }

    private let client: APIClient
    private let resource: Resource<Object>
    private let namespace: String?
    private let fieldSelector: String?

    package init(_ resource: Resource<Object>, in namespace: String? = nil, fields: String? = nil, by client: APIClient)
    {
        self.client = client
        self.resource = resource
        self.namespace = namespace
        fieldSelector = fields
    }

    /// How long a watch lasts at most, in seconds; then the next one begins. Source: client-go, `minWatchTimeout`.
    private static var longest: Int { APIClient.longestWatch }

    /// Follows until the task is cancelled. A problem is told when it is new.
    package func run(deliver: @Sendable (Picture) async -> Void) async {
        var state = State()
        var backoff = Backoff(from: .milliseconds(400), to: .seconds(30))
        var told: String?
        while !Task.isCancelled {
            let began = ContinuousClock.now
            do throws(APIError) {
                try await once(&state, deliver)
                told = nil
                // A server that ends each watch at once is not asked again and again.
                if began.duration(to: .now) > .seconds(1) { backoff.reset() } else { await pause(&backoff) }
            } catch {
                if Task.isCancelled { return }
                if error.isExpired {
                    state.version = nil
                    continue
                }
                // New credentials close what goes on under the old ones.
                if error == .replaced { continue }
                if "\(error)" != told {
                    Logger.current.warning(
                        "Watch is interrupted", metadata: ["resource": "\(resource.plural)", "error": "\(error)"])
                    told = "\(error)"
                }
                if began.duration(to: .now) > .seconds(60) { backoff.reset() }
                await pause(&backoff)
            }
        }
    }

    private func pause(_ backoff: inout Backoff) async { await client.pause(backoff.pause()) }

    /// What is known between two watches.
    private struct State {
        var picture: Picture = [:]
        /// Where to go on; `nil`: from a new list.
        var version: String?
        /// The server can send a list as a watch's beginning.
        var streamsLists = true
    }

    private func once(_ state: inout State, _ deliver: @Sendable (Picture) async -> Void) async throws(APIError) {
        if state.version == nil, !state.streamsLists {
            (state.picture, state.version) = try await list()
            await deliver(state.picture)
        }
        let timeout = Int.random(in: 300...Self.longest)
        let request = APIRequest(.get, resource.path(in: namespace), query: query(timeout, state.version))
        let response: HTTPClientResponse
        do throws(APIError) {
            response = try await client.open(request)
        } catch {
            // An older server does not know streaming lists. Source: API concepts: 422 `Invalid`, or 400.
            guard state.version == nil, state.streamsLists, error.code == 422 || error.code == 400 else { throw error }
            state.streamsLists = false
            return try await once(&state, deliver)
        }
        try await follow(response, &state, deliver)
    }

    private func query(_ timeout: Int, _ version: String?) -> [(name: String, value: String)] {
        var query = selection + [("watch", "true"), ("allowWatchBookmarks", "true"), ("timeoutSeconds", "\(timeout)")]
        if let version {
            query.append(("resourceVersion", version))
        } else {
            query += [("sendInitialEvents", "true"), ("resourceVersionMatch", "NotOlderThan")]
        }
        return query
    }

    private var selection: [(name: String, value: String)] { fieldSelector.map { [("fieldSelector", $0)] } ?? [] }

    // MARK: Listing

    /// Page by page; when the pages no longer fit together, all at once.
    private func list() async throws(APIError) -> (Picture, String) {
        do throws(APIError) {
            return try await list(pageSize: 500)
        } catch {
            guard error.isExpired else { throw error }
            return try await list(pageSize: nil)
        }
    }

    private func list(pageSize: Int?) async throws(APIError) -> (Picture, String) {
        var picture: Picture = [:]
        var token: String?
        while true {
            var request = APIRequest(.get, resource.path(in: namespace), query: selection)
            if let pageSize { request.query.append(("limit", "\(pageSize)")) }
            if let token { request.query.append(("continue", token)) }
            request.timeout = .seconds(60)
            let page: JSON
            do {
                page = try JSON(parsing: try await client.send(request))
            } catch let error as APIRequestError {
                throw error.cause
            } catch {
                throw .garbled("\(error)")
            }
            for found in (page["items"]?.array ?? []).lazy.compactMap(read) { picture[found.key] = found.value }
            token = page["metadata"]?["continue"]?.string.flatMap { $0.isEmpty ? nil : $0 }
            if token == nil { return (picture, page["metadata"]?["resourceVersion"]?.string ?? "0") }
        }
    }

    // MARK: Watching

    private func follow(
        _ response: HTTPClientResponse, _ state: inout State, _ deliver: @Sendable (Picture) async -> Void
    ) async throws(APIError) {
        // With a streaming list nothing counts until it is whole.
        var initial: Picture? = state.version == nil ? [:] : nil
        var lines = LineSplitter()
        var pieces = response.body.makeAsyncIterator()
        while let piece = try await next(&pieces) {
            var hasChanged = false
            for line in lines.take(piece) {
                guard let event = try? JSON(parsing: line), let object = event["object"] else {
                    throw .garbled("a watch event that is no object")
                }
                switch event["type"]?.string {
                case "ADDED", "MODIFIED":
                    guard let new = read(object) else { continue }
                    if initial == nil { state.picture[new.key] = new.value }
                    initial?[new.key] = new.value
                    hasChanged = true
                case "DELETED":
                    if initial == nil { state.picture[Self.key(object)] = nil }
                    initial?[Self.key(object)] = nil
                    hasChanged = true
                case "BOOKMARK":
                    if initial != nil, Self.endsInitialEvents(object) {
                        state.picture = initial ?? [:]
                        initial = nil
                        hasChanged = true
                    }
                case "ERROR": throw Self.error(object)
                default: continue
                }
                if initial == nil, let version = object["metadata"]?["resourceVersion"]?.string {
                    state.version = version
                }
            }
            await client.noteContact()
            if hasChanged, initial == nil { await deliver(state.picture) }
        }
    }

    private func next(_ pieces: inout HTTPClientResponse.Body.AsyncIterator) async throws(APIError) -> ByteBuffer? {
        do {
            return try await pieces.next(isolation: #isolation)
        } catch {
            throw error as? HTTPClientError == .cancelled ? .replaced : .unreachable(explain(error))
        }
    }

    private static func endsInitialEvents(_ bookmark: JSON) -> Bool {
        bookmark["metadata"]?["annotations"]?["k8s.io/initial-events-end"]?.string == "true"
    }

    private static func error(_ status: JSON) -> APIError {
        guard let status = try? JSONReader.read(APIStatus.self, from: status) else { return .garbled("no status") }
        return APIError(status, code: 500, retryAfter: nil)
    }

    private static func key(_ object: JSON) -> String {
        let name = object["metadata"]?["name"]?.string ?? ""
        guard let namespace = object["metadata"]?["namespace"]?.string, !namespace.isEmpty else { return name }
        return "\(namespace)/\(name)"
    }

    /// An object that the node cannot read must not keep it from reading the others.
    private func read(_ value: JSON) -> (key: String, value: Versioned)? {
        let key = Self.key(value)
        do {
            let version = value["metadata"]?["resourceVersion"]?.string ?? ""
            return (key, Versioned(version: version, object: try JSONReader.read(Object.self, from: value)))
        } catch {
            Logger.current.error(
                "Object cannot be read",
                metadata: ["resource": "\(resource.plural)", "object": "\(key)", "error": "\(error)"])
            return nil
        }
    }
}

/// Puts pieces of text together to whole lines.
struct LineSplitter {
    private var rest: [UInt8] = []

    /// The lines that end in this piece.
    mutating func take(_ piece: ByteBuffer) -> [[UInt8]] {
        var lines: [[UInt8]] = []
        var view = piece.readableBytesView[...]
        while let end = view.firstIndex(of: UInt8(ascii: "\n")) {
            rest += view[..<end]
            if !rest.isEmpty { lines.append(rest) }
            rest = []
            view = view[view.index(after: end)...]
        }
        rest += view
        return lines
    }
}
