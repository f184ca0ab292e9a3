import Kubernetes

/// Source: kubernetes `pkg/apis/core/validation`, `validateProbe` and its callers.
extension Validation {
    mutating func checkProbes(_ container: Kubernetes.Container, _ path: FieldPath) {
        if let probe = container.livenessProbe { check(probe, path.child("livenessProbe"), succeedsOnce: true) }
        if let probe = container.startupProbe { check(probe, path.child("startupProbe"), succeedsOnce: true) }
        if let probe = container.readinessProbe {
            let path = path.child("readinessProbe")
            check(probe, path, succeedsOnce: false)
            if let seconds = probe.terminationGracePeriodSeconds {
                invalid(path.child("terminationGracePeriodSeconds"), seconds, "must not be set for readinessProbes")
            }
        }
    }

    private mutating func check(_ probe: Kubernetes.Probe, _ path: FieldPath, succeedsOnce: Bool) {
        checkHandler(probe, path)
        for (name, number) in [
            ("initialDelaySeconds", probe.initialDelaySeconds), ("timeoutSeconds", probe.timeoutSeconds),
            ("periodSeconds", probe.periodSeconds), ("successThreshold", probe.successThreshold),
            ("failureThreshold", probe.failureThreshold),
        ] {
            if let number, number < 0 { invalid(path.child(name), number, "must be greater than or equal to 0") }
        }
        if let seconds = probe.terminationGracePeriodSeconds, seconds <= 0 {
            invalid(path.child("terminationGracePeriodSeconds"), seconds, "must be greater than 0")
        }
        if succeedsOnce, let count = probe.successThreshold, count != 1 {
            invalid(path.child("successThreshold"), count, "must be 1")
        }
    }

    private mutating func checkHandler(_ probe: Kubernetes.Probe, _ path: FieldPath) {
        let handlers = [
            ("exec", probe.exec != nil), ("httpGet", probe.httpGet != nil), ("tcpSocket", probe.tcpSocket != nil),
            ("grpc", probe.grpc != nil),
        ].filter(\.1).map(\.0)
        if handlers.isEmpty { required(path, "must specify a handler type") }
        for name in handlers.dropFirst() {
            problems.append("\(path.child(name)): Forbidden: may not specify more than 1 handler type")
        }
        if let exec = probe.exec, (exec.command ?? []).isEmpty { required(path.child("exec").child("command")) }
        if let get = probe.httpGet { checkGet(get, path.child("httpGet")) }
        if let socket = probe.tcpSocket { checkPort(socket.port, path.child("tcpSocket").child("port")) }
        if let grpc = probe.grpc { checkNumber(Int64(grpc.port ?? 0), path.child("grpc").child("port")) }
    }

    mutating func checkGet(_ get: HTTPGetAction, _ path: FieldPath) {
        checkPort(get.port, path.child("port"))
        choice(get.scheme, path.child("scheme"), ["HTTP", "HTTPS"])
        // Source: Go's `isTokenTable` and `IsHTTPHeaderName`: a name is a token, and no line can be smuggled in.
        for (index, header) in (get.httpHeaders ?? []).enumerated() {
            let place = path.child("httpHeaders").index(index)
            let name = header.name ?? ""
            let isName = name.utf8.allSatisfy { $0 > 32 && $0 < 127 && !"()<>@,;:\\\"/[]?={}".utf8.contains($0) }
            if name.isEmpty || !isName {
                invalid(place.child("name"), name, "a valid HTTP header must consist of alphanumeric characters or '-'")
            }
            if (header.value ?? "").utf8.contains(where: { ($0 < 32 && $0 != 9) || $0 == 127 }) {
                invalid(place.child("value"), "…", "must not contain control characters")
            }
        }
        if (get.host ?? "").utf8.contains(where: { $0 <= 32 || $0 == 127 || $0 == UInt8(ascii: "/") }) {
            invalid(path.child("host"), get.host ?? "", "must be a name or an address")
        }
    }

    private mutating func checkPort(_ port: IntOrString?, _ path: FieldPath) {
        switch port {
        case .int(let number): checkNumber(Int64(number), path)
        case .string(let name) where Self.isPortName(name): return
        case .string(let name):
            invalid(path, name, "must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)")
        case nil: required(path)
        }
    }

    private mutating func checkNumber(_ number: Int64, _ path: FieldPath) {
        if !(1...65535).contains(number) { invalid(path, number, "must be between 1 and 65535, inclusive") }
    }
}
