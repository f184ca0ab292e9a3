import Glibc

/// The logarithm to the base 2.
package func binaryLogarithm(_ value: Double) -> Double { log2(value) }

/// 10 to the power of `exponent`.
package func powerOfTen(_ exponent: Double) -> Double { pow(10, exponent) }
