import Images
import Linux
import Logging
import Pods
import SystemPackage

extension Machine {
    /// The container's image, fetched where its pull policy asks for it. Source: facts of kubelet, §7.1.
    func image(for container: Pods.Pod.Container) async throws -> Image {
        let name = container.image
        return try await namingImage(name) {
            switch container.pullPolicy {
            case .always: return try await pull(name)
            case .ifNotPresent:
                if let image = try await images.image(name) { return image }
                return try await pull(name)
            case .never:
                guard let image = try await images.image(name) else { throw PodError.imageNeverPull(name) }
                return image
            }
        }
    }

    func layers(of image: Image, named name: String) async throws -> [FilePath] {
        try await namingImage(name) { try await images.layers(of: image) }
    }

    private func pull(_ name: String) async throws -> Image {
        try await pulls.pass {
            Logger.current.notice("Image is pulled", metadata: ["image": "\(name)"])
            return try await images.pull(name, progress: nil)
        }
    }

    /// Gives an error of the store the reason that the API knows for it.
    private func namingImage<R>(_ name: String, _ body: () async throws -> R) async throws -> R {
        do {
            return try await body()
        } catch let error as PodError {
            throw error
        } catch let error as ImageError {
            switch error {
            case .invalidName: throw PodError.invalidImageName(name, cause: error)
            case .unavailable: throw PodError.registryUnavailable(name, cause: error)
            default: throw PodError.pullImage(name, cause: error)
            }
        } catch let error as CancellationError {
            throw error
        } catch {
            throw PodError.pullImage(name, cause: error)
        }
    }
}
