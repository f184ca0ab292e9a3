package import Kubernetes
package import Linux

/// What a client asks, with the version of the language it asks in.
package struct ControlEnvelope: Codable, Equatable, Sendable {
    /// The language that this program speaks. Raised when an old agent would misunderstand a new client.
    package static let currentVersion = 1

    package var version: Int
    package var request: ControlRequest

    package init(_ request: ControlRequest, version: Int = Self.currentVersion) {
        self.version = version
        self.request = request
    }
}

/// One question to the agent, or one order. A connection carries exactly one.
package enum ControlRequest: Codable, Equatable, Sendable {
    /// Answered by ``NodeStatusView``.
    case status
    /// Answered by `[PodView]`, sorted; of one namespace, or of all.
    case pods(namespace: String?)
    /// Answered by ``PodDetail``.
    case pod(PodName)
    /// Answered by data frames, then by ``Done``.
    case logs(LogRequest)
    /// Answered by what the process writes, while its input may be sent, then by ``ProcessEnd``.
    case exec(ExecRequest)
    /// Answered by `[ProbeNowView]`.
    case probe(ProbeRequest)
    /// Answered like ``exec(_:)`` where the caller is attached, else by ``DebugContainer``.
    case debug(DebugRequest)
    /// Answered by `[ImageView]`.
    case images
    /// Answered by ``PullEvent``s, then by ``ImageView``.
    case pullImage(String)
    /// An archive or an OCI layout on this machine. Answered by ``PullEvent``s, then by `[ImageView]`.
    case importImages(path: String)
    /// Answered by ``ImageView``, of what was removed.
    case removeImage(String)
}

extension ControlRequest {
    /// Whether the client goes on speaking after it.
    var isConversation: Bool {
        switch self {
        case .exec: true
        case .debug(let request): request.isAttached
        default: false
        }
    }
}

/// A pod as a person names it: `web`, `web-node1`, `default/web`.
package struct PodName: Codable, Equatable, Sendable, CustomStringConvertible {
    package var namespace: String?
    package var name: String

    package init(namespace: String? = nil, name: String) {
        self.namespace = namespace
        self.name = name
    }

    /// Takes `name` and `namespace/name`. `nil` if a part is empty or there are more of them.
    package init?(parsing text: String, namespace: String? = nil) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        switch parts.count {
        case 1 where !parts[0].isEmpty: self.init(namespace: namespace, name: parts[0])
        case 2 where !parts[0].isEmpty && !parts[1].isEmpty: self.init(namespace: parts[0], name: parts[1])
        default: return nil
        }
    }

    package var description: String { namespace.map { "\($0)/\(name)" } ?? name }
}

/// Which lines of which container's log.
package struct LogRequest: Codable, Equatable, Sendable {
    package var pod: PodName
    /// `nil`: that of the pod's annotation `kubectl.kubernetes.io/default-container`, or its first.
    package var container: String?
    /// Go on with what is written from now on, until the container ends.
    package var follow = false
    /// Of the instance before the newest one.
    package var previous = false
    /// At most this many lines from the end.
    package var tail: Int?
    /// Nothing older than this.
    package var since: Time?
    /// Begin each line with its time.
    package var timestamps = false
    /// Cut off after this many bytes.
    package var limitBytes: Int?
    /// Only what was written to `stdout`, or to `stderr`; `nil`: both.
    package var stream: String?

    package init(pod: PodName, container: String? = nil) {
        self.pod = pod
        self.container = container
    }
}

/// A command to run in a container beside what runs there.
package struct ExecRequest: Codable, Equatable, Sendable {
    package var pod: PodName
    /// `nil`: that of the pod's annotation `kubectl.kubernetes.io/default-container`, or its first.
    package var container: String?
    /// A program, looked up in the container's `PATH`, and its arguments.
    package var command: [String]
    /// Whether input will be sent.
    package var hasInput = false
    /// The size of a terminal for it; `nil`: it gets none.
    package var terminal: TerminalSize?

    package init(pod: PodName, container: String? = nil, command: [String]) {
        self.pod = pod
        self.container = container
        self.command = command
    }
}

/// How a process ended: its exit code, or 128 + the signal that ended it.
package struct ProcessEnd: Codable, Equatable, Sendable {
    package var code: Int32
    package init(code: Int32) { self.code = code }
}

/// The answer to an order that has nothing to tell.
package struct Done: Codable, Equatable, Sendable {
    package init() {}
}

/// How far a pull or an import has got.
package struct PullEvent: Codable, Equatable, Sendable {
    /// Digest of the layer this is about; `nil`: the image as a whole.
    package var layer: String?
    /// What is being done: `resolving`, `downloading`, `reading`, `unpacking`, `done`.
    package var step: String
    package var bytesDone: Int64
    /// Unknown while the registry has not said.
    package var bytesTotal: Int64?

    package init(layer: String? = nil, step: String, bytesDone: Int64 = 0, bytesTotal: Int64? = nil) {
        self.layer = layer
        self.step = step
        self.bytesDone = bytesDone
        self.bytesTotal = bytesTotal
    }
}

/// Why the agent does not do what it was asked, in a form that a client can act on.
package struct ControlError: Error, Codable, Equatable, Sendable, CustomStringConvertible {
    package enum Code: String, Codable, Sendable {
        /// There is no such thing.
        case notFound
        /// It was there and was removed.
        case removed
        /// The question cannot be answered as asked: it is ambiguous or contradicts itself.
        case invalid
        /// Not now: it is in use, or does not exist yet.
        case conflict
        /// Too many clients at once.
        case busy
        /// Client and agent do not speak the same version.
        case version
        /// Anything else.
        case failed
    }

    package var code: Code
    package var message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    package var description: String { message }
}
