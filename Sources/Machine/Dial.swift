package import Linux
package import Pods
import SystemPackage

extension Machine {
    /// Connects to a port of a pod, from inside its network: `localhost`, IPv4 first.
    ///
    /// Source: facts of kubelet, §11.2.
    package func dial(_ port: UInt16, of pod: Pod) async throws -> StreamEnd {
        var first: (any Error)?
        for family in LoopbackFamily.allCases {
            do {
                return try await dial(port, family, of: pod)
            } catch is CancellationError {
                throw CancellationError()
            } catch {
                first = first ?? error
            }
        }
        throw DialError(port: port, pod: pod.name, cause: first ?? CancellationError())
    }

    private func dial(_ port: UInt16, _ family: LoopbackFamily, of pod: Pod) async throws -> StreamEnd {
        let begin = { @Sendable in try connecting(toLoopback: family, port: port).release() }
        let socket =
            pod.hostNetwork
            ? try begin() : try await NetworkNamespace(path: directories.networkNamespace(of: pod.id)).run(begin)
        do {
            try await connected(socket)
            return try StreamEnd(adopting: OwnedFileDescriptor(socket))
        } catch {
            try? socket.close()
            throw error
        }
    }
}

struct DialError: Error, CustomStringConvertible {
    let port: UInt16
    let pod: String
    let cause: any Error
    var description: String { "failed to connect to localhost:\(port) inside pod \(pod): \(cause)" }
}
