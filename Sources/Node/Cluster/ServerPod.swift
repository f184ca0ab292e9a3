import APIServer
import JSONText
package import Kubernetes
package import Pods

/// A pod as the API server has it now: whom patches are for, and what they start from.
package struct ServerPod: Equatable, Sendable {
    package var uid: String
    package var namespace: String
    package var name: String
    package var status: PodStatus
    /// It stands for a pod of a manifest, whose UID this is; `nil`: it is itself.
    package var mirrors: Pods.Pod.ID?
    package var isBeingDeleted: Bool
    /// When its object was made.
    package var created: Time?

    package init(_ object: Kubernetes.Pod) {
        uid = object.metadata?.uid ?? ""
        namespace = object.metadata?.namespace ?? "default"
        name = object.metadata?.name ?? ""
        status = object.status ?? PodStatus()
        mirrors = object.metadata?.annotations?[Self.mirrorAnnotation].map { Pods.Pod.ID($0) }
        created = object.metadata?.creationTimestamp
        isBeingDeleted = object.metadata?.deletionTimestamp != nil
    }

    /// Source: kubernetes `pkg/apis/core/annotation_key_constants.go`, `MirrorPodAnnotationKey`.
    static let mirrorAnnotation = "kubernetes.io/config.mirror"

    /// The pod on this node that it is or stands for.
    var id: Pods.Pod.ID { mirrors ?? Pods.Pod.ID(uid) }

    /// Takes the object away at once, if it is still this one.
    var deletion: APIRequest {
        let options: JSON = [
            "kind": "DeleteOptions", "apiVersion": "v1", "gracePeriodSeconds": 0,
            "preconditions": ["uid": .string(uid)],
        ]
        return APIRequest(.delete, path, body: options)
    }

    var path: String { "/api/v1/namespaces/\(namespace)/pods/\(name)" }
}
