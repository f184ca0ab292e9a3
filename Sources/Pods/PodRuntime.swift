/// What a pod's worker asks of the machine. One conformer runs containers, one is the tests' fake.
///
/// Every call is safe to repeat: what is already so stays so and is no error.
package protocol PodRuntime: Sendable {
    func observe(_ pod: Pod.ID) async throws -> Observed
    /// Carries one step out. Throws ``PodError`` where the status should tell why.
    func perform(_ step: PodPlan.Step, for pod: Pod) async throws
    /// Returns once the instance is not running, or the task is cancelled. Also when it never was.
    /// The sandbox's id waits for the pause process.
    func waitForExit(of instance: String, in pod: Pod.ID) async
    /// Writes down what the pod was given, so that the next agent knows. Of a pod that has nothing here yet, its sandbox
    /// will tell.
    func record(_ allocation: PodAllocation, of pod: Pod.ID) async throws
    /// Pods that have left something on this machine, whether wanted or not. A pod of which little is known
    /// carries at least its id, and its name and namespace where they were recorded, and what it was given.
    func leftovers() async throws -> [Pod]
}
