package struct PodPlan: Equatable, Sendable {}
