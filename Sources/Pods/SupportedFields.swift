import JSONText
import Kubernetes

/// What of a pod the node can do. Anything else that is set refuses the pod, so that nothing is ever left out silently.
enum SupportedFields {
    /// One line for each field that is set and not built yet.
    static func problems(in object: Kubernetes.Pod) -> [String] {
        guard let value = try? JSONWriter.write(object) else { return ["the pod cannot be encoded"] }
        var problems: [String] = []
        walk(value, at: FieldPath(""), pattern: "", &problems)
        return problems
    }

    private static func walk(
        _ value: JSON, at path: FieldPath, pattern: String, _ problems: inout [String]
    ) {
        if whole.contains(pattern) { return }
        if let allowed = values[pattern] {
            if !allowed.contains(value) {
                problems.append("\(path): \(value.summary == "true" ? "" : "\(value.summary) is ")not supported yet")
            }
            return
        }
        switch value {
        case .object(let object) where objects.contains(pattern):
            for (key, value) in object.members {
                // Every kind of container can do the same.
                let name = key == "initContainers" || key == "ephemeralContainers" ? "containers" : key
                walk(value, at: path.child(key), pattern: pattern.isEmpty ? name : "\(pattern).\(name)", &problems)
            }
        case .array(let elements) where lists.contains(pattern):
            for (index, element) in elements.enumerated() {
                walk(element, at: path.index(index), pattern: "\(pattern)[]", &problems)
            }
        case .null, .object([:]), .array([]): return
        default: problems.append("\(path): not supported yet")
        }
    }

    /// Objects whose members are looked at one by one: every object on the way to a pattern of the other tables.
    private static let objects: Set<String> = ancestors.union([""])
    private static let lists: Set<String> = Set(ancestors.filter { $0.hasSuffix("[]") }.map { String($0.dropLast(2)) })

    private static let ancestors: Set<String> = {
        var found: Set<String> = []
        for pattern in whole.union(values.keys) {
            var parts = pattern.split(separator: ".").dropLast()
            while !parts.isEmpty {
                found.insert(parts.joined(separator: "."))
                parts = parts.dropLast()
            }
        }
        return found
    }()

    /// Supported whatever they hold.
    private static let whole: Set<String> = Set(
        names("", "apiVersion kind")
            + names(
                "metadata.",
                """
                name generateName namespace uid labels annotations creationTimestamp generation resourceVersion
                selfLink managedFields ownerReferences finalizers deletionTimestamp deletionGracePeriodSeconds
                """)
            + names(
                "spec.",
                """
                nodeName restartPolicy terminationGracePeriodSeconds priority priorityClassName preemptionPolicy
                schedulerName tolerations topologySpreadConstraints enableServiceLinks automountServiceAccountToken
                hostNetwork hostPID hostIPC hostUsers shareProcessNamespace hostname subdomain setHostnameAsFQDN
                hostAliases dnsPolicy dnsConfig activeDeadlineSeconds runtimeClassName hostnameOverride
                nodeSelector affinity readinessGates serviceAccountName serviceAccount imagePullSecrets
                schedulingGates
                """)
            + names("spec.overhead.", "cpu memory ephemeral-storage")
            // Claims are refused in the API's words.
            + names("spec.resources.", "claims")
            + ["limits", "requests"].flatMap { amounts in
                names("spec.resources.\(amounts).", "cpu memory hugepages-64Ki hugepages-2Mi hugepages-1Gi")
            }
            + names(
                "spec.securityContext.",
                """
                runAsUser runAsGroup runAsNonRoot supplementalGroups supplementalGroupsPolicy fsGroup
                fsGroupChangePolicy sysctls seccompProfile appArmorProfile
                seLinuxOptions seLinuxChangePolicy
                """)
            + names(
                "spec.volumes[].",
                "name hostPath emptyDir configMap secret downwardAPI image nfs persistentVolumeClaim")
            + names("spec.volumes[].projected.", "defaultMode")
            + names(
                "spec.volumes[].projected.sources[].",
                "configMap secret downwardAPI serviceAccountToken clusterTrustBundle")
            + names(
                "spec.containers[].",
                """
                name image imagePullPolicy command args workingDir ports resizePolicy
                terminationMessagePath terminationMessagePolicy env envFrom
                livenessProbe readinessProbe startupProbe stdin stdinOnce tty
                restartPolicy restartPolicyRules lifecycle.stopSignal targetContainerName
                """)
            + ["postStart", "preStop"].flatMap { hook in
                names("spec.containers[].lifecycle.\(hook).", "exec httpGet sleep")
            }
            + names(
                "spec.containers[].volumeMounts[].",
                "name mountPath readOnly recursiveReadOnly mountPropagation subPath subPathExpr")
            + names(
                "spec.containers[].securityContext.",
                """
                runAsUser runAsGroup runAsNonRoot privileged capabilities readOnlyRootFilesystem
                allowPrivilegeEscalation seccompProfile appArmorProfile seLinuxOptions
                procMount
                """)
            + ["limits", "requests"].flatMap { amounts in
                names(
                    "spec.containers[].resources.\(amounts).",
                    "cpu memory ephemeral-storage hugepages-64Ki hugepages-2Mi hugepages-1Gi")
            })

    /// Supported with these values only.
    static let values: [String: [JSON]] = [
        "spec.os.name": [.string("linux")]
    ]

    private static func names(_ prefix: String, _ list: String) -> [String] {
        list.split(whereSeparator: \.isWhitespace).map { prefix + $0 }
    }
}
