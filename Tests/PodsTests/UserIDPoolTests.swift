import Kubernetes
import Testing

@testable import Pods

@Suite struct `The ids of pods' user namespaces` {
    private typealias Range = UserIDPool.Range

    @Test(
        arguments: [
            (65536, 110, nil), (131072, 110, nil), (65536, 65535, nil),
            (65536, 65536, "kubelet user assigned IDs are not enough to support 65536 pods"),
            (2_147_483_648, 2, "kubelet user assigned IDs are not enough to support 2 pods"),
            (65535, 110, "kubelet user namespace length 65535 is not a multiple of 65536"),
            (0, 110, "kubelet user namespace length 0 is not a multiple of 65536"),
        ] as [(Int, Int, String?)])
    func `are all that the host's own users leave`(idsPerPod: Int, maxPods: Int, problem: String?) throws {
        do {
            let pool = try UserIDPool(idsPerPod: idsPerPod, maxPods: maxPods)
            #expect(problem == nil)
            #expect(
                pool.firstFree(besides: []) == Range(first: UInt32(idsPerPod), count: UInt32(idsPerPod)))
        } catch {
            #expect("\(error)" == problem.map { "kubelet mappings: \($0)" })
        }
    }

    @Test(
        arguments: [
            ("0: kubelet 65536 7208960\n", nil, nil), ("0: kubelet 131072 7208960\n", nil, nil),
            (
                "0: kubelet 65536 7208960\n", "0: kubelet 131072 7208960\n",
                "mismatched subuids and subgids for user \"kubelet\""
            ),
            (
                "0: kubelet 65536 65536\n1: kubelet 262144 65536\n", nil,
                "error parsing line \"0: kubelet 65536 65536\n1: kubelet 262144 65536\n\": it must contain only one line"
            ),
            ("", nil, "error parsing line \"\": it must contain only one line"),
            ("0: kubelet 65536\n", nil, "invalid line \"0: kubelet 65536\""),
            ("0: kubelet x 65536\n", nil, "error parsing line \"0: kubelet x 65536\n\""),
            ("0: kubelet 65536 4294967296\n", nil, "error parsing line \"0: kubelet 65536 4294967296\n\""),
            ("0: kubelet 100000 7208960\n", nil, "kubelet user assigned ID 100000 is not a multiple of 65536"),
            ("0: kubelet 0 7208960\n", nil, "kubelet user assigned ID 0 must be greater or equal to 65536"),
            ("0: kubelet 65536 7208961\n", nil, "kubelet user assigned IDs length 7208961 is not a multiple of 65536"),
            ("0: kubelet 65536 7143424\n", nil, "kubelet user assigned IDs are not enough to support 110 pods"),
        ] as [(String, String?, String?)])
    func `are the user kubelet's, if they fit`(users: String, groups: String?, problem: String?) throws {
        do {
            let pool = try UserIDPool(subordinateUsers: users, groups: groups ?? users, maxPods: 110)
            #expect(problem == nil)
            #expect(pool.firstFree(besides: [])?.first == UInt32(users.split(separator: " ")[2]))
        } catch {
            #expect("\(error)" == problem.map { "kubelet mappings: \($0)" })
        }
    }

    @Test(
        arguments: [
            ([], 65536), ([(65536, 65536)], 131072), ([(131072, 65536)], 65536),
            ([(65536, 65536), (131072, 65536), (262144, 65536)], 196608),
            // Of an agent that gave other amounts, or from elsewhere.
            ([(65536, 131072)], 196608), ([(100000, 1)], 131072), ([(0, 65536)], 65536), ([(0, 65537)], 131072),
            ([(65536, 65536), (65536, 65536)], 131072),
            ([(65536, 458752)], nil), ([(0, .max)], nil),
        ] as [([(UInt32, UInt32)], UInt32?)])
    func `go to a pod where none is taken`(taken: [(UInt32, UInt32)], first: UInt32?) throws {
        let pool = try UserIDPool(
            subordinateUsers: "0: kubelet 65536 458752", groups: "0: kubelet 65536 458752", maxPods: 7)
        let free = pool.firstFree(besides: taken.map { Range(first: $0.0, count: $0.1) })
        #expect(free == first.map { Range(first: $0, count: 65536) })
    }

    /// Source: kubernetes/kubernetes#139916: the kernel maps no range with 2³² - 1.
    @Test func `never hold the number that is no id`() throws {
        let pool = try UserIDPool(maxPods: 65535)
        var taken: [Range] = []
        // All but the last two parts, as one range.
        taken.append(Range(first: 65536, count: 65536 * 65533))
        let last = try #require(pool.firstFree(besides: taken))
        #expect(last == Range(first: 65536 * 65534, count: 65536))
        #expect(pool.firstFree(besides: taken + [last]) == nil)
    }

    @Test func `are never two pods', whatever comes and goes`() throws {
        let pool = try UserIDPool(
            subordinateUsers: "0: kubelet 131072 1310720", groups: "0: kubelet 131072 1310720", maxPods: 20)
        var random = SystemRandomNumberGenerator()
        var taken: [Range] = []
        for _ in 0..<2000 {
            if taken.count > 0, Bool.random(using: &random) {
                taken.remove(at: Int.random(in: taken.indices, using: &random))
            } else if let free = pool.firstFree(besides: taken.shuffled()) {
                #expect(!taken.contains(free))
                #expect(free.first >= 131072 && free.first % 65536 == 0 && free.end <= 1_441_792)
                taken.append(free)
            } else {
                #expect(taken.count == 20)
            }
        }
    }
}

