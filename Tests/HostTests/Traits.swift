import Glibc
import Testing

extension Tag {
    /// Works on the machine itself: real kernel objects, real programs.
    @Tag static var host: Self
}

extension Trait where Self == ConditionTrait {
    /// Needs root on a real kernel; elsewhere the test says so and is skipped.
    static var needsRoot: Self { .enabled(if: geteuid() == 0, "needs root") }
}
