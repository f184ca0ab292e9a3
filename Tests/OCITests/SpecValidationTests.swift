import Foundation
import OCI
import Testing

/// Every member of the Linux specification, at least once.
let wholeConfiguration = """
    {"ociVersion":"1.3.0","hostname":"h","domainname":"d","annotations":{"a":"b"},
    "process":{"terminal":true,"consoleSize":{"height":25,"width":80},
    "user":{"uid":1,"gid":2,"umask":18,"additionalGids":[3]},"args":["sh","-c","true"],"env":["A=b"],"cwd":"/tmp",
    "capabilities":{"bounding":["CAP_KILL"],"effective":["CAP_KILL"],"inheritable":["CAP_KILL"],
    "permitted":["CAP_KILL"],"ambient":["CAP_KILL"]},"rlimits":[{"type":"RLIMIT_NOFILE","hard":2,"soft":1}],
    "noNewPrivileges":true,"apparmorProfile":"p","selinuxLabel":"l","oomScoreAdj":-10,
    "scheduler":{"policy":"SCHED_DEADLINE","nice":1,"priority":2,"flags":["SCHED_FLAG_RECLAIM"],"runtime":3,
    "deadline":4,"period":5},"ioPriority":{"class":"IOPRIO_CLASS_BE","priority":4},
    "execCPUAffinity":{"initial":"0","final":"0-1"}},
    "root":{"path":"rootfs","readonly":true},
    "mounts":[{"destination":"/data","source":"/src","type":"none","options":["rbind","idmap"],
    "uidMappings":[{"containerID":0,"hostID":1000,"size":10}],"gidMappings":[{"containerID":0,"hostID":1000,"size":10}]}],
    "hooks":{"prestart":[{"path":"/h","args":["h"],"env":["A=b"],"timeout":1}],"createRuntime":[{"path":"/h"}],
    "createContainer":[{"path":"/h"}],"startContainer":[{"path":"/h"}],"poststart":[{"path":"/h"}],
    "poststop":[{"path":"/h"}]},
    "linux":{"namespaces":[{"type":"user"},{"type":"mount"},{"type":"network","path":"/n"},{"type":"uts"},
    {"type":"ipc"},{"type":"pid"},{"type":"cgroup"},{"type":"time"}],
    "uidMappings":[{"containerID":0,"hostID":100000,"size":65536}],
    "gidMappings":[{"containerID":0,"hostID":100000,"size":65536}],
    "timeOffsets":{"monotonic":{"secs":1,"nanosecs":2},"boottime":{"secs":-3,"nanosecs":4}},
    "devices":[{"type":"c","path":"/dev/x","major":1,"minor":5,"fileMode":438,"uid":0,"gid":5}],
    "netDevices":{"eth0":{"name":"net%d"}},"cgroupsPath":"/c","sysctl":{"net.ipv4.ip_forward":"1"},
    "resources":{"devices":[{"allow":false,"type":"a","major":1,"minor":2,"access":"rwm"}],
    "memory":{"limit":1,"reservation":2,"swap":3,"kernel":4,"kernelTCP":5,"swappiness":6,"disableOOMKiller":true,
    "useHierarchy":true,"checkBeforeUpdate":true},"cpu":{"shares":1,"quota":2,"burst":3,"period":4,
    "realtimeRuntime":5,"realtimePeriod":6,"cpus":"0","mems":"0","idle":1},"pids":{"limit":7},
    "blockIO":{"weight":10,"leafWeight":11,"weightDevice":[{"major":8,"minor":0,"weight":500,"leafWeight":300}],
    "throttleReadBpsDevice":[{"major":8,"minor":0,"rate":1}],"throttleWriteBpsDevice":[{"major":8,"minor":0,"rate":2}],
    "throttleReadIOPSDevice":[{"major":8,"minor":0,"rate":3}],"throttleWriteIOPSDevice":[{"major":8,"minor":0,"rate":4}]},
    "hugepageLimits":[{"pageSize":"2MB","limit":9}],"network":{"classID":1,"priorities":[{"name":"e","priority":2}]},
    "rdma":{"mlx5_0":{"hcaHandles":3,"hcaObjects":4}},"unified":{"memory.high":"1"}},
    "intelRdt":{"closID":"c","schemata":["L3:0=f"],"l3CacheSchema":"L3:0=f","memBwSchema":"MB:0=10",
    "enableMonitoring":true},"memoryPolicy":{"mode":"MPOL_BIND","nodes":"0","flags":["MPOL_F_STATIC_NODES"]},
    "personality":{"domain":"LINUX32","flags":[]},"rootfsPropagation":"slave","maskedPaths":["/proc/kcore"],
    "readonlyPaths":["/proc/sys"],"mountLabel":"m",
    "seccomp":{"defaultAction":"SCMP_ACT_ERRNO","defaultErrnoRet":38,"architectures":["SCMP_ARCH_X86_64"],
    "flags":["SECCOMP_FILTER_FLAG_LOG"],"listenerPath":"/l","listenerMetadata":"m","syscalls":[{"names":["read"],
    "action":"SCMP_ACT_NOTIFY","errnoRet":1,"args":[{"index":0,"value":1,"valueTwo":2,"op":"SCMP_CMP_MASKED_EQ"}]}]}}}
    """

