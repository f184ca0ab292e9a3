package import Kubernetes

extension PodView {
    /// `kubectl get pods`; namespaces are shown when asked for all of them.
    package static func table(_ pods: [PodView], wide: Bool, at now: Time) -> Table {
        let columns = ["NAMESPACE", "NAME", "READY", "STATUS", "RESTARTS", "AGE"]
        let more = wide ? ["IP", "NODE", "QOS", "SOURCE", "UID"] : []
        return Table(
            columns + more,
            pods.map { pod in
                var restarts = "\(pod.restarts)"
                if pod.restarts > 0, let last = pod.lastRestart { restarts += " (\(Words.age(of: last, at: now)) ago)" }
                let age = Words.age(of: pod.createdAt, at: now)
                let cells = [pod.namespace, pod.name, pod.ready, pod.status, restarts, age]
                guard wide else { return cells }
                return cells + [
                    pod.ips.first ?? "<none>", pod.node, pod.qosClass ?? "<none>", pod.source ?? "<none>", pod.uid,
                ]
            })
    }
}

extension ImageView {
    package static func table(_ images: [ImageView], wide: Bool, at now: Time) -> Table {
        Table(
            ["IMAGE", "TAG", "IMAGE ID", "SIZE"] + (wide ? ["CREATED", "DIGEST", "USED BY"] : []),
            images.flatMap { image in
                (image.names.isEmpty ? ["<none>"] : image.names).map { name in
                    let (repository, tag) = split(name)
                    let cells = [repository, tag, Words.short(image.id), Words.bytes(image.size)]
                    guard wide else { return cells }
                    let created = image.createdAt.map { Words.age(of: $0, at: now) + " ago" } ?? "<unknown>"
                    let digest = image.digests.first?.split(separator: "@").last.map(String.init) ?? "<none>"
                    return cells + [created, digest, "\(image.usedBy.count) pods"]
                }
            })
    }

    /// A colon in the last part of the path begins the tag; one before is a registry's port.
    static func split(_ name: String) -> (repository: String, tag: String) {
        guard let colon = name.lastIndex(of: ":"), !name[colon...].contains("/") else { return (name, "<none>") }
        return (String(name[..<colon]), String(name[name.index(after: colon)...]))
    }
}

extension NodeStatusView {
    package func text(at now: Time) -> String {
        let phases = podsByPhase.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }.joined(separator: ", ")
        let rows =
            [
                ["Node:", node],
                ["Agent:", "swiftlet \(version), pid \(pid), up \(Words.age(of: startedAt, at: now))"],
                ["Kernel:", kernel ?? "<unknown>"],
                ["Root directory:", rootDirectory],
                ["State directory:", stateDirectory],
                ["Pods:", phases.isEmpty ? "none" : phases],
                ["Containers:", "\(containersRunning) running"],
                ["Images:", "\(images)"],
            ] + (cluster?.rows(at: now) ?? [])
        var out = Table([], rows).description
        if !conditions.isEmpty {
            let rows = conditions.map { [$0.type, $0.status, $0.reason ?? "", $0.message ?? ""] }
            out += "\n\n" + Table(["CONDITION", "STATUS", "REASON", "MESSAGE"], rows).description
        }
        if !warnings.isEmpty { out += "\n\nWarnings:\n" + warnings.map { "  \($0)" }.joined(separator: "\n") }
        return out
    }
}

extension ClusterView {
    fileprivate func rows(at now: Time) -> [[String]] {
        func ago(_ time: Time) -> String { "\(Words.age(of: time, at: now)) ago" }
        var line = server ?? "<unknown>"
        if let failure {
            line += ", does not answer" + (failingSince.map { " since \(ago($0))" } ?? "") + ": \(failure)"
        } else {
            line += lastContact.map { ", last answer \(ago($0))" } ?? ", not asked yet"
        }
        let end = credentialsEnd.map { end in
            end > now ? ", good until \(end) (\(Words.age(of: now, at: end)))" : ", ended at \(end)"
        }
        var told = podsToldAt.map { "told \(ago($0))" } ?? "not told yet"
        if waitingStatuses > 0 { told += ", \(waitingStatuses) statuses wait to be sent" }
        return [
            ["API server:", line], ["Credentials:", kubeconfig + (end ?? "")], ["Cluster's pods:", told],
        ]
    }
}
