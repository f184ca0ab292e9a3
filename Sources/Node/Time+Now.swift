import FoundationEssentials
package import Kubernetes

extension Time {
    /// This moment by the wall clock.
    package static var now: Time { Time(seconds: Int64(Date.now.timeIntervalSince1970)) }
}

extension MicroTime {
    /// This moment by the wall clock.
    package static var now: MicroTime { MicroTime(microseconds: Int64(Date.now.timeIntervalSince1970 * 1_000_000)) }
}
