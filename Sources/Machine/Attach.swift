package import Linux
package import Pods
import Shim
import SystemPackage

/// A container's own process, as somebody sees it who watches it and may feed it.
package struct AttachedProcess: Sendable {
    /// `nil`: it reads nothing. A terminal, which it also writes to, if the container has one.
    package let input: StreamEnd?
    /// What it writes from now on. What is not read in time is lost: whoever watches does not hold it up.
    package let output: StreamEnd
    /// `nil`: it has a terminal, where both are one.
    package let errors: StreamEnd?
    private let shim: ShimClient
    private let id: String

    fileprivate init(input: StreamEnd?, output: StreamEnd, errors: StreamEnd?, _ shim: ShimClient, _ id: String) {
        (self.input, self.output, self.errors) = (input, output, errors)
        self.shim = shim
        self.id = id
    }

    /// Waits until it has ended.
    package func end() async throws { _ = try await shim.wait(id) }

    /// Ends its input for good: nobody will feed it any more.
    package func closeInput() async throws { try await shim.closeInput(of: id) }
}

extension Machine {
    /// Watches the process of a running container, and gives the other end of its input.
    package func attach(to name: String, of pod: Pod) async throws -> AttachedProcess {
        guard let container = pod.container(named: name), let record = try records(of: pod.id).newestInstance(of: name),
            record.end == nil
        else { throw NotRunning() }
        let shim = shim(of: pod.id)
        let pipes = try (0..<(container.hasTerminal ? 1 : 2)).map { _ in
            let pipe = try Pipe()
            // As much as anybody may have: what does not fit is lost.
            pipe.enlarge(to: 1 << 20)
            return pipe.release()
        }
        defer { for pipe in pipes { try? pipe.writing.close() } }
        let ends = try pipes.map { try StreamEnd(adopting: OwnedFileDescriptor($0.reading)) }
        let input = try await shim.attach(record.id, to: pipes.map(\.writing))
        return AttachedProcess(
            input: try input.map { try StreamEnd(adopting: OwnedFileDescriptor($0)) }, output: ends[0],
            errors: ends.count > 1 ? ends[1] : nil, shim, record.id)
    }
}