@Suite struct `A pod with users of its own` {
    private static let container = """
        apiVersion: v1
        kind: Pod
        metadata: {name: p}
        spec:
          hostUsers: false
          containers: [{name: c, image: i}]

        """

    @Test(arguments: [
        ("", []), ("  hostNetwork: false", []),
        ("  hostNetwork: true", ["spec.hostNetwork: Forbidden: when `hostUsers` is false"]),
        ("  hostPID: true", ["spec.hostPID: Forbidden: when `hostUsers` is false"]),
        ("  hostIPC: true", ["spec.hostIPC: Forbidden: when `hostUsers` is false"]),
        (
            "  hostPID: true\n  hostIPC: true",
            [
                "spec.hostPID: Forbidden: when `hostUsers` is false",
                "spec.hostIPC: Forbidden: when `hostUsers` is false",
            ]
        ),
    ])
    func `shares none of the host's namespaces`(more: String, problems: [String]) throws {
        #expect(try admit(Self.container + more, users: false) == problems)
    }

    /// Validation comes after what the node cannot do: this it is asked itself.
    @Test func `has no raw devices`() throws {
        var spec = PodSpec()
        spec.hostUsers = false
        var container = Container()
        container.volumeDevices = [VolumeDevice()]
        spec.containers = [Container(), container]
        spec.initContainers = [container]
        var validation = Validation()
        validation.usesHostUsers = false
        validation.checkUsers(spec, FieldPath("spec"))
        #expect(
            validation.problems == [
                "spec.initContainers[0].volumeDevices: Forbidden: when `hostUsers` is false",
                "spec.containers[1].volumeDevices: Forbidden: when `hostUsers` is false",
            ])
        spec.hostUsers = true
        validation = Validation()
        validation.checkUsers(spec, FieldPath("spec"))
        #expect(validation.problems == [])
    }

    private static let sees = """
        apiVersion: v1
        kind: Pod
        metadata: {name: p}
        spec:
          containers: [{name: c, image: i, securityContext: {procMount: KIND}}]

        """

    @Test(arguments: [
        ("Default", "", []), ("Default", "  hostUsers: false", []), ("Unmasked", "  hostUsers: false", []),
        (
            "Unmasked", "  hostUsers: true",
            [
                "spec.containers[0].securityContext.procMount: Invalid value: \"Unmasked\": `hostUsers` must be false to use `Unmasked`"
            ]
        ),
        (
            "Unmasked", "",
            [
                "spec.containers[0].securityContext.procMount: Invalid value: \"Unmasked\": `hostUsers` must be false to use `Unmasked`"
            ]
        ),
        (
            "None", "  hostUsers: false",
            [
                "spec.containers[0].securityContext.procMount: Unsupported value: \"None\": supported values: \"Default\", \"Unmasked\""
            ]
        ),
    ])
    func `may see all of proc, and nobody else`(kind: String, more: String, problems: [String]) throws {
        let text = Self.sees.replacing("KIND", with: kind) + more
        #expect(try admit(text, users: !more.contains("false"), wholeProc: kind == "Unmasked") == problems)
    }

    /// What admission says; of a pod that it takes, looks at what became of the fields.
    private func admit(_ text: String, users: Bool, wholeProc: Bool = false) throws -> [String] {
        do {
            let pod = try Admission.admit(
                try #require(try Manifest(Array(text.utf8)).pods.first), from: .file(path: "/p"), nodeName: "n")
            #expect(pod.hostUsers == users)
            #expect(pod.containers[0].security.showsWholeProc == wholeProc)
            return []
        } catch let refusal as Admission.Refusal {
            return refusal.problems
        }
    }
}
