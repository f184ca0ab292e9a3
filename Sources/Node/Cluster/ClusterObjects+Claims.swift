import APIServer
import JSONText
import Kubernetes
import Pods

// Volumes that pods claim.

extension ClusterObjects {
    /// The volume that a claim is bound to; while the server does not answer, the one that it was bound to.
    func bind(_ key: LocalObjects.Key) async throws {
        let memoryKey = "claim_\(key.namespace)_\(key.name)"
        do {
            let volume = try await volume(of: key)
            memory.keep(volume, as: memoryKey)
            take(volume, of: key)
        } catch let error as APIRequestError where error.cause.isPassing {
            if picture.objects.claims[key] != nil { return }
            guard let old = memory.object(memoryKey).flatMap({ try? JSONReader.read(PersistentVolume.self, from: $0) })
            else {
                wait(for: key)
                throw error
            }
            take(old, of: key)
        } catch {
            wait(for: key)
            throw error
        }
    }

    private func volume(of key: LocalObjects.Key) async throws -> PersistentVolume {
        let path = Resources.persistentVolumeClaims.path(key.name, in: key.namespace)
        let claim = try await client.ask(APIRequest(.get, path), for: PersistentVolumeClaim.self)
        guard let name = claim.spec?.volumeName, !name.isEmpty else {
            throw NotBound(description: "persistentvolumeclaim \"\(key.name)\" is not bound to a volume yet")
        }
        return try await client.ask(
            APIRequest(.get, Resources.persistentVolumes.path(name)), for: PersistentVolume.self)
    }

    private func take(_ volume: PersistentVolume, of key: LocalObjects.Key) {
        unbound.remove(key)
        let name = volume.metadata?.name ?? ""
        picture.objects.claims[key] = name
        picture.objects.volumes[name] = volume.spec ?? PersistentVolumeSpec()
    }

    private func wait(for key: LocalObjects.Key) {
        guard pods.values.contains(where: { $0.references.claims.contains(key) }) else { return }
        if unbound.insert(key).inserted { unboundBell.ring() }
    }

    /// Asks for the claims that pods wait for until they are bound, and lets the pods begin: a node may read claims, and
    /// may not watch them. A kubelet asks ten times a second.
    ///
    /// Source: kubernetes `plugin/pkg/auth/authorizer/node`, `authorizeGet`; `desired_state_of_world_populator.go`.
    func waitForClaims() async {
        while !Task.isCancelled {
            await unboundBell.wait(until: nil, on: ContinuousClock())
            var pause = Duration.milliseconds(250)
            while !unbound.isEmpty, (try? await Task.sleep(for: pause)) != nil {
                pause = min(pause * 3 / 2, .seconds(2))
                var isNew = false
                for key in unbound where (try? await bind(key)) != nil { isNew = true }
                if isNew { tell(true) }
            }
        }
    }
}
