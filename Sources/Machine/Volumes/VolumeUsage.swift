import Kubernetes
import Linux
package import Pods
import SystemPackage

extension Machine {
    /// Why the pod uses more than it may, in the kubelet's words; `nil`: it does not.
    ///
    /// Source: kubernetes `pkg/kubelet/eviction`, `emptyDirLimitEviction`.
    package func excess(of pod: Pods.Pod) async throws -> String? {
        for volume in pod.volumes {
            guard case .emptyDir(let directory) = volume.source, let limit = directory.sizeLimit, limit.bytes > 0 else {
                continue
            }
            let path = try place(of: volume, pod).path
            guard try FileKind(at: path) == .directory else { continue }
            let used = try await onOwnThread { [medium = directory.medium] in
                guard medium == .disk else {
                    let status = try filesystem(of: path)
                    return status.total - min(status.free, status.total)
                }
                return try diskUsage(of: path)
            }
            if used > UInt64(limit.bytes) {
                return
                    "Usage of EmptyDir volume \"\(volume.name)\" exceeds the limit \"\(limit.text(of: volume, pod))\". "
            }
        }
        return nil
    }
}

extension ByteCount {
    /// The limit as the manifest writes it.
    fileprivate func text(of volume: Pods.Pod.Volume, _ pod: Pods.Pod) -> String {
        let found = pod.manifest.spec?.volumes?.first { $0.name == volume.name }?.emptyDir?.sizeLimit
        return found.map { "\($0)" } ?? "\(bytes)"
    }
}
