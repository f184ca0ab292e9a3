/// How a question was answered, for counting.
package struct APIAnswer: Hashable, Sendable {
    /// The status, or `<error>` where none came.
    package var code: String
    package var method: String
    /// With its port.
    package var host: String
}
