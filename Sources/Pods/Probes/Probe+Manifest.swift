import Kubernetes

extension Kubernetes.Container {
    /// The probes of a validated container.
    var validProbes: [Pod.Container.Probe.Kind: Pod.Container.Probe] {
        var probes: [Pod.Container.Probe.Kind: Pod.Container.Probe] = [:]
        probes[.startup] = startupProbe.flatMap(Pod.Container.Probe.init(valid:))
        probes[.readiness] = readinessProbe.flatMap(Pod.Container.Probe.init(valid:))
        probes[.liveness] = livenessProbe.flatMap(Pod.Container.Probe.init(valid:))
        return probes
    }

    /// Fills in what the API server would. Source: `pkg/apis/core/v1/defaults.go`, `SetDefaults_Probe`.
    mutating func applyProbeDefaults() {
        startupProbe = startupProbe?.defaulted
        readinessProbe = readinessProbe?.defaulted
        livenessProbe = livenessProbe?.defaulted
    }
}

extension Probe {
    fileprivate var defaulted: Self {
        func unlessZero(_ number: Int32?) -> Int32? { number == 0 ? nil : number }
        var probe = self
        probe.timeoutSeconds = unlessZero(timeoutSeconds) ?? 1
        probe.periodSeconds = unlessZero(periodSeconds) ?? 10
        probe.successThreshold = unlessZero(successThreshold) ?? 1
        probe.failureThreshold = unlessZero(failureThreshold) ?? 3
        if var get = httpGet {
            get.path = get.path.unlessEmpty ?? "/"
            get.scheme = get.scheme.unlessEmpty ?? "HTTP"
            probe.httpGet = get
        }
        if var grpc = probe.grpc {
            grpc.service = grpc.service ?? ""
            probe.grpc = grpc
        }
        return probe
    }
}

extension Pod.Container.Probe {
    init?(valid probe: Kubernetes.Probe) {
        if let exec = probe.exec {
            self.init(.exec(exec.command ?? []))
        } else if let get = probe.httpGet {
            self.init(.http(.init(valid: get)))
        } else if let socket = probe.tcpSocket {
            self.init(.tcp(host: socket.host.unlessEmpty, port: .init(valid: socket.port)))
        } else if let grpc = probe.grpc {
            self.init(.grpc(port: UInt16(clamping: grpc.port ?? 0), service: grpc.service ?? ""))
        } else {
            return nil
        }
        initialDelay = .seconds(probe.initialDelaySeconds ?? 0)
        period = .seconds(probe.periodSeconds ?? 10)
        timeout = .seconds(probe.timeoutSeconds ?? 1)
        successThreshold = Int(probe.successThreshold ?? 1)
        failureThreshold = Int(probe.failureThreshold ?? 3)
        terminationGracePeriod = probe.terminationGracePeriodSeconds.map { .seconds($0) }
    }
}
