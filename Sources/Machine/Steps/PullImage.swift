import Images
import Logging
import Pods

extension Machine {
    /// The container's image, fetched where its pull policy asks for it. Source: facts of kubelet, §7.1.
    func image(for container: Pod.Container) async throws -> Image {
        let name = container.image
        switch container.pullPolicy {
        case .always: return try await pull(name)
        case .ifNotPresent:
            if let image = try await present(name) { return image }
            return try await pull(name)
        case .never:
            guard let image = try await present(name) else { throw PodError.imageNeverPull(name) }
            return image
        }
    }

    private func present(_ name: String) async throws -> Image? {
        do {
            return try await images.image(name)
        } catch let error as ImageError {
            throw PodError(error, image: name)
        } catch {
            throw PodError.inspectImage(name, cause: error)
        }
    }

    private func pull(_ name: String) async throws -> Image {
        Logger.current.notice("Image is pulled", metadata: ["image": "\(name)"])
        return try await naming(pull: name) { try await images.pull(name, progress: nil) }
    }

    func naming<R>(pull name: String, _ body: () async throws -> R) async throws -> R {
        do {
            return try await body()
        } catch let error as CancellationError {
            throw error
        } catch let error as ImageError {
            throw PodError(error, image: name)
        } catch {
            throw PodError.pullImage(name, cause: error)
        }
    }
}
