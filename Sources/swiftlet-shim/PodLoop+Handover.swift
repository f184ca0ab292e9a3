import Glibc
import Linux
import Shim
import SystemPackage

extension PodLoop {
    /// A runtime of another's has ended: the process that it started is kept from here on, as soon as it is the shim's.
    ///
    /// It falls to the shim when its parent ends, which need not be the runtime: crun has one more process between, and
    /// that may end a little later. Then its end is what calls this again.
    func handOver(_ process: KeptProcess) {
        guard let file = process.pidFile, let code = process.runtimeCode, !process.failed else { return }
        if code != 0 { return failStart(of: process, "the runtime exited with \(code)") }
        let text = (try? readFile(at: FilePath(file), limit: 64)) ?? nil
        guard let pid = text.flatMap({ Int32(String(decoding: $0, as: UTF8.self)) }) else {
            return failStart(of: process, "the runtime left no process")
        }
        if let ended = orphans[pid] {
            process.become(pid, nil)
            tellStart(of: process)
            return end(process, as: ended)
        }
        guard let parent = try? ProcessStat(pid: pid).parent else {
            return failStart(of: process, "the runtime did not leave process \(pid) to the shim")
        }
        guard parent == getpid() else { return }
        process.become(pid, try? PidFD(pid: pid).release())
        tellStart(of: process)
    }

    private func failStart(of process: KeptProcess, _ reason: String) {
        failStart(of: process, .failure(message: reason, errno: Errno.noChildProcess.rawValue))
    }
}