@Suite struct `A whole runtime spec` {
    @Test func `loses nothing when it is read and written`() throws {
        let spec = try JSONDecoder().decode(RuntimeSpec.self, from: Data(wholeConfiguration.utf8))
        let again = try JSONEncoder().encode(spec)
        let one = try JSONSerialization.jsonObject(with: Data(wholeConfiguration.utf8)) as? NSDictionary
        let other = try JSONSerialization.jsonObject(with: again) as? NSDictionary
        #expect(one != nil && one == other)
        try spec.validate()
    }

    @Test(arguments: ["1.0.0", "1.3.0", "1.99.7", "1.2.0-rc.1", "1.0.2-dev"])
    func `may be of any minor version`(version: String) throws {
        try RuntimeSpec(ociVersion: version).validate()
    }

    private static let errors: [(String, String, String)] = [
        (
            #""ociVersion":"1.3.0""#, #""ociVersion":"2.0.0""#,
            "ociVersion: 2.0.0 is not a version 1 of the specification"
        ),
        (#""cwd":"/tmp""#, #""cwd":"tmp""#, "process.cwd: tmp is not absolute"),
        (#""uid":1,"#, #""uid":4294967295,"#, "process.user: 4294967295 is no id"),
        (#""umask":18"#, #""umask":4096"#, "process.user.umask: 4096 has too many bits"),
        (#""oomScoreAdj":-10"#, #""oomScoreAdj":-1001"#, "process.oomScoreAdj: -1001 is not between -1000 and 1000"),
        ("RLIMIT_NOFILE", "RLIMIT_X", "process.rlimits[0].type: RLIMIT_X is no resource limit"),
        (#""hard":2"#, #""hard":0"#, "process.rlimits[0].soft: 1 is above the hard limit 0"),
        (#""timeout":1"#, #""timeout":0"#, "hooks.prestart[0].timeout: 0 is not above zero, or beyond all reason"),
        (#""poststop":[{"path":"/h"}]"#, #""poststop":[{"path":"h"}]"#, "hooks.poststop[0].path: h is not absolute"),
        (#"{"type":"uts"},"#, "", "hostname: it needs a uts namespace"),
        (#"{"type":"uts"}"#, #"{"type":"pid"}"#, "linux.namespaces[5].type: pid stands there twice"),
        (#"{"type":"user"},"#, "", "linux.uidMappings: they need a user namespace"),
        (#"{"type":"time"}"#, #"{"type":"time","path":"/t"}"#, "linux.timeOffsets: they need a new time namespace"),
        (
            #""nanosecs":2"#, #""nanosecs":1000000000"#,
            "linux.timeOffsets.monotonic.nanosecs: 1000000000 is a second or more"
        ),
        (#""hostID":100000,"size":65536}],"gid"#, #""hostID":100000,"size":0}],"gid"#, ""),
        ("/dev/x", "dev/x", "linux.devices[0].path: dev/x is not absolute"),
        (#"{"type":"c","path""#, #"{"type":"d","path""#, "linux.devices[0].type: d is none of c, b, u and p"),
        ("net%d", "a/b", "linux.netDevices[eth0]: a/b is no name of an interface"),
        (
            "net.ipv4.ip_forward", "kernel.core_pattern",
            "linux.sysctl: kernel.core_pattern does not belong to a namespace"
        ),
        (
            "net.ipv4.ip_forward", "net/../kernel/core_pattern",
            "linux.sysctl: net/../kernel/core_pattern does not belong to a namespace"
        ),
        (
            #""rootfsPropagation":"slave""#, #""rootfsPropagation":"x""#,
            "linux.rootfsPropagation: x is no kind of propagation"
        ),
        (#"["/proc/kcore"]"#, #"["proc/kcore"]"#, "linux.maskedPaths[0]: proc/kcore is not absolute"),
        (#""closID":"c""#, #""closID":"../c""#, "linux.intelRdt.closID: ../c is no name"),
        (#""listenerPath":"/l","#, "", "linux.seccomp.listenerPath: SCMP_ACT_NOTIFY needs somebody who listens"),
        (
            #"["read"]"#, #"["write"]"#,
            "linux.seccomp.syscalls[0].action: SCMP_ACT_NOTIFY for write would stop the container for good"
        ),
        (
            #""destination":"/data""#, #""destination":"/proc/sys""#,
            "mounts[0].destination: /proc/sys lies in /proc, where nothing may be mounted"
        ),
        (
            #","gidMappings":[{"containerID":0,"hostID":1000,"size":10}]"#, "",
            "mounts[0].uidMappings: uids and gids are mapped together or not at all"
        ),
    ]

    @Test(arguments: errors.filter { !$0.2.isEmpty })
    func `is refused by the name of its member`(good: String, bad: String, message: String) throws {
        let text = wholeConfiguration.replacing("\n", with: "").replacing(good, with: bad, maxReplacements: 1)
        let spec = try JSONDecoder().decode(RuntimeSpec.self, from: Data(text.utf8))
        let error = #expect(throws: SpecError.self) { try spec.validate() }
        #expect(error.map { "\($0)" } == message)
    }

    @Test(arguments: [
        ("net.ipv4.ip_forward", "sys/net/ipv4/ip_forward"),
        ("net/ipv4/conf/eth0.1/forwarding", "sys/net/ipv4/conf/eth0.1/forwarding"),
        ("net.ipv4.conf.eth0/1.forwarding", "sys/net/ipv4/conf/eth0.1/forwarding"),
    ])
    func `names kernel parameters by dots or slashes`(name: String, path: String) {
        #expect(KernelParameter(name).path == path)
        #expect(KernelParameter(name).namespace == .network)
    }
}
