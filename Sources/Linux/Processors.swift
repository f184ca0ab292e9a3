import Glibc

/// How many processors this machine has switched on.
///
/// - SeeAlso: `sysconf(3)`, `_SC_NPROCESSORS_ONLN`.
package func processorCount() -> Int { max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) }
