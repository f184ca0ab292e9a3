extension PodWorker {
    func tell(_ event: PodEvent) async { await environment.sink.note(event, of: desired.pod) }

    func tellKilling(_ container: String, of pod: Pod, isChanged: Bool) async {
        guard let kind = condemned[container] else { return await tell(.killing(container, isChanged: isChanged)) }
        await tell(
            .killing(
                container, failed: kind, isLast: pod.container(named: container).map { pod.policy(of: $0) } == .never))
    }

    func tell(_ error: any Error, of container: String? = nil) async {
        for var event in (error as? PodError)?.events ?? [] {
            event.container = container
            await tell(event)
        }
    }
}
