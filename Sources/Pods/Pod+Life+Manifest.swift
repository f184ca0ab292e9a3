import JSONText
import Kubernetes

extension Pod.Container {
    /// What the API says about the container's life.
    mutating func takeLife(of container: Kubernetes.Container) {
        restartPolicy = container.restartPolicy.flatMap(Pod.RestartPolicy.init)
        restartRules = (container.restartPolicyRules ?? []).compactMap(RestartRule.init(valid:))
        lifecycle.postStart = container.lifecycle?.postStart.flatMap(Hook.init(valid:))
        lifecycle.preStop = container.lifecycle?.preStop.flatMap(Hook.init(valid:))
        lifecycle.stopSignal = container.lifecycle?.stopSignal.unlessEmpty
        restartsToResize = Set(
            (container.resizePolicy ?? []).filter { $0.restartPolicy == "RestartContainer" }
                .compactMap(\.resourceName))
    }
}

extension Pod.Container.RestartRule {
    fileprivate init?(valid rule: ContainerRestartRule) {
        guard let action = rule.action.flatMap(Action.init), let codes = rule.exitCodes else { return nil }
        self.init(action, codes: codes.values ?? [], isInverted: codes.operator == "NotIn")
    }
}

extension Pod.Container.Hook {
    fileprivate init?(valid handler: LifecycleHandler) {
        if let exec = handler.exec {
            self = .exec(exec.command ?? [])
        } else if let seconds = handler.sleep?.seconds {
            self = .sleep(.seconds(seconds))
        } else if let get = handler.httpGet {
            self = .http(.init(valid: get))
        } else {
            return nil
        }
    }
}

extension Kubernetes.EphemeralContainer {
    /// The container that it describes: the API's type has the same members, and a target.
    var container: Kubernetes.Container? {
        try? JSONReader.read(Kubernetes.Container.self, from: JSONWriter.write(self))
    }
}
