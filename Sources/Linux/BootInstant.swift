import Glibc
import SystemPackage

/// What no other boot of any machine has. - SeeAlso: `random(4)`, `/proc/sys/kernel/random/boot_id`.
package let bootID: String = {
    let text = try? readFile(at: "/proc/sys/kernel/random/boot_id")
    return String(decoding: text ?? [], as: UTF8.self).filter { !$0.isWhitespace }
}()

/// The instant at so many nanoseconds since boot, `CLOCK_BOOTTIME`: the clock behind `ContinuousClock`, which offers
/// no way to make an instant of a number.
///
/// - SeeAlso: `clock_gettime(2)`.
package func bootInstant(nanoseconds: Int64) -> ContinuousClock.Instant {
    var time = timespec()
    unsafe clock_gettime(CLOCK_BOOTTIME, &time)
    let now = Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    return ContinuousClock.now.advanced(by: .nanoseconds(nanoseconds - now))
}
