import Kubernetes
import Pods

extension LocalObjects {
    /// The certificates that are meant, each once; `nil`: there is no such bundle.
    ///
    /// Source: kubernetes `pkg/kubelet/clustertrustbundle`, whose order is any.
    func certificates(of item: Pods.Pod.TrustBundleItem) -> String? {
        let bundles: [TrustBundle] =
            if let name = item.name {
                [trustBundles[name]].compactMap(\.self)
            } else {
                trustBundles.values.filter { bundle in
                    bundle.signerName == item.signerName && (item.selector?.matches(bundle.labels) ?? false)
                }
            }
        guard !bundles.isEmpty else { return nil }
        let end = "-----END CERTIFICATE-----"
        let blocks = bundles.flatMap { bundle in
            bundle.certificates.components(endingWith: end)
        }
        return Set(blocks).sorted().map { "\($0)\n" }.joined()
    }
}

extension String {
    /// The parts that end with a text, without what surrounds them.
    fileprivate func components(endingWith end: String) -> [String] {
        split(separator: end).compactMap { part in
            guard let start = part.firstRange(of: "-----BEGIN CERTIFICATE-----")?.lowerBound else { return nil }
            return part[start...] + end
        }.map { String($0) }
    }
}
