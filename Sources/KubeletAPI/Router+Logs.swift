import FoundationEssentials
import Kubernetes
import NIOHTTP1
import Server

extension Router {
    func logs(_ request: Request, _ rest: [String]) async throws -> Answer {
        guard rest.count == 3 else { throw Refusal.notFound }
        let (namespace, name, container) = (rest[0], rest[1], rest[2])
        let now = Time(seconds: Int64(Date().timeIntervalSince1970))
        let options = try LogOptions(request.query)
        guard let record = try await pod(namespace, name) else {
            throw Refusal(.notFound, "pod \"\(name)\" does not exist")
        }
        guard record.hasContainer(container) else {
            throw Refusal(.notFound, "container \"\(container)\" not found in pod \"\(name)\"")
        }
        let wish = options.request(PodName(namespace: namespace, name: name), container: container, now: now)
        let selection: LogSelection
        do {
            selection = try LogSelection(wish, in: record)
        } catch let error as ControlError where error.code == .removed {
            // The kubelet has begun to answer when it finds out.
            return .text(error.message)
        } catch let error as ControlError {
            throw Refusal(.badRequest, error.message)
        }
        let (stream, control, uid) = (LogStream(wish, file: selection.file), control, record.object.metadata?.uid ?? "")
        let watcher = watcher
        return Answer(
            .ok, type: Answer.plain,
            .stream(isOpen: wish.follow) { body in
                try await stream.run(
                    watcher: watcher,
                    isRunning: {
                        guard let now = try await control.pod(uid), let selected = try? LogSelection(wish, in: now)
                        else {
                            return false
                        }
                        return selected.isRunning && selected.file == selection.file
                    }, emit: { try await body.write($0) })
            })
    }
}
