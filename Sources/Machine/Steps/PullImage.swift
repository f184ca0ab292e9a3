import Images
import Kubernetes
import Linux
import Logging
import Pods
import SystemPackage

extension Machine {
    /// The container's image, fetched where its pull policy asks for it. Source: facts of kubelet, §7.1.
    func image(for container: Pods.Pod.Container, of pod: Pods.Pod) async throws -> Image {
        let name = container.image
        return try await namingImage(name) {
            switch container.pullPolicy {
            case .always: return try await pull(name, for: container, of: pod)
            case .ifNotPresent, .never:
                if let image = try await images.image(name) {
                    await note(.present(name, for: container.name), pod)
                    return image
                }
                if container.pullPolicy == .never { throw PodError.imageNeverPull(name) }
                return try await pull(name, for: container, of: pod)
            }
        }
    }

    func layers(of image: Image, named name: String) async throws -> [FilePath] {
        try await namingImage(name) { try await images.layers(of: image) }
    }

    private func pull(_ name: String, for container: Pods.Pod.Container, of pod: Pods.Pod) async throws -> Image {
        let asked = ContinuousClock.now
        return try await pulls.pass {
            Logger.current.notice("Image is pulled", metadata: ["image": "\(name)"])
            await note(.pulling(name, for: container.name), pod)
            let begin = ContinuousClock.now
            let image = try await images.pull(name, for: await cluster?.puller(pod) ?? Puller(), progress: nil)
            let milliseconds = Int64((ContinuousClock.now - begin) / .milliseconds(1))
            let time = "\(GoDuration(.milliseconds(milliseconds)))"
            pulled(asked.duration(to: .now), UInt64(clamping: image.size))
            await note(.pulled(name, in: time, bytes: image.size, for: container.name), pod)
            return image
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
